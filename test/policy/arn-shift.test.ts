// Which ARNs of AWS have fields in the wrong places, and which only look odd; and where advice says so.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { splitArnFields } from "../../src/policy/document/arn.js";
import { shiftedField, type WildcardReach } from "../../src/policy/document/arn-shift.js";
import { loadPolicySet, readPolicyTrees } from "../../src/policy/formats/load-policy-set.js";
import { advisePolicySet } from "../../src/validate/validate-policy-set.js";
import { parse, shown } from "../kit/policy-text.js";
import { advice, checkRow, forPrincipal, one, type Row, shownFinding, when } from "../kit/validate-text.js";

const shiftOf = (text: string, reach: WildcardReach = "runsOn") => shiftedField(splitArnFields(text), reach);

describe("shiftedField()", () => {
  it.each([
    ["arn::s3:::depot", "has an empty partition field"],
    ["arn:aws::sqs:*", "has an empty service field"],
    ["arn:s3:::depot", "has an empty service field"],
    ["arn:sqs:eu-west-1:111122223333:q", "has a region in its service field: its partition is missing"],
    ["arn:aws:eu-west-1:111122223333:q", "has a region in its service field"],
    ["arn:aws:111122223333:role/x", "has an account id in its service field"],
    ["arn:aws:role/x:y:z", "has a resource in its service field"],
    ["arn:aws:sqs:111122223333:eu-west-1:q", "has an account id in its region field"],
    ["arn:aws:iam:111122223333:role/x", "has an account id in its region field"],
    ["arn:aws:iam:111122223333::role/x", "has an account id in its region field"],
    ["arn:aws:s3:depot/*", "has a resource in its region field"],
    ["arn:aws:s3:depot", "has a bucket in its region field"],
    ["arn:aws:s3::depot", "has a bucket in its account field"],
    ["arn:aws:s3::depot/*", "has a resource in its account field"],
    ["arn:aws:s3::::depot", "has a colon too many before its resource"],
    ["arn:aws:s3:eu-west-1:111122223333:depot/*", "has a region or an account, which buckets lack"],
    ["arn:aws:s3:eu-west-1::depot", "has a region or an account, which buckets lack"],
    ["arn:aws:sns::eu-west-1:111122223333:t", "has a region in its account field"],
    ["arn:aws-cn:dynamodb:cn-north-1:table/t", "has a resource in its account field"],
    ["arn:aws:lambda:eu-west-1:function:f", "has the resource type `function` in its account field"],
    ["arn:aws:secretsmanager:eu-west-1:secret:s-*", "has the resource type `secret` in its account field"],
    ["arn:aws:sqs:eu-west-1::111122223333:q", "has an account id in its resource field"],
    ["arn:aws:iam:::role/x", "has an empty account field, which ARNs of iam fill"],
    ["arn:aws:iam:eu-west-1:111122223333:role/x", "has a region, which ARNs of iam lack"],
    ["arn:aws:sts:eu-west-1:111122223333:assumed-role/r/s", "has a region, which ARNs of sts lack"],
  ])("says of %s that it %s", (text, want) => {
    expect(shiftOf(text)).toBe(want);
  });

  it.each([
    "*",
    "arn:aws:s3:::depot",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:*:*:depot",
    "arn:aws:s3:::*",
    "arn:aws:s3:*",
    "arn:aws:s3:eu-west-1:111122223333:accesspoint/one/object/*",
    "arn:aws:s3::111122223333:accesspoint/x.mrap",
    "arn:aws:s3:eu-west-1:111122223333:a*",
    "arn:aws:s3:us-west-2:111122223333:async-request/mrap/*",
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
    "arn:aws:iam::*:user/x",
    "arn:aws:iam:*:*:*",
    "arn:aws:*:111122223333:x",
    "arn:*:111122223333:*",
    "arn:*:*:eu-west-1:111122223333:*",
    "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:q",
    "arn:aws:sqs:eu-*:111122223333:q",
    "arn:aws:apigateway:eu-west-1::/restapis/*",
    "arn:aws:route53:::hostedzone/Z1",
    "arn:aws:health:global::event/*",
    "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31",
    "arn:aws:lambda:eu-west-1:111122223333:function:f:1",
    "arn:aws:dynamodb:eu-west-1:1111:table/t",
    "arn:acme:orders:111122223333:eu-west-1:order/1",
    "arn:acme:orders:shop/one:tenant/7:order/1",
    "arn:aws:constructor:eu-west-1:toString:x",
    "depot/*",
    "",
  ])("has nothing to say of %s", (text) => {
    expect(shiftOf(text)).toBeUndefined();
    expect(shiftOf(text, "anywhere")).toBeUndefined();
  });

  it("goes on behind stars that cannot leave their field, and not behind others", () => {
    const text = "arn:aws:*:111122223333:eu-west-1:q";
    expect([shiftOf(text, "field"), shiftOf(text), shiftOf(text, "anywhere")]).toEqual([
      "has an account id in its region field",
      undefined,
      undefined,
    ]);
    expect(shiftOf("arn:aws:s*s:111122223333:eu-west-1:q", "anywhere")).toBeUndefined();
    expect(shiftOf("arn:aws:s*s:111122223333:eu-west-1:q")).toBe("has an account id in its region field");
  });
});

const fix = "(write `arn:partition:service:region:account:resource`)";

describe("adviseDocument() on ARNs with shifted fields", () => {
  const principal = "arn:aws:iam::eu-west-1:role/reader";
  const rows: readonly Row[] = [
    {
      name: "a NotResource",
      have: one({ Effect: "Deny", Resource: undefined, NotResource: "arn:aws:s3::depot/*" }),
      near: one({ Effect: "Deny", Resource: undefined, NotResource: "arn:aws:s3:::depot/*" }),
      at: '"arn:aws:s3::depot/*"',
      want: `warning LINT-ARN-FIELDS Statement[0].NotResource: \`arn:aws:s3::depot/*\` has a resource in its account field: it matches no resource of AWS (write \`arn:aws:s3:::depot/*\`)`,
    },
    {
      name: "a principal",
      type: "trust",
      have: forPrincipal({ Principal: { AWS: principal } }),
      near: forPrincipal({ Principal: { AWS: "arn:aws:iam::111122223333:role/reader" } }),
      at: `"${principal}"`,
      want: `warning LINT-ARN-FIELDS Statement[0].Principal: \`${principal}\` has a region in its account field: it names nobody of AWS ${fix}`,
    },
    {
      name: "a provider",
      type: "trust",
      have: forPrincipal({ Principal: { Federated: "arn:aws:iam:111122223333:saml-provider/p" } }),
      near: forPrincipal({ Principal: { Federated: "accounts.google.com" } }),
      at: '"arn:aws:iam:111122223333:saml-provider/p"',
      want: `warning LINT-ARN-FIELDS Statement[0].Principal: \`arn:aws:iam:111122223333:saml-provider/p\` has an account id in its region field: it names nobody of AWS ${fix}`,
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it.each([
    ["ArnLike", "arn:aws:s3:::depot*", undefined],
    ["ArnLike", "arn:aws:s3:eu-west-1:111122223333:depot*", "has a region or an account, which buckets lack"],
    ["ArnNotEquals", "arn:aws:iam:${aws:PrincipalAccount}:role/x:*", "has a resource in its account field"],
    ["ArnEquals", "arn:aws:*:111122223333:eu-west-1:q", "has an account id in its region field"],
    ["StringLike", "arn:aws:sqs::eu-west-1:111122223333:*", "has a region in its account field"],
    ["StringEquals", "arn:aws::sqs:eu-west-1:111122223333:q", "has an empty service field"],
  ])("judges a value of %s: %s", (operator, value, shifted) => {
    const have = advice(when({ [operator]: { "aws:SourceArn": value } })).findings.map(shownFinding);
    const place = `Statement[0].Condition.${operator}.aws:SourceArn`;
    const want = `warning LINT-ARN-FIELDS ${place}: \`${value}\` ${shifted}: no ARN of AWS matches it ${fix}`;
    expect(have.filter((text) => text.includes("LINT-ARN-FIELDS"))).toEqual(shifted === undefined ? [] : [want]);
  });

  it("says of a value of an ARN operator that cannot begin with `arn` that no ARN matches it", () => {
    const values = [
      "role/reader*",
      "aws:iam::111122223333:role:x:y",
      "a?n:aws:s3:::*",
      "*:s3:::*",
      "${aws:PrincipalArn}*",
    ];
    const { findings } = advice(when({ ArnLike: { "aws:SourceArn": values } }));
    const place = "Statement[0].Condition.ArnLike.aws:SourceArn";
    expect(findings.map(shownFinding).filter((text) => text.includes("begin"))).toEqual([
      `warning ARN-5 ${place}[0]: \`role/reader*\` does not begin with \`arn:\`: no ARN matches it ${fix}`,
      `warning ARN-5 ${place}[1]: \`aws:iam::111122223333:role:x:y\` does not begin with \`arn:\`: no ARN matches it ${fix}`,
    ]);
  });

  it("tells what is shifted in a principal that is refused", () => {
    const text = "arn:aws:iam:111122223333:role/reader";
    expect(shown(parse(forPrincipal({ Principal: { AWS: text } }), "trust").findings)).toEqual([
      `PRN-1 Statement[0].Principal.AWS: \`${text}\` is neither an account, nor a principal ARN, nor a unique id: it has an account id in its region field`,
    ]);
  });

  it("leaves the team's own services alone", () => {
    const have = one({ Action: "orders:Read", Resource: "arn:acme:orders:111122223333:eu-west-1:order/1" });
    expect(advice(have, "identity", { profile: "generic" }).findings).toEqual([]);
  });

  it.each(["acme", "minimal"])("has nothing to say of the example %s", async (name) => {
    const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
    const loaded = await loadPolicySet(path);
    if (!loaded.ok) throw new Error("unreachable");
    const findings = advisePolicySet(loaded.policySet, await readPolicyTrees(path), undefined);
    expect(findings.filter(({ rule }) => rule === "LINT-ARN-FIELDS")).toEqual([]);
  });
});
