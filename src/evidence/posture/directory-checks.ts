/** How users, groups, roles and policies are kept: attachments, memberships, what nobody uses. */

import { accountOfArn, isServiceLinkedRole } from "../../policy/requester.js";
import { isJsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import { positionOf } from "../../text/tree-place.js";
import { isoTime, timeOf } from "../cloudtrail/time.js";
import { entityOfReport } from "../sources/entity-of-report.js";
import { objectsOf, textOf } from "../sources/recognised.js";
import { type Check, cis } from "./check.js";
import { ageText, dayMs } from "./credentials.js";
import { allowsEverything, isEveryResource, namesAction, namesService } from "./statements.js";

/** Days after which a role that nobody uses should be gone. */
const unusedRoleDays = 90;

/** The checks. */
export const directoryChecks: readonly Check[] = [
  {
    id: "user-with-direct-policy",
    title: "users get permissions through groups only",
    severity: "low",
    standard: cis("2.13", "2.14", "1.14"),
    fix: "attach the policies to a group, or let the user assume a role",
    *find({ carriers }) {
      for (const { kind, arn, account, attachments, place } of carriers) {
        const [first, ...more] = kind === "user" ? attachments : [];
        if (first === undefined) continue;
        const others = more.length === 0 ? "" : ` and ${more.length} more`;
        yield {
          subject: arn,
          account,
          place,
          reason: `policy ${quote(first.policy.name)}${others} is attached to the user itself`,
        };
      }
    },
  },
  {
    id: "inline-policy",
    title: "policies are managed, not inline",
    severity: "low",
    standard: [],
    fix: "make a managed policy of it, which has versions and can be found",
    *find({ carriers }) {
      for (const { kind, arn, account, attachments, place } of carriers) {
        if (isServiceLinkedRole(arn)) continue;
        for (const { how, policy } of attachments) {
          if (how !== "inline") continue;
          const at = policy.document.source.positionAt(policy.document.offset);
          const reason = `policy ${quote(policy.name)} is written into the ${kind}`;
          yield { subject: arn, account, detail: policy.name, place: at.file === "" ? place : at, reason };
        }
      }
    },
  },
  {
    id: "group-without-users",
    title: "groups have users",
    severity: "low",
    standard: [],
    fix: "delete the group",
    *find({ carriers }) {
      for (const { kind, arn, account, members, place } of carriers) {
        if (kind === "group" && members.length === 0)
          yield { subject: arn, account, place, reason: "nobody is in the group" };
      }
    },
  },
  {
    id: "user-without-groups",
    title: "users are in groups",
    severity: "low",
    standard: [],
    fix: "put the user into the groups of its tasks, or delete it",
    *find({ carriers }) {
      for (const { kind, arn, account, groups, place } of carriers) {
        if (kind === "user" && groups.length === 0)
          yield { subject: arn, account, place, reason: "the user is in no group" };
      }
    },
  },
  {
    id: "support-role-missing",
    title: "somebody may handle incidents with AWS Support",
    severity: "low",
    standard: cis("2.15", "2.16", "1.16"),
    fix: "make a role with AWSSupportAccess that people can assume",
    *find({ carriers }) {
      const accounts = new Set(carriers.map(({ account }) => account));
      const supported = new Set(
        carriers.flatMap(({ account, attachments }) =>
          attachments.some(({ policy }) => /(?:^|\/)AWSSupportAccess$/.test(policy.name)) ? [account] : [],
        ),
      );
      for (const account of accounts) {
        if (supported.has(account)) continue;
        yield { subject: account, account, reason: "AWSSupportAccess is attached to nobody in the account" };
      }
    },
  },
  {
    id: "dangerous-policy-unattached",
    title: "no policy that allows too much waits to be attached",
    severity: "low",
    standard: [],
    fix: "delete the policy",
    *find({ carriers, declarations }) {
      const attached = new Set(
        carriers.flatMap(({ attachments, boundary }) => [...attachments.map(({ policy }) => policy), boundary]),
      );
      const attachedNames = new Set([...attached].flatMap((policy) => policy?.name ?? []));
      for (const { policy, arn, place } of declarations.policies) {
        if (arn === undefined || attachedNames.has(policy.name) || !/^arn:[^:]*:iam::[0-9]{12}:policy\//.test(arn))
          continue;
        const isDangerous = policy.document.statements.some(
          (statement) =>
            allowsEverything(statement) ||
            (statement.effect === "Allow" &&
              isEveryResource(statement) &&
              (namesService(statement, "iam") || namesAction(statement, "iam:PassRole"))),
        );
        if (!isDangerous) continue;
        const account = arn.split(":")[4];
        yield {
          subject: arn,
          account,
          place: positionOf(place),
          reason: "the policy allows too much and is attached to nobody",
        };
      }
    },
  },
  {
    id: "role-unused",
    title: `roles that nobody uses for ${unusedRoleDays} days are deleted`,
    severity: "low",
    standard: [],
    fix: "deny what the role may do for a while, then delete it",
    *find({ carriers, details, accounts }) {
      const told = new Set<string>();
      for (const { kind, arn, name, account, place } of carriers) {
        if (kind !== "role") continue;
        const detail = details.get(arn);
        if (detail === undefined || !("RoleLastUsed" in detail.detail)) continue;
        told.add(account);
        // What AWS makes and needs now and then.
        if (isServiceLinkedRole(arn) || /^(?:stacksets-exec-|AWSCloudFormationStackSet)/.test(name)) continue;
        const { RoleLastUsed, CreateDate } = detail.detail;
        const last = isJsonObject(RoleLastUsed) ? timeOf(RoleLastUsed.LastUsedDate) : undefined;
        const created = timeOf(CreateDate);
        const since = last ?? created;
        if (since === undefined || detail.at - since <= unusedRoleDays * dayMs) continue;
        const age = ageText(detail.at - since);
        const reason =
          last === undefined
            ? `the role is from ${isoTime(since)} and was not used within 400 days, ${age} before the export`
            : `the role was last used at ${isoTime(last)}, ${age} before the export`;
        yield { subject: arn, account, place, reason };
      }
      for (const account of accounts) {
        const hasRoles = carriers.some((one) => one.kind === "role" && one.account === account);
        if (hasRoles && !told.has(account))
          yield { subject: account, needs: "account authorization details with RoleLastUsed" };
      }
    },
  },
  {
    id: "service-unused",
    title: "nobody keeps permissions for services that they do not use",
    severity: "low",
    standard: [],
    fix: "take the service out of the principal's policies: `verdict generate` makes one of what was used",
    *find(context) {
      const { carriers, evidence, accounts } = context;
      if (evidence.lastAccessed.length === 0) {
        for (const subject of accounts) yield { subject, needs: "service-last-accessed reports" };
        return;
      }
      const arns = carriers.map(({ arn }) => arn);
      for (const report of evidence.lastAccessed) {
        const { services, file } = report;
        const entity = entityOfReport(report, arns);
        if (entity.arn === undefined) {
          yield { subject: file, needs: entity.needs };
          continue;
        }
        const unused = services
          .filter(({ lastAuthenticated }) => lastAuthenticated === undefined)
          .map(({ namespace }) => namespace);
        if (unused.length === 0) continue;
        const names = unused.slice(0, 5).map(quote).join(", ");
        const more = unused.length > 5 ? ` and ${unused.length - 5} more` : "";
        yield {
          subject: entity.arn,
          account: accountOfArn(entity.arn),
          place: { file, line: 1, column: 1 },
          reason: `permitted and not used within 400 days: ${names}${more}`,
        };
      }
    },
  },
  {
    id: "managed-policy-versions",
    title: "a policy has room for another version",
    severity: "low",
    standard: [],
    fix: "delete versions that are not needed",
    *find({ details }) {
      for (const [arn, { detail, file, account }] of details) {
        const versions = objectsOf(detail.PolicyVersionList);
        if (versions === undefined || versions.length < 5 || textOf(detail.DefaultVersionId) === undefined) continue;
        if (arn.includes(":iam::aws:")) continue;
        yield {
          subject: arn,
          account,
          place: { file, line: 1, column: 1 },
          reason: "the policy has five versions, which is the most: an older one is easily set again",
        };
      }
    },
  },
];
