/** Advice about `Principal` and `NotPrincipal` (NPR-2, NPR-6, SVC-4, SVC-6, VPCE-3, DOC-10), and about who is everyone. */

import { hasWildcard, isAllStars, parseArn, splitArnFields } from "../policy/document/arn.js";
import { shiftedField } from "../policy/document/arn-shift.js";
import type { ConditionTest, PrincipalEntry } from "../policy/document/document.js";
import { actionCovers } from "../policy/document/pattern-cover.js";
import { isAwsServiceName } from "../policy/requester.js";
import { quote } from "../text/quote.js";
import { denyingStatement, hasDeny } from "./redundancy.js";
import {
  advise,
  arnForm,
  elementPlace,
  type PlacedEntry,
  type PlacedStatement,
  placedEntries,
  type Subject,
} from "./subject.js";

/** Adds what there is to say about the principals of a statement. */
export function advisePrincipals(subject: Subject, placed: PlacedStatement): void {
  const { principal, effect } = placed.statement;
  if (principal === undefined) return;
  const entries = placedEntries(subject, placed);
  const place = elementPlace(placed, "Principal");
  if (entries.length === 0) {
    const cause = principal.negated ? "is empty: nobody is exempt" : "is empty: the statement applies to nobody";
    advise(subject, "DOC-10", "warning", place, cause, "name principals, or leave the statement out");
    return;
  }
  if (subject.profile === "aws") {
    for (const entry of entries) {
      adviseFields(subject, entry);
      adviseStranger(subject, entry);
      adviseService(subject, entry);
    }
  }
  if (principal.negated) {
    adviseNotPrincipal(subject, placed, entries);
    return;
  }
  const everyone = entries.find(({ entry }) => entry.kind === "everyone");
  if (everyone !== undefined) adviseEveryone(subject, placed, entries, everyone);
  else if (subject.type === "endpoint") {
    const cause =
      "names principals; AWS asks for `*` here, and reads accounts as their root users in gateway endpoints";
    advise(subject, "VPCE-3", "warning", place, cause, 'write "Principal": "*" and a condition on `aws:PrincipalArn`');
  }
  if (subject.type === "trust" && effect === "Allow")
    for (const entry of entries) adviseProvider(subject, placed, entry);
}

/** What `parseAwsPrincipal` refuses does not get here. */
function adviseFields(subject: Subject, { entry, ...place }: PlacedEntry): void {
  const arn = "arn" in entry ? entry.arn : entry.kind === "federated" ? entry.name : "";
  const shifted = shiftedField(splitArnFields(arn), "field");
  if (shifted === undefined) return;
  advise(subject, "LINT-ARN-FIELDS", "warning", place, `${quote(arn)} ${shifted}: it names nobody of AWS`, arnForm);
}

/** AWS stores no policy that names a user or role who is not there. */
function adviseStranger(subject: Subject, { entry, ...place }: PlacedEntry): void {
  if (entry.kind !== "user" && entry.kind !== "role" && entry.kind !== "session") return;
  const problem = subject.principals?.problemOf(entry.arn);
  if (problem === undefined) return;
  const fix = problem.meant === undefined ? "declare it, or leave it out" : `write \`${problem.meant}\``;
  advise(subject, "LINT-PRINCIPAL", "warning", place, `${quote(entry.arn)} names nobody: ${problem.cause}`, fix);
}

/** Under another name no service can ask (IN-2), and AWS stores no policy that has one. */
function adviseService(subject: Subject, { entry, ...place }: PlacedEntry): void {
  if (entry.kind !== "service" || isAwsServiceName(entry.name) || /\.aws\.[a-z]+$/.test(entry.name)) return;
  const [first = ""] = entry.name.split(".");
  const cause = `${quote(entry.name)} names nobody: services of AWS have names that end in \`.amazonaws.com\``;
  const meant = /^[a-z0-9-]+$/.test(first) ? `${first}.amazonaws.com` : "service.amazonaws.com";
  advise(subject, "LINT-PRINCIPAL", "warning", place, cause, `write \`${meant}\``);
}

function adviseEveryone(
  subject: Subject,
  placed: PlacedStatement,
  entries: readonly PlacedEntry[],
  everyone: PlacedEntry,
): void {
  const { statement } = placed;
  for (const other of entries) {
    if (other === everyone) continue;
    const cause = "`*` in the same element names everyone already";
    advise(subject, "LINT-REDUNDANT-PRINCIPAL", "suggestion", other, cause, "leave one of the two out");
  }
  if (statement.effect !== "Allow") return;
  if (subject.type === "trust" && statement.principal?.bareStar === true) {
    const cause = "AWS's validator refuses the bare `*` in a trust policy";
    advise(subject, "SVC-4", "warning", everyone, cause, "name the accounts, roles or users that may assume the role");
  }
  if ((subject.type !== "resource" && subject.type !== "trust") || subject.refusesPublic) return;
  if (!statement.conditions.every(fixesNobody) || denyingStatement(subject, placed) !== undefined) return;
  const who = subject.type === "trust" ? "every principal of every account" : "everyone, anonymous callers included";
  const cause = `allows ${who}: no condition narrows it${hasDeny(subject) ? ", only Deny statements may" : ""}`;
  const fix = "name the principals, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`";
  advise(subject, "LINT-PUBLIC", "securityWarning", everyone, cause, fix);
}

/** Keys that say nothing about who calls or from where. */
const openKeys: ReadonlySet<string> = new Set(
  ["aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:UserAgent", "aws:RequestedRegion"].map((key) =>
    key.toLowerCase(),
  ),
);

/** True only if everyone can satisfy the test (SVC-9). */
function fixesNobody({ operator, key, values }: ConditionTest): boolean {
  const folded = key.toLowerCase();
  if (openKeys.has(folded)) return true;
  if (operator.negated || operator.kind === "Null") return false;
  if (folded === "aws:sourceip") return values.includes("0.0.0.0/0") || values.includes("::/0");
  return (operator.kind === "StringLike" || operator.kind === "ArnLike") && values.some(isAllStars);
}

function adviseNotPrincipal(subject: Subject, placed: PlacedStatement, entries: readonly PlacedEntry[]): void {
  const kinds = new Set(entries.map(({ entry }) => entry.kind));
  if (kinds.has("everyone")) {
    const cause =
      subject.profile === "aws"
        ? "exempts everyone: the statement applies to principals with a permissions boundary only"
        : "exempts everyone: the statement applies to nobody";
    advise(
      subject,
      "LINT-NEVER",
      "securityWarning",
      elementPlace(placed, "Principal"),
      cause,
      "leave the statement out",
    );
    return;
  }
  const accounts = new Set(entries.flatMap(({ entry }) => (entry.kind === "account" ? [entry.account] : [])));
  for (const { entry, ...place } of entries) {
    const account = "arn" in entry ? parseArn(entry.arn)?.account : undefined;
    if (account === undefined || accounts.has(account) || !("arn" in entry)) continue;
    const cause = `does not exempt ${quote(entry.arn)}: its account is not listed`;
    advise(subject, "NPR-2", "warning", place, cause, `list ${quote(account)} as well`);
  }
  const cause =
    subject.profile === "aws"
      ? "exempts whole chains only, and nobody who has a permissions boundary"
      : "exempts whole chains of account, role and session only";
  advise(subject, "NPR-6", "warning", elementPlace(placed, "Principal"), cause, replacement(entries));
}

function replacement(entries: readonly PlacedEntry[]): string {
  const arns = entries.flatMap(({ entry }) => principalArns(entry));
  const parts = ['"Principal": "*"'];
  if (arns.length > 0) parts.push(`"ArnNotLike": {"aws:PrincipalArn": ${JSON.stringify([...new Set(arns)])}}`);
  if (entries.some(({ entry }) => entry.kind === "service")) {
    parts.push('"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}');
  }
  return parts.length > 1
    ? `write ${parts[0]} with the condition ${parts.slice(1).join(", ")}`
    : 'write "Principal": "*" with a condition on `aws:PrincipalArn`';
}

/** What `aws:PrincipalArn` of the principal is (CTX-4). Accounts are links of a chain, not exceptions themselves. */
function principalArns(entry: PrincipalEntry): readonly string[] {
  if (entry.kind === "user" || entry.kind === "role" || entry.kind === "federatedUser") return [entry.arn];
  return [];
}

/** Providers that many organizations share: who trusts one of them has to say which subject (SVC-6). */
const sharedIssuers: readonly (readonly [name: string, fixed: "subject or audience" | "subject"])[] = [
  ["accounts.google.com", "subject or audience"],
  ["cognito-identity.amazonaws.com", "subject or audience"],
  ["graph.facebook.com", "subject or audience"],
  ["www.amazon.com", "subject or audience"],
  // Their tokens all have the audience that the trusting side asks for.
  ["token.actions.githubusercontent.com", "subject"],
  ["gitlab.com", "subject"],
  ["app.terraform.io", "subject"],
  ["agent.buildkite.com", "subject"],
];

function adviseProvider(subject: Subject, placed: PlacedStatement, { entry, ...place }: PlacedEntry): void {
  if (entry.kind !== "federated") return;
  const issuer = entry.name.replace(/^arn:[^:]*:iam::[^:]*:oidc-provider\//, "");
  const shared = sharedIssuers.find(([name]) => name === issuer);
  const { action, conditions } = placed.statement;
  const assumes =
    action.negated || action.patterns.some((pattern) => actionCovers(pattern, "sts:AssumeRoleWithWebIdentity"));
  if (shared === undefined || !assumes) return;
  const [, fixed] = shared;
  const isFixed = conditions.some((test) => narrowsIssuer(test, issuer, fixed));
  if (isFixed) return;
  const cause = `trusts everyone whom ${quote(issuer)} knows: no condition fixes the ${fixed}`;
  const name = fixed === "subject" ? `${issuer}:sub` : `${issuer}:aud`;
  advise(subject, "SVC-6", "securityWarning", place, cause, `add a condition on \`${name}\``);
}

/** Any claim but the audience can name the subject: repository, workflow, project. */
function narrowsIssuer({ operator, key, values }: ConditionTest, issuer: string, fixed: string): boolean {
  const folded = key.toLowerCase();
  if (!folded.startsWith(`${issuer}:`) || operator.negated || operator.kind === "Null") return false;
  if (fixed === "subject" && folded === `${issuer}:aud`) return false;
  return !(operator.kind === "StringLike" && values.some((value) => hasWildcard(value) && /^[*?]*$/.test(value)));
}
