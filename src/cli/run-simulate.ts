/**
 * The work of `verdict simulate`: decides simulation cases, each on its own. Exit code 0, 1 if an expectation
 * failed, 2 if something could not be read or nothing was decided.
 */

import { fileFailure } from "../files/file-failure.js";
import { inputName, standardInput } from "../files/piped-source.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { type EvaluationResult, evaluationResult } from "../simulate/evaluation-result.js";
import { type CaseText, readCases } from "../simulate/read-cases.js";
import type { SimulationCase, SimulationCaseError } from "../simulate/simulation-case.js";
import { readSimulationCase } from "../simulate/simulation-case.js";
import { Simulator } from "../simulate/simulator.js";
import { findingLine } from "../terminal/report-findings.js";
import {
  isOutputClosed,
  jsonLine,
  type Piece,
  printError,
  printJson,
  printLine,
  printText,
} from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";
import { quote } from "../text/quote.js";
import type { TreeNode } from "../text/tree.js";

/** What the command line gave. */
export interface SimulateOptions {
  readonly json?: boolean;
  readonly explain?: boolean;
  readonly format?: "aws";
}

interface Tally {
  decided: number;
  passed: number;
  failed: number;
  undecided: number;
  unreadable: number;
  /** Questions about a policy set: they have no policies of their own. */
  withoutPolicies: number;
}

/** What is printed of one case. */
interface CaseAnswer {
  readonly id: string | null;
  readonly answer: Decision | DecisionError;
  /** With `--format aws`, of a case that was decided. */
  readonly result?: EvaluationResult;
  readonly expect?: string;
  readonly pass?: boolean;
}

/** Runs the command. */
export async function simulate(files: readonly string[], options: SimulateOptions): Promise<void> {
  const tally: Tally = { decided: 0, passed: 0, failed: 0, undecided: 0, unreadable: 0, withoutPolicies: 0 };
  const simulator = await Simulator.start();
  if (options.format === "aws") await printText('{"EvaluationResults":[');
  try {
    for (const name of files.length === 0 ? [standardInput] : files) {
      await simulateInput(name, simulator, options, tally);
      if (isOutputClosed()) break;
    }
  } finally {
    await simulator.close();
  }
  process.exitCode = exitCodeOf(tally);
  if (isOutputClosed()) return;
  if (tally.decided + tally.undecided + tally.unreadable === 0) printError("verdict: there are no simulation cases");
  if (tally.withoutPolicies > 0)
    printError("verdict: cases without `policies` ask a policy set: `verdict test` runs them");
  if (options.format === "aws") await printText('],"IsTruncated":false}');
  else if (options.json !== true) await printLine(summaryOf(tally));
}

async function simulateInput(
  name: string,
  simulator: Simulator,
  options: SimulateOptions,
  tally: Tally,
): Promise<void> {
  try {
    for await (const text of readCases(name)) {
      const answer = answerOf(text, simulator, options);
      const isFirst = tally.decided === 0;
      count(answer, "unreadable" in text, tally);
      if ("node" in text && isQuestion(text.node)) tally.withoutPolicies++;
      await printAnswer(answer, options, isFirst);
      if (isOutputClosed()) return;
    }
  } catch (error: unknown) {
    tally.unreadable++;
    printError(`${inputName(name)}: cannot be read: ${fileFailure(error)}`);
  }
}

async function printAnswer(answer: CaseAnswer, options: SimulateOptions, isFirst: boolean): Promise<void> {
  if (options.format !== "aws") {
    await (options.json === true ? printJson(memberList(answer)) : printLine(...linePieces(answer)));
    return;
  }
  if (answer.result !== undefined) await printText(`${isFirst ? "" : ","}${jsonLine(answer.result)}`);
  if (answer.result === undefined || answer.pass === false) printError(...linePieces(answer));
}

function answerOf(text: CaseText, simulator: Simulator, { explain, format }: SimulateOptions): CaseAnswer {
  if ("unreadable" in text) return { id: null, answer: { error: text.unreadable.map(findingLine).join("; ") } };
  const read = readSimulationCase(text.node, text.source);
  const expect = memberText(text.node, "expect");
  const refusedBy = /^rejects(?:: *(\S+))?/.exec(memberText(text.node, "strict") ?? "");
  const detail = explain === true || format === "aws" ? "explain" : "reason";
  const answer = "error" in read ? { error: read.error } : decide(simulator, read, detail);
  const isResult = format === "aws" && !("error" in read) && !("error" in answer);
  const judged = {
    id: read.id ?? null,
    answer,
    ...(isResult ? { result: evaluationResult(read, answer, text) } : {}),
    ...(expect === undefined ? {} : { expect }),
  };
  if (refusedBy !== null) return { ...judged, pass: isRefusedBy(refusedBy[1], read) };
  if (expect === undefined) return judged;
  return { ...judged, pass: !("error" in answer) && answer.decision === expect };
}

function decide(simulator: Simulator, one: SimulationCase, detail: "reason" | "explain"): Decision | DecisionError {
  try {
    return simulator.decide(one, detail);
  } catch (error: unknown) {
    return { error: errorText(error) };
  }
}

/** A case marked `strict: rejects: RULE` passes if its documents are refused, and by that rule. */
function isRefusedBy(rule: string | undefined, read: SimulationCase | SimulationCaseError): boolean {
  if (!("error" in read)) return false;
  return rule === undefined || read.findings.some((finding) => finding.rule === rule);
}

function isQuestion(node: TreeNode): boolean {
  const names = node.kind === "object" ? node.members.map(({ key }) => key) : [];
  return names.includes("request") && !names.includes("policies");
}

function memberText(node: TreeNode, name: string): string | undefined {
  if (node.kind !== "object") return undefined;
  const value = node.members.find(({ key }) => key === name)?.value;
  return value?.kind === "string" ? value.value : undefined;
}

function memberList({ id, answer, expect, pass }: CaseAnswer): object {
  return { id, ...answer, ...(expect === undefined ? {} : { expect }), ...(pass === undefined ? {} : { pass }) };
}

function linePieces({ id, answer, expect, pass }: CaseAnswer): readonly Piece[] {
  const said = "error" in answer ? `error: ${answer.error}` : answer.decision;
  const name = id ?? "(no id)";
  if (pass === undefined) return [`${name}: ${said}`];
  if (pass) return [{ text: "pass", colour: "green" }, ` ${name}: ${said}`];
  return [
    { text: "FAIL", colour: "red" },
    ` ${name}: ${said}${expect === undefined ? "" : `, expected ${quote(expect)}`}`,
  ];
}

function count({ answer, pass }: CaseAnswer, isUnreadable: boolean, tally: Tally): void {
  if (isUnreadable) tally.unreadable++;
  else if ("error" in answer) tally.undecided++;
  else tally.decided++;
  if (pass === true) tally.passed++;
  if (pass === false) tally.failed++;
}

function exitCodeOf({ decided, passed, failed, unreadable }: Tally): number {
  if (unreadable > 0) return 2;
  if (failed > 0) return 1;
  return decided + passed > 0 ? 0 : 2;
}

function summaryOf({ decided, passed, failed, undecided, unreadable }: Tally): string {
  const rest = unreadable === 0 ? "" : `, ${unreadable} unreadable`;
  return `${decided} decided, ${undecided} refused${rest}; expectations: ${passed} passed, ${failed} failed`;
}
