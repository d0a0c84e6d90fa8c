/** Advice about ways to more than was given, variables that nothing fills, and policies that name nobody: each beside a near miss. */
import { describe, expect, it } from "vitest";
import { parsePages } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { policyTypeOfArn } from "../../src/policy/formats/policy-arn.js";
import { sourceText } from "../../src/text/source-text.js";
import { advisePolicySet } from "../../src/validate/validate-policy-set.js";
import { advice, one, shownFinding } from "../kit/validate-text.js";

const rulesOf = (members: object, rule: string) =>
  advice(one(members))
    .findings.filter((finding) => finding.rule === rule)
    .map(shownFinding);

describe("LINT-ESCALATION", () => {
  const found = (members: object) => rulesOf(members, "LINT-ESCALATION").length > 0;

  it.each([
    ["AddUserToGroup", "group"],
    ["AttachGroupPolicy", "group"],
    ["AttachRolePolicy", "role"],
    ["AttachUserPolicy", "user"],
    ["CreateAccessKey", "user"],
    ["CreateLoginProfile", "user"],
    ["CreatePolicyVersion", "policy"],
    ["PutGroupPolicy", "group"],
    ["PutRolePolicy", "role"],
    ["PutUserPolicy", "user"],
    ["SetDefaultPolicyVersion", "policy"],
    ["UpdateAssumeRolePolicy", "role"],
    ["UpdateLoginProfile", "user"],
  ])("finds iam:%s on every %s, and not on one", (name, type) => {
    const Action = `iam:${name}`;
    const arn = `arn:aws:iam::111122223333:${type}/`;
    for (const Resource of ["*", `${arn}*`]) expect(found({ Action, Resource })).toBe(true);
    for (const Resource of [`${arn}team/*`, `${arn}bob`, "arn:aws:s3:::b"])
      expect(found({ Action, Resource })).toBe(false);
  });

  it("says nothing where a condition, a Deny or the variable of the user fences it", () => {
    const Action = "iam:CreateAccessKey";
    expect(found({ Action, Resource: "*", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })).toBe(false);
    expect(found({ Action, Resource: "arn:aws:iam::111122223333:user/${aws:username}" })).toBe(false);
    const allow = { Effect: "Allow", Action, Resource: "arn:aws:iam::111122223333:user/*" };
    const denied = (Resource: string) => ({
      Version: "2012-10-17",
      Statement: [allow, { Effect: "Deny", Action, Resource }],
    });
    const of = (document: object) => advice(document).findings.filter(({ rule }) => rule === "LINT-ESCALATION").length;
    expect(of(denied("arn:aws:iam::111122223333:user/admin"))).toBe(1);
    expect(
      of({
        Version: "2012-10-17",
        Statement: [
          { ...allow, Resource: "*" },
          { Effect: "Deny", Action, Resource: "*" },
        ],
      }),
    ).toBe(0);
  });

  it("is one finding a statement, whatever it allows", () => {
    const have = rulesOf({ Action: ["s3:GetObject", "iam:Put*"], Resource: "*" }, "LINT-ESCALATION");
    expect(have).toEqual([
      "securityWarning LINT-ESCALATION Statement[0].Action[1]: allows `iam:PutUserPermissionsBoundary`, `iam:PutUserPolicy`, `iam:PutGroupPolicy`, `iam:PutRolePermissionsBoundary`, `iam:PutRolePolicy` on `*`: enough to become whoever may do more (name in `Resource` what it is for, or add a condition on `iam:PolicyARN` or `iam:PermissionsBoundary`)",
    ]);
  });
});

describe("LINT-VARIABLE", () => {
  it.each([
    ["aws:usernme", "${aws:username}"],
    ["aws:PrincipalTg/team", "${aws:PrincipalTag/team}"],
    ["username", "${aws:username}"],
  ])("guesses what ${%s} means", (key, meant) => {
    const [have] = rulesOf({ Resource: `arn:aws:s3:::b/\${${key}}/*` }, "LINT-VARIABLE");
    expect(have).toMatch(/^warning LINT-VARIABLE Statement\[0\]\.Resource: /);
    expect(have).toContain(`(write \`${meant}\`)`);
  });

  it.each(["aws:username", "AWS:UserName", "aws:PrincipalTag/a", "saml:sub", "aws:SomethingOfTomorrow", "*", "$"])(
    "says nothing about ${%s}",
    (key) => {
      expect(rulesOf({ Resource: `arn:aws:s3:::b/\${${key}}/*` }, "LINT-VARIABLE")).toEqual([]);
    },
  );
});

describe("LINT-ARN-FIELDS", () => {
  it.each(["arn:aws:s3:::b:c/d", "arn:aws:s3:::b:c"])("finds the colon in the bucket of %s", (Resource) => {
    expect(rulesOf({ Resource }, "LINT-ARN-FIELDS")).toHaveLength(1);
  });

  it.each(["arn:aws:s3:::b/c:d", "arn:aws:s3:::*:d", "arn:aws:s3:::${aws:username}/c", "arn:acme:s3:::b:c"])(
    "says nothing about %s",
    (Resource) => {
      expect(rulesOf({ Resource }, "LINT-ARN-FIELDS")).toEqual([]);
    },
  );
});

describe("LINT-PRINCIPAL", () => {
  const arn = (account: string, name: string) => `arn:aws:iam::${account}:${name}`;
  const home = "111122223333";
  const strangers = (principal: string) => {
    const trustPolicy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
    };
    const set = {
      users: [{ arn: arn(home, "user/people/alice") }],
      roles: [{ arn: arn(home, "role/app/ops"), trustPolicy }],
    };
    const source = sourceText("s.json", JSON.stringify(set));
    const built = buildPolicySet([source]);
    if (!built.ok) throw new Error("unreachable");
    const findings = advisePolicySet(built.policySet, [{ source, node: parsePages(source) }]);
    return findings.filter(({ rule }) => rule === "LINT-PRINCIPAL").map(({ fix }) => fix);
  };

  it.each([
    [arn(home, "user/people/alise"), `write \`${arn(home, "user/people/alice")}\``],
    [arn(home, "user/alice"), `write \`${arn(home, "user/people/alice")}\``],
    [arn(home, "role/elsewhere"), "declare it, or leave it out"],
    [`arn:aws:sts::${home}:assumed-role/opps/s`, `write \`arn:aws:sts::${home}:assumed-role/ops/s\``],
  ])("finds that %s is nobody", (principal, fix) => {
    expect(strangers(principal)).toEqual([fix]);
  });

  it.each([
    arn(home, "user/people/alice"),
    arn(home, "root"),
    `arn:aws:sts::${home}:assumed-role/ops/s`,
    arn("999988887777", "user/bob"),
  ])("says nothing about %s", (principal) => {
    expect(strangers(principal)).toEqual([]);
  });
});

describe("policyTypeOfArn()", () => {
  it.each([
    ["arn:aws:iam::111122223333:policy/team/Read", "identity"],
    ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "identity"],
    ["arn:aws:organizations::1:policy/o-1/service_control_policy/p-1", "scp"],
    ["arn:aws:organizations::1:policy/o-1/resource_control_policy/p-1", "rcp"],
    ["arn:aws:organizations::1:policy/o-1/tag_policy/p-1", undefined],
    ["arn:acme:iam::1:policy/Read", undefined],
    ["Read", undefined],
  ])("reads %s as %s", (have, want) => {
    expect(policyTypeOfArn(have)).toBe(want);
  });
});
