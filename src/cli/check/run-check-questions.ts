/**
 * The work of `verdict check --questions`: JSON Lines of questions become JSON Lines of decisions, one for one and in order. Exit code 0
 * if every line was decided, else 2.
 */
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { Engine } from "../../engine/engine.js";
import { fileFailure } from "../../files/file-failure.js";
import { isBlankLine, lineRuns, parseJsonLine, type TextLine } from "../../files/json-lines.js";
import { inputName, openInput } from "../../files/piped-source.js";
import { type AuthorizationQuestion, parseQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { findingLine } from "../../terminal/report-findings.js";
import { isOutputClosed, jsonLine, printError, printText } from "../../terminal/terminal.js";
import type { Finding } from "../../text/finding.js";
import { warnOfQuestion } from "./question-warnings.js";
import { type CheckOptions, clockOf, withoutExplanation } from "./run-check.js";

/** Runs the command. */
export async function checkQuestions(path: string, options: CheckOptions): Promise<void> {
  if (options.server !== undefined)
    throw refuse("--questions, --server: a running server is asked one question at a time");
  // All by one clock: equal questions have equal answers, wherever they stand.
  const nowMs = clockOf(options) ?? Date.now();
  const policySet = await loadPolicies(readSetting(policyPath, { policies: options.policies }));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  const tally: Tally = { lines: 0, undecided: 0, firstUndecided: undefined };
  try {
    engine.publish(policySet);
    const decide = decider(engine, nowMs, options.explain === true);
    const warn = policySet.profile === "aws" ? warnings() : undefined;
    await decideLines(path, decide, tally, warn);
  } finally {
    await engine.close();
  }
  if (tally.undecided === 0) return;
  process.exitCode = 2;
  const of = `${tally.undecided} of ${tally.lines} questions could not be decided`;
  printError(`${inputName(path)}: ${of}, the first on line ${tally.firstUndecided}`);
}

interface Tally {
  lines: number;
  undecided: number;
  firstUndecided: number | undefined;
}

type Warn = (question: AuthorizationQuestion, place: string) => Promise<void>;

/** A wrong context is often in every line of a file: the first so many questions are enough. */
const MOST_WARNED = 100;

function warnings(): Warn {
  let asked = 0;
  return async (question, place) => {
    if (asked++ < MOST_WARNED) await warnOfQuestion(question, place);
  };
}

type Answer = Decision | DecisionError;

type Decide = (questions: readonly AuthorizationQuestion[]) => readonly Answer[];

function decider(engine: Engine, nowMs: number, explain: boolean): Decide {
  return (questions) => {
    const answers = engine.decideMany(questions, { detail: "explain", nowMs });
    return explain ? answers : answers.map((answer) => ("error" in answer ? answer : withoutExplanation(answer)));
  };
}

async function decideLines(path: string, decide: Decide, tally: Tally, warn: Warn | undefined): Promise<void> {
  const file = inputName(path);
  try {
    for await (const run of lineRuns(openInput(path))) {
      const answers = await answerRun(file, run, decide, tally, warn);
      // One write for what came together; the text ends in a line feed by itself.
      if (answers.length > 0) await printText(answers.map(jsonLine).join("\n"));
      if (isOutputClosed()) return;
    }
  } catch (error: unknown) {
    throw refuse(`${file}: cannot be read: ${fileFailure(error)}`, error);
  }
}

/** An answer for every line that is not blank. */
async function answerRun(
  file: string,
  run: readonly TextLine[],
  decide: Decide,
  tally: Tally,
  warn: Warn | undefined,
): Promise<readonly Answer[]> {
  const lines = run.filter((line) => !isBlankLine(line));
  const read = lines.map((line) => readLine(file, line));
  const decided = decide(read.filter(isQuestion)).values();
  if (warn !== undefined) {
    for (const [index, { number }] of lines.entries()) {
      const question = read[index];
      if (question !== undefined && isQuestion(question)) await warn(question, `${file}:${number}`);
    }
  }
  return lines.map(({ number }, index) => {
    const answer = answerOf(`${file}:${number}`, read[index], decided);
    tally.lines++;
    if ("error" in answer) {
      tally.undecided++;
      tally.firstUndecided ??= number;
    }
    return answer;
  });
}

/** The next of the decisions, if the line has a question. What the reader refuses says its place by itself. */
function answerOf(place: string, read: Read | undefined, decided: Iterator<Answer>): Answer {
  if (read !== undefined && !isQuestion(read)) return read;
  const answer: Answer = decided.next().value ?? { error: "not answered" };
  return "error" in answer ? { error: `${place}: ${answer.error}` } : answer;
}

type Read = AuthorizationQuestion | DecisionError;

function isQuestion(read: Read): read is AuthorizationQuestion {
  return !("error" in read);
}

function readLine(file: string, line: TextLine): Read {
  const text = parseJsonLine(file, line);
  if ("unreadable" in text) return { error: text.unreadable.map(findingLine).join("; ") };
  const findings: Finding[] = [];
  return parseQuestion(text.node, text.source, findings) ?? { error: findings.map(findingLine).join("; ") };
}
