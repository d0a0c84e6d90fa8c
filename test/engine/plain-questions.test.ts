// The library takes questions as people write them: plain objects, as in the README.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPolicySet, Engine, type Question, sourceText } from "../../src/index.js";

const POLICIES = `
users:
  - arn: arn:aws:iam::222222222222:user/alice
    tags: { team: blue }
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: orders:GetOrder
              Resource: "*"
              Condition:
                StringEquals: { aws:ResourceTag/team: "\${aws:PrincipalTag/team}" }
                IpAddress: { aws:SourceIp: 10.0.0.0/8 }
            - Effect: Allow
              Action: orders:Count
              Resource: "*"
              Condition: { NumericLessThan: { orders:Size: "10" }, "ForAllValues:StringEquals": { orders:Kinds: [a, b] } }
owners:
  - { pattern: "arn:acme:orders:*:*:*", account: "222222222222" }
`;
const question: Question = {
  principal: "arn:aws:iam::222222222222:user/alice",
  action: "orders:GetOrder",
  resource: "arn:acme:orders:eu:tenant-7:order/124",
  resourceTags: { team: "blue" },
  context: { "aws:SourceIp": "10.1.2.3" },
};

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.start({ workers: 0 });
  const built = buildPolicySet([sourceText("set.yaml", POLICIES)]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  engine.publish(built.policySet);
});
afterAll(() => engine.close());

const known =
  "(known: principal, action, resource, context, resourceAccount, resourceTags, sessionPolicies, sessionTags, endpoint, whatIf)";

/** What was decided, or why nothing was. */
function answerTo(asked: unknown): string {
  const answer = engine.decide(asked as Question);
  return "error" in answer ? answer.error : answer.decision;
}

describe("engine.decide()", () => {
  it.each<[string, unknown, string]>([
    ["plain objects", question, "allowed"],
    ["a Map for the context", { ...question, context: new Map([["aws:SourceIp", "10.1.2.3"]]) }, "allowed"],
    ["Maps for tags", { ...question, resourceTags: new Map([["team", "blue"]]) }, "allowed"],
    ["lists of tags", { ...question, resourceTags: [{ key: "team", value: "blue" }] }, "allowed"],
    [
      "exact types as readers give them",
      {
        ...question,
        context: new Map([["aws:SourceIp", ["10.1.2.3"]]]),
        resourceTags: [{ key: "team", value: "blue" }],
        sessionPolicies: [],
        sessionTags: [],
        whatIf: false,
      },
      "allowed",
    ],
    [
      "numbers and lists",
      { ...question, action: "orders:Count", context: { "orders:Size": 9, "orders:Kinds": ["a"] } },
      "allowed",
    ],
    ["`undefined` for a key that is absent", { ...question, context: { "aws:SourceIp": undefined } }, "implicitDeny"],
    ["no context", { ...question, context: undefined }, "implicitDeny"],
  ])("takes %s", (_name, asked, want) => {
    expect(answerTo(asked)).toBe(want);
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "question: expected an object"],
    ["a misspelt member", { ...question, contxt: {} }, `contxt: unknown member ${known}`],
    ["a member in capitals", { ...question, Action: "x" }, `Action: unknown member ${known}`],
    ["a principal that is missing", { ...question, principal: undefined }, "principal: expected a string"],
    [
      "an object for a value",
      { ...question, context: { "aws:SourceIp": {} } },
      "context.aws:SourceIp: expected a string, a finite number, a boolean or a list of them",
    ],
    [
      "a Date for a value",
      { ...question, context: { "aws:CurrentTime": new Date(0) } },
      "context.aws:CurrentTime: expected a string, a finite number, a boolean or a list of them: write a Date as its `toISOString()`",
    ],
    ["a text for tags", { ...question, resourceTags: "blue" }, "resourceTags: expected an object"],
    [
      "an action that is none",
      { ...question, action: "x" },
      "action: not of the form `service:Name` without wildcards (ACT-1)",
    ],
  ])("says of %s what is wrong", (_name, asked, want) => {
    expect(answerTo(asked)).toBe(want);
  });

  it("throws for a policy set that is not published", () => {
    expect(() => engine.decide(question, { policySet: "other" })).toThrow(
      'policy_set: no policy set "other" is published',
    );
  });

  it.each([
    ["a detail in capitals", { detail: "EXPLAIN" }, "detail: expected reason or explain, not `EXPLAIN`"],
    ["a misspelt option", { detials: "explain" }, "detials: unknown option (known: detail, policySet, nowMs)"],
  ])("throws for %s", (_name, options, message) => {
    const unchecked: object = options;
    expect(() => engine.decide(question, unchecked)).toThrow(new TypeError(message));
  });
});

describe("Engine.start()", () => {
  it.each([
    ["a misspelt option", { worker: 0 }, "worker: unknown option (known: workers, deferWorkers, "],
    ["fewer workers than none", { workers: -1 }, "workers: expected a whole number from 0 to 1024, not `-1`"],
    ["workers as a text", { workers: "2" }, "workers: expected a whole number from 0 to 1024, not `2`"],
  ])("refuses %s", async (_name, options, message) => {
    const unchecked: object = options;
    await expect(Engine.start(unchecked)).rejects.toThrow(message);
  });
});

describe("engine.decideMany()", () => {
  it("answers each question in order, also beside wrong ones", () => {
    const answers = engine.decideMany([question, { ...question, resourceTags: { team: "green" } }, {} as Question]);
    expect(answers.map((answer) => ("error" in answer ? answer.error : answer.decision))).toEqual([
      "allowed",
      "implicitDeny",
      "principal: expected a string",
    ]);
  });

  it("refuses what is no list", () => {
    expect(() => engine.decideMany(question as unknown as Question[])).toThrow(
      new TypeError("questions: expected a list"),
    );
  });
});
