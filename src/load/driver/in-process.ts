/** Targets in this process: the matcher alone on this thread, and the engine with its worker threads. No network has a part in them. */
import { CONTROL_ALLOW_WHAT_IF, CONTROL_WITH_VERSION, Status } from "../../../assembly/format/layout.js";
import { PlanFields } from "../../../assembly/format/records.js";
import { Engine } from "../../engine/engine.js";
import { openGeneration } from "../../engine/generation.js";
import { loadMatcher } from "../../engine/load-matcher.js";
import { preparePolicySet } from "../../engine/preparation.js";
import { SessionImages } from "../../engine/session-images.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { Calls } from "./calls.js";
import { type CallSink, type LoadTarget, noDecisions } from "./target.js";

const maxMessageBytes = 64 << 20;
const maxBatchRequests = 100_000;

/** The matcher alone: one call after the other, at once. */
export function matcherTarget(set: PolicySet, calls: Calls, nowMs: number): LoadTarget {
  const terms = { flavour: "release", taskRegions: 0, callAreas: 1, maxMessageBytes, maxBatchRequests } as const;
  const identity = { name: "default", generation: 1 };
  const prepared = preparePolicySet(set, { ...terms, keepsArchive: false });
  const { map, session, published } = openGeneration(loadMatcher("release"), prepared, identity, new SessionImages());
  const { frontRegion, frontArea, callAreas } = map;
  const [area = frontArea] = callAreas;
  const decideTerms = { flags: CONTROL_ALLOW_WHAT_IF, nowSeconds: Math.floor(nowMs / 1000), policySet: published.name };
  const batchTerms = { ...decideTerms, flags: CONTROL_ALLOW_WHAT_IF | CONTROL_WITH_VERSION };
  const decideOne = (message: Buffer): Uint8Array =>
    session.decideOne(frontRegion, frontArea, session.store(frontArea, message), decideTerms);
  const decideBatch = (message: Buffer): Uint8Array => {
    const status = session.plan(frontRegion, area, session.store(area, message));
    if (status !== Status.Done) throw new Error(`load: the matcher does not take the batch: status ${status}`);
    const items = session.planWord(area, PlanFields.requestCount) + session.planWord(area, PlanFields.rowCount);
    const pieces = session.decideRange(frontRegion, area, 0, items, batchTerms);
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  };
  const decide = calls.form === "unary" ? decideOne : decideBatch;
  const decisions = noDecisions();
  const target: LoadTarget = {
    name: `the matcher alone, in process, ${calls.form}`,
    messages: calls.count,
    questionsPerCall: calls.questionsPerCall,
    decisions,
    isAtOnce: true,
    sink: deaf,
    send(slot, message) {
      target.sink.answered(slot, calls.judge(message, decide(calls.bytesOf(message)), decisions));
    },
    flush: () => {},
    waiting: 0,
    reset: async () => {},
    close: async () => {},
  };
  return target;
}

/** The engine: small calls on this thread, large batches on its workers. */
export async function engineTarget(set: PolicySet, calls: Calls, nowMs: number, workers: number): Promise<LoadTarget> {
  const engine = await Engine.start({
    workers,
    allowWhatIf: true,
    maxMessageBytes,
    maxBatchRequests,
    nowMs: () => nowMs,
  });
  engine.publish(set);
  const isSingle = calls.form === "unary";
  const decisions = noDecisions();
  let run = 0;
  const target: LoadTarget = {
    name: `the engine with ${workers} worker${workers === 1 ? "" : "s"}, in process, ${calls.form}`,
    messages: calls.count,
    questionsPerCall: calls.questionsPerCall,
    decisions,
    isAtOnce: isSingle,
    sink: deaf,
    send(slot, message) {
      const bytes = calls.bytesOf(message);
      if (isSingle) {
        target.sink.answered(slot, calls.judge(message, engine.authorize(bytes), decisions));
        return;
      }
      const ofRun = run;
      engine.batchAuthorize(bytes).then(
        (answer) => {
          if (ofRun === run) target.sink.answered(slot, calls.judge(message, answer, decisions));
        },
        (error: unknown) => {
          if (ofRun === run) target.sink.answered(slot, codeOf(error));
        },
      );
    },
    flush: () => {},
    waiting: 0,
    reset: async () => {
      run++;
    },
    close: () => engine.close(),
  };
  return target;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "FAILED";
}

const deaf: CallSink = { answered: () => {} };
