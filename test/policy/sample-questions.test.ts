import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import {
  allowedSample,
  plainQuestion,
  type SampleQuestion,
  sampleQuestions,
} from "../../src/policy/sample-questions.js";
import { folder } from "../kit/run-verdict.js";

const alice = "arn:aws:iam::111111111111:user/alice";

async function samplesOf(path: string) {
  const loaded = await loadPolicySet(path);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  const { policySet } = loaded;
  const engine = await Engine.start({ workers: 0 });
  try {
    engine.publish(policySet);
    const samples = sampleQuestions(policySet);
    const allowed = allowedSample(samples, (sample: SampleQuestion) => {
      const answer = engine.decide(plainQuestion(sample));
      return !("error" in answer) && answer.allowed;
    });
    return { samples, allowed };
  } finally {
    await engine.close();
  }
}

async function setOf(statements: readonly object[], more: object = {}) {
  const path = join(folder, "sample.json");
  const document = { Version: "2012-10-17", Statement: statements };
  const users = [{ arn: alice, tags: { team: "blue" }, inlinePolicies: [{ name: "own", document }] }];
  writeFileSync(path, JSON.stringify({ users, ...more }));
  return samplesOf(path);
}

const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/example" };

describe("a sample question", () => {
  it.each(["acme", "minimal", "authzen/policy-set"])("of examples/%s is allowed", async (name) => {
    const { allowed } = await samplesOf(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)));
    expect(allowed).toBeDefined();
  });

  it.each<[string, Condition: object, context: object]>([
    ["a text", { StringEquals: { "a:b": ["one", "two"] } }, { "a:b": ["one"] }],
    ["a pattern", { StringLike: { "a:b": "*-?" } }, { "a:b": ["example-x"] }],
    ["an address", { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, { "aws:SourceIp": ["10.0.0.1"] }],
    ["one address", { IpAddress: { "aws:SourceIp": "10.0.0.7/32" } }, { "aws:SourceIp": ["10.0.0.7"] }],
    ["a number below", { NumericLessThan: { "a:b": "900" } }, { "a:b": ["899"] }],
    ["a number above", { NumericGreaterThan: { "a:b": "1.5" } }, { "a:b": ["2.5"] }],
    ["a switch", { Bool: { "aws:MultiFactorAuthPresent": "true" } }, { "aws:MultiFactorAuthPresent": ["true"] }],
    ["presence", { Null: { "a:b": "false" } }, { "a:b": ["example"] }],
    ["an ARN", { ArnLike: { "a:b": "arn:aws:sns:*:1:t" } }, { "a:b": ["arn:aws:sns:example:1:t"] }],
    ["a variable", { StringEquals: { "a:b": "${aws:PrincipalTag/team}-${aws:username}" } }, { "a:b": ["blue-alice"] }],
  ])("has %s that the statement asks for", async (_, Condition, context) => {
    expect((await setOf([{ ...read, Condition }])).allowed).toEqual({ ...question, context });
  });

  it.each<[string, Condition: object]>([
    ["absence", { Null: { "a:b": "true" } }],
    ["another text", { StringNotEquals: { "a:b": "one" } }],
    ["what may be absent", { StringEqualsIfExists: { "a:b": "one" } }],
  ])("carries nothing for %s", async (_, Condition) => {
    expect((await setOf([{ ...read, Condition }])).allowed).toEqual(question);
  });

  it("has a tag of the resource that a statement compares with the asker's", async () => {
    const Condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const order = { ...read, Action: "orders:Get", Resource: "arn:acme:orders:eu:111111111111:order/*", Condition };
    expect((await setOf([order])).allowed).toEqual({
      principal: alice,
      action: "orders:Get",
      resource: "arn:acme:orders:eu:111111111111:order/example",
      resourceTags: { team: "blue" },
    });
  });

  it("has what denials spare, and of two ways the address", async () => {
    const denied = (Condition: object) => ({ Effect: "Deny", Action: "*", Resource: "*", Condition });
    const { allowed } = await setOf([
      read,
      denied({
        NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" },
        BoolIfExists: { "aws:ViaAWSService": "false" },
      }),
      denied({ BoolIfExists: { "aws:SecureTransport": "false" } }),
    ]);
    expect(allowed).toEqual({
      ...question,
      context: { "aws:SecureTransport": ["true"], "aws:SourceIp": ["10.0.0.1"] },
    });
  });

  it("names a resource that the set knows rather than one that is made up", async () => {
    const { allowed } = await setOf([read], { resources: [{ arn: "arn:aws:s3:::reports/q3.csv" }] });
    expect(allowed).toMatchObject({ resource: "arn:aws:s3:::reports/q3.csv" });
  });

  it("says whose a resource is where its account would make it another's", async () => {
    const order = { ...read, Action: "orders:Get", Resource: "arn:acme:orders:eu:tenant-7:order/*" };
    expect((await setOf([order])).allowed).toMatchObject({ resourceAccount: "111111111111" });
  });

  it("of an administrator is about an object", async () => {
    const { allowed } = await setOf([{ Effect: "Allow", Action: "*", Resource: "*" }]);
    expect(allowed).toEqual({ ...question, resource: "arn:aws:s3:::example/key" });
  });

  it("is there where nothing is allowed", async () => {
    const { samples, allowed } = await setOf([{ ...read, Effect: "Deny" }]);
    expect([samples.length, allowed]).toEqual([1, undefined]);
  });
});
