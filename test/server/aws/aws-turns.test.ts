// Simulations that take long keep nobody from a quick answer, and no page is more than some seconds of work.
import { type IAMClient, paginateSimulateCustomPolicy, SimulateCustomPolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";
import { iamClient } from "../../kit/iam-client.js";
import { until } from "../../kit/serving.js";

const allow = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } };
let server: TestHttpServer;
let client: IAMClient;

beforeAll(async () => {
  server = await startHttp();
  client = iamClient(server.url);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const input = (actions: number, resources: number) => ({
  PolicyInputList: [JSON.stringify(allow)],
  ActionNames: Array.from({ length: actions }, (_, index) => `s3:GetObject${index}`),
  ResourceArns: Array.from({ length: resources }, (_, index) => `arn:aws:s3:::b/${index}`),
});

/** The same as a form. */
function form(actions: number, resources: number): string {
  const { PolicyInputList, ActionNames, ResourceArns } = input(actions, resources);
  const parameters = new URLSearchParams({ Action: "SimulateCustomPolicy", Version: "2010-05-08" });
  for (const [name, list] of Object.entries({ PolicyInputList, ActionNames, ResourceArns })) {
    for (const [index, value] of list.entries()) parameters.set(`${name}.member.${index + 1}`, value);
  }
  return parameters.toString();
}

function post(body: string, signal?: AbortSignal): Promise<number> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const init = { method: "POST", headers, body, ...(signal === undefined ? {} : { signal }) };
  // Whoever leaves may do so between the head of an answer and its end.
  return fetch(server.url, init)
    .then(async (response) => {
      await response.text();
      return response.status;
    })
    .catch(() => 0);
}

describe("a page of a simulation", () => {
  it("ends early where it would hold more than 2,000 decisions, and the next one goes on", async () => {
    const pages: number[] = [];
    const names: string[] = [];
    for await (const page of paginateSimulateCustomPolicy({ client }, input(3, 700))) {
      pages.push(page.EvaluationResults?.length ?? 0);
      for (const result of page.EvaluationResults ?? []) {
        names.push(`${result.EvalActionName} ${result.ResourceSpecificResults?.length}`);
      }
    }
    expect(pages).toEqual([2, 1]);
    expect(names).toEqual(["s3:GetObject0 700", "s3:GetObject1 700", "s3:GetObject2 700"]);
  });

  it("holds as many actions as were asked for where there are few decisions", async () => {
    const { EvaluationResults, IsTruncated } = await client.send(
      new SimulateCustomPolicyCommand({ ...input(101, 1), MaxItems: 1000 }),
    );
    expect(EvaluationResults).toHaveLength(101);
    expect(IsTruncated).toBe(false);
  });
});

describe("simulations of many callers", () => {
  it("are answered at once where they ask for little, however many large ones wait", async () => {
    const leaving = new AbortController();
    const body = form(2, 1000);
    const statuses: number[] = [];
    const large = Array.from({ length: 80 }, async () => void statuses.push(await post(body, leaving.signal)));
    // One is in work, 64 wait, and there is no room for the others.
    await until(() => statuses.includes(503), "a refusal");
    const small = await Promise.all(Array.from({ length: 10 }, () => post(form(1, 3))));
    expect(small).toEqual(small.map(() => 200));
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(40);
    leaving.abort();
    await Promise.all(large);
    expect(statuses.filter((status) => status === 0).length).toBeGreaterThan(0);
    expect(await post(form(2, 100))).toBe(200);
    expect(server.errors).toEqual([]);
  });
});
