/** Two policy sets, or two versions of Verdict, under the same questions in this process: counters first, then time. */
import type { PolicySet } from "../../policy/policy-set.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import { CountingSession } from "../profile/counting-session.js";
import { type ProfiledTraffic, questionAt } from "../profile/profile.js";
import { type CostChange, changedStatements } from "./compare-costs.js";
import { type Judgement, judgeWholePairs, type Pair, type PairingTerms, type Slice } from "./paired.js";

/** Decides an AuthorizeRequest. */
export type Asker = (message: Uint8Array) => Uint8Array;

/** Differences whose questions are kept. */
const MOST_ANSWERS = 5;
/** A pair goes on for so much processor time, and has so many turns of each side at least. */
const PAIR_US = 100_000;
const LEAST_TURNS = 9;
/** Questions of a turn: the same ones on both sides. */
const MOST_MESSAGES = 2_000;

/** Counts both sets under every question of the order; compares answers, too. */
export function compareCosts(old: PolicySet, next: PolicySet, traffic: ProfiledTraffic): CostChange {
  const length = traffic.order.length;
  const before = new CountingSession(old, length, traffic.nowMs);
  const after = new CountingSession(next, length, traffic.nowMs);
  const answersAt: number[] = [];
  let answers = 0;
  for (let place = 0; place < length; place++) {
    const question = questionAt(traffic, place);
    if (outcome(before.decide(question, place)) === outcome(after.decide(question, place))) continue;
    answers++;
    if (answersAt.length < MOST_ANSWERS) answersAt.push(place);
  }
  const [one, other] = [before.counted(), after.counted()];
  return {
    decisions: length,
    oldWork: one.work,
    nextWork: other.work,
    statements: changedStatements(one.statements.values(), other.statements.values()),
    answers,
    answersAt,
  };
}

/** The kinds of numbers that times in this process are compared by, in their order. */
export const timeKinds = ["time of a decision", "p99 of a decision"] as const;

/** Times both sides in turns on this thread: by the usual time of a decision, and by what the dearest question in a hundred takes. */
export async function compareTimes(
  old: Asker,
  next: Asker,
  traffic: ProfiledTraffic,
  terms: PairingTerms,
  onPair: (pairs: number) => void = () => {},
): Promise<readonly Judgement[]> {
  const messages = spread(traffic).map((place) => encodeQuestion(questionAt(traffic, place), "outcome"));
  let pairs = 0;
  // Warm: both sides are compiled by the engine below, and their images are in memory.
  for (let turn = 0; turn < 4; turn++) pairOf([old, next], messages, false);
  return judgeWholePairs(async (isNextFirst) => {
    onPair(++pairs);
    // Whoever waits for this thread, signals among them, has a turn.
    await new Promise((resolve) => setImmediate(resolve));
    return pairOf([old, next], messages, isNextFirst);
  }, terms);
}

/**
 * Both sides in turns of one round through all messages, each turn beginning with the side that the one before ended with: what disturbs a
 * machine for longer than a round meets both. On two cores with a load of nine, ratios of a side to itself spread by 5 %; with 50 ms of one
 * side and 50 ms of the other by 30 to 90 %. Of each side the median time a decision, in processor time, from which others who share the
 * machine take nothing but cache; and the p99 over questions, each by its median time over all turns: in one turn, what interrupts this thread makes
 * the p99. It has the cost of the clock in it, on both sides alike.
 */
function pairOf(sides: readonly [Asker, Asker], messages: readonly Uint8Array[], isNextFirst: boolean): Pair {
  const rounds: readonly [number[], number[]] = [[], []];
  const timed: readonly [Float64Array[], Float64Array[]] = [[], []];
  const start = process.cpuUsage();
  for (let turn = 0; turn < LEAST_TURNS || usedUs(start) < PAIR_US; turn++) {
    const isSecondFirst = (turn % 2 === 1) !== isNextFirst;
    for (const side of isSecondFirst ? ([1, 0] as const) : ([0, 1] as const)) {
      rounds[side].push(roundOf(sides[side], messages));
      timed[side].push(timesOf(sides[side], messages));
    }
  }
  const sliceOf = (side: 0 | 1): Slice => [median(rounds[side]) / messages.length, dearest(timed[side])];
  return [sliceOf(0), sliceOf(1)];
}

function usedUs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Nanoseconds of processor time; a clock that does not see a round says that it took no time. */
function roundOf(ask: Asker, messages: readonly Uint8Array[]): number {
  const start = process.cpuUsage();
  for (const message of messages) ask(message);
  return Math.max(1, usedUs(start) * 1000);
}

/** What each message took, in nanoseconds. */
function timesOf(ask: Asker, messages: readonly Uint8Array[]): Float64Array {
  const times = new Float64Array(messages.length);
  for (const [call, message] of messages.entries()) {
    const start = performance.now();
    ask(message);
    times[call] = (performance.now() - start) * 1e6;
  }
  return times;
}

/** The p99 over messages of the medians over turns. */
function dearest(turns: readonly Float64Array[]): number {
  const count = turns[0]?.length ?? 0;
  const medians = Float64Array.from({ length: count }, (_, message) =>
    median(turns.map((times) => times[message] ?? 0)),
  );
  medians.sort();
  return Math.max(1, medians[Math.floor(count * 0.99)] ?? 0);
}

function median(numbers: number[]): number {
  numbers.sort((a, b) => a - b);
  return numbers[numbers.length >> 1] ?? 0;
}

/** Places of the order, evenly spread. */
function spread({ order }: ProfiledTraffic): readonly number[] {
  const count = Math.min(order.length, MOST_MESSAGES);
  return Array.from({ length: count }, (_, index) => Math.floor((index * order.length) / count));
}

/** The answer without the set's digest. */
function outcome(answer: Uint8Array): string {
  const decision = decodeResponse(answer);
  return "error" in decision ? decision.error : decision.decision;
}
