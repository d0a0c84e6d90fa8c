// A small heap: what does not fit is refused, and the process that would have ended goes on answering.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CallRefusal } from "../../src/ask/call-refusal.js";
import { HeapRoom } from "../../src/ask/heap-room.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { root } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";

const MiB = 1 << 20;

describe("HeapRoom", () => {
  /** A heap of which `litter` goes at a collection. */
  function heap(old: number, litter: number) {
    const state = { old: old * MiB, collections: 0, nowMs: 0 };
    const room = new HeapRoom(
      () => ({ limit: 100 * MiB, old: state.old }),
      () => {
        state.old -= litter * MiB;
        state.collections++;
        state.nowMs += 10;
      },
      () => state.nowMs,
    );
    return { state, room };
  }

  it("lets in what fits, and looks for no litter", () => {
    const { state, room } = heap(40, 0);
    room.require(45 * MiB);
    expect(state.collections).toBe(0);
  });

  it("looks for litter before it refuses", () => {
    const { state, room } = heap(80, 30);
    room.require(20 * MiB);
    expect(state.collections).toBe(1);
  });

  it("refuses what does not fit, and looks for litter a fifth of the time at most", () => {
    const { state, room } = heap(80, 0);
    const refusal = new CallRefusal("overloaded", "server: too little memory for so large a request");
    for (let turn = 0; turn < 10; turn++) expect(() => room.require(20 * MiB)).toThrow(refusal);
    expect(state.collections).toBe(1);
    state.nowMs += 50;
    expect(() => room.require(20 * MiB)).toThrow(refusal);
    expect(state.collections).toBe(2);
  });
});

describe("verdict serve with a heap of 48 MB", () => {
  const alice = "arn:aws:iam::222222222222:user/people/alice";
  const mapping = join(root, "examples", "authzen", "authzen.yaml");
  const question = { principal: alice, action: "orders:GetOrder", resource: "arn:acme:orders:eu:tenant-7:order/1" };
  const many = <T>(one: T): readonly T[] => Array.from({ length: 30_000 }, () => one);
  let run: ServeProcess["output"];
  let url = "";
  let address = "";

  beforeAll(async () => {
    const args = ["--policies", join(root, "examples", "acme"), "--http", "127.0.0.1:0", "--authzen", mapping];
    ({ output: run, url, address } = await startServe(args, { nodeOptions: ["--max-old-space-size=48"] }));
  });

  afterAll(async () => {
    run.kill("SIGTERM");
    await run.code;
  });

  async function post(path: string, body: string, contentType = "application/json") {
    const response = await fetch(url + path, { method: "POST", headers: { "content-type": contentType }, body });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get("retry-after") };
  }

  const refusal = { status: 503, retryAfter: "1" };
  const lacking = expect.stringContaining("too little memory for so large a request");

  it.each(["outcome", "reason", "explain"])("refuses 30,000 questions as JSON with detail %s", async (detail) => {
    const have = await post("/v1/batch", JSON.stringify({ requests: many(question), detail }));
    expect(have).toEqual({ ...refusal, text: lacking });
  });

  it("refuses 30,000 evaluations of AuthZEN", async () => {
    const evaluation = {
      subject: { type: "user", id: "alice" },
      action: { name: "read" },
      resource: { type: "order", id: "order-1", properties: { owner: "alice" } },
    };
    const have = await post("/access/v1/evaluations", JSON.stringify({ evaluations: many(evaluation) }));
    expect(have).toEqual({ ...refusal, text: lacking });
  });

  it("refuses a simulation that its thread has no room for", async () => {
    const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*" };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: many(statement).concat(many(statement)) });
    const body = new URLSearchParams({
      Action: "SimulateCustomPolicy",
      Version: "2010-05-08",
      "ActionNames.member.1": "s3:GetObject",
      "PolicyInputList.member.1": policy,
    });
    const have = await post("/", body.toString(), "application/x-www-form-urlencoded");
    expect(have).toEqual({
      ...refusal,
      text: expect.stringContaining("server: too little memory for so large a simulation"),
    });
  });

  it("answers 30,000 questions over gRPC, and small ones everywhere, for all that", async () => {
    const client = new AuthorizationClient(address);
    const answer = await client.call("BatchAuthorize", { requests: many(question), detail: "OUTCOME" });
    client.close();
    expect("outcomes" in answer && answer.outcomes).toHaveLength(30_000);
    expect(await post("/v1/batch", JSON.stringify({ requests: [question] }))).toMatchObject({ status: 200 });
    expect(run.err()).toBe("");
  });
});
