/** Results of policy tests in words: of each that failed what was asked, expected and answered, layer by layer. */
import { type CoveredStatement, coverageTotals } from "../policy-tests/coverage.js";
import { questionText } from "../policy-tests/question-text.js";
import type { TestResult } from "../policy-tests/run-tests.js";
import { type TestReport, tallyOf } from "../policy-tests/test-report.js";
import type { Decision } from "../question/decision.js";
import { reportOrder } from "../question/layers.js";
import { failureText, reasonOf, statementText, verdictPiece } from "../terminal/report-decision.js";
import { escaped, type Piece } from "../terminal/terminal.js";
import { didYouMean } from "../text/closest-name.js";

/** A line of a report. */
export type ReportLine = readonly Piece[];

/** Statements that nearly applied tell more than all of them. */
const MOST_NEAR_MISSES = 5;

/** Further failures are told in a line each. */
const MOST_IN_FULL = 100;

/** Every line, failures last but for the summary, where a terminal shows them. */
export function testReportLines({ files, coverage }: TestReport, threshold: number | undefined): readonly ReportLine[] {
  const lines: ReportLine[] = [];
  let told = 0;
  for (const { file, policies, results } of files) {
    for (const result of results.filter(({ failures }) => failures.length > 0)) {
      lines.push(...(told++ < MOST_IN_FULL ? [...failureLines(result), []] : [headLine(result)]));
    }
    const { passed, failed } = tallyOf(results);
    if (results.length > 0) lines.push([`${file} (${policies}): `, ...tallyPieces(passed, failed)]);
  }
  if (coverage !== undefined) lines.push([], ...coverageLines(coverage, threshold));
  const { passed, failed } = tallyOf(files.flatMap(({ results }) => results));
  if (files.length > 1) lines.push([], [{ text: "all: ", colour: "bold" }, ...tallyPieces(passed, failed)]);
  return lines;
}

/** A line without colours, and with nothing that steers a terminal. */
export function plainText(line: ReportLine): string {
  return line.map((piece) => escaped(typeof piece === "string" ? piece : piece.text)).join("");
}

function tallyPieces(passed: number, failed: number): ReportLine {
  const good: Piece = failed === 0 ? { text: `${passed} passed`, colour: "green" } : `${passed} passed`;
  return failed === 0 ? [good] : [good, ", ", { text: `${failed} failed`, colour: "red" }];
}

function headLine({ test: { id, place } }: Pick<TestResult, "test">): ReportLine {
  const where = `${place.file}:${place.line}:${place.column}`;
  return [{ text: "FAIL", colour: "red" }, ` ${where}: `, { text: id, colour: "bold" }];
}

function failureLines({ test, failures, answer, meant }: TestResult): readonly ReportLine[] {
  const { why, question, expected } = test;
  const lines: ReportLine[] = [headLine({ test })];
  if (why !== undefined) lines.push([`  ${why}`]);
  for (const line of questionText(question)) lines.push([`    ${line}`]);
  for (const failure of failures) lines.push(["  ", { text: failure, colour: "red" }]);
  const at = expected.place;
  lines.push([`  expected at ${at.file}:${at.line}:${at.column}`]);
  if (!("error" in answer)) lines.push(...answerLines(test.question.principal, answer, meant));
  return lines;
}

/** The table of layers, then the statements that decided, or of a denial by silence those that came near. */
function answerLines(principal: string, answer: Decision, meant: string | undefined): readonly ReportLine[] {
  const { decision, layers = [], matchedStatements, statements = [], missingContextKeys, unknownPrincipal } = answer;
  const lines: ReportLine[] = [[`  ${decision}: ${reasonOf(answer)}`]];
  for (const type of reportOrder) {
    for (const { policyType, verdict } of layers) {
      if (policyType === type) lines.push([`    ${policyType.padEnd(10)}`, verdictPiece(verdict)]);
    }
  }
  for (const statement of matchedStatements) lines.push([`  decided by ${statementText(statement)}`]);
  const near = statements.filter(({ applies, failedElement }) => !applies && failedElement === "condition");
  if (decision === "implicitDeny") {
    for (const { statement, ...why } of near.slice(0, MOST_NEAR_MISSES)) {
      lines.push([`  did not apply: ${statementText(statement)}: ${failureText(why)}`]);
    }
  }
  if (missingContextKeys.length > 0) lines.push([`  missing context keys: ${missingContextKeys.join(", ")}`]);
  if (unknownPrincipal) lines.push([`  the policy set does not know ${principal}${didYouMean(meant)}`]);
  return lines;
}

function coverageLines(coverage: readonly CoveredStatement[], threshold: number | undefined): readonly ReportLine[] {
  const { statements, reached, decided, percent } = coverageTotals(coverage);
  const isTooLittle = threshold !== undefined && percent < threshold;
  const wanted = isTooLittle ? `, fewer than the ${threshold} % that are wanted` : "";
  const lines: ReportLine[] = [
    [
      { text: `coverage: ${percent} %`, colour: isTooLittle ? "red" : "bold" },
      ` of ${statements} statements reached (${reached}), ${decided} decided something${wanted}`,
    ],
  ];
  for (const statement of coverage) {
    if (statement.reached === 0)
      lines.push(["  ", { text: "not reached", colour: "yellow" }, ` ${whichOf(statement)}`]);
  }
  for (const statement of coverage) {
    if (statement.reached > 0 && statement.decided === 0) {
      lines.push(["  ", { text: "decides none", colour: "dim" }, ` ${whichOf(statement)}`]);
    }
  }
  return lines;
}

/** The place first, as editors and terminals open it. */
function whichOf({ file, line, column, effect, policyType, policy, sid, statement }: CoveredStatement): string {
  const name = sid === undefined || sid === "" ? `Statement[${statement}]` : sid;
  const short = policy.startsWith("arn:") ? policy.slice(policy.lastIndexOf(":") + 1) : policy;
  return `${file}:${line}:${column}: ${effect} ${name} of ${policyType} policy ${short}`;
}
