/** What limits take away: permissions that are written down and never allowed, boundaries that are prescribed and missing. */
import type { Statement } from "../../policy/document/document.js";
import { isServiceLinkedRole } from "../../policy/requester.js";
import { quote } from "../../text/quote.js";
import { type Carrier, placeOfStatement } from "./carriers.js";
import type { Check } from "./check.js";
import type { PostureContext } from "./context.js";
import { isEveryAction, namesAction, testsOn } from "./statements.js";

/** Calls that make somebody, or change a boundary. */
const makingActions = [
  "iam:CreateUser",
  "iam:CreateRole",
  "iam:PutUserPermissionsBoundary",
  "iam:PutRolePermissionsBoundary",
];

/** The checks. */
export const limitChecks: readonly Check[] = [
  {
    id: "permission-dead",
    title: "what a policy allows is allowed",
    severity: "low",
    standard: [],
    fix: "take the statement out, or lift what stops it",
    *find(context) {
      for (const carrier of context.carriers) {
        const who = carrier.kind === "group" ? carrier.members : [carrier.arn];
        if (who.length === 0 || isServiceLinkedRole(carrier.arn) || !isLimited(context, carrier)) continue;
        for (const { policy } of carrier.attachments) {
          for (const [index, statement] of policy.document.statements.entries()) {
            const stopped = stoppedFor(context, who, statement);
            if (stopped === undefined) continue;
            const { arn: subject, account, place } = carrier;
            yield {
              subject,
              account,
              statement,
              detail: `${policy.name} ${index}`,
              place: placeOfStatement(statement) ?? place,
              reason: `policy ${quote(policy.name)} allows it in vain: ${stopped.because}`,
              counterexample: stopped.counterexample,
              effective: false,
            };
          }
        }
      }
    },
  },
  {
    id: "boundary-missing",
    title: "who has to have a permissions boundary has it",
    severity: "low",
    standard: [],
    fix: "set the boundary on those who were made without it",
    *find({ carriers }) {
      const accounts = new Set(carriers.map(({ account }) => account));
      for (const account of accounts) {
        const own = carriers.filter((one) => one.account === account);
        for (const [boundary, statement] of prescribedBy(own)) {
          const name = boundary.slice(boundary.lastIndexOf("/") + 1);
          const without = own.filter(
            (one) => one.kind !== "group" && one.boundary === undefined && !isServiceLinkedRole(one.arn),
          );
          if (without.length === 0) continue;
          const some = without.slice(0, 3).map((one) => quote(one.name));
          const more = without.length > 3 ? ` and ${without.length - 3} more` : "";
          yield {
            subject: account,
            account,
            statement,
            detail: boundary,
            place: placeOfStatement(statement),
            reason: `boundary ${quote(name)} is prescribed for new users and roles, and ${some.join(", ")}${more} have none`,
          };
        }
      }
    },
  },
];

/** Whether anything but what somebody was given counts: a boundary, or an SCP that is not full access alone. */
function isLimited({ auditor, carriers }: PostureContext, { kind, account, boundary, members }: Carrier): boolean {
  const levels = auditor.terms.set.accounts.find(({ id }) => id === account)?.serviceControlPolicies ?? [];
  if (levels.some((level) => level.some(({ name }) => !/(?:^|\/|p-)FullAWSAccess$/.test(name)))) return true;
  return kind === "group"
    ? carriers.some((one) => members.includes(one.arn) && one.boundary !== undefined)
    : boundary !== undefined;
}

/** What keeps every one of some principals from all that a statement allows; undefined where somebody is allowed some of it. */
function stoppedFor(
  context: PostureContext,
  who: readonly string[],
  { effect, action, resource }: Statement,
): Stopped | undefined {
  if (effect !== "Allow" || action.negated || resource === undefined || resource.negated) return undefined;
  if (resource.patterns.some((pattern) => pattern.includes("${"))) return undefined;
  let first: Stopped | undefined;
  for (const principal of who) {
    const found = context.effect(principal, action.patterns, resource.patterns);
    if (found.kind !== "stopped") return undefined;
    first ??= found;
  }
  return first;
}

type Stopped = Extract<ReturnType<PostureContext["effect"]>, { readonly kind: "stopped" }>;

/** The boundaries without which some policy lets nobody be made, with the statement that says so. */
function prescribedBy(carriers: readonly Carrier[]): ReadonlyMap<string, Statement> {
  const found = new Map<string, Statement>();
  for (const { attachments } of carriers) {
    for (const { policy } of attachments) {
      for (const statement of policy.document.statements) {
        const isMaking = isEveryAction(statement) || makingActions.some((action) => namesAction(statement, action));
        if (!isMaking) continue;
        for (const { operator, values } of testsOn(statement, "iam:permissionsboundary")) {
          if (operator.kind === "Null" || operator.negated !== (statement.effect === "Deny")) continue;
          for (const value of values) if (!found.has(value)) found.set(value, statement);
        }
      }
    }
  }
  return found;
}
