/**
 * The work of `verdict replay`: decides a decision log again and tells what would differ. Exit code 0, 1 if something would, 2 if something
 * could not be read.
 */
import { isSameDecision } from "../ask/compare-decisions.js";
import type { PolicySetPlace } from "../config/policy-settings.js";
import { settings } from "../config/settings.js";
import { readSetting } from "../config/settle-setting.js";
import { DEFAULT_POLICY_SET, Engine } from "../engine/engine.js";
import { fileFailure } from "../files/file-failure.js";
import { inputName, openInput } from "../files/piped-source.js";
import { type LoggedDecision, readDecisionLog } from "../observe/decision-log/read-decision-log.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { refuse } from "../terminal/command-error.js";
import { loadPolicies } from "../terminal/load-policies.js";
import { isOutputClosed, printError, printJson, printLine } from "../terminal/terminal.js";
import type { GivenAnswer } from "../wire/given-answers.js";

/** What the command line gave. */
export interface ReplayOptions {
  readonly policies?: readonly string[];
  readonly json?: boolean;
  readonly reasons?: boolean;
}

interface Tally {
  same: number;
  different: number;
  unreplayable: { erased: number; malformed: number; internalFailure: number; policySetNotGiven: number };
  torn: number;
  unreadable: number;
}

/** Runs the command. */
export async function replay(logs: readonly string[], options: ReplayOptions): Promise<void> {
  const places = readSetting(settings.policies, { ...options });
  const judge = await Judge.start(places);
  const tally: Tally = {
    same: 0,
    different: 0,
    unreplayable: { erased: 0, malformed: 0, internalFailure: 0, policySetNotGiven: 0 },
    torn: 0,
    unreadable: 0,
  };
  try {
    for (const log of logs) {
      await replayLog(log, judge, options, tally);
      if (isOutputClosed()) break;
    }
  } finally {
    await judge.close();
  }
  const isNothingCompared = tally.same + tally.different === 0;
  process.exitCode = tally.unreadable > 0 || isNothingCompared ? 2 : tally.different > 0 ? 1 : 0;
  if (isNothingCompared && tally.unreadable === 0) printError("no record could be compared");
  if (!isOutputClosed()) await (options.json === true ? printJson(tally) : printLine(summaryOf(tally)));
}

async function replayLog(log: string, judge: Judge, options: ReplayOptions, tally: Tally): Promise<void> {
  const name = inputName(log);
  try {
    for await (const read of readDecisionLog(openInput(log))) {
      if (read.kind === "unreadable") {
        tally.unreadable++;
        printError(`${name}:${read.line}: no decision record`);
      } else if (read.kind === "torn") tally.torn++;
      else if (read.kind === "unreplayable") {
        tally.unreplayable[read.reason === "internal failure" ? "internalFailure" : read.reason]++;
      } else {
        const answer = await judge.decide(read);
        if (answer === undefined) tally.unreplayable.policySetNotGiven++;
        else if (isSameDecision(read.result, answer, options.reasons === true)) tally.same++;
        else {
          tally.different++;
          await printDifference(name, read, answer, options);
        }
      }
      if (isOutputClosed()) return;
    }
  } catch (error: unknown) {
    tally.unreadable++;
    printError(`${name}: cannot be read: ${fileFailure(error)}`);
  }
}

/** Decides records by the policy sets that were given. */
class Judge {
  private whatIf: Engine | undefined;

  private constructor(
    private readonly engine: Engine,
    private readonly sets: ReadonlyMap<string, PolicySet>,
    /** The set that stands for every name, where one was given without a name. */
    private readonly isOnlyOne: boolean,
  ) {}

  static async start(places: readonly PolicySetPlace[]): Promise<Judge> {
    const sets = new Map<string, PolicySet>();
    for (const { name, place } of places) {
      if (sets.has(name)) throw refuse(`--policies: two policy sets are called ${name}`);
      sets.set(name, await loadPolicies(place));
    }
    const engine = await startEngine(sets, false);
    return new Judge(engine, sets, sets.size === 1 && sets.has(DEFAULT_POLICY_SET));
  }

  /** Undefined if the set that decided was not given. */
  async decide(logged: LoggedDecision): Promise<Decision | DecisionError | undefined> {
    const { question, policySet, clockMs, whatIfAllowed } = logged;
    const name = this.isOnlyOne ? DEFAULT_POLICY_SET : policySet;
    if (!this.sets.has(name)) return undefined;
    if (whatIfAllowed) this.whatIf ??= await startEngine(this.sets, true);
    const engine = whatIfAllowed && this.whatIf !== undefined ? this.whatIf : this.engine;
    return engine.decide(question, { policySet: name, nowMs: clockMs });
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.whatIf?.close();
  }
}

async function startEngine(sets: ReadonlyMap<string, PolicySet>, allowWhatIf: boolean): Promise<Engine> {
  const engine = await Engine.start({ workers: 0, allowWhatIf });
  for (const [name, policySet] of sets) engine.publish(policySet, name);
  return engine;
}

async function printDifference(
  log: string,
  { line, id, question, result }: LoggedDecision,
  would: Decision | DecisionError,
  { json, reasons }: ReplayOptions,
): Promise<void> {
  const { principal, action, resource } = question;
  if (json === true) {
    await printJson({ log, line, decision_id: id, input: { principal, action, resource }, was: result, would });
    return;
  }
  const why = (answer: GivenAnswer): string => {
    if ("error" in answer) return `error: ${answer.error}`;
    const blockedBy = reasons === true ? (answer.blockedBy ?? []) : [];
    return `${answer.decision}${blockedBy.length === 0 ? "" : ` (${blockedBy.join(", ")})`}`;
  };
  const was = { text: why(result), colour: "yellow" } as const;
  const now = { text: why(would), colour: "red" } as const;
  await printLine(`${log}:${line}: ${principal} ${action} ${resource}: was `, was, ", would be ", now);
}

function summaryOf({ same, different, unreplayable, torn, unreadable }: Tally): string {
  const { erased, malformed, internalFailure, policySetNotGiven } = unreplayable;
  const skipped = [
    [erased, "with erased inputs"],
    [malformed, "malformed"],
    [internalFailure, "failed inside"],
    [policySetNotGiven, "by a policy set that was not given"],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return [
    `${same} the same, ${different} would differ`,
    ...(skipped.length === 0 ? [] : [`cannot be replayed: ${skipped.join(", ")}`]),
    ...(torn === 0 ? [] : [`${torn} torn at the end of a log`]),
    ...(unreadable === 0 ? [] : [`${unreadable} unreadable`]),
  ].join("; ");
}
