/**
 * `SimulateCustomPolicy`: policies that the call brings, decided as a simulation case, away from the served sets. Statements
 * are placed in the texts as they were submitted (OUT-11).
 */

import type { MatchedStatement } from "../../engine/decision.js";
import type { EvaluationResult, StatementPlace } from "../../engine/evaluation-result.js";
import { evaluationOf, placeIn } from "../../engine/evaluation-result.js";
import type { Simulator } from "../../engine/simulator.js";
import type { Finding } from "../../policy/finding.js";
import { readJson } from "../../policy/json-reader.js";
import { quote } from "../../policy/quote.js";
import { parseRequester } from "../../policy/requester.js";
import { readSimulationCase, type SimulationCase } from "../../policy/simulation-case.js";
import { sourceText } from "../../policy/source-text.js";
import { placeText } from "../../policy/tree-place.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";

/** The policies of a call, each under the name that answers give it. */
export interface CustomPolicies {
  readonly identity: readonly SubmittedPolicy[];
  readonly boundary: SubmittedPolicy | undefined;
  readonly resource: SubmittedPolicy | undefined;
  readonly caller: string;
}

interface SubmittedPolicy {
  readonly name: string;
  readonly text: string;
}

/** Who asks when the call does not say: a user of an account of no one. */
const someone = "arn:aws:iam::000000000000:user/simulated";

/** Reads the policies of a call. */
export function readCustomPolicies(parameters: AwsQueryParameters): CustomPolicies {
  const named = (name: string): readonly SubmittedPolicy[] =>
    parameters.list(name).map((text, index) => checked({ name: `${name}.${index + 1}`, text }));
  const identity = named("PolicyInputList");
  if (identity.length === 0) throw new AwsError("ValidationError", "PolicyInputList: missing");
  const [boundary, ...more] = named("PermissionsBoundaryPolicyInputList");
  if (more.length > 0) throw new AwsError("InvalidInput", "PermissionsBoundaryPolicyInputList: more than one policy");
  const resource = parameters.text("ResourcePolicy");
  const caller = parameters.text("CallerArn") ?? someone;
  if (parseRequester(caller, "aws") === undefined) {
    throw new AwsError("InvalidInput", `CallerArn: ${quote(caller)} is not the ARN of a principal`);
  }
  return {
    identity,
    boundary,
    resource: resource === undefined ? undefined : checked({ name: "ResourcePolicy", text: resource }),
    caller,
  };
}

/** Decides one action on all resources of a call. */
export function customEvaluations(
  simulator: Simulator,
  policies: CustomPolicies,
  call: AwsSimulationCall,
): (action: string, resource: string) => EvaluationResult {
  const cases = new Map<string, CustomCase>();
  return (action, resource) => {
    const isTrust = /^sts:/i.test(action) && parseRequester(resource, "aws")?.kind === "role";
    const key = isTrust ? "trust" : "resource";
    const custom = cases.get(key) ?? readCustomCase(policies, call, action, resource);
    cases.set(key, custom);
    return evaluate(simulator, custom, action, resource);
  };
}

interface CustomCase {
  readonly one: SimulationCase;
  readonly placeOf: (statement: MatchedStatement) => StatementPlace | undefined;
}

function evaluate(
  simulator: Simulator,
  { one, placeOf }: CustomCase,
  action: string,
  resource: string,
): EvaluationResult {
  const request = { ...one.request, action, resource };
  const decision = simulator.decide({ ...one, request }, "explain");
  if ("error" in decision) throw new AwsError("InvalidInput", decision.error);
  const [requester] = one.policySet.principals;
  const { resourceAccount } = request;
  const question = { action, resource, placeOf, requester: requester ?? {} };
  const named = decision.matchedStatements.map((statement) => ({ ...statement, policy: answerName(statement.policy) }));
  return evaluationOf(resourceAccount === undefined ? question : { ...question, resourceAccount }, {
    ...decision,
    matchedStatements: named,
  });
}

function answerName(policy: string): string {
  if (policy === "boundary") return "PermissionsBoundaryPolicyInputList.1";
  return policy === "resource" ? "ResourcePolicy" : policy;
}

/**
 * The case as one text in which every policy begins a line of its own, so that its lines and columns are found again. All
 * resources of the call are in it: they share a policy and an owner.
 */
function readCustomCase(
  policies: CustomPolicies,
  call: AwsSimulationCall,
  action: string,
  resource: string,
): CustomCase {
  const { identity, boundary, caller } = policies;
  const account = call.resourceAccount ?? parseRequester(caller, "aws")?.account;
  const request = {
    principal: caller,
    action,
    resource,
    context: Object.fromEntries(call.context),
    ...(account === undefined ? {} : { resourceAccount: account }),
  };
  const lines = new LineCount();
  const list = identity.map((one) => `{"name":${JSON.stringify(one.name)},"document":\n${one.text}\n}`);
  const optional = (member: string, one: SubmittedPolicy | undefined) =>
    one === undefined ? "" : `,${JSON.stringify(member)}:\n${one.text}\n`;
  const text = `{"id":"call","whatIf":true,"policies":{"identity":[${list.join(",")}]${optional("boundary", boundary)}${optional("resource", policies.resource)}},"request":${JSON.stringify(request)}}`;
  const submitted = [...identity, boundary, policies.resource].flatMap((one) => one ?? []);
  const starts = submitted.map((one) => ({ name: one.name, line: lines.next(one.text) }));
  const startOf = (line: number) => starts.findLast((start) => start.line <= line) ?? { name: "", line: 1 };
  const source = sourceText("call", text);
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  const read = node && readSimulationCase(node, source);
  if (node === undefined || read === undefined || "error" in read) {
    const all = read !== undefined && "findings" in read ? read.findings : findings;
    const first = all.find(({ severity }) => severity === "error");
    if (first === undefined) throw new AwsError("InvalidInput", "the policies cannot be read");
    const { name, line } = startOf(first.line);
    const place = placeText({ ...first, file: name === "" ? "call" : name, line: first.line - line + 1 });
    throw new AwsError("InvalidInput", `${place}: ${first.message}`);
  }
  const [shape] = read.policySet.resources;
  const resources = shape === undefined ? [] : call.resources.map((arn) => ({ ...shape, arn }));
  return {
    one: { ...read, policySet: { ...read.policySet, resources: [...resources].sort(byArn) } },
    placeOf(statement) {
      const place = placeIn({ node, source }, statement);
      if (place === undefined) return undefined;
      const { line } = startOf(place.start.Line);
      const moved = ({ Line, Column }: StatementPlace["start"]) => ({ Line: Line - line + 1, Column });
      return { ...place, start: moved(place.start), end: moved(place.end) };
    },
  };
}

/** Counts the lines of a text in which each policy begins one and is followed by a line break. */
class LineCount {
  private line = 2;

  next(text: string): number {
    const start = this.line;
    this.line += text.split("\n").length + 1;
    return start;
  }
}

function byArn(left: { readonly arn: string }, right: { readonly arn: string }): number {
  return left.arn < right.arn ? -1 : left.arn > right.arn ? 1 : 0;
}

/** INVARIANT: the text is one JSON value, so it can stand inside of another one. */
function checked(policy: SubmittedPolicy): SubmittedPolicy {
  const findings: Finding[] = [];
  const node = readJson(sourceText(policy.name, policy.text), findings);
  const [first] = findings;
  if (first !== undefined) throw new AwsError("InvalidInput", `${placeText(first)}: ${first.message}`);
  if (node?.kind !== "object") throw new AwsError("InvalidInput", `${policy.name}: must be a policy document`);
  return policy;
}
