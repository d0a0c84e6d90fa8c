/** Enforcing calls that state what is no address under a key that a policy reads are an input error (CTX-16). */
import { afterAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { sourceText } from "../../src/text/source-text.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { Random } from "../kit/random.js";
import { parseRequestAddress } from "../oracle/ip-address.js";

const alice = "arn:aws:iam::111111111111:user/alice";
const app = "arn:aws:sts::111111111111:assumed-role/App/one";
const engine = await Engine.start({ workers: 0 });
afterAll(() => engine.close());

const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
const office = (key: string): object => ({
  Effect: "Deny",
  Action: "s3:*",
  Resource: "*",
  Condition: { NotIpAddress: { [key]: "10.0.0.0/8" } },
});
const trust = { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sts:AssumeRole" };

function publish(name: string, ...statements: readonly object[]): void {
  const document = (...Statement: readonly object[]): object => ({ Version: "2012-10-17", Statement });
  const inlinePolicies = [{ name: "own", document: document(allow) }];
  const set = {
    users: [{ arn: alice, inlinePolicies }],
    roles: [{ arn: "arn:aws:iam::111111111111:role/App", inlinePolicies, trustPolicy: document(trust) }],
    // Somebody else's policies: it is the set that reads the key.
    groups: [{ arn: "arn:aws:iam::111111111111:group/others", inlinePolicies: [] }],
    resources: [{ arn: "arn:aws:s3:::b", account: "111111111111" }],
    policies: [],
    ...(statements.length === 0
      ? {}
      : {
          endpoints: [{ id: "vpce-1", policy: document(...statements.map((one) => ({ ...one, Principal: "*" }))) }],
        }),
  };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(set))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  engine.publish(built.policySet, name);
}
publish("reads", office("AWS:sourceip"), office("aws:VpcSourceIp"), allow);
publish("does-not");

function ask(policySet: string, context: Readonly<Record<string, readonly string[]>>, more: object = {}): object {
  const question = {
    ...plainQuestion({ principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::b/k" }),
    context: new Map(Object.entries(context)),
    ...more,
  };
  return decodeResponse(engine.authorize(encodeQuestion(question, "reason", policySet)));
}

const refused = (value: string): object => ({
  error: `context: \`aws:SourceIp\` and \`aws:VpcSourceIp\` have to be IP addresses (CTX-16), not \`${value}\``,
});

describe("an enforcing call", () => {
  it.each(["10.0.0.1:443", "", "10.0.0.0/8", "office", "fe80::1%eth0", "::1.2.3.4", "10.0.0.256"])(
    "with the address `%s` is an error that names it",
    (value) => {
      expect(ask("reads", { "aws:SourceIp": [value] })).toEqual(refused(value));
      expect(ask("reads", { "AWS:VPCSOURCEIP": ["10.0.0.1", value] })).toEqual(refused(value));
    },
  );

  it("shows the first characters of a long value, whole ones", () => {
    expect(ask("reads", { "aws:SourceIp": ["é".repeat(40)] })).toEqual(refused("é".repeat(32)));
    expect(ask("reads", { "aws:SourceIp": [`a${"é".repeat(40)}`] })).toEqual(refused(`a${"é".repeat(31)}`));
  });

  it.each(["10.0.0.1", "::ffff:10.0.0.1", "2001:db8:::1", "010.1.1.1"])("with the address `%s` is decided", (value) => {
    expect(ask("reads", { "aws:SourceIp": [value] })).toMatchObject({ allowed: true });
  });

  it("with any text that is nearly an IPv4 address is an error just where the text is none", () => {
    const random = new Random(20261129);
    const octets = [
      "0",
      "7",
      "10",
      "010",
      "99",
      "199",
      "200",
      "249",
      "250",
      "255",
      "256",
      "260",
      "300",
      "999",
      "0255",
      "",
      "x",
    ];
    const wrong: string[] = [];
    let addresses = 0;
    for (let i = 0; i < 4_000; i++) {
      const count = random.chance(0.8) ? 4 : 1 + random.below(6);
      const parts = Array.from({ length: count }, () =>
        random.chance(0.5) ? String(random.below(256)) : random.pick(octets),
      );
      let text = parts.join(".");
      if (random.chance(0.1))
        text = `${text.slice(0, 3)}${random.pick([" ", "/", ":", "-", ".", "\u0660"])}${text.slice(3)}`;
      const isAddress = parseRequestAddress(text) !== undefined;
      addresses += Number(isAddress);
      const key = random.pick(["aws:SourceIp", "AWS:SOURCEIP", "aws:VpcSourceIp", "aws:vpcsourceip"]);
      if ("error" in ask("reads", { [key]: [text] }) === isAddress) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(addresses).toBeGreaterThan(500);
    expect(addresses).toBeLessThan(3_500);
  });

  it("is decided where it states none, or no policy reads the key", () => {
    expect(ask("reads", {})).toMatchObject({ allowed: true });
    expect(ask("reads", { "aws:SourceIp": [] })).toMatchObject({ allowed: true });
    expect(ask("does-not", { "aws:SourceIp": ["office"] })).toMatchObject({ allowed: true });
  });

  it("whose own session policies read the key is one too", () => {
    const Statement = [allow, office("aws:SourceIp")];
    const sessionPolicies = [JSON.stringify({ Version: "2012-10-17", Statement })];
    const more = { principal: app, sessionPolicies };
    expect(ask("does-not", { "aws:SourceIp": ["office"] }, more)).toEqual(refused("office"));
    expect(ask("does-not", { "aws:SourceIp": ["10.1.1.1"] }, more)).toMatchObject({ allowed: true });
  });
});
