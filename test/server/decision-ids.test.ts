// Every answer names its decision as the log does, and a caller's own name for its request comes back and is logged.
import { join } from "node:path";
import type { Metadata } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { connect } from "../../src/client/index.js";
import type { DecisionLog } from "../../src/observe/decision-log/decision-log.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { startHttp } from "../kit/http-server.js";
import { ann, asking, engineOf, object, openLog, recordsOf, scratch } from "../kit/logged-calls.js";
import { atEnd, servePoint } from "../kit/serving.js";

interface Logged {
  readonly decision_id: string;
  readonly req_id?: string;
  readonly request_id?: string;
}

const question = { principal: ann, action: "s3:GetObject", resource: object, context: { "aws:SourceIp": "10.1.2.3" } };

/** A server with a log and what stands in it once it is closed. */
async function logged() {
  const path = join(scratch(), "decisions.jsonl");
  const { log } = await openLog(path);
  const closed = async (): Promise<readonly Logged[]> => {
    await log.close(1000);
    return recordsOf(path);
  };
  return { log, closed };
}

async function grpcServer(log: DecisionLog | undefined): Promise<string> {
  const server = await servePoint(new DecisionPoint(await engineOf(), log), { drainTimeoutMs: 100 });
  return server.address;
}

/** An answer of Authorize with what came beside it. */
async function authorize(address: string, metadata: Readonly<Record<string, string>>) {
  const client = new AuthorizationClient(address);
  atEnd(() => client.close());
  let echoed: unknown[] = [];
  const onTrailer = (trailer: Metadata): void => {
    echoed = trailer.get("x-request-id");
  };
  const answer = await client.call("Authorize", asking("s3:GetObject"), { metadata, onTrailer });
  return { answer, echoed };
}

describe("gRPC", () => {
  it("names single, batched and streamed decisions as the log does", async () => {
    const { log, closed } = await logged();
    const verdict = connect(await grpcServer(log), { coalesce: false });
    const single = await verdict.authorize(question);
    const batch = await verdict.authorizeAll([question, question]);
    const outcomes = await verdict.authorizeAll([question, question], { detail: "outcome" });
    const streamed: unknown[] = [];
    for await (const answers of verdict.authorizeStream([[question], [question]])) streamed.push(...answers);
    await verdict.close();
    const ids = [single, ...batch, ...outcomes, ...streamed].map(
      (answer) => (answer as { decisionId?: string }).decisionId,
    );
    const records = await closed();
    expect(new Set(ids).size).toBe(7);
    expect(records.map(({ decision_id }) => decision_id).sort()).toEqual([...ids].sort());
  });

  it("gives a caller's own name of its request back and logs it", async () => {
    const { log, closed } = await logged();
    const metadata = { "x-request-id": 'checkout-7"\\' };
    const have = await authorize(await grpcServer(log), metadata);
    expect(have.echoed).toEqual(['checkout-7"\\']);
    expect(await closed()).toMatchObject([{ request_id: 'checkout-7"\\' }]);
  });

  it("passes over a name that is too long, and without a log gives no id", async () => {
    const metadata = { "x-request-id": "a".repeat(257) };
    const have = await authorize(await grpcServer(undefined), metadata);
    expect(have).toMatchObject({ answer: { decisionId: "" }, echoed: [] });
  });
});

describe("HTTP", () => {
  it("names the decisions of every route as the log does", async () => {
    const { log, closed } = await logged();
    const server = await startHttp({ observer: log });
    atEnd(() => server.close());
    const asked = {
      principal: "arn:aws:iam::111111111111:user/alice",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::reports/a",
    };
    const single = await server.post("/v1/authorize", asked, { "x-request-id": "r-1" });
    const batch = await server.post("/v1/batch", { requests: [asked, asked] }, { "x-request-id": "r-2" });
    const refused = await server.post("/v1/authorize", "{", { "x-request-id": "r-3" });
    expect(refused.headers.get("x-decision-id")).toBeNull();
    expect(refused.headers.get("x-request-id")).toBe("r-3");
    expect([single, batch].map(({ headers }) => headers.get("x-request-id"))).toEqual(["r-1", "r-2"]);
    const one = single.headers.get("x-decision-id");
    const many = batch.headers.get("x-decision-id");
    expect(await closed()).toMatchObject([
      { decision_id: one, request_id: "r-1" },
      { decision_id: `${many}.0`, req_id: many, request_id: "r-2" },
      { decision_id: `${many}.1`, req_id: many, request_id: "r-2" },
    ]);
  });

  it("gives no id without a log, and no name back that is no visible ASCII or too long", async () => {
    const server = await startHttp({});
    atEnd(() => server.close());
    const asked = { principal: ann, action: "s3:GetObject", resource: object, resourceAccount: "111111111111" };
    for (const id of ["a b", "a".repeat(257)]) {
      const { headers } = await server.post("/v1/authorize", asked, { "x-request-id": id });
      expect([headers.get("x-decision-id"), headers.get("x-request-id")]).toEqual([null, null]);
    }
  });
});
