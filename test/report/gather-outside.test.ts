/** Access from outside: whom roles and resources let in, with what has to be so as well. */
import { describe, expect, it } from "vitest";
import { DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { auditorOver } from "../../src/audit/auditor-over.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { outsideOf } from "../../src/report/gather-outside.js";
import type { OutsideLine } from "../../src/report/report-data.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const own = "111111111111";
const github = `arn:aws:iam::${own}:oidc-provider/token.actions.githubusercontent.com`;

function trusting(name: string, Principal: unknown, more: object = {}, Action = "sts:AssumeRole"): object {
  const statement = { Effect: "Allow", Principal, Action, ...more };
  const trustPolicy = { Version: "2012-10-17", Statement: [statement] };
  return { arn: `arn:aws:iam::${own}:role/${name}`, trustPolicy };
}

async function outside(roles: readonly object[], more: object = {}): Promise<readonly OutsideLine[]> {
  const built = buildPolicySet([sourceText("set.json", JSON.stringify({ roles, ...more }))]);
  if (!built.ok) throw new Error(built.findings.map(({ message }) => message).join("; "));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(built.policySet);
    const catalogue = await loadWholeCatalogue();
    const terms = { set: built.policySet, catalogue, region: everything, nowMs: 0, budget: DEFAULT_BUDGET };
    return await outsideOf(auditorOver(engine, terms));
  } finally {
    await engine.close();
  }
}

const short = ({ openTo, who, resource, conditions, supposes }: OutsideLine) => [
  openTo,
  who,
  resource.slice(resource.lastIndexOf("/") + 1),
  conditions.join(),
  supposes !== undefined,
];

describe("outsideOf()", () => {
  it("has accounts, their roles and identity providers that a role trusts, and not the role's own account or services", async () => {
    const lines = await outside([
      trusting("vendor", { AWS: "444455556666" }, { Condition: { StringEquals: { "sts:ExternalId": "x" } } }),
      trusting("named", { AWS: "arn:aws:iam::777788889999:role/ci" }),
      trusting("both", { AWS: ["444455556666", "arn:aws:iam::444455556666:user/ann"] }),
      trusting("inside", { AWS: own }),
      trusting("service", { Service: "ec2.amazonaws.com" }),
      trusting("github", { Federated: github }, {}, "sts:AssumeRoleWithWebIdentity"),
    ]);
    expect(lines.map(short)).toEqual([
      ["provider", github, "github", "", false],
      ["account", "arn:aws:iam::444455556666:role/*", "both", "", true],
      ["account", "arn:aws:iam::777788889999:role/ci", "named", "", true],
      ["account", "arn:aws:iam::444455556666:role/*", "vendor", "sts:ExternalId is x", true],
    ]);
    expect(lines[2]?.shown).toMatchObject({
      place: "set.json:1",
      question: { principal: "arn:aws:iam::777788889999:role/ci", action: "sts:AssumeRole" },
    });
  });

  it("tells anybody from the organization, and says of a resource who needs no Allow of its own account", async () => {
    const bucket = (Principal: unknown, more: object = {}): object => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*", ...more }],
    });
    const inOrganization = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-example1234" } } };
    const organization = {
      organization: {
        id: "o-example1234",
        managementAccount: "999999999999",
        root: { id: "r-abcd", accounts: ["999999999999", own] },
      },
    };
    const withPolicy = (policy: object): object => ({
      resources: [{ arn: "arn:aws:s3:::data", account: own, policy }],
      ...organization,
    });
    const kinds = (lines: readonly OutsideLine[]) => [...new Set(lines.map(({ openTo }) => openTo))];
    expect(kinds(await outside([], withPolicy(bucket("*"))))).toEqual(["anybody"]);
    expect(kinds(await outside([], withPolicy(bucket("*", inOrganization))))).toEqual(["organization"]);
    expect(kinds(await outside([], withPolicy(bucket({ AWS: own }))))).toEqual([]);
    expect((await outside([], withPolicy(bucket({ AWS: "444455556666" })))).map(short)).toEqual([
      ["account", "arn:aws:iam::444455556666:root", "arn:aws:s3:::data", "on arn:aws:s3:::data/*", false],
    ]);
    expect(kinds(await outside([trusting("org", "*", inOrganization)], organization))).toEqual(["organization"]);
    expect(kinds(await outside([trusting("any", "*")], organization))).toEqual(["anybody"]);
  });
});
