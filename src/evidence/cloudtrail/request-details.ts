/**
 * What AWS's Access Troubleshooter tells of a denied request (`aws iam-toolbox get-request-authorization-details`): the whole context, each
 * action on each resource with its answer, the statements that matched, and the policies that took part.
 */
import { parseArn } from "../../policy/document/arn.js";
import { accountOfArn } from "../../policy/requester.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision } from "../../question/decision.js";
import type { LayerName } from "../../question/layers.js";
import { foldText } from "../../text/fold.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import type { Tag } from "../../text/tag.js";
import { memberAt, objectsAt, textAt } from "./event.js";

/** A policy that took part. */
export interface EvaluatedPolicy {
  /** Its ARN; of an inline policy a text that only AWS understands. */
  readonly uri: string;
  readonly type: LayerName | undefined;
  readonly isInline: boolean;
}

/** A statement that AWS matched. */
export interface AwsStatement {
  readonly policy: EvaluatedPolicy;
  /** Undefined for a statement without one. */
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny" | undefined;
}

/** One action on one resource, with what AWS answered. */
export interface AwsEvaluation {
  readonly action: string;
  readonly resource: string;
  /** Undefined where the context does not say who asked. */
  readonly question: AuthorizationQuestion | undefined;
  /** Undefined where AWS does not say. */
  readonly answer: Decision["decision"] | undefined;
  /** None for what no policy allowed. */
  readonly statements: readonly AwsStatement[];
}

/** One denied request, or a page of it. */
export interface RequestDetails {
  readonly principal: string | undefined;
  readonly evaluations: readonly AwsEvaluation[];
  readonly policies: readonly EvaluatedPolicy[];
  /** Whether more evaluations are on another page. */
  readonly isTruncated: boolean;
}

/** Reads what the troubleshooter prints; undefined for anything else. */
export function readRequestDetails(value: JsonObject): RequestDetails | undefined {
  const { requestContext, evaluations } = value;
  if (!isJsonObject(requestContext) || !Array.isArray(evaluations)) return undefined;
  const policies = objectsAt(value, "policies").map(policyOf);
  const byUri = new Map(policies.map((policy) => [policy.uri, policy]));
  const shared = contextOf(requestContext);
  return {
    principal: principalOf(shared),
    policies,
    evaluations: objectsAt(value, "evaluations").map((one) => evaluationOf(one, shared, byUri)),
    isTruncated: textAt(value, "nextToken") !== undefined,
  };
}

const types: ReadonlyMap<string, LayerName> = new Map([
  ["IDENTITY_BASED_POLICY", "identity"],
  ["PERMISSIONS_BOUNDARY", "boundary"],
  ["RESOURCE_BASED_POLICY", "resource"],
  ["RESOURCE_CONTROL_POLICY", "rcp"],
  ["SERVICE_CONTROL_POLICY", "scp"],
  ["SESSION_POLICY", "session"],
  ["VPC_ENDPOINT_POLICY", "endpoint"],
]);

const answers: ReadonlyMap<string, Decision["decision"]> = new Map([
  ["ALLOW", "allowed"],
  ["EXPLICIT_DENY", "explicitDeny"],
  ["IMPLICIT_DENY", "implicitDeny"],
]);

const effects: ReadonlyMap<string, "Allow" | "Deny"> = new Map([
  ["ALLOW", "Allow"],
  ["DENY", "Deny"],
]);

function policyOf(policy: JsonObject): EvaluatedPolicy {
  return {
    uri: textAt(policy, "uri") ?? "",
    type: types.get(textAt(policy, "type") ?? ""),
    isInline: memberAt(policy, "inline") === true,
  };
}

function evaluationOf(
  evaluation: JsonObject,
  shared: Context,
  policies: ReadonlyMap<string, EvaluatedPolicy>,
): AwsEvaluation {
  const action = textAt(evaluation, "action") ?? "";
  const resource = textAt(evaluation, "resource") ?? "*";
  const own = memberAt(evaluation, "context");
  const context = new Map([...shared, ...(isJsonObject(own) ? contextOf(own) : [])]);
  return {
    action,
    resource,
    question: questionOf(action, resource, context),
    answer: answers.get(textAt(evaluation, "evaluatedEffect") ?? ""),
    statements: objectsAt(evaluation, "matchedPolicies").flatMap((matched) => {
      const uri = textAt(matched, "uri") ?? "";
      const policy = policies.get(uri) ?? { uri, type: undefined, isInline: false };
      return objectsAt(matched, "matchedStatements").map((statement) => ({
        policy,
        sid: textAt(statement, "sid"),
        effect: effects.get(textAt(statement, "evaluatedEffect") ?? ""),
      }));
    }),
  };
}

/** Values by folded key (COND-7), with the spelling that AWS used. */
type Context = ReadonlyMap<string, { readonly key: string; readonly values: readonly string[] }>;

function contextOf(context: JsonObject): Context {
  const found = new Map<string, { readonly key: string; readonly values: readonly string[] }>();
  for (const [key, value] of Object.entries(context)) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const values = list.flatMap((one) =>
      typeof one === "string" || typeof one === "number" || typeof one === "boolean" ? [String(one)] : [],
    );
    if (values.length > 0 || Array.isArray(value)) found.set(foldText(key), { key, values });
  }
  return found;
}

const resourceTag = "aws:resourcetag/";

/** AWS tells derived keys as well: what it says counts, whatever the set would derive (CTX-1). */
function questionOf(action: string, resource: string, context: Context): AuthorizationQuestion | undefined {
  const principal = principalOf(context);
  if (principal === undefined || action === "") return undefined;
  const resourceTags: Tag[] = [];
  const keys = new Map<string, readonly string[]>();
  for (const [folded, { key, values }] of context) {
    if (folded.startsWith(resourceTag))
      resourceTags.push({ key: key.slice(resourceTag.length), value: values[0] ?? "" });
    else keys.set(key, values);
  }
  const account = first(context, "aws:resourceaccount");
  return {
    principal,
    action,
    resource,
    context: keys,
    resourceTags,
    sessionPolicies: [],
    sessionTags: [],
    whatIf: true,
    ...(account === undefined ? {} : { resourceAccount: account }),
  };
}

function first(context: Context, key: string): string | undefined {
  return context.get(key)?.values[0];
}

/** Who asked, as a question names requesters (IN-2): `aws:PrincipalArn` of a session is its role, and its name stands in `aws:userid`. */
function principalOf(context: Context): string | undefined {
  const arn = first(context, "aws:principalarn");
  const service = first(context, "aws:principalservicename");
  if (first(context, "aws:principalisawsservice")?.toLowerCase() === "true" && service !== undefined) return service;
  if (arn === undefined)
    return first(context, "aws:principaltype")?.toLowerCase() === "anonymous" ? "anonymous" : undefined;
  const session = /^AROA[^:]*:(.+)$/.exec(first(context, "aws:userid") ?? "")?.[1];
  const parsed = parseArn(arn);
  if (session === undefined || parsed?.rest.startsWith("role/") !== true) return arn;
  const role = parsed.rest.slice(parsed.rest.lastIndexOf("/") + 1);
  return `arn:${parsed.partition}:sts::${accountOfArn(arn)}:assumed-role/${role}/${session}`;
}
