// Lines that are written byte by byte are those that objects give: the same questions with a mask, which takes the long way and
// erases nothing here, and without one.
import { describe, expect, it } from "vitest";
import type { DecidedCall } from "../../src/ask/decided-call.js";
import { parseLogMask } from "../../src/observe/decision-log/log-mask.js";
import { PlainQuestion } from "../../src/observe/decision-log/plain-question.js";
import { ann, asking, contextOf, linesOf, object, recorder, terms } from "../kit/logged-calls.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const { requestSerialize } = authorizationMethod("Authorize");
const { decide } = await recorder();
const context = contextOf({ "aws:SourceIp": ["10.0.0.7"] });
const answers = await Promise.all([
  decide("Authorize", asking("s3:GetObject", { context })),
  decide("Authorize", asking("s3:DeleteObject")),
  decide("Authorize", asking("s3:ListBucket", { detail: "OUTCOME" })),
  decide("Authorize", asking("s3:ListBucket", { detail: "EXPLAIN" })),
  decide("Authorize", asking("no colon")),
]);
const nothing = parseLogMask("input.context.no:such-key");
const masks = nothing === undefined ? [] : [nothing];

const texts = [
  ann,
  object,
  "s3:GetObject",
  "S3:GetObject",
  "orders:Refund",
  "arn:acme:orders:eu:tenant-7:order/123",
  "nobody",
  "",
  "1",
  "a:b:c",
  'a "quoted" text',
  "back\\slash",
  "line\nbreak",
  "\u007f",
  "\u202e",
  "Žofie",
  "😀",
  "arn:",
  "arn:aws",
  ":",
  "x".repeat(127),
  "y".repeat(128),
  "z".repeat(300),
];
const keys = ["aws:SourceIp", "aws:sourceip", "k", "1", "01", "", "__proto__", "a b", 'q"', "ä", "k".repeat(200)];

const SEED = 20261128;

class Questions {
  constructor(private readonly random: Random) {}

  /** A request as bytes, now and then with what no client would write. */
  request(): Buffer {
    const { random } = this;
    const often = (share: number): boolean => random.below(100) < share;
    const text = (): string => (often(70) ? ann : random.pick(texts));
    const map = (most: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: random.below(most) }, () => [random.pick(keys), text()]));
    const message = {
      principal: text(),
      action: often(50) ? "s3:GetObject" : random.pick(texts),
      resource: often(50) ? object : often(1) ? "r".repeat(9000) : random.pick(texts),
      context: contextOf(
        Object.fromEntries(
          Array.from({ length: random.below(5) }, () => [
            random.pick(keys),
            Array.from({ length: often(70) ? 1 : random.below(4) }, text),
          ]),
        ),
      ),
      ...(often(10) ? { resourceTags: map(4) } : {}),
      ...(often(10) ? { sessionTags: map(4) } : {}),
      ...(often(10) ? { endpoint: text() } : {}),
      ...(often(10) ? { resourceAccount: "111111111111" } : {}),
      ...(often(10) ? { detail: "EXPLAIN" } : {}),
      ...(often(10) ? { policySet: random.pick(["default", "tenant-7", 'a "set"', "ä"]) } : {}),
      ...(often(5) ? { whatIf: true } : {}),
      ...(often(5) ? { sessionPolicies: ["{}"] } : {}),
    };
    const bytes = requestSerialize(message);
    if (often(10)) return Buffer.concat([bytes, requestSerialize({ action: text(), context })]);
    if (often(5)) return Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)));
    if (often(10) && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  }

  /** A batch of them as bytes. */
  batch(size: number): Buffer {
    const rows = Array.from({ length: size }, () => {
      const row = this.request();
      return Buffer.concat([Buffer.from([0x12]), varint(row.length), row]);
    });
    const named = Buffer.from(
      this.random.pick(["", "\x18\x02", "\x22\x01a", "\x22\x01\xff", "\x30\x01", "\x48\x01"]),
      "latin1",
    );
    return Buffer.concat([...rows, named]);
  }
}

function varint(value: number): Buffer {
  return Buffer.from(
    value < 0x80
      ? [value]
      : value < 0x4000
        ? [value | 0x80, value >> 7]
        : [value | 0x80, (value >> 7) | 0x80, value >> 14],
  );
}

describe("the line of a plain question", () => {
  it("is the line that objects give", () => {
    const random = new Random(SEED);
    const questions = new Questions(random);
    for (let count = 0; count < 4000; count++) {
      const call: DecidedCall = { ...random.pick(answers), request: questions.request() };
      expect(linesOf(call, terms), `seed ${SEED}, call ${count}`).toEqual(linesOf(call, { ...terms, masks }));
    }
  });

  it("is the line that objects give in a batch", async () => {
    const random = new Random(SEED);
    const questions = new Questions(random);
    const given = await decide("BatchAuthorize", {
      requests: [asking("s3:GetObject", { context }), asking("s3:DeleteObject"), asking("x")],
    });
    for (let count = 0; count < 1000; count++) {
      const call: DecidedCall = { ...given, request: questions.batch(3) };
      expect(linesOf(call, terms), `seed ${SEED}, call ${count}`).toEqual(linesOf(call, { ...terms, masks }));
    }
  });

  it("has the facts of its call", () => {
    const [call] = answers;
    if (call === undefined) throw new Error("no call");
    for (const facts of [
      { caller: { name: 'a "name"', mayExplain: true }, peer: "unix" },
      { caller: { name: "Žofie", mayExplain: true }, peer: "[::1]:5", traceparent: "no trace" },
      { caller: { name: "", mayExplain: true }, peer: "", path: 'POST /v1/"x"', decisionId: "id-1" },
      { decisionId: 'a"b' },
      { decisionId: "\u0122\u2028" },
      { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", transport: "http" as const },
    ]) {
      const told: DecidedCall = { ...call, facts: { ...call.facts, ...facts } };
      for (const allowSampleRate of [1, 0.75]) {
        const of = { ...terms, allowSampleRate };
        expect(linesOf(told, of)).toEqual(linesOf(told, { ...of, masks }));
      }
    }
  });
});

describe("PlainQuestion", () => {
  it("knows what clients usually write", () => {
    const question = new PlainQuestion();
    for (const message of [
      asking("s3:GetObject", { context }),
      asking("s3:GetObject", { detail: "OUTCOME", policySet: "default", endpoint: "vpce-1", resourceAccount: "1" }),
      { principal: "p".repeat(300), resourceTags: { a: "b" }, sessionTags: { c: "d" } },
    ]) {
      const bytes = requestSerialize(message);
      expect(question.read(bytes, 0, bytes.length)).toBe(true);
    }
  });
});
