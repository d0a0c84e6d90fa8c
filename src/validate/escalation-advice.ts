/**
 * Advice about actions by which a principal gives itself or others more than it was given, allowed on everything of their kind: keys and
 * passwords of any user, policies of anybody, trust of any role, code that runs as somebody else. What passes roles has a rule of its own.
 */
import { isAllStars } from "../policy/document/arn.js";
import { actionCovers } from "../policy/document/pattern-cover.js";
import { quote } from "../text/quote.js";
import { plainDeniesAt } from "./redundancy.js";
import { advise, type PlacedStatement, type PlacedText, type Subject } from "./subject.js";

/** What an action works on: a service and the type of its resources. */
interface RiskyAction {
  readonly action: string;
  readonly service: string;
  readonly type: string;
}

const riskyActions: readonly RiskyAction[] = [
  ...risky("iam", "user", [
    "AddUserToGroup",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateServiceSpecificCredential",
    "DeleteUserPermissionsBoundary",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "ResetServiceSpecificCredential",
    "UpdateLoginProfile",
  ]),
  ...risky("iam", "group", ["AddUserToGroup", "AttachGroupPolicy", "PutGroupPolicy"]),
  ...risky("iam", "role", [
    "AttachRolePolicy",
    "DeleteRolePermissionsBoundary",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
  ]),
  ...risky("iam", "policy", ["CreatePolicyVersion", "SetDefaultPolicyVersion"]),
  ...risky("lambda", "function", ["UpdateFunctionCode"]),
  ...risky("glue", "devEndpoint", ["UpdateDevEndpoint"]),
  ...risky("ssm", "", ["SendCommand", "StartSession"]),
];

function risky(service: string, type: string, names: readonly string[]): readonly RiskyAction[] {
  return names.map((name) => ({ action: `${service}:${name}`, service, type }));
}

/** More actions than these are not listed. */
const mostListed = 5;

/** Adds one finding about a statement that allows any of them without a condition. Its patterns are those of `Action`. */
export function adviseEscalation(subject: Subject, placed: PlacedStatement, patterns: readonly PlacedText[]): void {
  const { action, resource, conditions } = placed.statement;
  if (action.negated || conditions.length > 0 || resource === undefined || resource.negated) return;
  const covering = patterns.filter(({ text }) => coveredBy(text).size > 0);
  if (covering.length === 0) return;
  const found = new Map<string, string>();
  let first: PlacedText | undefined;
  for (const one of riskyActions) {
    const pattern = covering.find(({ text }) => coveredBy(text).has(one));
    if (pattern === undefined) continue;
    const reach = resource.patterns.find((text) => coversAll(text, one));
    if (reach === undefined || isDenied(subject, one, reach)) continue;
    first = first === undefined || patterns.indexOf(pattern) < patterns.indexOf(first) ? pattern : first;
    found.set(one.action, reach);
  }
  if (first === undefined) return;
  const names = [...found.keys()];
  const listed = names.slice(0, mostListed).map((name) => `\`${name}\``);
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : "";
  const on = [...new Set(found.values())].map(quote).join(", ");
  const cause = `allows ${listed.join(", ")}${more} on ${on}: enough to become whoever may do more`;
  const isOfIam = names.some((name) => name.startsWith("iam:"));
  const keys = isOfIam ? ", or add a condition on `iam:PolicyARN` or `iam:PermissionsBoundary`" : "";
  const fix = `name in \`Resource\` what it is for${keys}`;
  advise(subject, "LINT-ESCALATION", "securityWarning", first, cause, fix);
}

const covered = new Map<string, ReadonlySet<RiskyAction>>();
/** Sets repeat a few patterns; those of callers are without end. */
const mostCovered = 10_000;

/** The risky actions that an action pattern covers. */
function coveredBy(pattern: string): ReadonlySet<RiskyAction> {
  let found = covered.get(pattern);
  if (found === undefined) {
    found = new Set(riskyActions.filter(({ action }) => actionCovers(pattern, action)));
    if (covered.size >= mostCovered) covered.clear();
    covered.set(pattern, found);
  }
  return found;
}

/** Whether a pattern leaves neither account nor name of the type open. */
function coversAll(pattern: string, { service, type }: RiskyAction): boolean {
  if (isAllStars(pattern)) return true;
  const fields = pattern.split(":");
  const [scheme, partition, ofService, region = "", account = "", ...rest] = fields;
  if (scheme !== "arn" || (partition !== "*" && partition?.startsWith("aws") !== true)) return false;
  if (ofService !== service && ofService !== "*") return false;
  // Any account or one: an account is not what fences within it.
  if (fields.length < 6)
    return fields.length > 3 && fields.slice(3).every((field) => field === "" || isAllStars(field));
  if (![region, account].every((field) => /^(?:\*|[a-z0-9-]*)$/.test(field))) return false;
  const name = rest.join(":");
  return isAllStars(name) || (type !== "" && (name === `${type}/*` || name === `${type}:*` || name === `${type}*`));
}

/** Whether another statement of the document denies the action there, without a condition. */
function isDenied(subject: Subject, { action }: RiskyAction, reach: string): boolean {
  return plainDeniesAt(subject, reach).some((deny) =>
    deny.action.patterns.some((pattern) => actionCovers(pattern, action)),
  );
}
