/** What a run of tests found, for every form in which it is told, and the form of JSON itself. */
import { jsonText } from "../text/json-text.js";
import { type CoverageTotals, type CoveredStatement, coverageTotals } from "./coverage.js";
import type { TestResult } from "./run-tests.js";

/** The results of one file. */
export interface FileReport {
  readonly file: string;
  /** The path of the policy set that was asked. */
  readonly policies: string;
  readonly results: readonly TestResult[];
}

/** The results of a run. */
export interface TestReport {
  readonly files: readonly FileReport[];
  /** Absent unless coverage was counted: every statement of every set that was asked. */
  readonly coverage?: readonly CoveredStatement[];
}

/** How many tests passed and failed. */
export interface TestTally {
  readonly passed: number;
  readonly failed: number;
}

/** Counts results. */
export function tallyOf(results: readonly TestResult[]): TestTally {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  return { passed: results.length - failed, failed };
}

/** Everything as one object of JSON, a test a line. */
export function jsonReport({ files, coverage }: TestReport): string {
  const results = files.flatMap(({ policies, results: all }) => all.map((result) => ({ policies, ...result })));
  const lines = results.map(({ policies, test, answer, failures }) => {
    const { id, why, place, question, expected } = test;
    const { principal, action, resource } = question;
    return jsonText({
      id,
      ...(why === undefined ? {} : { why }),
      ...place,
      policies,
      principal,
      action,
      resource,
      pass: failures.length === 0,
      expect: expected.decision,
      ...answer,
      ...(failures.length === 0 ? {} : { failures }),
    });
  });
  const totals: CoverageTotals | undefined = coverage && coverageTotals(coverage);
  const members = [
    `"passed":${tallyOf(results).passed}`,
    `"failed":${tallyOf(results).failed}`,
    `"tests":[${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n`}]`,
  ];
  if (coverage !== undefined) {
    members.push(`"coverage":${jsonText(totals)}`);
    members.push(`"statements":[${coverage.length === 0 ? "" : `\n${coverage.map(jsonText).join(",\n")}\n`}]`);
  }
  return `{${members.join(",\n")}}\n`;
}
