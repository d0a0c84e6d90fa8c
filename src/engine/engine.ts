/**
 * The policy decision point inside one process: publishes policy sets, decides calls over them. Bytes in, bytes out; small
 * calls are decided where they arrive, large batches are cut, spread over the workers and put together in order.
 */
import {
  CONTROL_ALLOW_WHAT_IF,
  CONTROL_NO_EXPLANATION,
  CONTROL_WITH_VERSION,
  Status,
} from "../../assembly/format/layout.js";
import { type MatcherFlavour, workerPath } from "../artifacts.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import type { Question } from "../question/question.js";
import { quote } from "../text/quote.js";
import { BatchField, type Detail, RequestField } from "../wire/authorization-fields.js";
import { textBatch } from "../wire/batch.js";
import { encodeQuestion, messageOf } from "../wire/encode-question.js";
import { decodeResponse, type GivenAnswer, givenAnswers, isAllowedBy } from "../wire/given-answers.js";
import { refuseUnknownOptions } from "../wire/known-options.js";
import { lastTextField } from "../wire/text-fields.js";
import { plannedItems, plannedPolicySet } from "./batch-plan.js";
import type { Cancellation } from "./cancellation.js";
import { EngineError } from "./engine-error.js";
import { type Generation, openGeneration, type PublishedPolicySet } from "./generation.js";
import { LargeBatches } from "./large-batch.js";
import { loadMatcher } from "./load-matcher.js";
import { type CallArea, INLINE_MESSAGE_CAPACITY } from "./memory-map.js";
import { LANE_LENGTH, WorkerPool } from "./pool.js";
import { type PreparationTerms, type PreparedPolicySet, preparePolicySet } from "./preparation.js";
import { SessionImages } from "./session-images.js";

export type { PublishedPolicySet } from "./generation.js";

/** How an engine is set up. */
export interface EngineOptions {
  /** Threads for large batches; 0 decides everything where it arrives. Default 1. */
  readonly workers?: number;
  /** Whether the threads start with `startWorkers` or the first large batch, not with the engine. Default false. */
  readonly deferWorkers?: boolean;
  /** Whether callers may set derived context keys by saying `what_if` (CTX-1). Default false. */
  readonly allowWhatIf?: boolean;
  /** Larger messages are refused. Default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Batches with more questions are refused. Default 100,000. */
  readonly maxBatchRequests?: number;
  /** Whether policy sets are kept beside their images, for simulations over them. Default false. */
  readonly keepArchives?: boolean;
  /**
   * Whether sets are small and soon replaced: the garbage collector is not told what their memories take, which costs eight times as
   * much as publishing them. Default false.
   */
  readonly briefSets?: boolean;
  /**
   * Whether sets are decided over and nothing else is asked of them: what is published has no digest, no samples and no listing, which
   * take a fifth of the time of a large set. Default false.
   */
  readonly bareSets?: boolean;
  /** A large batch that has waited so long for room is refused. Default 5 seconds. */
  readonly maxQueueAgeMs?: number;
  readonly matcher?: MatcherFlavour;
  /** A part of a batch that takes longer hangs, and its worker is ended. Default 30 seconds; a part is milliseconds of work. */
  readonly taskTimeoutMs?: number;
  /** The worker threads' entry, for tests whose workers fail. */
  readonly workerEntry?: string;
  /** The clock (CTX-12), in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** What one caller may have, and the clock that its call is decided by. */
export interface CallRights {
  /** Whether answers may say more than the outcome (OUT-8). Default true. */
  readonly explain?: boolean;
  /** Whether other calls are waiting, which a batch of many questions is kept from holding up. Default false. */
  readonly isOneOfMany?: boolean;
  /** The clock of the call (CTX-12), in milliseconds since 1970. Default: the engine's. */
  readonly nowMs?: number;
}

/** How `decide` and `decideMany` answer. */
export interface DecideOptions {
  /** How much the answers tell. Default `reason`. */
  readonly detail?: "reason" | "explain";
  /** Name of the policy set. Default: the one that was published without a name. */
  readonly policySet?: string;
  /** The clock of the call (CTX-12), in milliseconds since 1970. Default: the engine's. */
  readonly nowMs?: number;
}

const optionNames: Readonly<Record<keyof EngineOptions, true>> = {
  workers: true,
  deferWorkers: true,
  allowWhatIf: true,
  maxMessageBytes: true,
  maxBatchRequests: true,
  keepArchives: true,
  briefSets: true,
  bareSets: true,
  maxQueueAgeMs: true,
  matcher: true,
  taskTimeoutMs: true,
  workerEntry: true,
  nowMs: true,
};
const decideNames: Readonly<Record<keyof DecideOptions, true>> = { detail: true, policySet: true, nowMs: true };
const MOST_WORKERS = 1024;

/** The name that a request without `policy_set` is decided under. */
export const DEFAULT_POLICY_SET = "default";
const DEFAULT_MAX_MESSAGE_BYTES = 16 << 20;
const DEFAULT_MAX_BATCH_REQUESTS = 100_000;
const TEXTS_AT_ONCE = 5_000;
const DEFAULT_MAX_QUEUE_AGE_MS = 5_000;
const DEFAULT_TASK_TIMEOUT_MS = 30_000;

/** Up to so many questions are decided where they arrive: waking a worker costs 0.2 to 0.3 ms, deciding one about a microsecond. */
const INLINE_REQUESTS = 1024;
/**
 * From so many bytes on a batch goes to a thread that has room while other calls wait. Smaller ones would cost the front end as much as it
 * gains: handing over and waking take 10 µs and more, fifty questions 20.
 */
const SHARED_BYTES = 64 << 10;
/** Large batches of a worker that may be in memory at once, at least; further ones wait. */
const CALL_AREAS = 2;
/** Their messages are addresses of one memory, of which there are 4 GiB; pages that were never written take nothing. */
const MOST_AREA_BYTES = 512 << 20;
/** Of the same 4 GiB a region takes 3 MiB, a shared area 10; where there are so many, threads have less at hand, or wait. */
const MOST_REGIONS = 256;
const MOST_SHARED_AREAS = 32;

/** The decision point. */
export class Engine {
  private readonly generations = new Map<string, Generation>();
  private readonly sessions = new SessionImages();
  private readonly large: LargeBatches | undefined;
  private generationCount = 0;

  private constructor(
    private readonly options: Required<EngineOptions>,
    /** The threads; absent with `workers: 0`. */
    readonly pool: WorkerPool | undefined,
  ) {
    const route = (planned: Generation, name: string): Generation => this.routeFrom(planned, name);
    this.large = pool && new LargeBatches(pool, options.matcher, options, route);
  }

  /** Starts the worker threads, unless they are deferred. Rejects with TypeError or RangeError for options that cannot be. */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    refuseUnknownOptions(options, optionNames);
    const complete: Required<EngineOptions> = {
      workers: workerCount(options.workers ?? 1),
      deferWorkers: options.deferWorkers ?? false,
      allowWhatIf: options.allowWhatIf ?? false,
      maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      maxBatchRequests: options.maxBatchRequests ?? DEFAULT_MAX_BATCH_REQUESTS,
      maxQueueAgeMs: options.maxQueueAgeMs ?? DEFAULT_MAX_QUEUE_AGE_MS,
      keepArchives: options.keepArchives ?? false,
      briefSets: options.briefSets ?? false,
      bareSets: options.bareSets ?? false,
      matcher: options.matcher ?? "release",
      taskTimeoutMs: options.taskTimeoutMs ?? DEFAULT_TASK_TIMEOUT_MS,
      workerEntry: options.workerEntry ?? workerPath,
      nowMs: options.nowMs ?? Date.now,
    };
    const { workers, workerEntry, taskTimeoutMs, deferWorkers } = complete;
    const pool = workers > 0 ? new WorkerPool(workers, workerEntry, taskTimeoutMs) : undefined;
    if (!deferWorkers) await pool?.start();
    return new Engine(complete, pool);
  }

  /** Starts worker threads that were deferred. */
  async startWorkers(): Promise<void> {
    await this.pool?.start();
  }

  /** Compiles a policy set on this thread and puts it in force; see `adopt`. */
  publish(policySet: PolicySet, name: string = DEFAULT_POLICY_SET): PublishedPolicySet {
    return this.adopt(preparePolicySet(policySet, this.preparationTerms), name);
  }

  /** Puts a prepared policy set in force under a name; calls that are under way end with the set they began with. */
  adopt(prepared: PreparedPolicySet, name: string = DEFAULT_POLICY_SET): PublishedPolicySet {
    const matcher = loadMatcher(this.options.matcher);
    const identity = { name, generation: ++this.generationCount };
    const generation = openGeneration(matcher, prepared, identity, this.sessions, this.options.briefSets);
    this.generations.set(name, generation);
    return generation.published;
  }

  /** Takes the set of a name out of force; calls that are under way end with it. False if there was none. */
  evict(name: string): boolean {
    return this.generations.delete(name);
  }

  /** When the set of a name was last asked, in milliseconds since 1970; 0 for never, undefined if there is none. */
  lastUsedMs(name: string): number | undefined {
    return this.generations.get(name)?.usedAtMs;
  }

  /** The names under which sets are in force. */
  names(): readonly string[] {
    return [...this.generations.keys()];
  }

  /** What policy sets have to be prepared with for this engine. */
  get preparationTerms(): PreparationTerms {
    const maxMessageBytes = Math.max(this.options.maxMessageBytes, INLINE_MESSAGE_CAPACITY);
    const { workers } = this.options;
    return {
      flavour: this.options.matcher,
      taskRegions: Math.min(LANE_LENGTH * workers, MOST_REGIONS),
      // While a thread decides one, the next lies ready.
      callAreas: Math.max(CALL_AREAS, Math.min(CALL_AREAS * workers, Math.floor(MOST_AREA_BYTES / maxMessageBytes))),
      sharedAreas: Math.min(LANE_LENGTH * workers, MOST_SHARED_AREAS),
      maxMessageBytes,
      maxBatchRequests: this.options.maxBatchRequests,
      keepsArchive: this.options.keepArchives,
      isBare: this.options.bareSets,
    };
  }

  /** What is in force under a name. */
  published(name: string = DEFAULT_POLICY_SET): PublishedPolicySet | undefined {
    return this.generations.get(name)?.published;
  }

  /** Decides a serialised AuthorizeRequest; gives a serialised AuthorizeResponse. Throws EngineError. */
  authorize(message: Uint8Array, rights: CallRights = {}): Uint8Array {
    const generation = this.route(lastTextField(message, RequestField.PolicySet));
    return this.decideUnary(generation, message, this.nowSeconds(rights), this.flags(rights));
  }

  /** Decides a serialised BatchAuthorizeRequest; gives a serialised BatchAuthorizeResponse. Rejects with EngineError. */
  async batchAuthorize(message: Uint8Array, signal?: Cancellation, rights: CallRights = {}): Promise<Uint8Array> {
    if (message.length > this.options.maxMessageBytes) {
      throw new EngineError(
        "messageTooLarge",
        `message: ${message.length} bytes, at most ${this.options.maxMessageBytes}`,
      );
    }
    // Most servers serve one set, so the default one's memory plans the batch; the plan says whether it was the right one. Any
    // other will do where there is no default: the name may stand in the request's defaults, which only the plan finds.
    const planner = this.generations.get(DEFAULT_POLICY_SET) ?? this.generations.values().next().value;
    const generation = planner ?? this.route(lastTextField(message, BatchField.PolicySet));
    const isShared = this.isShared(generation, message, rights);
    if (message.length > INLINE_MESSAGE_CAPACITY || isShared) {
      return this.decideLarge(generation, message, signal, rights, isShared);
    }
    const { frontArea, frontRegion } = generation.map;
    const status = generation.session.plan(frontRegion, frontArea, generation.session.store(frontArea, message));
    // The front end's own area holds plans of small batches only.
    if (status === Status.TooLarge) return this.decideLarge(generation, message, signal, rights);
    const items = plannedItems(generation, frontArea, status, this.options);
    const chosen = this.routeFrom(generation, plannedPolicySet(generation, frontArea));
    // INVARIANT: nothing awaits between storing the message and the answer, so the front end's own area is not shared.
    if (chosen !== generation || (items > INLINE_REQUESTS && this.pool !== undefined)) {
      return this.decideLarge(chosen, message, signal, rights);
    }
    return this.decideInline(generation, frontArea, items, rights);
  }

  /**
   * Decides one question, at once. A question that cannot be decided, also one with a wrong member, gives an `error` and never an
   * allow. Throws EngineError without a policy set of that name, and TypeError for an option that is none. For services and tools; the hot path takes bytes.
   */
  decide(question: Question | AuthorizationQuestion, options: DecideOptions = {}): Decision | DecisionError {
    const [answer] = this.decideMany([question], options);
    return answer ?? { error: "question: not answered" };
  }

  /** Decides questions one after the other, all by the policy set and the clock of this moment; an answer each, in order. */
  decideMany(
    questions: readonly (Question | AuthorizationQuestion)[],
    options: DecideOptions = {},
  ): readonly (Decision | DecisionError)[] {
    if (!Array.isArray(questions)) throw new TypeError("questions: expected a list");
    refuseUnknownOptions(options, decideNames);
    const { detail = "reason" } = options;
    if (detail !== "reason" && detail !== "explain") {
      throw new TypeError(`detail: expected reason or explain, not ${quote(String(detail))}`);
    }
    const generation = this.route(options.policySet ?? "");
    const nowSeconds = this.nowSeconds(options);
    const flags = this.flags({});
    return questions.map((question) => {
      const message = messageOf(question, detail);
      if (typeof message === "string") return { error: message };
      return decodeResponse(this.decideUnary(generation, message, nowSeconds, flags));
    });
  }

  /** Whether a question is allowed; undefined where it cannot be decided. At once, and without reasons. */
  allows(question: AuthorizationQuestion, options: Omit<DecideOptions, "detail"> = {}): boolean | undefined {
    const generation = this.route(options.policySet ?? "");
    // It is put into the memory before the next one is made.
    const message = encodeQuestion(question, "outcome", "", (bytes) => bytes);
    return isAllowedBy(this.decideUnary(generation, message, this.nowSeconds(options), this.flags({})));
  }

  /**
   * Whether a question is allowed if its action is each of some; undefined where it cannot be decided. At once, and without reasons: a
   * tenth of the time of as many decisions.
   */
  allowedActions(
    question: AuthorizationQuestion,
    actions: readonly string[],
    options: Omit<DecideOptions, "detail"> = {},
  ): readonly (boolean | undefined)[] {
    const terms = { ...options, detail: "outcome" } as const;
    const answers = this.decideEach({ ...question, action: "" }, RequestField.Action, actions, terms);
    return answers.map((answer) => ("error" in answer ? undefined : answer.allowed));
  }

  /**
   * The answers to a question if its principal is each of some: at once, and in half the time of as many decisions. With `outcome`
   * they say nothing but the decision.
   */
  decidePrincipals(
    question: AuthorizationQuestion,
    principals: readonly string[],
    options: Omit<DecideOptions, "detail"> & { readonly detail: Detail },
  ): readonly GivenAnswer[] {
    return this.decideEach({ ...question, principal: "" }, RequestField.Principal, principals, options);
  }

  /** An answer for each text, which fills the member that the question leaves out. */
  private decideEach(
    question: AuthorizationQuestion,
    member: RequestField.Action | RequestField.Principal,
    texts: readonly string[],
    { detail, policySet, nowMs }: Omit<DecideOptions, "detail"> & { readonly detail: Detail },
  ): readonly GivenAnswer[] {
    const defaults = encodeQuestion(question, detail);
    const given: GivenAnswer[] = [];
    for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
      const some = texts.slice(from, from + TEXTS_AT_ONCE);
      const terms = { detail, defaults, ...(policySet === undefined ? {} : { policySet }) };
      const rights = nowMs === undefined ? {} : { nowMs };
      const message = textBatch(member, some, terms);
      const { answers } = givenAnswers(this.decideHere(this.route(policySet ?? ""), message, rights));
      for (const index of some.keys()) given.push(answers[index] ?? { error: "question: not answered" });
    }
    return given;
  }

  /** Ends the threads; calls under way fail. */
  async close(): Promise<void> {
    await this.pool?.close();
  }

  private flags({ explain = true }: CallRights): number {
    return (this.options.allowWhatIf ? CONTROL_ALLOW_WHAT_IF : 0) | (explain ? 0 : CONTROL_NO_EXPLANATION);
  }

  private nowSeconds({ nowMs }: CallRights): number {
    return Math.floor((nowMs ?? this.options.nowMs()) / 1000);
  }

  private route(name: string): Generation {
    const generation = this.generations.get(name === "" ? DEFAULT_POLICY_SET : name);
    if (generation !== undefined) return this.used(generation);
    const what =
      name === "" ? "no policy set is published" : `policy_set: no policy set ${JSON.stringify(name)} is published`;
    throw new EngineError("unknownPolicySet", what);
  }

  /** The generation itself if it is of that name: a call that has waited ends with the set that it began with. */
  private routeFrom(generation: Generation, name: string): Generation {
    if ((name === "" ? DEFAULT_POLICY_SET : name) !== generation.published.name) return this.route(name);
    return this.used(generation);
  }

  private used(generation: Generation): Generation {
    generation.usedAtMs = this.options.nowMs();
    return generation;
  }

  private decideUnary(generation: Generation, message: Uint8Array, nowSeconds: number, flags: number): Uint8Array {
    const { frontArea, frontRegion } = generation.map;
    return generation.session.decideOne(frontRegion, frontArea, generation.session.store(frontArea, message), {
      flags,
      nowSeconds,
      policySet: generation.published.name,
    });
  }

  /** Whether a batch that could be decided here is decided by a thread, because others wait and it need not. */
  private isShared(generation: Generation, message: Uint8Array, { isOneOfMany = false }: CallRights): boolean {
    return (
      isOneOfMany &&
      message.length >= SHARED_BYTES &&
      message.length <= INLINE_MESSAGE_CAPACITY &&
      this.pool?.hasRoom === true &&
      generation.sharedAreas.hasFree
    );
  }

  /** Decides a large batch on this thread; only for engines without workers. */
  private decideHere(generation: Generation, message: Uint8Array, rights: CallRights): Uint8Array {
    const [area] = generation.map.callAreas;
    if (area === undefined) throw new EngineError("internal", "engine: no call area");
    const stored = generation.session.store(area, message);
    const status = generation.session.plan(generation.map.frontRegion, area, stored);
    const items = plannedItems(generation, area, status, this.options);
    const chosen = this.routeFrom(generation, plannedPolicySet(generation, area));
    return chosen === generation
      ? this.decideInline(generation, area, items, rights)
      : this.decideHere(chosen, message, rights);
  }

  private decideInline(generation: Generation, area: CallArea, items: number, rights: CallRights): Uint8Array {
    const pieces = generation.session.decideRange(generation.map.frontRegion, area, 0, items, {
      flags: this.flags(rights) | CONTROL_WITH_VERSION,
      nowSeconds: this.nowSeconds(rights),
      policySet: generation.published.name,
    });
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  private async decideLarge(
    generation: Generation,
    message: Uint8Array,
    signal: Cancellation | undefined,
    rights: CallRights,
    isShared = false,
  ): Promise<Uint8Array> {
    if (signal?.aborted) throw new EngineError("cancelled", "call: cancelled");
    if (this.large === undefined) return this.decideHere(generation, message, rights);
    const { explain = true } = rights;
    const nowSeconds = this.nowSeconds(rights);
    return this.large.decide(generation, { message, flags: this.flags(rights), nowSeconds, explain, signal, isShared });
  }
}

/** Throws RangeError for what is no number of threads. */
function workerCount(workers: number): number {
  if (Number.isInteger(workers) && workers >= 0 && workers <= MOST_WORKERS) return workers;
  throw new RangeError(`workers: expected a whole number from 0 to ${MOST_WORKERS}, not ${quote(String(workers))}`);
}
