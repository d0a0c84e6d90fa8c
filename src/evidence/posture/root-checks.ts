/** The root user of an account. */
import { quote } from "../../text/quote.js";
import { isoTime, timeOf } from "../cloudtrail/time.js";
import type { AccountSummary, CredentialReport, CredentialRow } from "../sources/evidence.js";
import { type Check, cis, type Found, type Unchecked } from "./check.js";
import type { PostureContext } from "./context.js";
import { ageText, cellIs, dayMs, placeOfRow } from "./credentials.js";

/** So many days after its last use the root user counts as used. */
const rootUseDays = 30;

/** What an account's summary or its credential report says of the root user. */
interface RootFacts {
  readonly account: string;
  readonly summary: AccountSummary | undefined;
  readonly report: CredentialReport | undefined;
  readonly row: CredentialRow | undefined;
}

function* roots(context: PostureContext, needs: string, look: (facts: RootFacts) => Iterable<Found | Unchecked>) {
  const { credentialReports, accountSummaries } = context.evidence;
  const [reports, summaries] = [context.byAccount(credentialReports), context.byAccount(accountSummaries)];
  const accounts = new Set([...context.accounts, ...reports.keys(), ...summaries.keys()]);
  if (accounts.size === 0) yield { subject: "account", needs };
  for (const account of accounts) {
    const report = newest(reports.get(account));
    const summary = newest(summaries.get(account));
    const row = report?.rows.find(({ isRoot }) => isRoot);
    if (summary === undefined && row === undefined) yield { subject: rootOf(account), needs };
    else yield* look({ account, summary, report, row });
  }
}

function newest<Input extends { readonly at: number }>(inputs: readonly Input[] = []): Input | undefined {
  return inputs.reduce<Input | undefined>(
    (best, one) => (best === undefined || one.at > best.at ? one : best),
    undefined,
  );
}

function rootOf(account: string): string {
  return /^[0-9]{12}$/.test(account) ? `arn:aws:iam::${account}:root` : account;
}

/** A fact that the summary has as a count and the report as cells. Where they differ, whichever says `wrong` is believed. */
function says(
  { summary, report, row }: RootFacts,
  count: string,
  cells: (row: CredentialRow) => boolean | undefined,
  wrong: boolean,
): { readonly value: boolean; readonly file: string; readonly line: number } | undefined {
  const number = summary?.counts.get(count);
  const cell = row === undefined ? undefined : cells(row);
  const fromReport =
    report === undefined || cell === undefined ? undefined : { value: cell, file: report.file, line: row?.line ?? 1 };
  const fromSummary =
    summary === undefined || number === undefined ? undefined : { value: number > 0, file: summary.file, line: 1 };
  if (fromReport === undefined || fromSummary === undefined) return fromReport ?? fromSummary;
  return fromSummary.value === wrong ? fromSummary : fromReport;
}

function* fromCount(
  context: PostureContext,
  count: string,
  cells: (row: CredentialRow) => boolean | undefined,
  isWrong: boolean,
  reason: string,
): Generator<Found | Unchecked> {
  const needs = "account summary or credential report";
  yield* roots(context, needs, function* (facts) {
    const said = says(facts, count, cells, isWrong);
    const subject = rootOf(facts.account);
    if (said === undefined) yield { subject, needs };
    else if (said.value === isWrong) {
      yield { subject, reason, account: facts.account, place: { file: said.file, line: said.line, column: 1 } };
    }
  });
}

function either(row: CredentialRow, ...names: readonly string[]): boolean | undefined {
  const known = names.flatMap((name) => cellIs(row, name) ?? []);
  return known.length === 0 ? undefined : known.some((value) => value);
}

/** The checks. */
export const rootChecks: readonly Check[] = [
  {
    id: "root-access-key",
    title: "the root user has no access keys",
    severity: "high",
    standard: cis("2.4", "2.3", "1.3"),
    fix: "delete the root user's access keys; let roles do what they were used for",
    find: (context) =>
      fromCount(
        context,
        "AccountAccessKeysPresent",
        (row) => either(row, "access_key_1_active", "access_key_2_active"),
        true,
        "the root user has an access key: it can do everything, and no policy of IAM takes anything from it",
      ),
  },
  {
    id: "root-without-mfa",
    title: "the root user signs in with MFA",
    severity: "high",
    standard: cis("2.5", "2.4", "1.4"),
    fix: "register an MFA device for the root user, or take its credentials away centrally",
    find: (context) =>
      roots(context, "account summary or credential report", function* (facts) {
        const needs = "account summary or credential report";
        const subject = rootOf(facts.account);
        const said = says(facts, "AccountMFAEnabled", (row) => cellIs(row, "mfa_active"), false);
        const password = says(facts, "AccountPasswordPresent", (row) => cellIs(row, "password_enabled"), true);
        const keys = says(
          facts,
          "AccountAccessKeysPresent",
          (row) => either(row, "access_key_1_active", "access_key_2_active"),
          true,
        );
        if (said === undefined) yield { subject, needs };
        // Without a password and keys there is nothing to sign in with.
        else if (!said.value && !(password?.value === false && keys?.value === false)) {
          const reason = "the root user has no MFA: its password alone opens the account";
          yield { subject, reason, account: facts.account, place: { file: said.file, line: said.line, column: 1 } };
        }
      }),
  },
  {
    id: "root-mfa-not-hardware",
    title: "the MFA device of the root user is hardware",
    severity: "low",
    standard: cis("2.6", "2.5", "1.5"),
    fix: "register a hardware device for the root user and remove the virtual one",
    find: (context) =>
      context.latest(
        context.evidence.virtualMfaDevices,
        "list of virtual MFA devices",
        function* ({ users, file }, account) {
          if (!users.some((arn) => arn.endsWith(":root"))) return;
          const reason =
            "the MFA device of the root user is virtual: whoever has the phone or its backup has the root user";
          yield { subject: rootOf(account), reason, account, place: { file, line: 1, column: 1 } };
        },
      ),
  },
  {
    id: "root-used",
    title: "the root user does no daily work",
    severity: "medium",
    standard: cis("2.7", "2.6", "1.6"),
    fix: "work with roles; keep the root user for what only it can do",
    *find(context) {
      const seen = new Set<string>();
      for (const [account, { at, file, name, until }] of context.rootEvents) {
        if (until - at > rootUseDays * dayMs) continue;
        seen.add(account);
        const reason = `the root user called ${quote(name)} at ${isoTime(at)}`;
        yield { subject: rootOf(account), reason, account, place: { file, line: 1, column: 1 } };
      }
      yield* roots(context, "credential report", function* ({ account, report, row }) {
        if (seen.has(account)) return;
        if (report === undefined || row === undefined) {
          yield { subject: rootOf(account), needs: "credential report" };
          return;
        }
        const uses = ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"];
        const last = Math.max(...uses.map((name) => timeOf(row.cells.get(name)) ?? 0));
        if (last === 0 || report.at - last > rootUseDays * dayMs) return;
        const reason = `the root user was last used at ${isoTime(last)}, ${ageText(report.at - last)} before the report`;
        yield { subject: rootOf(account), reason, account, place: placeOfRow(report, row) };
      });
    },
  },
  {
    id: "root-signing-certificate",
    title: "the root user has no signing certificates",
    severity: "medium",
    standard: [],
    fix: "delete the root user's signing certificates",
    find: (context) =>
      fromCount(
        context,
        "AccountSigningCertificatesPresent",
        (row) => either(row, "cert_1_active", "cert_2_active"),
        true,
        "the root user has an active signing certificate",
      ),
  },
];
