/** The policies that a simulation call brings: read as texts, parsed as what they are attached as, found again in answers (OUT-11). */
import type { MatchedStatement } from "../../engine/decision.js";
import { placeIn, type StatementPlace } from "../../engine/evaluation-result.js";
import type { PolicyType } from "../../policy/document.js";
import type { Finding } from "../../policy/finding.js";
import { readJson } from "../../policy/json-reader.js";
import { type ParseDocumentOptions, parsePolicyDocument } from "../../policy/parse-document.js";
import type { NamedPolicy } from "../../policy/policy-set.js";
import { type SourceText, sourceText } from "../../policy/source-text.js";
import type { TreeNode } from "../../policy/tree.js";
import { placeText } from "../../policy/tree-place.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";

/** The policies of a call. */
export interface SubmittedPolicies {
  readonly identity: readonly SubmittedPolicy[];
  readonly boundary: SubmittedPolicy | undefined;
  /** Attached to every resource of the call. */
  readonly resource: SubmittedPolicy | undefined;
}

/** One of them under the name that answers give it. */
export interface SubmittedPolicy {
  readonly name: string;
  readonly source: SourceText;
  readonly node: TreeNode;
}

/** Reads the texts; throws InvalidInput for one that is no JSON object. */
export function readSubmittedPolicies(parameters: AwsQueryParameters): SubmittedPolicies {
  const named = (name: string): readonly SubmittedPolicy[] =>
    parameters.list(name).map((text, index) => readSubmitted(`${name}.${index + 1}`, text));
  const identity = named("PolicyInputList");
  const [boundary, ...more] = named("PermissionsBoundaryPolicyInputList");
  if (more.length > 0) throw new AwsError("InvalidInput", "PermissionsBoundaryPolicyInputList: more than one policy");
  const resource = parameters.text("ResourcePolicy");
  return {
    identity,
    boundary,
    resource: resource === undefined ? undefined : readSubmitted("ResourcePolicy", resource),
  };
}

function readSubmitted(name: string, text: string): SubmittedPolicy {
  const findings: Finding[] = [];
  const source = sourceText(name, text);
  const node = readJson(source, findings);
  refuse(findings);
  if (node?.kind !== "object") throw new AwsError("InvalidInput", `${name}: must be a policy document`);
  return { name, source, node };
}

/** The policy as a document of one type; throws InvalidInput with the first mistake. */
export function parseSubmitted(
  { name, source, node }: SubmittedPolicy,
  type: PolicyType,
  options: ParseDocumentOptions,
): NamedPolicy {
  const findings: Finding[] = [];
  const document = parsePolicyDocument(node, source, type, findings, options);
  refuse(findings);
  if (document === undefined) throw new AwsError("InvalidInput", `${name}: cannot be read`);
  return { name, document };
}

/** Where a statement stands in the text that it came with; undefined for one that did not come with the call. */
export function placeInSubmitted(
  { identity, boundary, resource }: SubmittedPolicies,
  statement: MatchedStatement,
): StatementPlace | undefined {
  const policies = [
    ...identity,
    ...(boundary === undefined ? [] : [boundary]),
    ...(resource === undefined ? [] : [resource]),
  ];
  const policy = policies.find(({ name }) => name === statement.policy && name === statement.file);
  return policy && placeIn(policy, statement);
}

function refuse(findings: readonly Finding[]): void {
  const first = findings.find(({ severity }) => severity === "error");
  if (first !== undefined) throw new AwsError("InvalidInput", `${placeText(first)}: ${first.message}`);
}
