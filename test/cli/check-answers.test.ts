// What `verdict check` says about a denial: what was wanted, whose both sides are, who may have been meant.
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { closestPrincipal } from "../../src/policy/closest-principal.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { StatementExplanation } from "../../src/question/decision.js";
import { failureText, statementText } from "../../src/terminal/report-decision.js";
import { sourceText } from "../../src/text/source-text.js";

const POLICIES = `
users:
  - arn: arn:aws:iam::222222222222:user/people/bob
    tags: { team: green }
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: orders:GetOrder
            Resource: "*"
            Condition:
              StringEquals: { aws:ResourceTag/team: "\${aws:PrincipalTag/team}" }
      - name: many
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: orders:GetOrder
            Resource: "*"
            Condition:
              StringLike: { orders:Kind: [a, b, c, d, e, f, "\${orders:Unknown}"] }
      - name: long
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: orders:GetOrder
            Resource: "*"
            Condition:
              IpAddress: { aws:SourceIp: [${Array.from({ length: 25 }, (_, i) => `10.${i}.0.0/16`).join(", ")}] }
`;
const bob = "arn:aws:iam::222222222222:user/people/bob";

async function explained(resourceTeam: string): Promise<readonly string[]> {
  return (await explanations(POLICIES, resourceTeam)).map(failureText);
}

async function explanations(policies: string, resourceTeam: string): Promise<readonly StatementExplanation[]> {
  const built = buildPolicySet([sourceText("set.yaml", policies)]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const engine = await Engine.start({ workers: 0 });
  engine.publish(built.policySet);
  const question = {
    principal: bob,
    action: "orders:GetOrder",
    resource: "arn:acme:orders:eu:222222222222:order/1",
    context: new Map<string, readonly string[]>(),
    resourceTags: [{ key: "team", value: resourceTeam }],
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
  const answer = engine.decide(question, { detail: "explain" });
  await engine.close();
  if ("error" in answer) throw new Error(answer.error);
  return answer.statements ?? [];
}

describe("an explanation", () => {
  it("says what the condition wanted, with variables filled in, beside what the request has", async () => {
    expect(await explained("blue")).toEqual([
      "StringEquals aws:ResourceTag/team: wanted green (${aws:PrincipalTag/team}), the request has blue",
      "StringLike orders:Kind: wanted a or b or c or d or e or 2 more, the request does not have the key",
      "IpAddress aws:SourceIp: wanted 10.0.0.0/16 or 10.1.0.0/16 or 10.2.0.0/16 or 10.3.0.0/16 or 10.4.0.0/16 or 20 more," +
        " the request does not have the key",
    ]);
  });

  it("says of a negated operator what the condition wanted the request not to have", () => {
    const why = { failedElement: "condition", key: "aws:SourceIp", requestValues: ["10.1.2.3"] } as const;
    const wantedValues = [{ written: "10.0.0.0/8" }, { written: "203.0.113.0/24" }];
    expect(
      ["NotIpAddress", "ForAnyValue:StringNotLikeIfExists", "StringLike"].map((operator) =>
        failureText({ ...why, operator, wantedValues }),
      ),
    ).toEqual([
      "NotIpAddress aws:SourceIp: wanted anything but 10.0.0.0/8 or 203.0.113.0/24, the request has 10.1.2.3",
      "ForAnyValue:StringNotLikeIfExists aws:SourceIp: wanted anything but 10.0.0.0/8 or 203.0.113.0/24, the request has 10.1.2.3",
      "StringLike aws:SourceIp: wanted 10.0.0.0/8 or 203.0.113.0/24, the request has 10.1.2.3",
    ]);
  });

  it("tells stars, defaults and variables without a value as they are", async () => {
    const set = `
users:
  - arn: ${bob}
    tags: { team: green }
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: orders:GetOrder
            Resource: "*"
            Condition:
              StringLike: { orders:Kind: ["\${aws:username}/?*", "\${orders:Unknown, 'none'}-\${*}", "\${orders:Unknown}"] }
`;
    const [only] = await explanations(set, "blue");
    expect(only?.wantedValues).toEqual([
      { written: "${aws:username}/?*", filled: "bob/?*" },
      { written: "${orders:Unknown, 'none'}-${*}", filled: "none-*" },
      { written: "${orders:Unknown}" },
    ]);
  });

  it("tells to which level of the organization a service control policy is attached", async () => {
    const set = `
organization:
  id: o-exampleorgid
  root:
    id: r-ab12
    serviceControlPolicies: [FullAWSAccess]
    units:
      - { id: ou-ab12-prod, serviceControlPolicies: [FullAWSAccess], accounts: ["222222222222"] }
users:
  - arn: ${bob}
`;
    const statements = (await explanations(set, "blue")).map(({ statement }) => statement);
    expect(statements.map(({ attachedTo }) => attachedTo)).toEqual(["r-ab12", "ou-ab12-prod", "222222222222"]);
    for (const { file, line, column } of statements) expect([file, line, column]).toEqual(["", 0, 0]);
    expect(statements.slice(0, 1).map(statementText)).toEqual([
      "Allow in scp policy FullAWSAccess, Statement[0] (AWS's own policy, no file), attached to r-ab12",
    ]);
  });
});

describe("closestPrincipal()", () => {
  const known = (...arns: readonly string[]) => ({
    principals: arns.map((arn) => ({ kind: "user" as const, arn, tags: [], identityPolicies: [] })),
  });
  const set = known(bob, "arn:aws:iam::222222222222:role/app/Orders", "arn:aws:iam::333333333333:user/carol");

  it.each([
    ["a path that is missing", "arn:aws:iam::222222222222:user/bob", bob],
    ["a slip of the pen", "arn:aws:iam::222222222222:user/people/bobb", bob],
    ["another account", "arn:aws:iam::222222222222:user/carol", "arn:aws:iam::333333333333:user/carol"],
    [
      "the role of a session",
      "arn:aws:sts::222222222222:assumed-role/Order/x",
      "arn:aws:iam::222222222222:role/app/Orders",
    ],
    ["nobody like it", "arn:aws:iam::222222222222:user/zebedee", undefined],
    ["no ARN", "anonymous", undefined],
  ])("finds %s", (_name, asked, want) => {
    expect(closestPrincipal(asked, set)).toBe(want);
  });
});
