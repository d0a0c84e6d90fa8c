// W1 as Cerbos policies: one resource policy a service, a rule a statement. IAM policies become roles, because a role is what Cerbos
// finds its rules by; the principal of a call has the roles of the policies it carries. Cerbos allows what any one role allows, so that
// a Deny has to stand in all roles and look for its own. ARNs are ids of resources, the context is the
// resource's attributes (a call has one principal but many resources), typed as CEL needs it.
import { listOf, type StatementJson, type Workload } from "../workloads/workload.js";
import { type ConditionTest, conditionTests } from "./condition-test.js";

/** Context keys by the names that the conditions use. */
export const attributeNames: Readonly<Record<string, string>> = {
  "aws:SourceIp": "sourceIp",
  "aws:MultiFactorAuthPresent": "mfaPresent",
  "aws:MultiFactorAuthAge": "mfaAge",
  "aws:TokenIssueTime": "issued",
  "aws:RequestedRegion": "region",
  "aws:UserAgent": "userAgent",
  "aws:PrincipalTag/team": "team",
  "aws:SecureTransport": "secureTransport",
  "aws:SourceIdentity": "sourceIdentity",
};

/** Policy files by name, as JSON. */
export function cerbosPolicies(workload: Workload): ReadonlyMap<string, string> {
  const rules = new Map<string, unknown[]>();
  for (const [role, document] of Object.entries(workload.policies)) {
    for (const statement of document.Statement) {
      const [service = ""] = (listOf(statement.Action)[0] ?? "").split(":");
      rules.set(service, [...(rules.get(service) ?? []), cerbosRule(role, statement)]);
    }
  }
  return new Map(
    [...rules].map(([service, rulesOfService]) => [
      `${service}.json`,
      JSON.stringify({
        apiVersion: "api.cerbos.dev/v1",
        resourcePolicy: { resource: service, version: "default", rules: rulesOfService },
      }),
    ]),
  );
}

function cerbosRule(role: string, statement: StatementJson): object {
  const patterns = listOf(statement.Resource);
  const resource = patterns.map((pattern) => matchesText("R.id", pattern)).join(" || ");
  const denies = statement.Effect === "Deny";
  const tests = [
    ...(denies ? [`"${role}" in P.roles`] : []),
    ...(patterns.includes("*") ? [] : [resource]),
    ...conditionTests(statement).map(expressionOf),
  ];
  return {
    actions: listOf(statement.Action).map((pattern) => pattern.split(":")[1]),
    effect: denies ? "EFFECT_DENY" : "EFFECT_ALLOW",
    roles: [denies ? "*" : role],
    ...(tests.length === 0 ? {} : { condition: { match: { all: { of: tests.map((expr) => ({ expr })) } } } }),
  };
}

function expressionOf({ operator, key, values }: ConditionTest): string {
  const attribute = `R.attr.${attributeNames[key]}`;
  const tests = values.map((value) => {
    switch (operator) {
      case "IpAddress":
        return `${attribute}.inIPAddrRange("${value}")`;
      case "Bool":
        return `${attribute} == ${value}`;
      case "NumericLessThan":
        return `${attribute} < ${Number(value).toFixed(1)}`;
      case "DateGreaterThan":
        return `timestamp(${attribute}) > timestamp("${value}")`;
      default:
        return matchesText(attribute, value);
    }
  });
  return `has(${attribute}) && (${tests.join(" || ")})`;
}

/** The cheapest function of CEL for a pattern; W1 has no wildcard but `*`. */
function matchesText(text: string, pattern: string): string {
  if (!pattern.includes("*")) return `${text} == ${JSON.stringify(pattern)}`;
  if (pattern.indexOf("*") === pattern.length - 1) return `${text}.startsWith(${JSON.stringify(pattern.slice(0, -1))})`;
  const expression = pattern
    .split("*")
    .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return `${text}.matches(${JSON.stringify(`^${expression}$`)})`;
}
