import { describe, expect, it } from "vitest";
import { decodeBatch, decodeSingle } from "../../src/client/decode-answer.js";
import { encodeCall } from "../../src/client/encode-call.js";
import type { Batch, Question, RequestContext } from "../../src/question/question.js";
import { WireWriter } from "../../src/wire/wire-writer.js";
import { writeQuestion } from "../../src/wire/write-question.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const seed = 20_261_122;
const single = authorizationMethod("Authorize");
const batch = authorizationMethod("BatchAuthorize");
const read: Question = {
  principal: "arn:aws:iam::111111111111:user/alice",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
};

describe("writeQuestion()", () => {
  it(`writes what protobufjs reads as the same question (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < 2000; count++) {
      const question = randomQuestion(random);
      expect(single.requestDeserialize(encode(question))).toEqual(asMessage(question));
    }
  });

  it.each([0, 1, 23, 24, 25, 42, 43, 63, 64, 127, 128, 129, 5460, 5461, 16_383, 16_384, 70_000])(
    "writes texts and values of %i characters of one, two, three and four bytes",
    (length) => {
      for (const character of ["a", "é", "€", "😀"]) {
        const text = character.repeat(length);
        const question = { ...read, context: { key: text, [`${text}k`]: [text, "", text] } };
        expect(single.requestDeserialize(encode(question))).toEqual(asMessage(question));
      }
    },
  );

  it("writes booleans and numbers as their JSON text, and a null not at all", () => {
    const context = { a: true, b: [false, 1.5, -0, 1e21], c: null, d: [] };
    expect(single.requestDeserialize(encode({ ...read, context }))).toMatchObject({
      context: {
        a: { values: ["true"] },
        b: { values: ["false", "1.5", "0", "1e+21"] },
        d: { values: [] },
      },
    });
    expect(single.requestDeserialize(encode({ ...read, context }))).not.toHaveProperty("context.c");
  });

  it("takes __proto__ and the like for data", () => {
    const context: RequestContext = JSON.parse('{"__proto__": "a", "constructor": ["b"]}');
    const have = single.requestDeserialize(encode({ ...read, context }));
    expect(Buffer.from(single.requestSerialize(have)).toString("latin1")).toContain("__proto__");
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each([
    ["no object", null, "question: expected an object"],
    ["an undefined principal", { ...read, principal: undefined }, "principal: expected a string"],
    ["an empty principal", { ...read, principal: "" }, "principal: empty"],
    ["a number for an action", { ...read, action: 1 }, "action: expected a string"],
    ["no resource", { principal: "a", action: "b:C" }, "resource: expected a string"],
    [
      "a misspelt member",
      { ...read, sessionPolicy: [] },
      "sessionPolicy: unknown member (known: principal, action, resource, ",
    ],
    ["an empty endpoint", { ...read, endpoint: "" }, "endpoint: empty"],
    ["null tags", { ...read, resourceTags: null }, "resourceTags: expected an object"],
    ["headers for a context", { ...read, context: new Headers([["a", "b"]]) }, "context: expected an object"],
    ["a map with a key that is no text", { ...read, context: new Map([[1, "b"]]) }, "context: a key is no string"],
    ["a list of what are no tags", { ...read, resourceTags: ["a"] }, "resourceTags[0]: expected an object with `key`"],
    [
      "a misspelt member of a tag",
      { ...read, resourceTags: [{ key: "a", val: "b" }] },
      "resourceTags[0].val: unknown member (known: key, value)",
    ],
    ["an undefined tag", { ...read, resourceTags: { a: undefined } }, "resourceTags.a: expected a string"],
    ["a list for a context", { ...read, context: ["a"] }, "context: expected an object"],
    ["a value that is no number", { ...read, context: { a: Number.NaN } }, "context.a: expected a string"],
    ["null among values", { ...read, context: { a: ["b", null] } }, "context.a: expected a string"],
    ["an object for a value", { ...read, context: { a: {} } }, "context.a: expected a string"],
    ["a number for a tag", { ...read, sessionTags: { a: 1 } }, "sessionTags.a: expected a string"],
    ["half a surrogate pair", { ...read, resource: "arn:\ud800:x" }, "resource: half a surrogate pair"],
    ["half a pair in a long text", { ...read, context: { a: `${"é".repeat(99)}\udc00` } }, "context: half a surrogate"],
    ["a session policy that is no list", { ...read, sessionPolicies: {} }, "sessionPolicies: expected a list"],
    ["a session policy that is a number", { ...read, sessionPolicies: [1] }, "sessionPolicies[0]: expected a policy"],
    ["a session policy that is no JSON", { ...read, sessionPolicies: [{ a: 1n }] }, "sessionPolicies[0]: no JSON"],
    ["whatIf as a text", { ...read, whatIf: "false" }, "whatIf: expected a boolean"],
  ])("refuses %s", (_, question, message) => {
    const writer = new WireWriter("refuse");
    const unchecked: unknown = question;
    expect(() => writeQuestion(writer, unchecked as Question, "complete")).toThrow(message);
  });
});

describe("encodeCall()", () => {
  it(`writes what protobufjs reads as the same batch (seed ${seed})`, () => {
    const random = new Random(seed);
    const writer = new WireWriter("refuse");
    for (let round = 0; round < 100; round++) {
      const questions = Array.from({ length: random.below(40) }, () => randomQuestion(random));
      const { bytes, count, refused } = encodeCall(writer, questions, { detail: "reason", policySet: "tenant-é" });
      expect(batch.requestDeserialize(bytes)).toMatchObject({
        requests: questions.map(asMessage),
        detail: "REASON",
        policySet: "tenant-é",
        defaults: null,
        table: null,
      });
      expect([count, refused.size, writer.length]).toEqual([questions.length, 0, 0]);
    }
  });

  it("writes defaults and tables", () => {
    const rows = [0, 0, 0, 0, 1, 0, 200, 2];
    const resources = Array.from({ length: 201 }, (_, index) => `arn:aws:s3:::bucket/${index}`);
    const table = { principals: ["p", "q"], actions: ["a:B"], resources, contexts: [{}, { k: ["v", 1] }], rows };
    const asked: Batch = { defaults: { context: { d: "e" } }, questions: [{ action: "a:C" }], table };
    const { bytes, count } = encodeCall(new WireWriter("refuse"), asked, { detail: "outcome", policySet: "" });
    expect(batch.requestDeserialize(bytes)).toMatchObject({
      defaults: { context: { d: { values: ["e"] } } },
      requests: [{ action: "a:C", principal: "" }],
      detail: "OUTCOME",
      table: {
        principals: ["p", "q"],
        resources,
        contexts: [{ entries: {} }, { entries: { k: { values: ["v", "1"] } } }],
        rows,
      },
    });
    expect(count).toBe(3);
  });

  it("leaves a question out that cannot be sent, and says which", () => {
    const bad: Question = JSON.parse('{"principal": "a"}');
    const { bytes, count, refused } = encodeCall(new WireWriter("refuse"), [read, bad, read], {
      detail: "outcome",
      policySet: "",
    });
    expect(batch.requestDeserialize(bytes)).toMatchObject({ requests: [asMessage(read), asMessage(read)] });
    expect([count, [...refused]]).toEqual([3, [[1, "action: expected a string"]]]);
  });

  it.each([
    ["rows that are no questions", [0, 0, 0], "table.rows: not four indices a question"],
    ["a principal that is not there", [1, 0, 0, 0], "table.rows[0]: no such index: `1`"],
    ["a context that is not there", [0, 0, 0, 1], "table.rows[3]: no such index: `1`"],
    ["a negative index", [0, -1, 0, 0], "table.rows[1]: no such index: `-1`"],
    ["a fraction", [0, 0, 0.5, 0], "table.rows[2]: no such index: `0.5`"],
  ])("refuses a table with %s, and leaves the writer empty", (_, rows, message) => {
    const writer = new WireWriter("refuse");
    const table = { principals: ["p"], actions: ["a:B"], resources: ["r"], rows };
    expect(() => encodeCall(writer, { table }, { detail: "outcome", policySet: "" })).toThrow(message);
    expect(writer.length).toBe(0);
  });
});

describe("decodeSingle()", () => {
  it("reads everything that an explanation says", () => {
    const statement = {
      policyType: "scp",
      policy: "p",
      statement: 300,
      sid: "S",
      effect: "Deny",
      file: "f",
      line: 7,
      column: 5,
    };
    const decision = {
      outcome: "IMPLICIT_DENY",
      blockedBy: ["identity", "scp"],
      matchedStatements: [statement],
      missingContextKeys: ["aws:SourceIp"],
      unknownPrincipal: true,
      allowedByOrganizations: false,
      layers: [{ policyType: "identity", verdict: "silent" }],
      statements: [
        { statement, applies: true },
        { statement, failedElement: "action" },
        { statement, failedElement: "condition", operator: "Bool", key: "k", requestValues: ["é"], keyMissing: true },
      ],
      message: "no",
    };
    const policySet = { digest: "sha256:1", generation: 2 ** 40 };
    const bytes = single.responseSerialize({ policySet, outcome: "IMPLICIT_DENY", decision });
    expect(decodeSingle(bytes, "explain")).toEqual({
      decision: "implicitDeny",
      allowed: false,
      policySet,
      blockedBy: ["identity", "scp"],
      matchedStatements: [statement],
      missingContextKeys: ["aws:SourceIp"],
      unknownPrincipal: true,
      allowedByOrganizations: false,
      layers: [{ policyType: "identity", verdict: "silent" }],
      statements: [
        { statement, applies: true },
        { statement, applies: false, failedElement: "action" },
        {
          statement,
          applies: false,
          failedElement: "condition",
          operator: "Bool",
          key: "k",
          requestValues: ["é"],
          keyMissing: true,
        },
      ],
      message: "no",
    });
  });

  it("says so where reasons were asked for and only the outcome came", () => {
    const bytes = single.responseSerialize({ outcome: "EXPLICIT_DENY" });
    expect(decodeSingle(bytes, "reason")).toMatchObject({ decision: "explicitDeny", blockedBy: [], outcomeOnly: true });
    expect(decodeSingle(bytes, "outcome")).not.toHaveProperty("outcomeOnly");
  });

  it("passes over fields that it does not know", () => {
    const unknown = Buffer.from([0x78, 0x01, 0x7a, 0x01, 0x00, 0x7d, 0, 0, 0, 0, 0x79, 0, 0, 0, 0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([unknown, single.responseSerialize({ outcome: "ALLOWED" }), unknown]);
    expect(decodeSingle(bytes, "outcome")).toMatchObject({ allowed: true });
  });

  it.each([
    ["nothing", [], "answer: unknown outcome 0"],
    ["an unknown outcome", [0x10, 5], "answer: unknown outcome 5"],
    [
      "an outcome that is ALLOWED in its low byte only",
      [0x10, 0x81, 0x80, 0x80, 0x80, 0x10],
      "answer: unknown outcome 4294967297",
    ],
    ["a decision that differs", [0x10, 1, 0x1a, 2, 0x08, 2], "answer: outcome and decision differ"],
    ["a decision without an outcome beside it", [0x1a, 2, 0x08, 1], "answer: outcome and decision differ"],
    ["an outcome as a text", [0x12, 1, 1], "answer: field 2 has wire type 2"],
    ["a cut-off field", [0x10], "answer: ends inside a field"],
    ["a length past the end", [0x10, 1, 0x1a, 9, 0x08], "answer: ends inside a field"],
    ["field 0", [0x00, 0x01, 0x10, 1], "answer: field 0"],
    ["a group", [0x10, 1, 0x7b], "answer: wire type 3"],
    ["an endless number", [0x10, ...Array<number>(11).fill(0xff)], "answer: a number of more than ten bytes"],
    ["a text for its own field that is cut off", [0x10, 1, 0x7d, 0], "answer: ends inside a field"],
  ])("gives a failure for %s", (_, bytes, error) => {
    expect(decodeSingle(Buffer.from(bytes), "outcome")).toEqual({
      decision: "error",
      allowed: false,
      code: "invalidAnswer",
      error,
    });
  });

  it(`never allows by chance: bytes of real answers, changed (seed ${seed})`, () => {
    const random = new Random(seed);
    const denied = single.responseSerialize({
      policySet: { digest: "sha256:ab", generation: 3 },
      outcome: "IMPLICIT_DENY",
    });
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(denied);
      const at = random.below(bytes.length);
      bytes[at] = random.below(256);
      const { outcome } = lenient(bytes);
      if (decodeSingle(bytes, "outcome").allowed) expect(outcome).toBe("ALLOWED");
    }
  });
});

describe("decodeBatch()", () => {
  it.each([
    ["one outcome too few", { outcomes: ["ALLOWED"] }, "answer: 1 answers to 2 questions"],
    ["one outcome too many", { outcomes: ["ALLOWED", "ALLOWED", "ALLOWED"] }, "answer: more than 2 values"],
    ["no answers", {}, "answer: 0 answers to 2 questions"],
    [
      "a decision beside an outcome",
      { outcomes: ["ALLOWED"], decisions: [{ outcome: "ALLOWED" }] },
      "answer: outcomes beside decisions",
    ],
    ["one decision too few", { decisions: [{ outcome: "ALLOWED" }] }, "answer: 1 answers to 2 questions"],
    ["one decision too many", { decisions: [{}, {}, {}] }, "answer: 3 answers to 2 questions"],
  ])("gives one failure for %s", (_, message, error) => {
    expect(decodeBatch(batch.responseSerialize(message), 2, "outcome")).toMatchObject({ code: "invalidAnswer", error });
  });

  it("keeps a bad answer apart from its neighbours", () => {
    const outcomes = Buffer.from([0x12, 5, 1, 4, 0, 9, 2]);
    expect(decodeBatch(outcomes, 5, "outcome")).toMatchObject([
      { decision: "allowed" },
      { code: "undecided" },
      { code: "invalidAnswer", error: "answer: unknown outcome 0" },
      { code: "invalidAnswer", error: "answer: unknown outcome 9" },
      { decision: "explicitDeny" },
    ]);
  });

  it("reads outcomes that are not packed", () => {
    expect(decodeBatch(Buffer.from([0x10, 1, 0x10, 3]), 2, "outcome")).toMatchObject([
      { allowed: true },
      { allowed: false },
    ]);
  });

  it("says why the server could not decide a question", () => {
    const bytes = batch.responseSerialize({
      decisions: [{ outcome: "ERROR", error: "action: bad" }, { outcome: "ALLOWED" }],
    });
    expect(decodeBatch(bytes, 2, "reason")).toMatchObject([
      { code: "undecided", error: "action: bad" },
      { allowed: true },
    ]);
  });

  it(`never allows by chance: bytes of real answers, changed (seed ${seed})`, () => {
    const random = new Random(seed);
    const outcomes = ["IMPLICIT_DENY", "ALLOWED", "EXPLICIT_DENY", "ERROR", "ALLOWED"];
    const real = [
      batch.responseSerialize({ policySet: { digest: "sha256:ab", generation: 3 }, outcomes }),
      batch.responseSerialize({
        policySet: { digest: "sha256:ab" },
        decisions: outcomes.map((outcome) => ({ outcome })),
      }),
    ];
    let changed = 0;
    for (let round = 0; round < 10_000; round++) {
      const bytes = Buffer.from(random.pick(real));
      bytes[random.below(bytes.length)] = random.below(256);
      const have = decodeBatch(
        bytes.subarray(0, bytes.length - (random.chance(0.2) ? random.below(5) : 0)),
        5,
        "reason",
      );
      if (!Array.isArray(have)) continue;
      const want = lenientOutcomes(bytes);
      expect(have).toHaveLength(5);
      for (const [index, { allowed }] of have.entries()) if (allowed) expect(want[index]).toBe("ALLOWED");
      changed++;
    }
    expect(changed).toBeGreaterThan(1000);
  });

  it("stops reading at answers that nobody asked for", () => {
    const flood = Buffer.alloc(2 << 20, Buffer.from([0x1a, 0x00]));
    expect(decodeBatch(flood, 1, "reason")).toMatchObject({ error: "answer: 2 answers to 1 questions" });
  });
});

function encode(question: Question): Buffer {
  const writer = new WireWriter("refuse");
  writeQuestion(writer, question, "complete");
  return Buffer.from(writer.take());
}

function lenient(bytes: Buffer): { readonly outcome?: unknown } {
  try {
    return { ...single.responseDeserialize(bytes) };
  } catch {
    return {};
  }
}

function lenientOutcomes(bytes: Buffer): readonly unknown[] {
  const { outcomes, decisions }: { outcomes?: unknown; decisions?: unknown } = { ...batch.responseDeserialize(bytes) };
  const listed = Array.isArray(decisions) ? decisions.map(({ outcome }) => outcome) : [];
  return Array.isArray(outcomes) ? [...outcomes, ...listed] : listed;
}

/** The question as protobufjs gives it, defaults included. */
function asMessage(question: Question): object {
  const { context = {}, sessionPolicies = [], whatIf = false, ...rest } = question;
  const values = Object.entries(context).flatMap(([key, value]) =>
    value === null ? [] : [[key, { values: [value].flat().map(String) }] as const],
  );
  return {
    resourceAccount: "",
    resourceTags: {},
    sessionTags: {},
    endpoint: "",
    detail: "DETAIL_UNSPECIFIED",
    policySet: "",
    ...rest,
    context: Object.fromEntries(values),
    sessionPolicies: sessionPolicies.map((policy) => (typeof policy === "string" ? policy : JSON.stringify(policy))),
    whatIf,
  };
}

function randomQuestion(random: Random): Question {
  const text = (least: number): string => {
    const alphabet = random.chance(0.2)
      ? ["é", "€", "😀", "\n", "\0", "a", "ÿ"]
      : ["a", "Z", ":", "/", "*", "0", "\x7f"];
    const length = least + random.below(random.chance(0.1) ? 300 : 40);
    return Array.from({ length }, () => random.pick(alphabet)).join("");
  };
  const map = <T>(value: () => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: random.below(8) }, (_, index) => [`${text(0)}${index}k`, value()]));
  const maybe = <K extends string, T>(key: K, value: () => T) => (random.chance(0.4) ? { [key]: value() } : {});
  const scalar = () => random.pick([text(0), random.below(1000) / 8, random.chance(0.5)]);
  return {
    principal: text(1),
    action: text(1),
    resource: text(1),
    ...maybe("context", () =>
      map(() => random.pick([scalar(), Array.from({ length: random.below(4) }, scalar), null])),
    ),
    ...maybe("resourceAccount", () => text(1)),
    ...maybe("resourceTags", () => map(() => text(0))),
    ...maybe("sessionPolicies", () => [{ Version: "2012-10-17", Statement: [] }, text(0)]),
    ...maybe("sessionTags", () => map(() => text(0))),
    ...maybe("endpoint", () => text(1)),
    ...maybe("whatIf", () => random.chance(0.5)),
  };
}
