/** The work of `verdict audit posture`. */
import { type Check, type PostureSeverity, severities } from "../../evidence/posture/check.js";
import { openPosture } from "../../evidence/posture/open-posture.js";
import { readOwnChecks } from "../../evidence/posture/own-checks.js";
import {
  checks,
  type Posture,
  type PostureFinding,
  postureSteps,
  wholePosture,
} from "../../evidence/posture/posture.js";
import { findingJson, postureCsv, postureSarif } from "../../evidence/posture/posture-lines.js";
import type { PostureSet } from "../../evidence/posture/posture-set.js";
import { readSuppressions, type Suppression, suppress } from "../../evidence/posture/suppressions.js";
import type { Evidence } from "../../evidence/sources/evidence.js";
import { inputLine, mixturesOf, toldInputs } from "../../evidence/sources/input-lines.js";
import { readInputs } from "../../files/piped-source.js";
import {
  acceptedFindings,
  type BaselineOptions,
  baselineTrouble,
  today,
  writeBaseline,
} from "../../terminal/accepted-findings.js";
import { CommandError } from "../../terminal/command-error.js";
import { packageAddresses, packageVersion } from "../../terminal/package-version.js";
import { counted } from "../../terminal/print-findings.js";
import { showProgress } from "../../terminal/progress.js";
import { findingLine } from "../../terminal/report-findings.js";
import { isOutputClosed, printError, printJson, printLine, printText } from "../../terminal/terminal.js";
import type { Finding } from "../../text/finding.js";
import type { SourceText } from "../../text/source-text.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { type AcceptedFinding, compareWithBaseline } from "../../validate/gate/baseline.js";
import type { PlacedFinding } from "../../validate/gate/placed-findings.js";
import { type InputOptions, openInputs } from "./open-inputs.js";
import { printPosture } from "./posture-text.js";

/** What the command line gave. */
export interface PostureOptions extends BaselineOptions, InputOptions {
  readonly checks?: readonly string[];
  readonly suppressions?: string;
  readonly failOn?: PostureSeverity;
  readonly format: "text" | "json" | "sarif" | "csv";
  readonly json?: boolean;
  readonly all?: boolean;
}

/** Runs the command. */
export async function posture(options: PostureOptions): Promise<void> {
  const trouble = baselineTrouble(options);
  if (trouble.length > 0) throw new CommandError(trouble.map((line) => `verdict: ${line}`));
  const format = options.json === true ? "json" : options.format;
  const own = await read(options.checks ?? [], (source, findings) =>
    readOwnChecks(source, new Set(checks.map(({ id }) => id)), findings),
  );
  const rows = [...checks, ...own];
  const accepted = await acceptedFindings(options);
  const suppressions = await read(
    options.suppressions === undefined ? [] : [options.suppressions],
    (source, findings) => readSuppressions(source, new Set(rows.map(({ id }) => id)), findings),
  );
  const { evidence, set } = await openInputs(options);
  await tellInputs(evidence, set.notes, format);
  const told = evidence.problems.length;
  const found = await make(set, evidence, rows);
  // Records are read while the checks are made.
  for (const { file, text } of evidence.problems.slice(told)) printError(`${file}: ${text}`);
  if (found === undefined) return;
  await give(found, { options, format, rows, accepted, suppressions });
  if (evidence.problems.some(({ kind }) => kind === "unreadable")) process.exitCode = 2;
}

async function make(
  { set, declarations }: Extract<PostureSet, { readonly ok: true }>,
  evidence: Evidence,
  rows: readonly Check[],
): Promise<Posture | undefined> {
  const catalogue = await loadWholeCatalogue();
  const progress = showProgress();
  const { context, close } = await openPosture({ set, declarations, evidence, catalogue, nowMs: Date.now() });
  try {
    const parts: Posture[] = [];
    for (const part of postureSteps(context, rows)) {
      parts.push(part);
      progress.tell(`checked ${parts.length} of ${rows.length}`);
      if (isOutputClosed()) return undefined;
    }
    return wholePosture(parts);
  } finally {
    progress.end();
    await close();
  }
}

interface Giving {
  readonly options: PostureOptions;
  readonly format: PostureOptions["format"];
  readonly rows: readonly Check[];
  readonly accepted: readonly AcceptedFinding[];
  readonly suppressions: readonly Suppression[];
}

async function give(found: Posture, { options, format, rows, accepted, suppressions }: Giving): Promise<void> {
  const day = today();
  const { open, suppressed, idle } = suppress(found.findings, suppressions, day);
  const byPlaced = new Map(open.map((finding) => [placed(finding), finding]));
  if (options.writeBaseline === true && options.baseline !== undefined) {
    await writeBaseline(options.baseline, [...byPlaced.keys()], accepted, options);
    return;
  }
  const compared = compareWithBaseline([...byPlaced.keys()], accepted, day, () => true);
  const findings = compared.open.flatMap((one): readonly PostureFinding[] => {
    const finding = byPlaced.get(one) ?? open.find(({ fingerprint }) => fingerprint === one.fingerprint);
    return finding === undefined ? [] : [{ ...finding, reason: one.finding.message }];
  });
  const posture = { findings, notChecked: found.notChecked };
  await print(posture, rows, options, format);
  if (format === "text") {
    if (suppressed > 0)
      await printLine(`${counted(suppressed, "finding")} suppressed by ${options.suppressions ?? ""}`);
    for (const { id, subject } of idle)
      await printLine(`no finding any more for the suppression of ${id} on ${subject}`);
    if (options.baseline !== undefined) {
      await printLine(`${counted(compared.acceptedCount, "finding")} accepted by ${options.baseline}`);
      const { gone } = compared;
      if (gone.length > 0) await printLine(`${counted(gone.length, "accepted finding")} no longer there`);
    }
  }
  const { failOn } = options;
  if (
    failOn !== undefined &&
    findings.some(({ severity }) => severities.indexOf(severity) >= severities.indexOf(failOn))
  ) {
    process.exitCode = 1;
  } else if (failOn !== undefined && hasUndecided(posture, rows)) process.exitCode = 2;
}

/** A check of one's own that could not be decided. */
function hasUndecided({ notChecked }: Posture, rows: readonly Check[]): boolean {
  const own = new Set(rows.slice(checks.length).map(({ id }) => id));
  return notChecked.some(({ notChecked: id }) => own.has(id));
}

async function print(
  posture: Posture,
  rows: readonly Check[],
  { all, policies, evidence = [] }: PostureOptions,
  format: PostureOptions["format"],
): Promise<void> {
  if (format === "text") await printPosture(posture, rows, all === true);
  else if (format === "csv") await printText(postureCsv(posture));
  else if (format === "sarif") {
    const [source = "policies"] = policies === undefined ? evidence : [policies];
    await printJson(postureSarif(posture, rows, { version: packageVersion(), ...packageAddresses() }, source));
  } else {
    for (const finding of posture.findings) await printJson(findingJson(finding));
    for (const one of posture.notChecked) await printJson(one);
  }
}

/** On standard output for people, beside the findings for programs. */
async function tellInputs(
  { inputs, problems }: Evidence,
  notes: readonly string[],
  format: PostureOptions["format"],
): Promise<void> {
  const say = format === "text" ? printLine : async (line: string) => printError(line);
  for (const input of toldInputs(inputs)) await say(inputLine(input));
  for (const line of mixturesOf(inputs)) await say(line);
  for (const note of notes) await say(note);
  for (const { kind, file, text } of problems) {
    if (kind === "unknown") await say(`${file}: passed over: ${text}`);
    if (kind === "unreadable") printError(`${file}: ${text}`);
  }
  if (format === "text" && inputs.length > 0) await printLine();
}

/** A finding as gates know findings. */
function placed({ id, subject, reason, fingerprint, place }: PostureFinding): PlacedFinding {
  const { file = "", line = 1, column = 1 } = place ?? {};
  return {
    finding: { file, line, column, rule: id, severity: "warning", message: reason },
    subject: { short: subject, full: subject },
    fingerprint,
    end: undefined,
  };
}

async function read<Item>(
  paths: readonly string[],
  take: (source: SourceText, findings: Finding[]) => readonly Item[],
): Promise<readonly Item[]> {
  const findings: Finding[] = [];
  const items: Item[] = [];
  for (const path of paths)
    for (const source of await readInputs(path, findings)) items.push(...take(source, findings));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CommandError(errors.map(findingLine));
  return items;
}
