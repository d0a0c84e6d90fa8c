// The engine in process: batches in order across threads, defaults and tables, session policies, faults of workers.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { EngineError } from "../../src/engine/engine-error.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import type { BatchAnswer } from "../kit/batch-answer.js";
import { authorizationMethod } from "../kit/proto-file.js";

const POLICIES = `
accounts:
  - { id: "111111111111" }
users:
  - arn: arn:aws:iam::111111111111:user/alice
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            - { Sid: Read, Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::reports/*" }
            - { Sid: NoSecrets, Effect: Deny, Action: "*", Resource: "arn:aws:s3:::reports/secret/*" }
            - { Sid: Office, Effect: Allow, Action: "s3:PutObject", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }
            - { Sid: Lists, Effect: Allow, Action: "s3:ListBucket", Resource: "*", Condition: { "ForAllValues:StringEquals": { "s3:prefix": ["a", "b"] }, "Null": { "s3:prefix": "false" } } }
roles:
  - arn: arn:aws:iam::111111111111:role/team/App
    inlinePolicies:
      - name: all
        document: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:*", Resource: "*" } }
`;
const ALICE = "arn:aws:iam::111111111111:user/alice";
const SESSION = "arn:aws:sts::111111111111:assumed-role/App/run-1";
const ONLY_GET =
  '{"Version":"2012-10-17","Statement":{"Sid":"Limit","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}';

const batch = authorizationMethod("BatchAuthorize");
const single = authorizationMethod("Authorize");

function loadText(text: string): Parameters<Engine["publish"]>[0] {
  const built = buildPolicySet([sourceText("set.yaml", text)], {});
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.start({ workers: 2 });
  engine.publish(loadText(POLICIES));
});
afterAll(() => engine.close());

async function decideBatch(message: object, signal?: AbortSignal): Promise<BatchAnswer> {
  const answer = await engine.batchAuthorize(batch.requestSerialize(message), signal);
  return batch.responseDeserialize(Buffer.from(answer)) as BatchAnswer;
}

function question(i: number): { principal: string; action: string; resource: string } {
  const kinds = ["reports/a.csv", "reports/secret/x", "other/b"];
  return {
    principal: ALICE,
    action: i % 5 === 0 ? "s3:DeleteObject" : "s3:GetObject",
    resource: `arn:aws:s3:::${kinds[i % 3]}-${i}`,
  };
}

function wanted(i: number): string {
  if (i % 3 === 1) return "EXPLICIT_DENY";
  return i % 3 === 0 && i % 5 !== 0 ? "ALLOWED" : "IMPLICIT_DENY";
}

describe("Engine.batchAuthorize()", () => {
  it.each([1, 500, 5000, 20_000])("answers %i questions in order, alike with every detail", async (count) => {
    const requests = Array.from({ length: count }, (_, i) => question(i));
    const want = requests.map((_, i) => wanted(i));
    const brief = await decideBatch({ requests, detail: "OUTCOME" });
    expect(brief.outcomes).toEqual(want);
    expect(brief.decisions).toEqual([]);
    const full = await decideBatch({ requests });
    expect(full.decisions.map(({ outcome }) => outcome)).toEqual(want);
    expect(full.policySet.generation).toBe(1);
  });

  it.each([1, 5000])("answers %i questions wherever they begin in their buffer", async (count) => {
    const want = Array.from({ length: count }, (_, i) => wanted(i));
    const requests = Array.from({ length: count }, (_, i) => question(i));
    const message = batch.requestSerialize({ requests, detail: "OUTCOME" });
    const buffer = Buffer.alloc(message.length + 16);
    for (let shift = 0; shift <= 8; shift++) {
      const moved = buffer.subarray(shift, shift + message.length);
      moved.set(message);
      const answer = batch.responseDeserialize(Buffer.from(await engine.batchAuthorize(moved))) as BatchAnswer;
      expect(answer.outcomes).toEqual(want);
    }
  });

  it("decides table rows like the same requests written out", async () => {
    const principals = [ALICE, SESSION, "anonymous"];
    const actions = ["s3:GetObject", "s3:PutObject"];
    const resources = ["arn:aws:s3:::reports/a", "arn:aws:s3:::reports/secret/x"];
    const contexts = [{ entries: { "aws:SourceIp": { values: ["10.1.2.3"] } } }];
    const rows: number[] = [];
    const requests: object[] = [];
    for (const [p, principal] of principals.entries())
      for (const [a, action] of actions.entries())
        for (const [r, resource] of resources.entries())
          for (const context of [0, 1]) {
            rows.push(p, a, r, context);
            requests.push({
              principal,
              action,
              resource,
              resourceAccount: "111111111111",
              ...(context === 0 ? {} : { context: contexts[0]?.entries }),
            });
          }
    const defaults = { resourceAccount: "111111111111" };
    const table = await decideBatch({ defaults, table: { principals, actions, resources, contexts, rows } });
    const written = await decideBatch({ requests });
    expect(table.decisions).toEqual(written.decisions);
    expect(new Set(table.decisions.map(({ outcome }) => outcome)).size).toBe(3);
  });

  it("fills what a request leaves empty from the defaults and lets its own context keys win", async () => {
    const defaults = {
      principal: ALICE,
      action: "s3:PutObject",
      resource: "arn:aws:s3:::x/y",
      context: { "aws:SourceIp": { values: ["10.0.0.1"] } },
    };
    const own = { context: { "AWS:sourceip": { values: ["192.0.2.1"] } } };
    const answer = await decideBatch({ defaults, requests: [{}, own, { action: "s3:GetObject" }], detail: "OUTCOME" });
    expect(answer.outcomes).toEqual(["ALLOWED", "IMPLICIT_DENY", "IMPLICIT_DENY"]);
  });

  it("merges several defaults as protobuf does: the last one wins, maps merge", async () => {
    const first = { defaults: { action: "s3:GetObject", context: { k: { values: ["a"] }, l: { values: ["b"] } } } };
    const office = (ip: string): object => ({ "aws:SourceIp": { values: [ip] } });
    const question = { principal: ALICE, resource: "arn:aws:s3:::x/y" };
    const decide = async (...messages: object[]): Promise<string | undefined> => {
      const bytes = Buffer.concat([...messages.map((one) => batch.requestSerialize(one))]);
      const answer = batch.responseDeserialize(Buffer.from(await engine.batchAuthorize(bytes)));
      return (answer as BatchAnswer).decisions[0]?.outcome;
    };
    const [away, near] = [office("192.0.2.1"), office("10.1.1.1")];
    const put = { action: "s3:PutObject" };
    const ask = { requests: [question] };
    expect(await decide(first, { defaults: { ...put, context: near } }, ask)).toBe("ALLOWED");
    expect(await decide({ defaults: { ...put, context: near } }, ask, { defaults: { context: away } })).toBe(
      "IMPLICIT_DENY",
    );
    expect(await decide({ defaults: { ...put, context: away } }, ask, { defaults: { context: near } })).toBe("ALLOWED");
    const own = { requests: [{ ...question, ...put, context: near }] };
    expect(await decide(own, first, { defaults: { action: "s3:GetObject", context: away } })).toBe("ALLOWED");
  });

  it("keeps one poisoned request among 10,000 to itself (battery 21)", async () => {
    const requests = Array.from({ length: 10_000 }, (_, i) =>
      i === 4321 ? { ...question(i), action: "s3:*" } : question(i),
    );
    const { decisions } = await decideBatch({ requests });
    expect(decisions[4321]?.outcome).toBe("ERROR");
    expect(decisions[4321]?.error).toMatch(/^action: /);
    for (const [i, { outcome }] of decisions.entries()) if (i !== 4321) expect(outcome).toBe(wanted(i));
  });

  it("tells lists apart that differ only in their grouping (battery 22)", async () => {
    const ask = (values: string[]): object => ({
      principal: ALICE,
      action: "s3:ListBucket",
      resource: "arn:aws:s3:::reports",
      context: { "s3:prefix": { values } },
    });
    const answer = await decideBatch({ requests: [ask(["a", "b"]), ask(["a,b"]), ask(["a", "b"])], detail: "OUTCOME" });
    expect(answer.outcomes).toEqual(["ALLOWED", "IMPLICIT_DENY", "ALLOWED"]);
  });

  it("compiles session policies inside requests; a broken one is an error for its request alone", async () => {
    const ask = (action: string, sessionPolicies: string[]): object => ({
      principal: SESSION,
      action,
      resource: "arn:aws:s3:::reports/a",
      sessionPolicies,
    });
    const requests = [
      ask("s3:GetObject", [ONLY_GET]),
      ask("s3:PutObject", [ONLY_GET]),
      ask("s3:PutObject", ['{"Statement":[{"Effect":"Allow"}]}']),
      ask("s3:PutObject", []),
      ask("s3:PutObject", [ONLY_GET, ONLY_GET.replace("GetObject", "PutObject")]),
    ];
    const { decisions } = await decideBatch({ requests: Array.from({ length: 600 }, () => requests).flat() });
    expect(decisions).toHaveLength(3000);
    for (let i = 0; i < decisions.length; i += 5) {
      expect(decisions.slice(i, i + 5).map(({ outcome }) => outcome)).toEqual([
        "ALLOWED",
        "IMPLICIT_DENY",
        "ERROR",
        "ALLOWED",
        "ALLOWED",
      ]);
    }
    expect(decisions[1]?.blockedBy).toEqual(["session"]);
    expect(decisions[0]?.matchedStatements.map(({ sid, file, line }) => [sid, file, line])).toContainEqual([
      "Limit",
      "session[0]",
      1,
    ]);
    expect(decisions[2]?.error).toMatch(/^session_policies: session\[0\]:1:/);
  });

  it("takes session policies from the defaults as well", async () => {
    const defaults = { principal: SESSION, resource: "arn:aws:s3:::reports/a", sessionPolicies: [ONLY_GET] };
    const answer = await decideBatch({
      defaults,
      requests: [{ action: "s3:GetObject" }, { action: "s3:PutObject" }],
      detail: "OUTCOME",
    });
    expect(answer.outcomes).toEqual(["ALLOWED", "IMPLICIT_DENY"]);
  });

  it.each([
    ["malformed bytes", Buffer.from([0x12, 0x05, 0x01]), "malformed"],
    ["rows that are not fours", batch.requestSerialize({ table: { rows: [0, 0, 0] } }), "malformed"],
    ["what_if where it is not allowed", batch.requestSerialize({ whatIf: true }), "whatIfRefused"],
    ["an unknown policy set", batch.requestSerialize({ policySet: "nobody's" }), "unknownPolicySet"],
  ] as const)("refuses %s as a whole", async (_name, message, code) => {
    await expect(engine.batchAuthorize(message)).rejects.toMatchObject({ name: "EngineError", code });
  });

  it("refuses a request that names another policy set than its batch", async () => {
    const { decisions } = await decideBatch({
      requests: [
        { ...question(0), policySet: "other" },
        { ...question(0), policySet: "default" },
      ],
    });
    expect(decisions.map(({ outcome }) => outcome)).toEqual(["ERROR", "IMPLICIT_DENY"]);
  });

  it("refuses batches that wait too long, and lets those go that are cancelled while they wait", async () => {
    const impatient = await Engine.start({ workers: 1, maxQueueAgeMs: 1 });
    try {
      impatient.publish(loadText(POLICIES));
      const message = batch.requestSerialize({ requests: Array.from({ length: 50_000 }, (_, i) => question(i)) });
      const controller = new AbortController();
      const calls = [1, 2, 3].map(() => impatient.batchAuthorize(message));
      const left = impatient.batchAuthorize(message, controller.signal);
      controller.abort();
      await expect(left).rejects.toThrow("call: cancelled");
      const ends = await Promise.allSettled(calls);
      expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
      await expect(calls[2]).rejects.toThrow("engine: too many large batches, this one has waited too long");
    } finally {
      await impatient.close();
    }
  });

  it("stops a cancelled batch", async () => {
    const requests = Array.from({ length: 50_000 }, (_, i) => question(i));
    const message = batch.requestSerialize({ requests });
    const cancelled = new AbortController();
    const answer = engine.batchAuthorize(message, cancelled.signal);
    cancelled.abort();
    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a worker that dies", () => {
  it("loses no answer and allows nothing it should not", async () => {
    const requests = Array.from({ length: 60_000 }, (_, i) => question(i));
    const message = batch.requestSerialize({ requests, detail: "OUTCOME" });
    // A worker is hit while the message is copied, while it is planned or in the midst of a part, round by round.
    for (let round = 0; round < 40 && (round < 3 || engine.pool?.retries === 0); round++) {
      const answer = engine.batchAuthorize(message);
      for (let turn = 0; turn < round * 3; turn++) await new Promise(setImmediate);
      const victim = engine.pool?.threads[round % 2];
      if (victim === undefined) throw new Error("no worker to end");
      await victim.terminate();
      const { outcomes } = batch.responseDeserialize(Buffer.from(await answer)) as BatchAnswer;
      expect(outcomes).toHaveLength(requests.length);
      for (const [i, outcome] of outcomes.entries()) if (outcome !== "ERROR") expect(outcome).toBe(wanted(i));
    }
    expect(engine.pool?.retries).toBeGreaterThan(0);
  });
});

describe("Engine.authorize()", () => {
  it("answers one question with outcome, digest and the statement that decided", () => {
    const answer = single.responseDeserialize(Buffer.from(engine.authorize(single.requestSerialize(question(3)))));
    expect(answer).toMatchObject({
      outcome: "ALLOWED",
      decision: { outcome: "ALLOWED", matchedStatements: [{ sid: "Read", policy: "own", file: "set.yaml", line: 11 }] },
    });
  });

  it("throws for a policy set that is not published", () => {
    expect(() => engine.authorize(single.requestSerialize({ ...question(0), policySet: "x" }))).toThrow(EngineError);
  });

  it("decides a single question as large as any message", () => {
    const context = { "s3:prefix": { values: Array.from({ length: 20_000 }, (_, i) => `prefix-${i}`) } };
    const answer = single.responseDeserialize(
      Buffer.from(engine.authorize(single.requestSerialize({ ...question(3), context }))),
    );
    expect(answer).toMatchObject({ outcome: "ALLOWED" });
  });

  it.each([
    ["principal", "arn:aws:iam::111111111111:user/", 4096],
    ["action", "s3:", 4096],
    ["resource", "arn:aws:s3:::reports/", 65_536],
  ])("names the limit of a %s that is too long", (field, start, limit) => {
    const errorAt = (length: number): unknown => {
      const message = single.requestSerialize({ ...question(0), [field]: start.padEnd(length, "x") });
      const answer = single.responseDeserialize(Buffer.from(engine.authorize(message)));
      return (answer as { decision: { error: string } }).decision.error;
    };
    expect(errorAt(limit)).toBe("");
    expect(errorAt(limit + 1)).toBe(`${field}: longer than ${limit} bytes`);
  });

  it.each([
    "arn:a*s:iam::111111111111:root",
    "arn:aws:iam::1?1:user/bob",
    "arn:aws:iam::111111111111:user/*",
    `arn:aws:sts::111111111111:assumed-role/${"x".repeat(64)}/?`,
  ])("refuses %s as a requester: it is one concrete ARN (IN-2, IN-6)", (principal) => {
    const message = single.requestSerialize({ ...question(0), principal });
    expect(single.responseDeserialize(Buffer.from(engine.authorize(message)))).toMatchObject({
      outcome: "ERROR",
      decision: { error: "principal: has a wildcard: a requester is one concrete ARN (IN-2)" },
    });
  });

  it("answers ERROR for bytes that are no request", () => {
    const answer = single.responseDeserialize(Buffer.from(engine.authorize(Buffer.from([0xff, 0xff, 0xff]))));
    expect(answer).toMatchObject({ outcome: "ERROR", decision: { error: "request: malformed protobuf" } });
  });
});
