/** Passwords, keys and MFA of users, out of the credential report. Ages are counted to the day of the report. */

import { isoTime, timeOf } from "../cloudtrail/time.js";
import type { CredentialReport, CredentialRow } from "../sources/evidence.js";
import { type Check, cis, type Found, type Unchecked } from "./check.js";
import type { PostureContext } from "./context.js";
import { ageText, cellIs, dayMs, placeOfRow } from "./credentials.js";

/** Days after which a credential that nobody uses should be gone. */
const unusedDays = 45;
/** Days after which a key should be another one. */
const keyDays = 90;
/** A key that is so many milliseconds younger than its user was made with it. */
const togetherMs = 10_000;

const keyNumbers = [1, 2] as const;

function users(
  context: PostureContext,
  look: (row: CredentialRow, report: CredentialReport) => Iterable<Omit<Found, "subject" | "place" | "account">>,
): Iterable<Found | Unchecked> {
  return context.latest(context.evidence.credentialReports, "credential report", function* (report, account) {
    for (const row of report.rows) {
      if (row.isRoot) continue;
      for (const found of look(row, report)) {
        yield { subject: row.arn || row.user, account, place: placeOfRow(report, row), ...found };
      }
    }
  });
}

/** What is wrong with a credential that was last used, or never; undefined if it was used lately. */
function idle(
  report: CredentialReport,
  used: string | undefined,
  since: readonly (string | undefined)[],
): string | undefined {
  const last = timeOf(used);
  if (last !== undefined) {
    return report.at - last >= unusedDays * dayMs ? `was last used at ${isoTime(last)}` : undefined;
  }
  const known = since.map(timeOf).find((time) => time !== undefined);
  if (known === undefined || report.at - known < unusedDays * dayMs) return undefined;
  return `was never used since ${isoTime(known)}`;
}

/** The checks. */
export const credentialChecks: readonly Check[] = [
  {
    id: "user-without-mfa",
    title: "users with a password have MFA",
    severity: "high",
    standard: cis("2.10", "2.9", "1.9"),
    fix: "register an MFA device for the user, or take the password away",
    find: (context) =>
      users(context, function* (row) {
        if (cellIs(row, "password_enabled") !== true || cellIs(row, "mfa_active") !== false) return;
        yield { reason: "the user has a password and no MFA" };
      }),
  },
  {
    id: "credential-unused",
    title: `credentials that nobody uses for ${unusedDays} days are disabled`,
    severity: "medium",
    standard: cis("2.11", "2.11", "1.11"),
    fix: "deactivate the credential, and delete it when nobody asks for it",
    find: (context) =>
      users(context, function* (row, report) {
        const { cells } = row;
        const created = cells.get("user_creation_time");
        if (cellIs(row, "password_enabled") === true) {
          const how = idle(report, cells.get("password_last_used"), [cells.get("password_last_changed"), created]);
          if (how !== undefined) yield { detail: "password", reason: `the password ${how}` };
        }
        for (const number of keyNumbers) {
          if (cellIs(row, `access_key_${number}_active`) !== true) continue;
          const used = cells.get(`access_key_${number}_last_used_date`);
          const how = idle(report, used, [cells.get(`access_key_${number}_last_rotated`), created]);
          if (how !== undefined) yield { detail: `access key ${number}`, reason: `access key ${number} ${how}` };
        }
      }),
  },
  {
    id: "key-older-than",
    title: `access keys are replaced within ${keyDays} days`,
    severity: "medium",
    standard: cis("2.12", "2.13", "1.13"),
    fix: "make a new key, let the old one rest, then delete it; better: a role and no key",
    find: (context) =>
      users(context, function* (row, report) {
        for (const number of keyNumbers) {
          if (cellIs(row, `access_key_${number}_active`) !== true) continue;
          const rotated = timeOf(row.cells.get(`access_key_${number}_last_rotated`));
          if (rotated === undefined || report.at - rotated <= keyDays * dayMs) continue;
          const age = ageText(report.at - rotated);
          yield {
            detail: `access key ${number}`,
            reason: `access key ${number} is from ${isoTime(rotated)}, ${age} before the report`,
          };
        }
      }),
  },
  {
    id: "several-active-keys",
    title: "a user has one active access key at most",
    severity: "low",
    standard: cis(undefined, "2.12", "1.12"),
    fix: "deactivate the key that is not needed",
    find: (context) =>
      users(context, function* (row) {
        if (keyNumbers.every((number) => cellIs(row, `access_key_${number}_active`) === true)) {
          yield { reason: "both access keys of the user are active" };
        }
      }),
  },
  {
    id: "key-made-with-user",
    title: "no access key is made together with its user",
    severity: "low",
    standard: cis(undefined, "2.10", "1.10"),
    fix: "delete the key unless somebody needs it",
    find: (context) =>
      users(context, function* (row) {
        const created = timeOf(row.cells.get("user_creation_time"));
        for (const number of keyNumbers) {
          const rotated = timeOf(row.cells.get(`access_key_${number}_last_rotated`));
          const isActive = cellIs(row, `access_key_${number}_active`) === true;
          if (!isActive || created === undefined || rotated === undefined || Math.abs(rotated - created) > togetherMs)
            continue;
          yield { detail: `access key ${number}`, reason: `access key ${number} was made together with the user` };
        }
      }),
  },
  {
    id: "user-signing-certificate",
    title: "users have no signing certificates",
    severity: "low",
    standard: [],
    fix: "delete the certificate unless something still signs with it",
    find: (context) =>
      users(context, function* (row) {
        for (const number of keyNumbers) {
          if (cellIs(row, `cert_${number}_active`) !== true) continue;
          yield { detail: `certificate ${number}`, reason: `signing certificate ${number} of the user is active` };
        }
      }),
  },
];
