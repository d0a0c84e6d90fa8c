/** Answers of AWS commands that wrap one policy document each: it counts as the document alone would. */
import { expect, it } from "vitest";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";

const document = {
  Version: "2012-10-17",
  Statement: [{ Sid: "One", Effect: "Deny", Action: "organizations:LeaveOrganization", Resource: "*" }],
};
const text = JSON.stringify(document);

it.each<[string, object]>([
  ["organizations describe-policy", { Policy: { PolicySummary: { Name: "Fence" }, Content: text } }],
  ["iam get-policy-version", { PolicyVersion: { Document: document, VersionId: "v1", IsDefaultVersion: true } }],
  ["the API's get-policy-version", { PolicyVersion: { Document: encodeURIComponent(text) } }],
  ["iam get-role-policy", { RoleName: "App", PolicyName: "own", PolicyDocument: document }],
  ["iam get-role", { Role: { RoleName: "App", AssumeRolePolicyDocument: document } }],
  ["s3api get-bucket-policy", { Policy: text }],
  ["secretsmanager get-resource-policy", { ARN: "a", Name: "n", ResourcePolicy: text }],
  ["sqs get-queue-attributes", { Attributes: { Policy: text, QueueArn: "a" } }],
])("the answer of %s is its document", (_, answer) => {
  const named = (content: object) => buildPolicySet([sourceText("policies/Fence.json", JSON.stringify(content))]);
  const [have, want] = [named(answer), named(document)];
  expect(have.findings).toEqual(want.findings);
  expect(have.ok && want.ok && have.policySet.counts).toEqual(want.ok && want.policySet.counts);
  const broken = named(JSON.parse(JSON.stringify(answer).replace("Deny", "Dney")) as object);
  expect(broken.findings.map(({ rule }) => rule)).toEqual(["DOC-8"]);
});

it("an object without a document is refused", () => {
  const result = buildPolicySet([sourceText("policies/x.json", JSON.stringify({ Policy: { Arn: "a" } }))]);
  expect(result.findings.map(({ message }) => message)).toEqual([
    "the file is neither a Verdict file nor a policy document nor an AWS export",
  ]);
});

it("a document that a Verdict file names may be an answer of an AWS command", () => {
  const arn = "arn:aws:iam::111122223333:policy/Fence";
  const set = (content: object) => [
    sourceText("set.json", JSON.stringify({ policies: [{ arn, documentFile: "answers/fence.json" }] })),
    sourceText("answers/fence.json", JSON.stringify(content)),
  ];
  const have = buildPolicySet(set({ PolicyVersion: { Document: encodeURIComponent(text), VersionId: "v1" } }));
  expect(have.findings).toEqual([]);
  expect(have.ok && have.policySet.counts).toMatchObject({ policies: 1, statements: 1 });
  const broken = buildPolicySet(set({ PolicyVersion: { Document: text.replace("Deny", "Dney") } }));
  expect(broken.findings.map(({ rule, file }) => [rule, file])).toEqual([["DOC-8", "answers/fence.json"]]);
});
