import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ClientError, connect, type Failure, type Question, type VerdictClient } from "../../src/client/index.js";
import { atEnd, type Serving, serving } from "../kit/serving.js";

const alice = "arn:aws:iam::111111111111:user/alice";
const office = { "aws:SourceIp": "10.1.2.3" };
const read: Question = {
  principal: alice,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
  context: office,
};
const elsewhere: Question = { ...read, context: { "aws:SourceIp": "192.0.2.1" } };
const impossible: Question = { ...read, action: "s3:*" };

let server: Serving;
let client: VerdictClient;
const failures: Failure[] = [];

beforeAll(async () => {
  server = await serving();
  client = opened(server.address, { onFailure: (failure) => failures.push(failure) });
});

describe("isAllowed()", () => {
  it("is true for an allow and false for a denial", async () => {
    expect(await Promise.all([client.isAllowed(read), client.isAllowed(elsewhere)])).toEqual([true, false]);
  });

  it("is false where the server cannot decide or the question cannot be sent, and tells onFailure why", async () => {
    failures.length = 0;
    const misspelt: Question = { ...read, ...{ sesionPolicies: [] } };
    expect(await client.isAllowed(impossible)).toBe(false);
    expect(await client.isAllowed(misspelt)).toBe(false);
    expect(await client.isAllowed(read, { policySet: "none" })).toBe(false);
    expect(await client.isAllowed(read, { timeoutMs: Number.NaN })).toBe(false);
    expect(failures.map(({ code, error }) => [code, error])).toEqual([
      ["undecided", "the server could not decide this question"],
      ["invalidQuestion", expect.stringMatching(/^sesionPolicies: unknown member \(known: principal, .*whatIf\)$/)],
      ["refused", 'call: FAILED_PRECONDITION: policy_set: no policy set "none" is published'],
      ["invalidQuestion", "timeoutMs: expected 1 to 2147483647, not `NaN`"],
    ]);
  });

  it.each([
    ["a signal that is none", { signal: "soon" }, "signal: expected an AbortSignal"],
    ["no signal but null", { signal: null }, "signal: expected an AbortSignal"],
    ["a time as a text", { timeoutMs: "1s" }, "timeoutMs: expected 1 to 2147483647, not `1s`"],
    ["a policy set without a UTF-8 form", { policySet: "\ud800" }, "policySet: expected a name"],
    ["an unknown detail", { detail: "all" }, "detail: expected outcome, reason or explain, not `all`"],
  ])("is a denial, and no exception, for %s", async (_, options, error) => {
    const unchecked: object = options;
    expect(await client.authorize(read, unchecked)).toMatchObject({ allowed: false, code: "invalidQuestion", error });
    expect(await client.authorizeAll([read], unchecked)).toMatchObject([{ code: "invalidQuestion", error }]);
  });

  it("is false, without a rejection, when onFailure throws", async () => {
    const other = opened(server.address, {
      onFailure: () => {
        throw new Error("listener");
      },
    });
    expect(await other.isAllowed(impossible)).toBe(false);
  });
});

describe("authorize()", () => {
  it("answers in the shape of every other surface", async () => {
    expect(await client.authorize(read)).toEqual({
      decision: "allowed",
      allowed: true,
      blockedBy: [],
      matchedStatements: [
        expect.objectContaining({
          policyType: "identity",
          statement: 0,
          sid: "ReadFromTheOffice",
          effect: "Allow",
          line: 11,
        }),
      ],
      missingContextKeys: [],
      unknownPrincipal: false,
      policySet: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), generation: 1 },
    });
  });

  it("answers with the outcome alone, or with every statement", async () => {
    const policySet = expect.anything();
    expect(await client.authorize(read, { detail: "outcome" })).toEqual({
      decision: "allowed",
      allowed: true,
      policySet,
    });
    expect(await client.authorize(elsewhere, { detail: "explain" })).toMatchObject({
      decision: "implicitDeny",
      layers: expect.arrayContaining([{ policyType: "identity", verdict: "silent" }]),
      statements: expect.arrayContaining([expect.objectContaining({ applies: false })]),
    });
  });

  it("says so where this caller may not see reasons", async () => {
    const gate = { admit: () => ({ name: "web", mayExplain: false }) };
    const { address } = await serving({ gate });
    const other = opened(address);
    const redacted = { decision: "allowed", allowed: true, matchedStatements: [], blockedBy: [], outcomeOnly: true };
    for (const detail of ["reason", "explain"] as const) {
      expect(await other.authorize(read, { detail })).toMatchObject(redacted);
      expect(await other.authorizeAll([read, elsewhere], { detail })).toMatchObject([redacted, { allowed: false }]);
    }
    expect(await Promise.all([other.authorize(elsewhere), other.authorize(read)])).toMatchObject([
      { decision: "implicitDeny", outcomeOnly: true },
      redacted,
    ]);
  });

  it("answers an error with its reason, never as allowed", async () => {
    expect(await client.authorize(impossible)).toEqual({
      decision: "error",
      allowed: false,
      code: "undecided",
      error: "action: not of the form `service:Name` without wildcards (ACT-1)",
    });
  });

  it("keeps what-if questions, details and policy sets apart that are asked in one turn", async () => {
    const asked = [
      client.authorize(read, { detail: "outcome" }),
      client.authorize({ ...read, whatIf: true }),
      client.authorize(read, { policySet: "none" }),
      client.authorize(read),
      client.authorize(read, { detail: "explain" }),
      client.authorize(read, { policySet: "default", detail: "outcome" }),
    ];
    expect(await Promise.all(asked)).toMatchObject([
      { allowed: true },
      { allowed: false, code: "undecided" },
      { allowed: false, code: "refused" },
      { allowed: true, matchedStatements: [{ sid: "ReadFromTheOffice" }] },
      { allowed: true, layers: expect.anything() },
      { allowed: true },
    ]);
  });

  it("answers 5,000 questions of one turn in order, each as by itself", async () => {
    const alone = opened(server.address, { coalesce: false });
    // A busy machine may need longer than callers wait by default.
    const patient = opened(server.address, { timeoutMs: 120_000 });
    const kinds = [
      read,
      elsewhere,
      impossible,
      { ...read, principal: "anonymous" },
      { ...read, resource: "arn:aws:s3:::reports" },
    ];
    const singles = await Promise.all(kinds.map((kind) => alone.authorize(kind)));
    const pick = (index: number): number => (index * 7919 + (index >> 3)) % kinds.length;
    const asked = Array.from({ length: 5000 }, (_, index) => patient.authorize(kinds[pick(index)] ?? read));
    expect(await Promise.all(asked)).toEqual(asked.map((_, index) => singles[pick(index)]));
  });

  it("asks what the question said when it was asked", async () => {
    const question = { principal: alice, action: "s3:GetObject", resource: read.resource, context: { ...office } };
    const asked = client.isAllowed(question);
    question.principal = "anonymous";
    question.context["aws:SourceIp"] = "192.0.2.1";
    expect(await asked).toBe(true);
  });
});

describe("areAllowed() and authorizeAll()", () => {
  it("answer in order, and a question that cannot be sent is denied alone", async () => {
    const unsendable: Question = JSON.parse('{ "action": "s3:GetObject", "resource": "*" }');
    const questions = [read, unsendable, elsewhere, impossible, read];
    expect(await client.areAllowed(questions)).toEqual([true, false, false, false, true]);
    expect(await client.authorizeAll(questions)).toMatchObject([
      { decision: "allowed", matchedStatements: [{ sid: "ReadFromTheOffice" }] },
      { decision: "error", error: "principal: expected a string" },
      { decision: "implicitDeny" },
      { decision: "error", error: "action: not of the form `service:Name` without wildcards (ACT-1)" },
      { decision: "allowed" },
    ]);
    expect(await client.areAllowed([unsendable])).toEqual([false]);
    expect(await client.areAllowed([])).toEqual([]);
  });

  it("fill in defaults and answer the rows of a table after the questions", async () => {
    const { context: _, ...defaults } = read;
    const table = {
      principals: [alice, "anonymous"],
      actions: ["s3:GetObject"],
      resources: ["arn:aws:s3:::reports/q3.csv"],
      contexts: [office],
      rows: Uint32Array.of(0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0),
    };
    const questions = [{ context: office }, {}];
    expect(await client.areAllowed({ defaults, questions, table })).toEqual([true, false, true, false, false]);
    expect(await client.areAllowed({ table })).toEqual([true, false, false]);
  });

  it("deny everything where the call fails as a whole, and say so once", async () => {
    failures.length = 0;
    expect(await client.areAllowed([read, read, read], { policySet: "none" })).toEqual([false, false, false]);
    expect(failures).toHaveLength(1);
    const table = { principals: [alice], actions: ["s3:GetObject"], resources: ["*"], rows: [0, 0, 0, 0, 9, 0, 0, 0] };
    expect(await client.authorizeAll({ questions: [read], table })).toEqual(
      new Array(3).fill(expect.objectContaining({ allowed: false, error: "table.rows[4]: no such index: `9`" })),
    );
  });

  it("reject what is no batch, because no list of the right length can be given", async () => {
    const notABatch: unknown = { questions: "all" };
    await expect(client.areAllowed(notABatch as [])).rejects.toThrow("batch: expected questions or a table");
  });
});

describe("authorizeStream()", () => {
  it("answers batch after batch, in order", async () => {
    async function* batches() {
      for (let size = 0; size < 40; size++)
        yield Array.from({ length: size }, (_, i) => (i % 2 === 0 ? read : elsewhere));
    }
    const have: boolean[][] = [];
    for await (const answers of client.authorizeStream(batches(), { detail: "outcome" })) {
      have.push(answers.map(({ allowed }) => allowed));
    }
    expect(have).toEqual(Array.from({ length: 40 }, (_, size) => Array.from({ length: size }, (_, i) => i % 2 === 0)));
  });

  it("takes no more batches than the server takes", async () => {
    let taken = 0;
    function* endless() {
      for (;;) {
        taken++;
        yield Array.from({ length: 500 }, () => read);
      }
    }
    let answered = 0;
    for await (const answers of client.authorizeStream(endless(), { detail: "outcome" })) {
      expect(answers).toHaveLength(500);
      if (++answered === 20) break;
    }
    expect(taken).toBeGreaterThanOrEqual(20);
    expect(taken).toBeLessThan(400);
  });

  it.each([
    ["a policy set that is not there", { policySet: "none" }, "call: FAILED_PRECONDITION: policy_set"],
    ["a signal that is aborted", { signal: AbortSignal.abort() }, "call: cancelled by the caller"],
  ])("throws for %s", async (_, options, message) => {
    await expect(drained(client.authorizeStream([[read]], options))).rejects.toThrow(message);
  });

  it("throws what its source throws", async () => {
    function* failing() {
      yield [read];
      throw new Error("source");
    }
    await expect(drained(client.authorizeStream(failing()))).rejects.toThrow("source");
  });

  it("throws for defaults that cannot be sent", async () => {
    const defaults: Partial<Question> = JSON.parse('{ "principle": "anonymous" }');
    await expect(drained(client.authorizeStream([{ defaults, questions: [read] }]))).rejects.toThrow(ClientError);
  });
});

describe("connect()", () => {
  it("reaches a unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict client "));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const { address } = await serving({ listen: { kind: "unix", path: join(folder, "verdict.sock") } });
    const local = opened(address);
    await local.ready();
    expect(await local.isAllowed(read)).toBe(true);
  });

  it.each([
    ["no port", "localhost", {}, "address: expected host:port, [ipv6]:port or unix:PATH, not `localhost`"],
    ["port 0", "localhost:0", {}, "address: expected host:port, [ipv6]:port or unix:PATH, not `localhost:0`"],
    [
      "a URL",
      "http://localhost:1",
      {},
      "address: expected host:port, [ipv6]:port or unix:PATH, not `http://localhost:1`",
    ],
    [
      "another machine in the clear",
      "10.0.0.1:50051",
      {},
      "address: `10.0.0.1:50051` is another machine: give tls, or say insecure: true",
    ],
    ["a certificate without a key", "localhost:1", { tls: { cert: "x" } }, "tls: cert and key belong together"],
    ["a token with a line feed", "localhost:1", { token: "a\nb" }, "token: expected visible ASCII characters"],
    ["no channel", "localhost:1", { channels: 0 }, "channels: expected 1 to 64"],
    ["no time", "localhost:1", { timeoutMs: 0 }, "timeoutMs: expected 1 to 2147483647, not `0`"],
    [
      "too large batches",
      "localhost:1",
      { coalesce: { maxQuestions: 9999 } },
      "coalesce.maxQuestions: expected 1 to 1024, not `9999`",
    ],
  ])("refuses %s", (_, address, options, message) => {
    expect(() => connect(address, options)).toThrow(message);
  });

  it.each([
    [
      "an option without its unit",
      { timeout: 5 },
      "timeout: unknown option (known: channels, tls, insecure, token, maxAnswerBytes, timeoutMs, ",
    ],
    ["an option of TLS in capitals", { tls: { CA: "" } }, "tls.CA: unknown option (known: ca, cert, key, serverName)"],
    [
      "an option of another client",
      { coalesce: { batch: 5 } },
      "coalesce.batch: unknown option (known: maxQuestions, maxBytes, maxWaitMs)",
    ],
  ])("refuses %s", (_, options, message) => {
    const unchecked: object = options;
    expect(() => connect("127.0.0.1:1", unchecked)).toThrow(message);
  });

  it("takes another machine with TLS, or where insecure is said", () => {
    expect(() => opened("10.0.0.1:50051", { tls: true })).not.toThrow();
    expect(() => opened("[2001:db8::1]:50051", { insecure: true })).not.toThrow();
    expect(() => opened("[::1]:50051")).not.toThrow();
  });
});

function opened(...args: Parameters<typeof connect>): VerdictClient {
  const one = connect(...args);
  atEnd(() => one.close());
  return one;
}

async function drained(answers: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of answers);
}
