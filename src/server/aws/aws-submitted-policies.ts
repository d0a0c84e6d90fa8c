/** The policies that a simulation call brings: read as texts, parsed as what they are attached as, found again in answers (OUT-11). */

import { type ParseDocumentOptions, parsePolicyDocument } from "../../policy/document/parse-document.js";
import type { NamedPolicy } from "../../policy/policy-set.js";
import type { MatchedStatement } from "../../question/decision.js";
import type { PolicyType } from "../../question/layers.js";
import { placeIn, type StatementPlace } from "../../simulate/evaluation-result.js";
import type { Finding } from "../../text/finding.js";
import { readJson } from "../../text/json-reader.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import { placeText } from "../../text/tree-place.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";

/** The policies of a call. */
export interface SubmittedPolicies {
  readonly identity: readonly SubmittedPolicy[];
  readonly boundary: SubmittedPolicy | undefined;
  /** Attached to every resource of the call. */
  readonly resource: SubmittedPolicy | undefined;
  /** Organization policies, levels from the root down; undefined if the call has none (SCP-1). */
  readonly levels?: readonly (readonly SubmittedPolicy[])[] | undefined;
}

/** One of them under the name that answers give it. */
export interface SubmittedPolicy {
  readonly name: string;
  readonly source: SourceText;
  readonly node: TreeNode;
}

/** Reads the texts; throws InvalidInput for one that is no JSON object. */
export function readSubmittedPolicies(parameters: AwsQueryParameters): SubmittedPolicies {
  const identity = readSubmittedIdentity(parameters);
  const [boundary, ...more] = readList(parameters, "PermissionsBoundaryPolicyInputList");
  if (more.length > 0) {
    throw new AwsError("InvalidInput", "The list of Permissions Boundary policies cannot exceed 1 items.");
  }
  const resource = parameters.text("ResourcePolicy");
  return {
    identity,
    boundary,
    resource: resource === undefined ? undefined : readSubmitted("ResourcePolicy", resource),
  };
}

/** `PolicyInputList`. */
export function readSubmittedIdentity(parameters: AwsQueryParameters): readonly SubmittedPolicy[] {
  return readList(parameters, "PolicyInputList");
}

function readList(parameters: AwsQueryParameters, name: string): readonly SubmittedPolicy[] {
  return parameters.list(name).map((text, index) => readSubmitted(`${name}.${index + 1}`, text));
}

/**
 * `OrderedOrganizationPolicyInputList`: a level is `{ServiceControlPolicyInputList: [documents]}`, or one document by itself.
 * Undefined if there is none.
 */
export function readSubmittedLevels(parameters: AwsQueryParameters): SubmittedPolicies["levels"] {
  const list = "OrderedOrganizationPolicyInputList";
  const alone = parameters.list(list);
  const levels = parameters.structures(list).map((number, index) => {
    const level = `${list}.member.${number}.ServiceControlPolicyInputList`;
    const only = alone[number - 1];
    const texts = [...(only === undefined ? [] : [only]), ...parameters.list(level)];
    if (texts.length > 0) return texts.map((text, at) => readSubmitted(`${list}.${index + 1}.${at + 1}`, text));
    throw new AwsError(
      "InvalidInput",
      `Organization policy at index ${index + 1} must contain at least one service control policy`,
    );
  });
  return levels.length === 0 ? undefined : levels;
}

function readSubmitted(name: string, text: string): SubmittedPolicy {
  const findings: Finding[] = [];
  const source = sourceText(name, text);
  const node = readJson(source, findings);
  refuse(name, findings);
  if (node?.kind !== "object") throw invalid(name, `${name}: must be a policy document`);
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
  refuse(name, findings);
  if (document === undefined) throw invalid(name, `${name}: cannot be read`);
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

function refuse(name: string, findings: readonly Finding[]): void {
  const first = findings.find(({ severity }) => severity === "error");
  if (first !== undefined) throw invalid(name, `${placeText(first)}: ${first.message}`);
}

/** AWS says of `PolicyInputList` which item is wrong and not why: the reason is a member of its own. */
function invalid(name: string, detail: string): AwsError {
  const item = /^PolicyInputList\.([0-9]+)$/.exec(name)?.[1];
  if (item === undefined) return new AwsError("InvalidInput", detail);
  return new AwsError("InvalidInput", `Policy input list item ${item} has invalid content`, detail);
}
