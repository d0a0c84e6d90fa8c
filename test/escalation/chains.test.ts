/** Chains, who is an administrator, and the answer as it is printed. */
import { describe, expect, it } from "vitest";
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { dotLines } from "../../src/escalation/dot.js";
import { type Escalation, escalationOf } from "../../src/escalation/escalation.js";
import { escalationLines } from "../../src/escalation/lines.js";
import { escalationWords } from "../../src/escalation/words.js";
import { buildPolicySet } from "../../src/index.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const account = "111122223333";
const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

function allow(Action: string | readonly string[], Resource: string | readonly string[] = "*", Condition?: object) {
  return { Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

function carrying(arn: string, ...Statement: readonly object[]) {
  return { arn, inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement } }] };
}

function trusting(arn: string, who: string, ...statements: readonly object[]) {
  const Statement = [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: who } }];
  return {
    ...(statements.length === 0 ? { arn } : carrying(arn, ...statements)),
    trustPolicy: { Version: "2012-10-17", Statement },
  };
}

async function found(content: object): Promise<Escalation> {
  const built = buildPolicySet([sourceText("set.yaml", JSON.stringify(content))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(built.policySet);
  const nowMs = 1_767_225_600_000;
  return escalationOf(
    new Auditor({
      set: built.policySet,
      decide: (question) => engine.decide(question, { nowMs }),
      catalogue: await loadCatalogue(["iam", "sts"]),
      region: everything,
      nowMs,
      budget: DEFAULT_BUDGET,
    }),
  );
}

const chained = {
  users: [
    carrying(user("ann"), allow("sts:AssumeRole", role("middle"))),
    carrying(user("bob"), allow("iam:CreateAccessKey", user("ann"))),
    carrying(user("cid"), allow("iam:CreateAccessKey", user("bob")), allow("iam:CreateAccessKey", user("cid"))),
    carrying(user("dan"), allow("s3:*")),
    carrying(user("eve"), allow("iam:UpdateLoginProfile", user("dan"))),
  ],
  roles: [
    trusting(role("middle"), user("ann"), allow("sts:AssumeRole", role("top"))),
    trusting(role("top"), role("middle"), allow("*", "*", { Bool: { "aws:MultiFactorAuthPresent": "true" } })),
  ],
};

describe("escalation", () => {
  it("finds chains breadth first, the shortest first, and says who is an administrator under which condition", async () => {
    const { administrators, chains, edges } = await found(chained);
    expect(administrators.map(({ principal, when }) => ({ principal, when }))).toEqual([
      {
        principal: role("top"),
        when: [[{ key: "aws:MultiFactorAuthPresent", operator: "Bool", values: ["true"], holds: true }]],
      },
    ]);
    expect(chains.map(({ principal, edges: way, isCertain }) => [principal, way.length, isCertain])).toEqual([
      [role("middle"), 1, true],
      [user("ann"), 2, true],
      [user("bob"), 3, false],
      [user("cid"), 4, false],
    ]);
    // Nobody but the named user is a target.
    expect(edges.filter(({ from }) => from === user("bob")).map(({ to }) => to)).toEqual([user("ann")]);
    expect(edges.some(({ from, to }) => from === to)).toBe(false);
  });

  it("names policies by what they do: iam:* with a Deny on itself makes no administrator, a boundary neither", async () => {
    const boundary = {
      arn: `arn:aws:iam::${account}:policy/narrow`,
      document: { Version: "2012-10-17", Statement: [allow("s3:*")] },
    };
    const { administrators } = await found({
      policies: [boundary],
      users: [
        carrying(user("denied"), allow("*"), { Effect: "Deny", Action: "iam:*", Resource: "*" }),
        { ...carrying(user("bounded"), allow("*")), permissionsBoundary: boundary.arn },
        carrying(user("partly"), allow("iam:*", user("partly*"))),
        carrying(user("named"), allow(["iam:*", "s3:*"])),
      ],
    });
    expect(administrators.map(({ principal }) => principal)).toEqual([user("named")]);
  });

  it("follows who raises itself within a boundary, and who takes away the policy that denies it the rest", async () => {
    const narrow = {
      arn: `arn:aws:iam::${account}:policy/narrow`,
      document: { Version: "2012-10-17", Statement: [allow(["sts:*", "iam:PutUserPolicy"])] },
    };
    const { edges } = await found({
      policies: [narrow],
      users: [
        { ...carrying(user("fay"), allow("iam:PutUserPolicy", user("fay"))), permissionsBoundary: narrow.arn },
        {
          arn: user("gil"),
          inlinePolicies: [
            { name: "all", document: { Version: "2012-10-17", Statement: [allow("*")] } },
            {
              name: "no",
              document: {
                Version: "2012-10-17",
                Statement: [{ Effect: "Deny", NotAction: "iam:DeleteUserPolicy", Resource: "*" }],
              },
            },
          ],
        },
      ],
      roles: [trusting(role("top"), `arn:aws:iam::${account}:root`, allow("*"))],
    });
    const told = edges.map(({ from, to, path, through, steps, afterwards }) => ({
      from,
      to,
      path,
      through,
      steps: steps.map(({ witness }) => witness?.action),
      afterwards: afterwards.map(({ witness }) => witness?.action),
    }));
    expect(told).toContainEqual({
      from: user("fay"),
      to: role("top"),
      path: "iam-put-user-policy",
      through: "sts-assume-role",
      steps: ["iam:PutUserPolicy"],
      afterwards: ["sts:AssumeRole"],
    });
    expect(told).toContainEqual({
      from: user("gil"),
      to: "administrator",
      path: "iam-remove-denying-policies",
      through: undefined,
      steps: ["iam:DeleteUserPolicy"],
      afterwards: [],
    });
  });

  it("prints lines with the numbers last, a graph in which names stay names, and words", async () => {
    const answer = await found(chained);
    const lines = [...escalationLines(answer)];
    expect(lines.at(-1)).toEqual({
      summary: {
        principals: 7,
        administrators: 1,
        canBecomeAdministrator: 4,
        canBecomeOthers: 1,
        edges: 5,
        unknown: 0,
      },
    });
    expect(lines.find((line) => line.principal === user("cid") && "hops" in line)).toMatchObject({
      becomes: "administrator",
      hops: 4,
      certain: false,
      supposes: ["the user has fewer than two access keys"],
    });
    const hostile = answer.edges.map((edge) => ({ ...edge, from: 'x"]; y [label="<b>' }));
    expect([...dotLines({ ...answer, edges: hostile })].join("\n")).toContain(String.raw`"x\"]; y [label=\"<b>" ->`);
    const words = [...escalationWords(answer, false)].map(({ text }) => text);
    expect(words.at(-1)).toBe("7 principals: 1 administrator, 4 can become one, 1 can become somebody else");
    expect(words).toContain("if with MFA");
  });
});
