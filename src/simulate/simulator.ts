/**
 * Simulation cases: each brings its own policies, is compiled into an image of its own and decided at once. One memory is
 * used over and over; it grows when a case needs more.
 */
import { CONTROL_ALLOW_WHAT_IF } from "../../assembly/format/layout.js";
import type { MatcherFlavour } from "../artifacts.js";
import { loadMatcher } from "../engine/load-matcher.js";
import { createMemory, instantiateMatcher, type MatcherExports, type SharedMemory } from "../engine/matcher.js";
import { CALLER_CLOCK_FLAG, MatcherSession } from "../engine/matcher-session.js";
import { IMAGE_AT, type MemoryMap, mapMemory } from "../engine/memory-map.js";
import { SessionImages } from "../engine/session-images.js";
import { compileImage } from "../image/compile.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { encodeQuestion } from "../wire/encode-question.js";
import { decodeResponse } from "../wire/given-answers.js";
import type { SimulationCase } from "./simulation-case.js";

/** How a simulator is set up. */
export interface SimulatorOptions {
  readonly matcher?: MatcherFlavour;
  /** The clock for cases that set none, in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

const FIRST_IMAGE_CAPACITY = 1 << 20;
const FIRST_SCRATCH_CAPACITY = 1 << 20;
const DETAIL_MESSAGE_CAPACITY = 1 << 22;

/** Decides simulation cases, one after the other. */
export class Simulator {
  private readonly sessions = new SessionImages();
  private memory: SharedMemory;
  private map: MemoryMap;
  private session: MatcherSession;
  private matcher: MatcherExports;
  private imageCapacity = FIRST_IMAGE_CAPACITY;
  private scratchCapacity = FIRST_SCRATCH_CAPACITY;
  private current: PolicySet | undefined;

  private constructor(
    private readonly flavour: MatcherFlavour,
    private readonly nowMs: () => number,
  ) {
    [this.memory, this.map, this.session, this.matcher] = this.makeMemory();
  }

  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    return new Simulator(options.matcher ?? "release", options.nowMs ?? Date.now);
  }

  /** Decides a case. The clock in its context counts; other derived keys count with `whatIf` only (section 21). */
  decide(simulationCase: SimulationCase, detail: "reason" | "explain" = "reason"): Decision | DecisionError {
    const { policySet, request, whatIf } = simulationCase;
    if (this.current !== policySet) this.adopt(policySet);
    const message = encodeQuestion({ ...request, whatIf: whatIf || request.whatIf }, detail);
    const { frontRegion, frontArea } = this.map;
    const response = this.session.decideOne(frontRegion, frontArea, this.session.store(frontArea, message), {
      flags: CONTROL_ALLOW_WHAT_IF | CALLER_CLOCK_FLAG,
      nowSeconds: Math.floor(this.nowMs() / 1000),
      policySet: "",
    });
    return decodeResponse(response);
  }

  /** Nothing is held that needs an end; present so that a simulator can be used like an engine. */
  async close(): Promise<void> {}

  private adopt(policySet: PolicySet): void {
    const image = compileImage(policySet);
    if (image.bytes.length > this.imageCapacity) {
      while (image.bytes.length > this.imageCapacity) this.imageCapacity *= 2;
      [this.memory, this.map, this.session, this.matcher] = this.makeMemory();
    }
    new Uint8Array(this.memory.buffer).set(image.bytes, IMAGE_AT);
    const needed = this.matcher.scratchLength(IMAGE_AT) >>> 0;
    if (needed > this.scratchCapacity) {
      while (needed > this.scratchCapacity) this.scratchCapacity *= 2;
      [this.memory, this.map, this.session, this.matcher] = this.makeMemory();
      new Uint8Array(this.memory.buffer).set(image.bytes, IMAGE_AT);
    }
    this.session.forget(this.map.frontRegion);
    this.current = policySet;
  }

  private makeMemory(): [SharedMemory, MemoryMap, MatcherSession, MatcherExports] {
    const compiled = loadMatcher(this.flavour);
    const map = mapMemory({
      imageLength: this.imageCapacity,
      scratchLength: this.scratchCapacity,
      taskRegions: 0,
      callAreas: 0,
      maxMessageBytes: DETAIL_MESSAGE_CAPACITY,
      maxBatchRequests: 1,
    });
    const memory = createMemory(map.length);
    return [memory, map, new MatcherSession(compiled, memory, this.sessions), instantiateMatcher(compiled, memory)];
  }
}
