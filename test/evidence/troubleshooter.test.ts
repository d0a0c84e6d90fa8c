// `verdict replay --troubleshooter`: what AWS's Access Troubleshooter explains, decided again and compared statement by statement.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verdict } from "../kit/run-verdict.js";

const account = "111111111111";
const managed = `arn:aws:iam::${account}:policy/NoDeletes`;
const scp = "arn:aws:organizations::999999999999:policy/o-example1234/service_control_policy/p-home";
const fullAccess = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";

const statement = (Sid: string | undefined, Effect: string, Action: string, more: object = {}) => ({
  ...(Sid === undefined ? {} : { Sid }),
  Effect,
  Action,
  Resource: "*",
  ...more,
});
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });

const set = {
  organization: {
    id: "o-example1234",
    managementAccount: "999999999999",
    root: {
      id: "r-abcd",
      serviceControlPolicies: ["FullAWSAccess", "Home"],
      accounts: ["999999999999", account],
    },
  },
  policies: [
    { arn: managed, document: document(statement("Deletes", "Deny", "iam:Delete*")) },
    {
      name: "Home",
      document: document(
        statement("OnlyHere", "Deny", "iam:*", {
          Condition: { StringNotEquals: { "aws:RequestedRegion": "us-east-1" } },
        }),
      ),
    },
  ],
  roles: [
    {
      arn: `arn:aws:iam::${account}:role/eng/builder`,
      trustPolicy: document({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }),
      managedPolicies: [managed],
      inlinePolicies: [
        {
          name: "own",
          document: document(
            statement("Reads", "Allow", "iam:Get*"),
            statement(undefined, "Allow", "iam:*", {
              Condition: { StringEquals: { "aws:PrincipalTag/team": "blue" } },
            }),
          ),
        },
      ],
    },
  ],
};

const user = `arn:aws:iam::${account}:user/ann`;
const policies = [
  { type: "IDENTITY_BASED_POLICY", inline: false, uri: managed, attachedTo: [{ arn: user }] },
  { type: "IDENTITY_BASED_POLICY", inline: true, uri: "opaque-1" },
  { type: "SERVICE_CONTROL_POLICY", inline: false, uri: scp },
  { type: "SERVICE_CONTROL_POLICY", inline: false, uri: fullAccess },
];
const requestContext = {
  "aws:PrincipalArn": `arn:aws:iam::${account}:role/eng/builder`,
  "aws:userid": "AROAEXAMPLE:s1",
  "aws:PrincipalType": "AssumedRole",
  "aws:RequestedRegion": "us-east-1",
  "aws:SecureTransport": true,
  "aws:EpochTime": 1767225600,
};
const matched = (uri: string, effect: string, ...sids: (string | undefined)[]) => ({
  uri,
  matchedStatements: sids.map((sid) => ({ ...(sid === undefined ? {} : { sid }), evaluatedEffect: effect })),
});
const evaluation = (action: string, evaluatedEffect: string | undefined, ...matchedPolicies: object[]) => ({
  action,
  resource: user,
  ...(evaluatedEffect === undefined ? {} : { evaluatedEffect }),
  matchedPolicies,
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-troubleshooter-"));
  writeFileSync(join(folder, "set.json"), JSON.stringify(set));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function replayed(details: unknown, bytes: (text: string) => string | Buffer = (text) => text) {
  const file = join(folder, "details.json");
  writeFileSync(file, bytes(JSON.stringify(details, undefined, 2)));
  const { out, err, code } = await verdict([
    "replay",
    "--troubleshooter",
    file,
    "--policies",
    join(folder, "set.json"),
    "--json",
  ]);
  const lines = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { lines: lines.slice(0, -1), summary: lines.at(-1)?.summary, err, code };
}

describe("replay --troubleshooter", () => {
  it("agrees where answer and statements are AWS's, inline policies and SCPs under whatever name", async () => {
    const evaluations = [
      evaluation(
        "iam:DeleteUser",
        "EXPLICIT_DENY",
        matched(managed, "DENY", "Deletes"),
        matched(fullAccess, "ALLOW", undefined),
      ),
      evaluation(
        "iam:GetUser",
        "ALLOW",
        matched("opaque-1", "ALLOW", "Reads"),
        matched(fullAccess, "ALLOW", undefined),
      ),
      evaluation("iam:CreateUser", "IMPLICIT_DENY"),
      {
        ...evaluation("iam:CreateUser", "EXPLICIT_DENY", matched(scp, "DENY", "OnlyHere")),
        context: { "AWS:requestedRegion": "eu-west-1" },
      },
      {
        ...evaluation("iam:CreateUser", "ALLOW", matched("opaque-1", "ALLOW", undefined)),
        context: { "aws:PrincipalTag/team": "blue" },
      },
    ];
    const { lines, summary, code } = await replayed({ requestContext, evaluations, policies }, gzipSync);
    expect(lines).toEqual([]);
    expect(summary).toMatchObject({ events: 5, agree: 5, statementsDiffer: 0, unanswered: 0 });
    expect(code).toBe(0);
  });

  it("tells statements that only one of the two matched, although the answer is the same", async () => {
    const evaluations = [evaluation("iam:DeleteUser", "EXPLICIT_DENY", matched(managed, "DENY", "Other"))];
    const { lines, summary, code } = await replayed({ requestContext, evaluations, policies });
    expect(lines).toMatchObject([
      {
        aws: "explicitDeny",
        decision: "explicitDeny",
        cause: "engine",
        statements: {
          aws: [{ policy: managed, sid: "Other", effect: "Deny" }],
          verdict: [{ policyType: "identity", policy: managed, sid: "Deletes" }],
        },
      },
    ]);
    expect(summary).toMatchObject({ events: 1, agree: 0, statementsDiffer: 1, causes: { engine: 1 } });
    expect(code).toBe(1);
  });

  it("names the policies that took part and are not in the set", async () => {
    const other = `arn:aws:iam::${account}:policy/Other`;
    const evaluations = [evaluation("iam:GetUser", "EXPLICIT_DENY", matched(other, "DENY", "X"))];
    const more = [
      { type: "IDENTITY_BASED_POLICY", inline: false, uri: other },
      { type: "PERMISSIONS_BOUNDARY", inline: false, uri: other },
    ];
    const { lines } = await replayed({ requestContext, evaluations, policies: [...policies, ...more] });
    expect(lines).toMatchObject([{ decision: "allowed", cause: "policyMissing", missingPolicies: [other] }]);
  });

  it("says what it cannot compare", async () => {
    const { "aws:PrincipalArn": _, ...nobody } = requestContext;
    const unknown = await replayed({
      requestContext: nobody,
      evaluations: [evaluation("iam:GetUser", "ALLOW")],
      policies,
    });
    expect(unknown.lines).toMatchObject([{ decision: null, cause: "contextMissing", principal: null }]);
    const silent = await replayed({
      requestContext,
      evaluations: [evaluation("iam:GetUser", undefined)],
      policies,
      nextToken: "t",
    });
    expect(silent).toMatchObject({ summary: { events: 0, unanswered: 1 }, code: 2 });
    expect(silent.err).toContain("more evaluations are on another page");
    expect(silent.err).toContain("no answer of AWS's could be compared");
    const broken = await replayed({}, () => "{");
    expect(broken).toMatchObject({ code: 2, err: expect.stringContaining("details.json: is no JSON") });
  });
});
