/** Results as JUnit's XML, as CI servers read it: a suite a file, a case a test. */
import { escapeXml, xmlAttribute } from "../text/markup-text.js";
import { questionText } from "./question-text.js";
import type { TestResult } from "./run-tests.js";
import { type FileReport, type TestReport, tallyOf } from "./test-report.js";

/** The document. */
export function junitReport({ files }: TestReport): string {
  const all = files.flatMap(({ results }) => results);
  const suites = files.map(suite).join("");
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="verdict" ${countsOf(all)}>\n`;
  return `${head}${suites}</testsuites>\n`;
}

function suite({ file, results }: FileReport): string {
  const cases = results.map((result) => testCase(file, result)).join("");
  return `  <testsuite name=${xmlAttribute(file)} ${countsOf(results)}>\n${cases}  </testsuite>\n`;
}

function testCase(file: string, { test, failures, answer, durationMs }: TestResult): string {
  const { id, place } = test;
  const open =
    `    <testcase name=${xmlAttribute(id)} classname=${xmlAttribute(file)} file=${xmlAttribute(place.file)} ` +
    `line="${place.line}" time="${seconds(durationMs)}"`;
  const [first] = failures;
  if (first === undefined) return `${open}/>\n`;
  const kind = "error" in answer ? "error" : "failure";
  const body = escapeXml([...failures, ...questionText(test.question)].join("\n"));
  return `${open}>\n      <${kind} message=${xmlAttribute(first)}>${body}</${kind}>\n    </testcase>\n`;
}

function countsOf(results: readonly TestResult[]): string {
  const errors = results.filter(({ answer }) => "error" in answer).length;
  const time = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `tests="${results.length}" failures="${tallyOf(results).failed - errors}" errors="${errors}" time="${seconds(time)}"`;
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(6);
}
