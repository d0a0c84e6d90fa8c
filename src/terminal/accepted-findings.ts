/** The options of a baseline: what goes together, reading the file, and writing it. */
import { stat, writeFile } from "node:fs/promises";
import { fileFailure } from "../files/file-failure.js";
import { readInputs } from "../files/piped-source.js";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import { type AcceptedFinding, isDay, readBaseline, writtenBaseline } from "../validate/gate/baseline.js";
import type { PlacedFinding } from "../validate/gate/placed-findings.js";
import { CommandError, refuse } from "./command-error.js";
import { counted } from "./print-findings.js";
import { findingLine } from "./report-findings.js";
import { printError } from "./terminal.js";

/** What the command line gave. */
export interface BaselineOptions {
  readonly baseline?: string;
  readonly writeBaseline?: true;
  readonly reason?: string;
  readonly owner?: string;
  readonly expires?: string;
}

/** Findings are accepted for a quarter of a year, unless a day is named. */
const usualDays = 90;

/** Why options do not go together, a line each. */
export function baselineTrouble({
  baseline,
  writeBaseline,
  reason,
  owner,
  expires,
}: BaselineOptions): readonly string[] {
  const lines: string[] = [];
  if (writeBaseline === true && baseline === undefined) lines.push("--write-baseline needs --baseline FILE");
  if (writeBaseline === true && (reason ?? "").trim() === "") {
    lines.push("--write-baseline needs --reason TEXT: why the findings are accepted");
  }
  if (writeBaseline !== true && [reason, owner, expires].some((given) => given !== undefined)) {
    lines.push("--reason, --owner and --expires go with --write-baseline");
  }
  if (expires !== undefined && !isDay(expires)) lines.push(`--expires ${quote(expires)} is no day: write 2027-01-31`);
  return lines;
}

/** The findings that are accepted so far; a file that is about to be written need not be there. Throws CommandError with all findings. */
export async function acceptedFindings({
  baseline,
  writeBaseline,
}: BaselineOptions): Promise<readonly AcceptedFinding[]> {
  if (baseline === undefined) return [];
  if (writeBaseline === true && (await stat(baseline).catch(() => undefined)) === undefined) return [];
  const findings: Finding[] = [];
  const [source] = await readInputs(baseline, findings);
  const accepted = source === undefined ? [] : readBaseline(source, findings);
  if (findings.length > 0) throw new CommandError(findings.map(findingLine));
  return accepted;
}

/** Accepts findings from today on, and says so. Throws CommandError. */
export async function writeBaseline(
  path: string,
  findings: readonly PlacedFinding[],
  before: readonly AcceptedFinding[],
  { reason = "", owner, expires = dayFromNow(usualDays) }: BaselineOptions,
): Promise<void> {
  const fresh = { reason, expires, ...(owner === undefined ? {} : { owner }) };
  try {
    await writeFile(path, writtenBaseline(findings, before, fresh));
  } catch (error: unknown) {
    throw refuse(`${path}: cannot be written: ${fileFailure(error)}`, error);
  }
  printError(`verdict: ${path} accepts ${counted(findings.length, "finding")}`);
}

/** The day on which something is accepted or not, in UTC. */
export function today(): string {
  return dayFromNow(0);
}

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
