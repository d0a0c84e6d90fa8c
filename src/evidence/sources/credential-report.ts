/** The credential report: CSV as it comes, or in base64 inside of the answer of `get-credential-report`. */
import { type CsvRecord, readCsv } from "../../files/csv.js";
import { quote } from "../../text/quote.js";
import { timeOf } from "../cloudtrail/time.js";
import type { CredentialRow, Evidence } from "./evidence.js";
import { accountsOfArns, type Recognised, type Recogniser, textOf } from "./recognised.js";

/** Whether a text begins as a report does. */
export function isCredentialReport(text: string): boolean {
  return /^\ufeff?"?user"?,"?arn"?,"?user_creation_time"?,/i.test(text);
}

/** The report that a text holds; undefined if it cannot be read. `generated`: when it was made, if that is known. */
export function credentialReport(
  text: string,
  generated: number | undefined,
  { credentialReports }: Evidence,
): Recognised | undefined {
  const records = readCsv(text);
  const [header, ...rest] = records ?? [];
  if (header === undefined) return undefined;
  const names = header.cells.map((name) => name.trim().toLowerCase());
  const rows = rest.flatMap(({ line, cells }): readonly CredentialRow[] => {
    const byName = new Map(names.map((name, index) => [name, cells[index] ?? ""]));
    const [user = "", arn = ""] = [byName.get("user"), byName.get("arn")];
    return user === "" ? [] : [{ user, arn, isRoot: user === "<root_account>", line, cells: byName }];
  });
  return {
    kind: "credential report",
    accounts: accountsOfArns(rows.map(({ arn }) => arn)),
    told: generated,
    entries: rows.length,
    troubles: troublesOf(names, rows, rest),
    take: (from) => credentialReports.push({ ...from, rows }),
  };
}

/** `get-credential-report`. */
export const wrappedCredentialReport: Recogniser = (value, _origin, evidence) => {
  const content = textOf(value.Content);
  if (content === undefined || !isCredentialReport(Buffer.from(content.slice(0, 128), "base64").toString("utf8")))
    return undefined;
  const text = Buffer.from(content, "base64").toString("utf8");
  return credentialReport(text, timeOf(value.GeneratedTime), evidence);
};

const columnsOf = (what: string, some: readonly string[]): readonly string[] => some.map((name) => `${what}_${name}`);
const keys = ["access_key_1", "access_key_2"];
const truths = [
  "password_enabled",
  "mfa_active",
  "cert_1_active",
  "cert_2_active",
  ...keys.map((key) => `${key}_active`),
];
const times = [
  "user_creation_time",
  ...columnsOf("password", ["last_used", "last_changed"]),
  ...keys.flatMap((key) => columnsOf(key, ["last_rotated", "last_used_date"])),
];
/** What stands in a cell that has nothing to say. */
const silent = /^(?:|n\/a|no_information|not_supported)$/i;

/** Which checks would find nothing for want of what they look at. */
function troublesOf(names: readonly string[], rows: readonly CredentialRow[], records: readonly CsvRecord[]): string[] {
  const missing = ["arn", ...truths, ...times].filter((name) => !names.includes(name));
  const found = missing.map((name) => `has no column ${quote(name)}: what it says is not known`);
  for (const { line, cells } of records) {
    if (cells.length < names.length)
      found.push(`line ${line}: breaks off after ${cells.length} of ${names.length} cells`);
  }
  for (const { line, cells } of rows) {
    for (const name of truths) {
      const text = cells.get(name)?.trim() ?? "";
      if (!silent.test(text) && !/^(?:true|false)$/i.test(text))
        found.push(`line ${line}: ${quote(name)} is ${quote(text)}, neither \`true\` nor \`false\``);
    }
    for (const name of times) {
      const text = cells.get(name)?.trim() ?? "";
      if (!silent.test(text) && timeOf(text) === undefined)
        found.push(`line ${line}: ${quote(name)} is ${quote(text)}, which is no time`);
    }
  }
  const more = found.length - mostTold;
  return more > 0 ? [...found.slice(0, mostTold), `${more} more of this kind`] : found;
}

/** More troubles of one report are counted only. */
const mostTold = 10;
