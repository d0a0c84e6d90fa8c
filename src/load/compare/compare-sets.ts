/** Two policy sets, or two versions of Verdict, under the same questions in this process: counters first, then time. */
import type { PolicySet } from "../../policy/policy-set.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import { CountingSession } from "../profile/counting-session.js";
import { type ProfiledTraffic, questionAt } from "../profile/profile.js";
import { type CostChange, changedStatements } from "./compare-costs.js";
import { type Judgement, judgePairs, type PairingTerms } from "./paired.js";

/** Decides an AuthorizeRequest. */
export type Asker = (message: Uint8Array) => Uint8Array;

/** Differences whose questions are kept. */
const MOST_ANSWERS = 5;
/** A slice goes on for so long: long enough for a clock, short enough for noise to meet both sides of a pair. */
const SLICE_NS = 50_000_000;
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

/** Times both sides in turns on this thread, by the median time of a decision in a slice. */
export async function compareTimes(
  old: Asker,
  next: Asker,
  traffic: ProfiledTraffic,
  terms: PairingTerms,
  onSlice: (slices: number) => void = () => {},
): Promise<Judgement> {
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

/** Nanoseconds a decision: the median over rounds through all messages, since what interrupts a round only adds. */
function slice(ask: Asker, messages: readonly Uint8Array[]): number {
  const rounds: number[] = [];
  for (let left = SLICE_NS; left > 0 || rounds.length < 5; ) {
    const start = process.hrtime.bigint();
    for (const message of messages) ask(message);
    const taken = Number(process.hrtime.bigint() - start);
    rounds.push(taken);
    left -= taken;
  }
  rounds.sort((a, b) => a - b);
  return (rounds[rounds.length >> 1] ?? 0) / messages.length;
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
