// cedar-wasm: every statement as a Cedar policy, one parsed policy set a principal. Actions are listed one by one, which is what Cedar
// is quickest at; resources and context values that Cedar cannot look into (ARNs, addresses, dates) come as typed context.

import { services } from "../../src/synth/services.js";
import { matchGlob } from "../evaluator/glob.js";
import { loadPeer } from "../peer-packages.js";
import { documentsOf, listOf, type StatementJson, type Workload } from "../workloads/workload.js";
import { conditionTests } from "./condition-test.js";
import { fullContext, type Peer } from "./peer.js";

interface Cedar {
  preparsePolicySet(id: string, policies: { readonly staticPolicies: string }): { readonly type: string };
  statefulIsAuthorized(call: unknown): {
    readonly type: string;
    readonly response?: { readonly decision: string; readonly diagnostics: { readonly reason: readonly string[] } };
  };
}

const actions = services.flatMap((service) => service.actions);

/** Cedar with the policies of a workload. */
export function openCedar(workload: Workload): Peer {
  const cedar = loadPeer<Cedar>("@cedar-policy/cedar-wasm/nodejs");
  for (const principal of workload.principals) {
    const statements = documentsOf(workload, principal).flatMap((name) => workload.policies[name]?.Statement ?? []);
    const answer = cedar.preparsePolicySet(principal.arn, { staticPolicies: statements.map(cedarPolicy).join("\n") });
    if (answer.type !== "success") throw new Error(`cedar: ${JSON.stringify(answer)}`);
  }
  const calls = workload.questions.map((question, index) => ({
    principal: { type: "Principal", id: workload.principals[question.principal]?.arn },
    action: { type: "Action", id: question.action },
    resource: { type: "Resource", id: question.resource },
    context: { resource: question.resource, ...typedContext(fullContext(workload, index)) },
    preparsedPolicySetId: workload.principals[question.principal]?.arn,
    entities: [],
  }));
  return {
    name: "cedar-wasm",
    decide(index) {
      const { response } = cedar.statefulIsAuthorized(calls[index]);
      if (response === undefined) throw new Error(`cedar: question ${index} failed`);
      if (response.decision === "allow") return "allowed";
      return response.diagnostics.reason.length > 0 ? "explicitDeny" : "implicitDeny";
    },
  };
}

function cedarPolicy(statement: StatementJson): string {
  const named = actions.filter((action) => listOf(statement.Action).some((pattern) => matchGlob(pattern, action)));
  const patterns = listOf(statement.Resource);
  const resource = patterns.map((pattern) => compareText("context.resource", pattern)).join(" || ");
  const tests = [...(patterns.includes("*") ? [] : [`(${resource})`]), ...conditionTests(statement).map(cedarTest)];
  const effect = statement.Effect === "Deny" ? "forbid" : "permit";
  const head = `${effect}(principal, action in [${named.map((action) => `Action::"${action}"`).join(", ")}], resource)`;
  return `${head} when { ${["true", ...tests].join(" && ")} };`;
}

function cedarTest({ operator, key, values }: ReturnType<typeof conditionTests>[number]): string {
  const left = `context["${key}"]`;
  const tests = values.map((value) => {
    switch (operator) {
      case "IpAddress":
        return `${left}.isInRange(ip("${value}"))`;
      case "Bool":
        return `${left} == ${value}`;
      case "NumericLessThan":
        return `${left} < ${value}`;
      case "DateGreaterThan":
        return `${left} > ${Date.parse(value) / 1000}`;
      default:
        return compareText(left, value);
    }
  });
  return `(context has "${key}" && (${tests.join(" || ")}))`;
}

/** Cedar's `like` knows `*` only; W1 has no other wildcard. */
function compareText(left: string, pattern: string): string {
  return `${left} ${pattern.includes("*") ? "like" : "=="} "${pattern}"`;
}

function typedContext(context: Readonly<Record<string, string>>): Record<string, unknown> {
  const typed: Record<string, unknown> = { ...context };
  for (const [key, value] of Object.entries(context)) {
    if (key === "aws:SourceIp") typed[key] = { __extn: { fn: "ip", arg: value } };
    if (key === "aws:MultiFactorAuthPresent") typed[key] = value === "true";
    if (key === "aws:MultiFactorAuthAge") typed[key] = Number(value);
    if (key === "aws:TokenIssueTime") typed[key] = Date.parse(value) / 1000;
  }
  return typed;
}
