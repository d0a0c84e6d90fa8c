/** Sets that somebody changed answer about the actions that are asked, as the whole set does, and about no others. */
import { describe, expect, it } from "vitest";
import { AskedActions } from "../../src/escalation/asked-actions.js";
import { View } from "../../src/escalation/views.js";
import { provedSet } from "../prove/prove-kit.js";

const account = "111122223333";
const asked = new AskedActions(["s3:GetObject", "iam:*"]);
const arn = `arn:aws:iam::${account}:user/a`;

function withActions(...statements: readonly object[]): object {
  const whole = statements.map((one) => ({ Effect: "Allow", Resource: "*", ...one }));
  const own = { name: "own", document: { Version: "2012-10-17", Statement: whole } };
  return { accounts: [{ id: account }], users: [{ arn, inlinePolicies: [own] }] };
}

async function narrowedLists(...statements: readonly object[]): Promise<readonly (readonly string[])[] | undefined> {
  const { auditor } = await provedSet(withActions(...statements));
  const [user] = asked.narrowed(auditor.terms.set).principals.filter((one) => one.arn === arn);
  return user?.identityPolicies[0]?.document.statements.map(({ action }) => action.patterns);
}

describe("a narrowed set", () => {
  it("keeps what matches one of the actions, however it is written", async () => {
    const Action = ["S3:getobject", "s3:Get*", "s3:?etObject", "*", "**", "IAM:CreateUser", "iam:List*"];
    expect(await narrowedLists({ Action })).toEqual([Action]);
  });

  it("leaves out what matches none of them, but for one where nothing else is in the list", async () => {
    expect(
      await narrowedLists({ Action: ["ec2:RunInstances", "s3:GetObjectTagging", "s3:Put*", "iam:GetRole"] }),
    ).toEqual([["iam:GetRole"]]);
    expect(await narrowedLists({ NotAction: ["ec2:*", "s3:PutObject"] }, { Action: "s3:GetObject" })).toEqual([
      ["ec2:*"],
      ["s3:GetObject"],
    ]);
  });

  it("keeps policies that are one and the same for groups and members", async () => {
    const own = {
      name: "own",
      document: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
    };
    const group = { arn: `arn:aws:iam::${account}:group/g`, inlinePolicies: [own] };
    const set = { accounts: [{ id: account }], users: [{ arn, groups: ["g"] }], groups: [group] };
    const { auditor } = await provedSet(set);
    const { principals, groups } = asked.narrowed(auditor.terms.set);
    expect(principals.find((one) => one.arn === arn)?.identityPolicies[0]).toBe(groups?.[0]?.identityPolicies[0]);
  });
});

describe("a view of a narrowed set", () => {
  it("refuses to answer about other actions", async () => {
    const { auditor } = await provedSet(withActions({ Action: "*" }));
    const view = new View(auditor, "changed", asked);
    expect(view.ask(arn, "iam:CreateUser", ["*"])).toBeDefined();
    expect(view.can(arn, "S3:GetObject", ["*"])).toBe(true);
    expect(() => view.ask(arn, "s3:PutObject", ["*"])).toThrow(
      "s3:PutObject is asked of a set that answers about other actions",
    );
    expect(() => view.can(arn, "ec2:RunInstances", ["*"])).toThrow("other actions");
  });
});
