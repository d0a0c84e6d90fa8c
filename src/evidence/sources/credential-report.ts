/** The credential report: CSV as it comes, or in base64 inside of the answer of `get-credential-report`. */
import { readCsv } from "../../files/csv.js";
import type { CredentialRow, Evidence } from "./evidence.js";
import { timeOf } from "./origin.js";
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
