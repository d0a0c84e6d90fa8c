/** Cells of credential reports, and ages counted to the time of the report. */
import type { SourcePosition } from "../../text/finding.js";
import type { CredentialReport, CredentialRow } from "../sources/evidence.js";

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** A cell that says yes or no, in whatever case; undefined for `N/A`, `not_supported` and the like. */
export function cellIs({ cells }: CredentialRow, name: string): boolean | undefined {
  const text = cells.get(name)?.trim().toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** Whole days in words. */
export function ageText(ms: number): string {
  const days = Math.max(0, Math.floor(ms / dayMs));
  return days === 1 ? "1 day" : `${days} days`;
}

/** The line of a user. */
export function placeOfRow({ file }: CredentialReport, { line }: CredentialRow): SourcePosition {
  return { file, line, column: 1 };
}
