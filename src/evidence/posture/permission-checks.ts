/** What policies grant more than they should: found in what is written, judged by what the whole set decides. */

import type { Statement } from "../../policy/document/document.js";
import { isServiceLinkedRole } from "../../policy/requester.js";
import { quote } from "../../text/quote.js";
import { type Attachment, type Carrier, placeOfStatement } from "./carriers.js";
import { type Check, cis, type Found, lowered, type PostureSeverity } from "./check.js";
import type { Effect, PostureContext } from "./context.js";
import {
  allowsEverything,
  asksForMfa,
  binds,
  isEveryOf,
  isEveryResource,
  namesAction,
  namesService,
  testsOn,
} from "./statements.js";

/** A grant that is looked for in statements. */
interface GrantRow {
  readonly id: string;
  readonly title: string;
  readonly severity: PostureSeverity;
  readonly standard: readonly string[];
  readonly fix: string;
  /** Whether an Allow grants it, as it is written. */
  readonly grants: (statement: Statement, attachment: Attachment) => boolean;
  /** What is asked to know whether it can be done today: any of these actions. */
  readonly asks: readonly string[];
  /** What the statement grants, for the reason. */
  readonly what: string;
}

const anyRole = /^arn:[^:]*:iam:[^:]*:[^:]*:(?:role\/)?\*+$/;
const anyKey = /^arn:[^:]*:kms:[^:]*:[^:]*:(?:key\/)?\*+$/;

/** Services whose every action is too much for one policy. */
const wholeServices: readonly (readonly [service: string, severity: PostureSeverity, asks: string])[] = [
  ["iam", "high", "iam:AttachUserPolicy"],
  ["organizations", "high", "organizations:DetachPolicy"],
  ["kms", "medium", "kms:ScheduleKeyDeletion"],
  ["cloudtrail", "medium", "cloudtrail:StopLogging"],
];

const rows: readonly GrantRow[] = [
  {
    id: "admin-policy",
    title: "no attached policy allows everything",
    severity: "high",
    standard: cis("2.14", "2.15", "1.15"),
    fix: "attach a policy with what is needed: `verdict generate` makes one of what was used",
    grants: allowsEverything,
    asks: [
      "iam:AttachUserPolicy",
      "iam:AttachRolePolicy",
      "iam:CreatePolicyVersion",
      "iam:PutUserPolicy",
      "iam:PutRolePolicy",
    ],
    what: "every action on every resource",
  },
  ...wholeServices.map(
    ([service, severity, asks]): GrantRow => ({
      id: `full-access-to-${service}`,
      title: `no attached policy allows all of ${service}`,
      severity,
      standard: [],
      fix: `name the actions of ${service} that are needed`,
      grants: (statement) => namesService(statement, service) && isEveryResource(statement),
      asks: [asks],
      what: `every action of ${quote(service)} on every resource`,
    }),
  ),
  {
    id: "kms-decrypt-everywhere",
    title: "nobody may decrypt with every key",
    severity: "medium",
    standard: [],
    fix: "name the keys, or bind by `kms:ViaService` and the encryption context",
    grants: (statement) =>
      (namesAction(statement, "kms:Decrypt") || namesAction(statement, "kms:ReEncryptFrom")) &&
      !namesService(statement, "kms") &&
      isEveryOf(statement, anyKey),
    asks: ["kms:Decrypt", "kms:ReEncryptFrom"],
    what: "to decrypt with every key",
  },
  {
    id: "pass-role-everywhere",
    title: "nobody may pass every role to every service",
    severity: "high",
    standard: [],
    fix: "name the roles, and the services by `iam:PassedToService`",
    grants: (statement) =>
      namesAction(statement, "iam:PassRole") &&
      isEveryOf(statement, anyRole) &&
      !testsOn(statement, "iam:passedtoservice").some(binds),
    asks: ["iam:PassRole"],
    what: "to pass every role to every service",
  },
  {
    id: "assume-role-everywhere",
    title: "nobody may assume every role",
    severity: "medium",
    standard: [],
    fix: "name the roles",
    grants: (statement) => namesAction(statement, "sts:AssumeRole") && isEveryOf(statement, anyRole),
    asks: ["sts:AssumeRole"],
    what: "to assume every role that trusts it",
  },
  {
    id: "allow-not-action",
    title: "an Allow lists the actions that it allows",
    severity: "medium",
    standard: [],
    fix: "write `Action` with what is needed: `NotAction` also allows what AWS adds tomorrow",
    grants: ({ action }) => action.negated,
    asks: ["*"],
    what: "whatever `NotAction` does not list",
  },
  {
    id: "cloudshell-full-access",
    title: "AWSCloudShellFullAccess is attached to few",
    severity: "low",
    standard: cis("2.20", "2.21", "1.21"),
    fix: "detach AWSCloudShellFullAccess, or attach a policy without file transfer",
    grants: (_statement, { policy }) => /^arn:[^:]*:iam::aws:policy\/AWSCloudShellFullAccess$/.test(policy.name),
    asks: ["cloudshell:CreateSession"],
    what: "all of CloudShell, files in and out among it",
  },
];

function checkOf({ id, title, severity, standard, fix, grants, asks, what }: GrantRow): Check {
  return {
    id,
    title,
    severity,
    standard,
    fix,
    *find(context) {
      for (const carrier of context.carriers) {
        if (isServiceLinkedRole(carrier.arn)) continue;
        for (const attachment of carrier.attachments) {
          const granting = attachment.policy.document.statements.find(
            (statement) => statement.effect === "Allow" && grants(statement, attachment),
          );
          if (granting === undefined) continue;
          yield judged(context, carrier, attachment, granting, { severity, asks, what });
        }
      }
    },
  };
}

/** The finding of one attachment: as heavy as what can be done today. */
function judged(
  context: PostureContext,
  carrier: Carrier,
  { policy, how }: Attachment,
  statement: Statement,
  { severity, asks, what }: Pick<GrantRow, "severity" | "asks" | "what">,
): Found {
  const name = how === "inline" ? `inline policy ${quote(policy.name)}` : `policy ${quote(policy.name)}`;
  const mfa = asksForMfa(statement) ? ", with MFA" : "";
  const base = {
    subject: carrier.arn,
    account: carrier.account,
    detail: policy.name,
    statement,
    place: placeOfStatement(statement) ?? carrier.place,
  };
  const says = `${name} allows ${what}${mfa}`;
  if (carrier.kind === "group" && carrier.members.length === 0) {
    return { ...base, severity: lowered(severity), effective: false, reason: `${says}; nobody is in the group today` };
  }
  const effects = (carrier.kind === "group" ? carrier.members : [carrier.arn]).map((arn) => context.effect(arn, asks));
  const allowed = effects.find((effect): effect is Extract<Effect, { kind: "allowed" }> => effect.kind === "allowed");
  if (allowed !== undefined) return { ...base, severity, effective: true, reason: says, witness: allowed.witness };
  const stopped = effects.find((effect): effect is Extract<Effect, { kind: "stopped" }> => effect.kind === "stopped");
  // What could not be decided may be possible.
  if (stopped === undefined || effects.some(({ kind }) => kind === "unknown")) {
    const why = effects.find(({ kind }) => kind === "unknown");
    const because = why !== undefined && "because" in why ? why.because : "";
    return { ...base, severity, reason: `${says}; whether it can be done today could not be decided: ${because}` };
  }
  const { because, counterexample } = stopped;
  return { ...base, severity: lowered(severity), effective: false, reason: `${says}; ${because}`, counterexample };
}

/** What only somebody with MFA should do, and hardly anybody to themselves alone. */
const sensitiveActions = [
  "iam:CreateUser",
  "iam:AttachUserPolicy",
  "iam:PutUserPolicy",
  "iam:AttachRolePolicy",
  "iam:CreatePolicyVersion",
  "kms:ScheduleKeyDeletion",
  "cloudtrail:StopLogging",
  "cloudtrail:DeleteTrail",
  "organizations:LeaveOrganization",
  "s3:DeleteBucket",
];

/** The checks. */
export const permissionChecks: readonly Check[] = [
  ...rows.map(checkOf),
  {
    id: "sensitive-without-mfa",
    title: "users do what is dangerous with MFA only",
    severity: "medium",
    standard: [],
    fix: "add a Deny for requests without `aws:MultiFactorAuthPresent`, or let the user assume a role that asks for it",
    *find(context) {
      for (const { kind, arn, account, place } of context.carriers) {
        if (kind !== "user") continue;
        const effect = context.effectWithoutMfa(arn, sensitiveActions);
        if (effect.kind !== "allowed") continue;
        const what = effect.witness === undefined ? "what is dangerous" : quote(effect.witness.action);
        yield { subject: arn, account, place, reason: `the user may do ${what} without MFA`, witness: effect.witness };
      }
    },
  },
  {
    id: "boundary-removable",
    title: "nobody takes away their own permissions boundary",
    severity: "high",
    standard: [],
    fix: "deny to change the boundary in the boundary itself",
    *find(context) {
      for (const { kind, arn, account, boundary, place } of context.carriers) {
        if (boundary === undefined || kind === "group") continue;
        const noun = kind === "user" ? "User" : "Role";
        const actions = [`iam:Delete${noun}PermissionsBoundary`, `iam:Put${noun}PermissionsBoundary`];
        const effect = context.effect(arn, actions, [arn]);
        if (effect.kind !== "allowed") continue;
        const reason = `the ${kind} may take away its own permissions boundary ${quote(boundary.name)}`;
        yield { subject: arn, account, place, reason, witness: effect.witness };
      }
    },
  },
];
