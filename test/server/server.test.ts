import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { EngineError, type EngineErrorCode } from "../../src/engine/engine-error.js";
import { callStatusOf } from "../../src/server/grpc/status.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { examplePolicies } from "../kit/http-server.js";
import { limits, serveEngine } from "../kit/serving.js";

const alice = "arn:aws:iam::111111111111:user/alice";
const publisher = "arn:aws:sts::111111111111:assumed-role/Publisher/monday";
const office = { "aws:SourceIp": { values: ["10.1.2.3"] } };
const read = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv", context: office };

describe("AuthorizationServer", () => {
  let client: AuthorizationClient;

  beforeAll(async () => {
    const engine = await Engine.start({
      workers: 2,
      maxBatchRequests: 20_000,
      maxMessageBytes: limits.maxMessageBytes,
    });
    engine.publish(await examplePolicies("minimal"));
    const server = await serveEngine(engine);
    client = new AuthorizationClient(server.address);
  });

  afterAll(() => client.close());

  it("answers one question with the statement that decided", async () => {
    const { digest } = await examplePolicies("minimal");
    expect(await client.call("Authorize", read)).toMatchObject({
      policySet: { digest, generation: 1 },
      outcome: "ALLOWED",
      decision: {
        outcome: "ALLOWED",
        matchedStatements: [{ policyType: "identity", sid: "ReadFromTheOffice", effect: "Allow", line: 11 }],
      },
    });
  });

  it("answers with the outcome alone where that is asked for", async () => {
    const have = await client.call("Authorize", { ...read, detail: "OUTCOME" });
    expect(have).toMatchObject({ outcome: "ALLOWED", decision: null });
  });

  it("answers 10,000 questions in order, each as a single call does", async () => {
    const questions = mixedQuestions(10_000);
    const singles = new Map<string, unknown>();
    for (const question of questions) {
      const key = JSON.stringify(question);
      if (singles.has(key)) continue;
      const answer = await client.call("Authorize", question);
      singles.set(key, "decision" in answer ? answer.decision : answer);
    }
    const have = await client.call("BatchAuthorize", { requests: questions });
    const decisions = "decisions" in have && Array.isArray(have.decisions) ? have.decisions : [];
    expect(decisions.length).toBe(10_000);
    expect(decisions).toEqual(questions.map((question) => singles.get(JSON.stringify(question))));
    const outcomes = new Set(decisions.map(({ outcome }: { outcome: string }) => outcome));
    expect([...outcomes].sort()).toEqual(["ALLOWED", "ERROR", "EXPLICIT_DENY", "IMPLICIT_DENY"]);
    const short = await client.call("BatchAuthorize", { requests: questions, detail: "OUTCOME" });
    expect(short).toMatchObject({
      outcomes: decisions.map(({ outcome }: { outcome: string }) => outcome),
      decisions: [],
    });
  });

  it("answers an empty batch", async () => {
    expect(await client.call("BatchAuthorize", {})).toMatchObject({ outcomes: [], decisions: [] });
  });

  it("answers a stream message by message, in order", async () => {
    const messages = [3, 0, 2000, 1].map((length) => ({ requests: mixedQuestions(length), detail: "OUTCOME" }));
    const have = await client.stream("StreamAuthorize", messages);
    const singles = await Promise.all(messages.map((message) => client.call("BatchAuthorize", message)));
    expect(have).toEqual(singles);
  });

  it("ends a stream at the first message that is refused", async () => {
    const have = await client.stream("StreamAuthorize", [
      { requests: [read], detail: "OUTCOME" },
      { requests: [read], policySet: "none" },
      { requests: [read] },
    ]);
    expect(have).toMatchObject([{ outcomes: ["ALLOWED"] }, { code: status.FAILED_PRECONDITION }]);
  });

  it.each([
    ["Authorize", { ...read, policySet: "none" }],
    ["BatchAuthorize", { requests: [read], policySet: "none" }],
  ])("%s answers FAILED_PRECONDITION to an unknown policy set", async (name, request) => {
    expect(await client.call(name, request)).toEqual({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining("none"),
    });
  });

  it("answers PERMISSION_DENIED to a what-if batch", async () => {
    const have = await client.call("BatchAuthorize", { requests: [read], whatIf: true });
    expect(have).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it("never lets a what-if question of an enforcing server be allowed", async () => {
    const have = await client.call("Authorize", { ...read, whatIf: true });
    expect(have).not.toMatchObject({ outcome: "ALLOWED" });
  });

  it.each([
    ["a tag that is cut off", [0x0a]],
    ["a length past the end", [0x12, 0x7f, 0x00]],
    ["an over-long varint", [0x18, ...Array<number>(11).fill(0xff)]],
  ])("answers INVALID_ARGUMENT to %s", async (_, bytes) => {
    expect(await client.send("BatchAuthorize", Buffer.from(bytes))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it("answers RESOURCE_EXHAUSTED to a message that is too large", async () => {
    const resource = `arn:aws:s3:::reports/${"x".repeat(limits.maxMessageBytes)}`;
    for (const request of [{ ...read, resource }, { requests: [{ ...read, resource }] }]) {
      const name = "requests" in request ? "BatchAuthorize" : "Authorize";
      expect(await client.call(name, request)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    }
  });

  it("answers RESOURCE_EXHAUSTED to a batch with too many questions", async () => {
    const requests = Array.from({ length: 20_001 }, () => ({ principal: alice }));
    expect(await client.call("BatchAuthorize", { requests })).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    const table = { principals: ["a"], actions: ["b"], resources: ["c"], rows: new Array(20_001 * 4).fill(0) };
    expect(await client.call("BatchAuthorize", { table })).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it("answers a bad question of a batch with an error and the others as ever", async () => {
    const bad = { ...read, action: "s3:*" };
    const have = await client.call("BatchAuthorize", { requests: [read, bad, read], detail: "OUTCOME" });
    expect(have).toMatchObject({ outcomes: ["ALLOWED", "ERROR", "ALLOWED"] });
  });

  it("survives a caller that gives up, and goes on answering", async () => {
    const requests = mixedQuestions(20_000);
    const have = await Promise.all(
      Array.from({ length: 8 }, () => client.call("BatchAuthorize", { requests }, { deadlineMs: 5 })),
    );
    for (const answer of have) expect(answer).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await client.call("Authorize", read)).toMatchObject({ outcome: "ALLOWED" });
  });
});

describe("AuthorizationServer on a unix socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "verdict socket "));
  const path = join(folder, "verdict.sock");
  const listen = { kind: "unix", path } as const;
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start({ workers: 0 });
    engine.publish(await examplePolicies("minimal"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("answers there and leaves no file behind", async () => {
    const server = await serveEngine(engine, { listen });
    expect(server.address).toBe(`unix:${path}`);
    const client = new AuthorizationClient(server.address);
    expect(await client.call("Authorize", read)).toMatchObject({ outcome: "ALLOWED" });
    client.close();
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  it("refuses a socket that is in use", async () => {
    const server = await serveEngine(engine, { listen });
    await expect(serveEngine(engine, { listen })).rejects.toThrow("another process listens there");
    await server.stop();
  });

  it("takes the place of a socket that nobody listens at", async () => {
    await leaveSocketBehind(path);
    expect(existsSync(path)).toBe(true);
    const server = await serveEngine(engine, { listen });
    const client = new AuthorizationClient(server.address);
    expect(await client.call("Authorize", read)).toMatchObject({ outcome: "ALLOWED" });
    client.close();
    await server.stop();
  });

  it("refuses a file that is no socket", async () => {
    const file = join(folder, "precious.txt");
    writeFileSync(file, "keep me");
    await expect(serveEngine(engine, { listen: { kind: "unix", path: file } })).rejects.toThrow(
      "the file exists and is no socket",
    );
    expect(existsSync(file)).toBe(true);
  });
});

describe("AuthorizationServer.stop()", () => {
  it("answers the calls in flight and takes no more", async () => {
    const engine = await Engine.start({ workers: 1 });
    engine.publish(await examplePolicies("minimal"));
    const server = await serveEngine(engine);
    const client = new AuthorizationClient(server.address);
    await client.call("Authorize", read);
    // The engine has begun with the call when its promise is made, and the stop begins before it is kept.
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const original = engine.batchAuthorize.bind(engine);
    engine.batchAuthorize = (message, signal) => {
      begun();
      return original(message, signal);
    };
    const inFlight = client.call("BatchAuthorize", { requests: mixedQuestions(20_000), detail: "OUTCOME" });
    await hasBegun;
    const stopped = server.stop();
    expect(await inFlight).toMatchObject({ outcomes: { length: 20_000 } });
    await stopped;
    expect(await client.call("Authorize", read)).toMatchObject({ code: status.UNAVAILABLE });
    client.close();
  });

  it("ends calls that outlast the drain timeout", async () => {
    const engine = await Engine.start({ workers: 0 });
    engine.publish(await examplePolicies("minimal"));
    engine.batchAuthorize = () => new Promise(() => {});
    const server = await serveEngine(engine, { drainTimeoutMs: 50 });
    const client = new AuthorizationClient(server.address);
    await client.call("Authorize", read);
    const inFlight = client.call("BatchAuthorize", { requests: [read] });
    await client.call("Authorize", read);
    await server.stop();
    expect(await inFlight).toMatchObject({ details: expect.any(String), code: expect.any(Number) });
    client.close();
  });
});

describe("callStatusOf()", () => {
  it.each<[EngineErrorCode, status]>([
    ["malformed", status.INVALID_ARGUMENT],
    ["messageTooLarge", status.RESOURCE_EXHAUSTED],
    ["batchTooLarge", status.RESOURCE_EXHAUSTED],
    ["overloaded", status.RESOURCE_EXHAUSTED],
    ["unknownPolicySet", status.FAILED_PRECONDITION],
    ["whatIfRefused", status.PERMISSION_DENIED],
    ["cancelled", status.CANCELLED],
  ])("tells callers of %s", (code, want) => {
    expect(callStatusOf(new EngineError(code, "the \ud800 reason"))).toEqual({
      code: want,
      details: "the \ufffd reason",
      isOurs: false,
    });
  });

  it.each([new EngineError("internal", "secret"), new Error("secret"), "secret"])("keeps %s to itself", (error) => {
    expect(callStatusOf(error)).toEqual({ code: status.INTERNAL, details: "internal error", isOurs: true });
  });
});

/** Questions of every outcome in an order without a period that a worker's share could hide. */
function mixedQuestions(count: number): readonly object[] {
  const principals = [alice, publisher, "arn:aws:iam::111111111111:root", "anonymous", "no principal"];
  const actions = ["s3:GetObject", "s3:PutObject", "sts:AssumeRole", "s3:*"];
  const resources = ["arn:aws:s3:::reports/q3.csv", "arn:aws:s3:::reports/secret/x", "arn:aws:s3:::reports"];
  const contexts = [office, {}, { ...office, "aws:MultiFactorAuthPresent": { values: ["true"] } }];
  let seed = 20_251_122;
  const one = <T>(choices: readonly T[]): T | undefined => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return choices[(seed >>> 16) % choices.length];
  };
  return Array.from({ length: count }, () => ({
    principal: one(principals),
    action: one(actions),
    resource: one(resources),
    context: one(contexts),
  }));
}

async function leaveSocketBehind(path: string): Promise<void> {
  const elsewhere = `${path}.old`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(elsewhere, resolve));
  // Renamed, the file survives the end of its listener as after a kill.
  renameSync(elsewhere, path);
  await new Promise((resolve) => server.close(resolve));
}
