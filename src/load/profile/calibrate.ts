/**
 * What a step takes: the release build is timed over groups of questions that take few steps and many, and a line is laid through the
 * times. Its slope is the time of a step, its intercept what a question costs before the first; R² says how much of the differences the
 * steps explain.
 */
import { CONTROL_ALLOW_WHAT_IF } from "../../../assembly/format/layout.js";
import { openGeneration } from "../../engine/generation.js";
import { loadMatcher } from "../../engine/load-matcher.js";
import { preparePolicySet } from "../../engine/preparation.js";
import { SessionImages } from "../../engine/session-images.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { encodeQuestion } from "../../wire/encode-question.js";

/** The line. */
export interface Calibration {
  readonly nsPerStep: number;
  readonly nsPerQuestion: number;
  /** 0 to 1; not a number where all questions take as much. */
  readonly r2: number;
  readonly groups: number;
}

/** Groups of questions with about as many steps, and how they are timed: the least of several runs, since noise only adds. */
const GROUPS = 24;
const MOST_IN_GROUP = 64;
const RUNS = 9;
const RUN_NS = 2_000_000;

/** Times questions, each with the steps that it takes. */
export function calibrate(
  policySet: PolicySet,
  asked: readonly { readonly question: AuthorizationQuestion; readonly work: number }[],
  nowMs: number,
): Calibration {
  const ask = releaseAsker(policySet, nowMs);
  const sorted = [...asked].sort((a, b) => a.work - b.work);
  const points: (readonly [number, number])[] = [];
  for (let group = 0; group < GROUPS; group++) {
    const slice = sorted.slice(
      Math.floor((group * sorted.length) / GROUPS),
      Math.floor(((group + 1) * sorted.length) / GROUPS),
    );
    const members = slice.filter((_, index) => index % Math.ceil(slice.length / MOST_IN_GROUP) === 0);
    if (members.length === 0) continue;
    const messages = members.map(({ question }) => encodeQuestion(question, "outcome"));
    const steps = members.reduce((sum, { work }) => sum + work, 0) / members.length;
    points.push([steps, timed(messages, ask)]);
  }
  return { ...lineThrough(points), groups: points.length };
}

/** The least squares line through points, and how well it fits. */
export function lineThrough(points: readonly (readonly [number, number])[]): Omit<Calibration, "groups"> {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const sum = (of: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0);
  const [xx, xy, yy] = [sum((x) => x * x), sum((x, y) => x * y), sum((_, y) => y * y)];
  const nsPerStep = xx === 0 ? 0 : xy / xx;
  return { nsPerStep, nsPerQuestion: meanY - nsPerStep * meanX, r2: (xy * xy) / (xx * yy) };
}

/** Nanoseconds a question. */
function timed(messages: readonly Uint8Array[], ask: (message: Uint8Array) => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    let asked = 0;
    const start = process.hrtime.bigint();
    let taken = 0;
    while (taken < RUN_NS) {
      for (const message of messages) ask(message);
      asked += messages.length;
      taken = Number(process.hrtime.bigint() - start);
    }
    least = Math.min(least, taken / asked);
  }
  return least;
}

/** A way to ask the release build, on this thread. */
export function releaseAsker(policySet: PolicySet, nowMs: number): (message: Uint8Array) => Uint8Array {
  const terms = { taskRegions: 0, callAreas: 0, maxMessageBytes: 4 << 20, maxBatchRequests: 1 };
  const prepared = preparePolicySet(policySet, { flavour: "release", ...terms });
  const identity = { name: "default", generation: 1 };
  const { session, map } = openGeneration(loadMatcher("release"), prepared, identity, new SessionImages());
  const { frontRegion, frontArea } = map;
  const callTerms = { flags: CONTROL_ALLOW_WHAT_IF, nowSeconds: Math.floor(nowMs / 1000), policySet: "default" };
  return (message) => session.decideOne(frontRegion, frontArea, session.store(frontArea, message), callTerms);
}
