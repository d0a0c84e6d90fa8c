/** What narrows a question, and who else could ask: regions as the contract has them, each witness inside of its own. */
import { describe, expect, it } from "vitest";
import { askersOf } from "../../src/audit/askers-of.js";
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { type AccessLines, accessLineJson } from "../../src/audit/lines.js";
import { everything, type Region } from "../../src/audit/region.js";
import { whatCan } from "../../src/audit/what-can.js";
import { whichResources } from "../../src/audit/which-resources.js";
import { whoCan } from "../../src/audit/who-can.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/index.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const ann = "arn:aws:iam::111122223333:user/ann";
const bucketPolicy = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::open/public/*" },
    {
      Effect: "Allow",
      Principal: { Service: "logs.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::open/logs/*",
    },
    {
      Effect: "Allow",
      Principal: { AWS: "444455556666" },
      Action: "s3:ListBucket",
      Resource: "arn:aws:s3:::open",
      Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::444455556666:role/deploy-*" } },
    },
  ],
};
const set = {
  users: [
    {
      arn: ann,
      tags: { team: "blue" },
      inlinePolicies: [
        {
          name: "own",
          document: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: ["s3:GetObject", "s3:Put*"],
                Resource: "arn:aws:s3:::mine/*",
                Condition: { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } },
              },
              {
                Effect: "Allow",
                Action: "s3:DeleteObject",
                Resource: "arn:aws:s3:::mine/*",
                Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
              },
              {
                Effect: "Allow",
                Action: "s3:GetBucketAcl",
                Resource: "*",
                Condition: { DateGreaterThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } },
              },
            ],
          },
        },
      ],
    },
  ],
  resources: [{ arn: "arn:aws:s3:::open", account: "111122223333", policy: bucketPolicy }],
};

async function auditorOf(region: Partial<Region> = {}, content: object = set): Promise<Auditor> {
  const built = buildPolicySet([sourceText("set.yaml", JSON.stringify(content))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(built.policySet);
  const nowMs = 1_767_225_600_000;
  return new Auditor({
    set: built.policySet,
    decide: (question) => engine.decide(question, { nowMs }),
    catalogue: await loadCatalogue(["s3"]),
    region: { ...everything, ...region },
    nowMs,
    budget: DEFAULT_BUDGET,
  });
}

const lines = ({ lines: found }: AccessLines) =>
  [...found].flatMap((line) => (line === undefined ? [] : [accessLineJson(line)]));
const brief = (found: AccessLines) =>
  lines(found).map(({ principal, action, resource, access }) => `${principal} ${action} ${resource} ${access}`);

async function annCan(region: Partial<Region>, action: string): Promise<unknown> {
  const auditor = await auditorOf(region);
  return lines(whoCan(auditor, action, ["arn:aws:s3:::mine/*"], true)).find(({ principal }) => principal === ann);
}

describe("regions", () => {
  it("fix keys, take them away, or take away all that are not named", async () => {
    const told = {
      principal: ann,
      access: "sometimes",
      when: [[{ key: "aws:MultiFactorAuthPresent", operator: "Bool", values: ["true"], holds: true }]],
    };
    expect(await annCan({}, "s3:DeleteObject")).toMatchObject(told);
    const mfa = new Map([["aws:multifactorauthpresent", ["true"]]]);
    expect(await annCan({ context: mfa }, "s3:DeleteObject")).toMatchObject({ access: "always", when: [] });
    expect(await annCan({ without: ["aws:MultiFactorAuthPresent"] }, "s3:DeleteObject")).toMatchObject({
      access: "never",
    });
    expect(await annCan({ closed: true }, "s3:DeleteObject")).toMatchObject({
      access: "never",
      counterexample: { context: { "aws:CurrentTime": "2026-01-01T00:00:00Z" }, whatIf: true },
    });
  });

  it("leave tags of unlisted resources open, told with the principal's own variable replaced", async () => {
    expect(await annCan({}, "s3:GetObject")).toMatchObject({
      access: "sometimes",
      when: [[{ key: "aws:ResourceTag/team", operator: "StringEquals", values: ["blue"], holds: true }]],
      witness: { resourceTags: { team: "blue" } },
    });
    const tagged = new Map([["aws:ResourceTag/team", ["blue"]]]);
    expect(await annCan({ context: tagged }, "s3:GetObject")).toMatchObject({
      access: "always",
      witness: { resourceTags: { team: "blue" } },
    });
  });

  it("have one open clock, which a witness sets", async () => {
    expect(await annCan({}, "s3:GetBucketAcl")).toMatchObject({ access: "sometimes", witness: { whatIf: true } });
    const later = new Map([["aws:CurrentTime", ["2031-01-01T00:00:00Z"]]]);
    expect(await annCan({ context: later, closed: true }, "s3:GetBucketAcl")).toMatchObject({ access: "always" });
  });

  it("set derived keys all the same where the region says so, and say `whatIf`", async () => {
    const red = new Map([["aws:PrincipalTag/team", ["red"]]]);
    expect(await annCan({ context: red }, "s3:GetObject")).toMatchObject({
      when: [[{ key: "aws:ResourceTag/team", values: ["red"] }]],
      witness: { context: { "aws:PrincipalTag/team": "red" }, whatIf: true },
    });
  });

  it("know outsiders: anonymous, services, accounts that are named and one that is not", async () => {
    const auditor = await auditorOf({ outside: true });
    expect(brief(whoCan(auditor, "s3:GetObject", ["arn:aws:s3:::open/public/*"], false))).toEqual([
      "*.amazonaws.com s3:GetObject arn:aws:s3:::open/public/* always",
      "anonymous s3:GetObject arn:aws:s3:::open/public/* always",
      "arn:aws:iam::111122223333:root s3:GetObject arn:aws:s3:::open/public/* always",
      `${ann} s3:GetObject arn:aws:s3:::open/public/* always`,
      "arn:aws:iam::444455556666:root s3:GetObject arn:aws:s3:::open/public/* always",
      "arn:aws:iam::999999999999:root s3:GetObject arn:aws:s3:::open/public/* always",
      "logs.amazonaws.com s3:GetObject arn:aws:s3:::open/public/* always",
    ]);
    expect(brief(whoCan(auditor, "s3:PutObject", ["arn:aws:s3:::open/logs/*"], false))).toEqual([
      "arn:aws:iam::111122223333:root s3:PutObject arn:aws:s3:::open/logs/* always",
      "logs.amazonaws.com s3:PutObject arn:aws:s3:::open/logs/* always",
    ]);
  });

  it("name services by every name that they list (PRN-9)", async () => {
    const named = new Map([["aws:PrincipalServiceNamesList", ["logs.eu-west-1.amazonaws.com", "logs.amazonaws.com"]]]);
    const principals = ["backup.amazonaws.com"];
    const who = async (region: Partial<Region>) =>
      brief(whoCan(await auditorOf({ principals, ...region }), "s3:PutObject", ["arn:aws:s3:::open/logs/*"], true));
    expect(await who({})).toEqual(["backup.amazonaws.com s3:PutObject arn:aws:s3:::open/logs/* never"]);
    expect(await who({ context: named })).toEqual([
      "backup.amazonaws.com s3:PutObject arn:aws:s3:::open/logs/* always",
    ]);
  });

  it("know identity providers, which assume roles and do nothing else (SVC-6)", async () => {
    const github = "token.actions.githubusercontent.com";
    const okta = "arn:aws:iam::111122223333:saml-provider/okta";
    const role = "arn:aws:iam::111122223333:role/web";
    const trust = (principal: object, action: string, more: object = {}) => ({
      Effect: "Allow",
      Principal: principal,
      Action: action,
      ...more,
    });
    const repository = { StringLike: { [`${github}:sub`]: "repo:acme/*" } };
    const trusting = {
      accounts: [{ id: "111122223333" }],
      roles: [
        {
          arn: role,
          trustPolicy: {
            Version: "2012-10-17",
            Statement: [
              trust({ Federated: okta }, "sts:AssumeRoleWithSAML"),
              trust({ Federated: github }, "sts:*", { Condition: repository }),
              // By this name a service calls everything but what providers call.
              trust({ Service: "lambda.amazonaws.com" }, "sts:*"),
            ],
          },
        },
      ],
    };
    const auditor = await auditorOf({ outside: true }, trusting);
    const who = (action: string) => brief(whoCan(auditor, action, [role], false));
    expect(who("sts:AssumeRoleWithSAML")).toEqual([
      `${okta} sts:AssumeRoleWithSAML ${role} always`,
      `${github} sts:AssumeRoleWithSAML ${role} sometimes`,
    ]);
    expect(who("sts:AssumeRoleWithWebIdentity")).toEqual([`${github} sts:AssumeRoleWithWebIdentity ${role} sometimes`]);
    expect(who("sts:AssumeRole")).toEqual([`lambda.amazonaws.com sts:AssumeRole ${role} always`]);
    expect(askersOf(auditor, okta)).toHaveLength(1);
    expect(() => askersOf(auditor, "token.action.githubusercontent.com")).toThrow("is no principal (IN-2)");
  });

  it("know outsiders inside the organization whose account nobody knows", async () => {
    const fenced = {
      ...set,
      organization: {
        id: "o-exampleorg1",
        managementAccount: "777788889999",
        root: {
          id: "r-ex12",
          accounts: ["777788889999"],
          units: [{ id: "ou-ex12-prod0001", accounts: ["111122223333"] }],
        },
      },
      accounts: [{ id: "777788889999" }, { id: "111122223333" }],
      resources: [
        {
          arn: "arn:aws:s3:::shared",
          account: "111122223333",
          policy: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: "*",
                Action: "s3:GetObject",
                Resource: "arn:aws:s3:::shared/*",
                Condition: { StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } },
              },
              {
                Effect: "Deny",
                Principal: "*",
                Action: "s3:GetObject",
                Resource: "arn:aws:s3:::shared/prod/*",
                Condition: {
                  "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": "o-exampleorg1/r-ex12/ou-ex12-prod0001/*" },
                },
              },
            ],
          },
        },
      ],
    };
    const auditor = await auditorOf({ outside: true }, fenced);
    const found = lines(whoCan(auditor, "s3:GetObject", ["arn:aws:s3:::shared/*"], false));
    const inside = found.filter(({ organization }) => organization !== undefined);
    // Users and roles would need an Allow of their own account (XACC-1).
    expect(inside).toHaveLength(1);
    expect(inside[0]).toMatchObject({
      principal: "arn:aws:iam::999999999998:root",
      organization: "o-exampleorg1",
      access: "sometimes",
      witness: { context: { "aws:PrincipalOrgID": "o-exampleorg1" }, whatIf: true },
      counterexample: { resource: "arn:aws:s3:::shared/prod/" },
    });
    expect(found.some(({ principal }) => String(principal).includes("999999999999"))).toBe(false);
    const prod = lines(whoCan(auditor, "s3:GetObject", ["arn:aws:s3:::shared/prod/*"], false));
    expect(prod.find(({ organization }) => organization !== undefined)).toMatchObject({
      access: "sometimes",
      witness: { context: { "aws:PrincipalOrgPaths": "o-exampleorg1/r-ex12/ou-ex12-prod0001/" } },
    });
  });

  it("narrow what-can and which-resources alike", async () => {
    const auditor = await auditorOf({ actions: ["s3:Put*"], resources: ["arn:aws:s3:::mine/a*"] });
    const [asker] = auditor.askers({ principals: [ann], outside: false });
    if (asker === undefined) throw new Error("nobody");
    const can = brief(whatCan(auditor, asker, ["arn:aws:s3:::mine/a*"], false));
    expect(can).toContain(`${ann} s3:PutObject arn:aws:s3:::mine/a* sometimes`);
    expect(can).toContain(`${ann} s3:Put* arn:aws:s3:::mine/a* sometimes`);
    expect(can.every((line) => /s3:Put|\*/.test(line.split(" ")[1] ?? ""))).toBe(true);
    expect(brief(whichResources(auditor, asker, "s3:PutObject", false))).toEqual([
      `${ann} s3:PutObject arn:aws:s3:::mine/a* sometimes`,
    ]);
  });

  it("take a resource that they name for whose a decision takes it (XACC-5)", async () => {
    const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" } };
    const users = { users: [{ arn: ann, inlinePolicies: [{ name: "own", document }] }] };
    const told = async (resource: string) =>
      brief(whoCan(await auditorOf({ principals: [ann] }, users), "sqs:SendMessage", [resource], true));
    const foreign = "arn:aws:sqs:eu-west-1:999988887777:theirs";
    expect(await told(foreign)).toEqual([`${ann} sqs:SendMessage ${foreign} never`]);
    const own = "arn:aws:sqs:eu-west-1:111122223333:ours";
    expect(await told(own)).toEqual([`${ann} sqs:SendMessage ${own} always`]);
    const nobodys = "arn:aws:s3:::some";
    expect(await told(nobodys)).toEqual([`${ann} sqs:SendMessage ${nobodys} always`]);
  });

  it("tell of a known resource that nobody reaches where a wider line would speak of it (A3)", async () => {
    const queue = "arn:aws:sqs:eu-west-1:111122223333:kept";
    const shut = "arn:aws:sqs:eu-west-1:111122223333:shut";
    const open = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
    const closed = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" };
    const resources = [
      { arn: queue, account: "111122223333" },
      { arn: shut, account: "111122223333", policy: { Version: "2012-10-17", Statement: closed } },
    ];
    const auditor = await auditorOf(
      {},
      {
        users: [{ arn: ann, inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement: open } }] }],
        resources,
      },
    );
    const [asker] = auditor.askers({ principals: [ann], outside: false });
    if (asker === undefined) throw new Error("nobody");
    const told = brief(whichResources(auditor, asker, "sqs:SendMessage", false));
    expect(told).toContain(`${ann} sqs:SendMessage ${shut} never`);
    expect(told).toContain(`${ann} sqs:SendMessage ${queue} always`);
    // Where no wider line is told, what is never allowed has none.
    const other = brief(whichResources(auditor, asker, "sns:Publish", false));
    expect(other).toEqual([]);
  });
});
