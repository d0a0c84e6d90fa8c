/** Two policy sets, or two versions of Verdict, under the same questions in this process: counters first, then time. */
import type { PolicySet } from "../../policy/policy-set.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import { CountingSession } from "../profile/counting-session.js";
import { type ProfiledTraffic, questionAt } from "../profile/profile.js";
import { type CostChange, changedStatements } from "./compare-costs.js";
import { type Judgement, judgePairs, type PairingTerms, type Slice } from "./paired.js";

/** Decides an AuthorizeRequest. */
export type Asker = (message: Uint8Array) => Uint8Array;

/** Differences whose questions are kept. */
const MOST_ANSWERS = 5;
/** A slice goes on for so long: long enough for a clock, short enough for noise to meet both sides of a pair. */
const SLICE_NS = 50_000_000;
/** Decisions that are timed one by one: so many parts of at least so many. */
const TIMED_PARTS = 7;
const LEAST_TIMED = 1_000;
/** Questions of a slice: the same ones on both sides. */
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

/** Times both sides in turns on this thread: by the usual time of a decision in a slice, and by the time that one in a hundred exceeds. */
export async function compareTimes(
  old: Asker,
  next: Asker,
  traffic: ProfiledTraffic,
  terms: PairingTerms,
  onSlice: (slices: number) => void = () => {},
): Promise<readonly Judgement[]> {
  const messages = spread(traffic).map((place) => encodeQuestion(questionAt(traffic, place), "outcome"));
  let slices = 0;
  // Warm: both sides are compiled by the engine below, and their images are in memory.
  for (let turn = 0; turn < 4; turn++) for (const side of [old, next]) slice(side, messages);
  return judgePairs(async (side) => {
    onSlice(++slices);
    // Whoever waits for this thread, signals among them, has a turn.
    await new Promise((resolve) => setImmediate(resolve));
    return slice(side === "old" ? old : next, messages);
  }, terms);
}

/**
 * Nanoseconds a decision: the lower quartile over rounds through all messages, since what interrupts a round only adds; and the p99 of
 * decisions that are timed one by one, which has the cost of the clock in it, on both sides alike.
 */
function slice(ask: Asker, messages: readonly Uint8Array[]): Slice {
  const rounds: number[] = [];
  for (let left = SLICE_NS; left > 0 || rounds.length < 5; ) {
    const start = process.hrtime.bigint();
    for (const message of messages) ask(message);
    const taken = Number(process.hrtime.bigint() - start);
    rounds.push(taken);
    left -= taken;
  }
  return [lowerQuartile(rounds) / messages.length, slowest(ask, messages)];
}

/** The p99 of decisions, the lower quartile over parts: what interrupts this thread meets some of them. */
function slowest(ask: Asker, messages: readonly Uint8Array[]): number {
  const found: number[] = [];
  for (let part = 0; part < TIMED_PARTS; part++) {
    const times = new Float64Array(Math.max(messages.length, LEAST_TIMED));
    for (let call = 0; call < times.length; call++) {
      const message = messages[call % messages.length];
      if (message === undefined) break;
      const start = performance.now();
      ask(message);
      times[call] = (performance.now() - start) * 1e6;
    }
    times.sort();
    found.push(times[Math.floor(times.length * 0.99)] ?? 0);
  }
  // A clock that does not see a decision says that it took no time.
  return Math.max(1, lowerQuartile(found));
}

function lowerQuartile(numbers: number[]): number {
  numbers.sort((a, b) => a - b);
  return numbers[numbers.length >> 2] ?? 0;
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
