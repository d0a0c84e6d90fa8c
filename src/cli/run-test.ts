/** The work of `verdict test`: finds tests, asks each set its questions, reports. */

import { writeFile } from "node:fs/promises";
import { policyPath } from "../config/policy-settings.js";
import { ownEnvironment, readSetting } from "../config/settle-setting.js";
import { fileFailure } from "../files/file-failure.js";
import { loadPolicySet } from "../policy/formats/load-policy-set.js";
import { type CoveredStatement, coverageTotals, lcovText } from "../policy-tests/coverage.js";
import { type FoundTests, findTests } from "../policy-tests/find-tests.js";
import type { PolicyTest } from "../policy-tests/policy-test.js";
import { questionText } from "../policy-tests/question-text.js";
import { TestRun } from "../policy-tests/run-tests.js";
import { type FileReport, type TestReport, tallyOf } from "../policy-tests/test-report.js";
import type { Follow } from "../policy-tests/watch-tests.js";
import { refuse } from "../terminal/command-error.js";
import { findingPieces } from "../terminal/report-findings.js";
import { printError, printLine, printText } from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";
import type { Finding } from "../text/finding.js";
import { jsonText } from "../text/json-text.js";
import { quote } from "../text/quote.js";
import { plainText, testReportLines } from "./report-tests.js";

/** What the command line gave. */
export interface TestOptions {
  readonly policies?: string;
  readonly filter?: string;
  readonly format: "text" | "json" | "junit" | "tap";
  readonly out?: string;
  readonly coverage?: boolean;
  readonly coverageThreshold?: number;
  readonly coverageOut?: string;
  readonly watch?: boolean;
}

/** Runs the command. */
export async function test(paths: readonly string[], options: TestOptions): Promise<void> {
  const request = requestOf(paths, options);
  if (options.watch !== true) {
    process.exitCode = await runOnce(request, options, async () => {});
    return;
  }
  const { watchTests } = await import("../policy-tests/watch-tests.js");
  await watchTests(async (follow) => {
    await runOnce(request, options, follow);
  });
}

/** What is asked for, settled. */
interface TestRequest {
  readonly paths: readonly string[];
  readonly policies?: string;
  readonly isWanted: (test: PolicyTest) => boolean;
}

function requestOf(paths: readonly string[], options: TestOptions): TestRequest {
  // Only what was given wins over what a file of tests names.
  const isGiven = options.policies !== undefined || ownEnvironment()[policyPath.variable] !== undefined;
  const policies = readSetting(policyPath, { policies: options.policies });
  return {
    paths: paths.length > 0 ? paths : [policies],
    ...(isGiven ? { policies } : {}),
    isWanted: filterOf(options.filter),
  };
}

/** A text that occurs in what a test says, or a regular expression between slashes. */
function filterOf(filter: string | undefined): TestRequest["isWanted"] {
  if (filter === undefined) return () => true;
  const saidBy = ({ id, why = "", question }: PolicyTest): string => [id, why, questionText(question)[0]].join("\n");
  const [, source, flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(filter) ?? [];
  if (source === undefined) return (one) => saidBy(one).includes(filter);
  try {
    const pattern = new RegExp(source, flags.replaceAll(/[gy]/g, ""));
    return (one) => pattern.test(saidBy(one));
  } catch (error: unknown) {
    throw refuse(`--filter: ${quote(filter)} is no regular expression: ${errorText(error)}`, error);
  }
}

/** Gives the exit code. */
async function runOnce({ paths, policies, isWanted }: TestRequest, options: TestOptions, follow: Follow) {
  const findings: Finding[] = [];
  await follow(paths);
  const found = await findTests({ paths, ...(policies === undefined ? {} : { policies }) }, findings);
  await follow(found.map((one) => one.policies));
  const wanted = found.map((file) => ({ ...file, tests: file.tests.filter(isWanted) }));
  const report = await reportOf(wanted, wantsCoverage(options), findings);
  for (const finding of findings) printError(...findingPieces(finding));
  const results = report.files.flatMap((file) => file.results);
  await printReport(report, options);
  const isTooLittle = isBelowThreshold(report.coverage, options);
  const hasErrors = findings.some(({ severity }) => severity === "error");
  if (results.length === 0 && !hasErrors) {
    printError(
      `verdict: ${options.filter === undefined ? "there are no tests" : `no test has ${quote(options.filter)}`}`,
    );
  }
  return hasErrors || results.length === 0 ? 2 : tallyOf(results).failed > 0 || isTooLittle ? 1 : 0;
}

function wantsCoverage({ coverage, coverageThreshold, coverageOut }: TestOptions): boolean {
  return coverage === true || coverageThreshold !== undefined || coverageOut !== undefined;
}

/** Each set is loaded once, however many files ask it. A set that is refused answers nothing. */
async function reportOf(found: readonly FoundTests[], wants: boolean, findings: Finding[]): Promise<TestReport> {
  const reports = new Map<string, FileReport>();
  const coverage: CoveredStatement[] = [];
  for (const policies of new Set(found.map((one) => one.policies))) {
    const loaded = await loadPolicySet(policies);
    if (!loaded.ok) {
      findings.push(...loaded.findings.filter(({ severity }) => severity === "error"));
      continue;
    }
    const run = await TestRun.start(loaded.policySet, wants);
    try {
      for (const { file, tests } of found.filter((one) => one.policies === policies)) {
        reports.set(file, { file, policies, results: tests.map((one) => run.ask(one)) });
      }
    } finally {
      await run.close();
    }
    coverage.push(...(run.coverage?.covered() ?? []));
  }
  const files = found.flatMap(({ file }) => reports.get(file) ?? []);
  // Of sets that nobody could ask there is nothing to say.
  return { files, ...(wants && files.length > 0 ? { coverage } : {}) };
}

async function printReport(report: TestReport, options: TestOptions): Promise<void> {
  const { format, out, coverageOut } = options;
  const { coverage } = report;
  if (coverageOut !== undefined && coverage !== undefined) {
    const list = { ...coverageTotals(coverage), list: coverage };
    await writeReport(
      "--coverage-out",
      coverageOut,
      /\.json$/i.test(coverageOut) ? `${jsonText(list)}\n` : lcovText(coverage),
    );
  }
  const lines = testReportLines(report, options.coverageThreshold);
  const text =
    format === "text" ? lines.map((line) => `${plainText(line)}\n`).join("") : await formatted(report, format);
  if (out !== undefined) await writeReport("--out", out, text);
  if (out === undefined && format !== "text") await printText(text.replace(/\n$/, ""));
  else for (const line of lines) await printLine(...line);
}

async function formatted(report: TestReport, format: "json" | "junit" | "tap"): Promise<string> {
  if (format === "json") return (await import("../policy-tests/test-report.js")).jsonReport(report);
  if (format === "junit") return (await import("../policy-tests/junit-report.js")).junitReport(report);
  return (await import("../policy-tests/tap-report.js")).tapReport(report);
}

async function writeReport(flag: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error: unknown) {
    throw refuse(`${flag}: ${quote(file)} cannot be written: ${fileFailure(error)}`, error);
  }
}

function isBelowThreshold(coverage: readonly CoveredStatement[] | undefined, options: TestOptions): boolean {
  if (coverage === undefined || options.coverageThreshold === undefined) return false;
  return coverageTotals(coverage).percent < options.coverageThreshold;
}
