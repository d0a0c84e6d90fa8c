// What the HTTP surface needs of batches as bytes and of JSON in steps.
import { describe, expect, it } from "vitest";
import { Detail } from "../../assembly/format/layout.js";
import { Engine } from "../../src/engine/engine.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { Decision } from "../../src/question/decision.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson, readJsonInSteps } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { RequestField } from "../../src/wire/authorization-fields.js";
import { BatchAnswers, batchItem, errorAnswers, joinBatch, textBatch } from "../../src/wire/batch.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { WireWriter } from "../../src/wire/wire-writer.js";
import { examplePolicies } from "../kit/http-server.js";

const question: AuthorizationQuestion = {
  principal: "arn:aws:iam::111111111111:user/alice",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
  context: new Map([["aws:SourceIp", ["10.1.2.3"]]]),
  resourceTags: [],
  sessionPolicies: [],
  sessionTags: [],
  whatIf: false,
};
const actionQuestion = (text: string): Uint8Array => new WireWriter("mark").text(RequestField.Action, text).take();
const actions = ["s3:GetObject", "s3:PutObject", "s3", "s3:ListBucket"];

describe("joinBatch() and BatchAnswers", () => {
  it.each([
    ["outcome", 1],
    ["reason", 1],
    ["explain", 1],
    ["outcome", 700],
    ["reason", 700],
  ] as const)("give the answers of single calls with detail %s, %i times over workers", async (detail, times) => {
    const engine = await Engine.start({ workers: 1 });
    const { digest } = engine.publish(await examplePolicies("minimal"));
    const all = Array.from({ length: times }, () => actions).flat();
    const items = all.map((action) => batchItem(actionQuestion(action)));
    const batch = joinBatch(items, { detail, defaults: encodeQuestion({ ...question, action: "" }, detail) });
    const answers = new BatchAnswers(await engine.batchAuthorize(batch));
    const singles = actions.map((action) =>
      decodeResponse(engine.authorize(encodeQuestion({ ...question, action }, detail))),
    );
    await engine.close();
    expect(answers.length).toBe(all.length);
    const have = all.map((_, index) => decodeResponse(answers.at(index)));
    expect(have).toEqual(all.map((action) => singles[actions.indexOf(action)]));
    const versions = have.filter((one): one is Decision => "policySet" in one);
    expect(new Set(versions.map((one) => one.policySet.digest))).toEqual(new Set([digest]));
  });

  it.each([[[]], [actions], [["s3:GetObject".repeat(100), "é", "\ud800"]]])(
    "are written at once by textBatch()",
    (texts) => {
      const terms = { detail: "reason", policySet: "x", defaults: encodeQuestion(question, "reason") } as const;
      const items = texts.map((text) => batchItem(actionQuestion(text)));
      expect(textBatch(RequestField.Action, texts, terms)).toEqual(joinBatch(items, terms));
    },
  );

  it("name the policy set and hold together whatever the number of its digits", () => {
    const batch = joinBatch([], { detail: "outcome", policySet: "x".repeat(300) });
    expect(Buffer.from(batch).subarray(0, 5)).toEqual(Buffer.from([0x18, Detail.Outcome, 0x22, 0xac, 0x02]));
  });

  it.each(["outcome", "reason"] as const)("take what a dead worker left for errors (detail %s)", (detail) => {
    const answers = new BatchAnswers(
      Buffer.concat([errorAnswers(2, "died", detail), errorAnswers(200, "died", detail)]),
    );
    expect(answers.length).toBe(202);
    for (const index of [0, 1, 2, 201]) expect(decodeResponse(answers.at(index))).toHaveProperty("error");
  });

  it("refuse what is no answer", () => {
    expect(() => new BatchAnswers(Buffer.from([0x32, 0x00]))).toThrow("unexpected field 6");
    expect(() => new BatchAnswers(Buffer.from([0x1a]))).toThrow("ends inside a field");
    expect(() => new BatchAnswers(errorAnswers(1, "died", "outcome")).at(1)).toThrow("no answer 1");
  });
});

describe("readJsonInSteps()", () => {
  it.each([
    '{"a":[1,2,{"b":null}],"c":"d","e":[[],{}]}',
    "[1,2,3]",
    "7",
    "[",
    '{"a":1,"a":2}',
    "[1,]",
    '["\\ud800",{"a":}]',
    "\ufeff[]",
    `${"[".repeat(70)}`,
    "",
  ])("reads %j as readJson() does, whatever the steps", async (text) => {
    const findings: Finding[] = [];
    const want = readJson(sourceText("a", text), findings);
    for (const step of [1, 2, 3, 100]) {
      const mine: Finding[] = [];
      let pauses = 0;
      const have = await readJsonInSteps(sourceText("a", text), mine, step, async () => void pauses++);
      expect([have, mine]).toEqual([want, findings]);
      if (step === 100) expect(pauses).toBe(0);
    }
  });
});
