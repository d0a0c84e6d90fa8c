/**
 * Large batches: copied into shared memory piece by piece, planned and decided by workers, put together in order. The thread
 * that serves callers only copies, and lets others in between two pieces.
 */
import { CONTROL_WITH_VERSION, Detail, type Status } from "../../assembly/format/layout.js";
import { PlanFields } from "../../assembly/format/records.js";
import type { MatcherFlavour } from "../artifacts.js";
import { errorAnswers } from "../wire/batch.js";
import { type BatchLimits, plannedItems, plannedPolicySet } from "./batch-plan.js";
import type { Cancellation } from "./cancellation.js";
import { EngineError } from "./engine-error.js";
import type { Generation } from "./generation.js";
import { LANE_CANCELLED, LANE_TOO_LONG, type LaneEntry } from "./lane-words.js";
import type { MatcherCallTerms, StoredMessage } from "./matcher-session.js";
import { type CallArea, INLINE_MESSAGE_CAPACITY } from "./memory-map.js";
import type { WorkerPool } from "./pool.js";
import { type GenerationMemory, MEMORY_WANTED, type Task } from "./task.js";

/** Why a part of a batch that no worker survived has no answers. */
const WORKER_DIED = "engine: the worker died, try again";
/** Questions in one task: so few that a batch spreads evenly, so many that a task is worth its hand-over of some 0.2 ms. */
const TASK_REQUESTS = 8192;
const LEAST_TASK_REQUESTS = 1024;
/** Parts of a batch for each worker where there are several: whoever is slower takes fewer. */
const PARTS_A_WORKER = 3;
/** So many questions with their reasons fit into a region. */
const LANE_REASONS = 1024;
/** Large batches that may wait for room in memory. */
const MAX_WAITING_CALLS = 64;
/** Bytes that are copied at once: about 0.2 ms. */
const PIECE_BYTES = 1 << 20;

/** One large batch on its way. */
export interface LargeCall {
  readonly message: Uint8Array;
  readonly flags: number;
  readonly nowSeconds: number;
  /** Whether answers may say more than outcomes (OUT-8). */
  readonly explain: boolean;
  readonly signal: Cancellation | undefined;
  /** Whether it is a small one, which a thread with room decides. */
  readonly isShared: boolean;
}

/** Decides large batches on a pool of workers. */
export class LargeBatches {
  constructor(
    private readonly pool: WorkerPool,
    private readonly flavour: MatcherFlavour,
    private readonly limits: BatchLimits & { readonly maxQueueAgeMs: number },
    /** The generation that a call which was planned with another set's memory belongs to. */
    private readonly routeFrom: (planned: Generation, name: string) => Generation,
  ) {}

  /** Gives a serialised BatchAuthorizeResponse; rejects with EngineError. */
  async decide(generation: Generation, call: LargeCall): Promise<Uint8Array> {
    const { message, signal, isShared } = call;
    const areas = isShared ? generation.sharedAreas : generation.areas;
    if (areas.queueLength >= MAX_WAITING_CALLS) {
      throw new EngineError("overloaded", "engine: too many large batches");
    }
    const area = await areas.take({ signal, mostMs: this.limits.maxQueueAgeMs });
    const cancelled = new Int32Array(generation.memory.buffer, area.cancelAt, 1);
    const cancel = (): void => void Atomics.store(cancelled, 0, 1);
    Atomics.store(cancelled, 0, 0);
    try {
      signal?.addEventListener("abort", cancel, { once: true });
      const stored = await copyIn(generation, area, message, signal);
      const items = plannedItems(generation, area, await this.plan(generation, area, stored, call), this.limits);
      const chosen = this.routeFrom(generation, plannedPolicySet(generation, area));
      if (chosen !== generation) return await this.decide(chosen, call);
      return await this.decideParts(generation, area, items, call);
    } finally {
      signal?.removeEventListener("abort", cancel);
      areas.giveBack(area);
    }
  }

  /** A message of many small questions is planned sooner than a worker wakes up. */
  private async plan(generation: Generation, area: CallArea, message: StoredMessage, call: LargeCall): Promise<Status> {
    if (message.length <= INLINE_MESSAGE_CAPACITY) {
      return generation.session.plan(generation.map.frontRegion, area, message);
    }
    const status = await this.run(generation, area, call, { kind: "plan", message });
    if (typeof status !== "number") throw new EngineError("internal", "worker: gave no plan");
    return status;
  }

  /** INVARIANT: resolves only when no worker reads the area any more, whatever happened to the parts. */
  private async decideParts(
    generation: Generation,
    area: CallArea,
    items: number,
    call: LargeCall,
  ): Promise<Uint8Array> {
    const { workers } = this.pool;
    const wanted = Math.ceil(items / (workers > 1 ? workers * PARTS_A_WORKER : 1));
    const size = Math.max(LEAST_TASK_REQUESTS, Math.min(TASK_REQUESTS, wanted));
    const parts: Promise<Uint8Array>[] = [];
    // A batch without questions is answered too: with the version alone.
    for (let first = 0; first === 0 || first < items; first += size) {
      parts.push(this.decidePart(generation, area, first, Math.min(first + size, items), call));
    }
    const settled = await Promise.allSettled(parts);
    const answers = settled.map((part) => {
      if (part.status === "rejected") throw part.reason;
      return part.value;
    });
    return join(answers);
  }

  private async decidePart(
    generation: Generation,
    area: CallArea,
    first: number,
    last: number,
    call: LargeCall,
  ): Promise<Uint8Array> {
    try {
      const answer = await this.run(generation, area, call, { kind: "decide", first, last });
      if (typeof answer === "number") throw new EngineError("internal", "worker: gave no answer");
      return answer;
    } catch (error: unknown) {
      if (error instanceof EngineError && error.code === "cancelled") throw error;
      const detail = call.explain ? generation.session.planWord(area, PlanFields.detail) : Detail.Outcome;
      return errorAnswers(last - first, WORKER_DIED, detail === Detail.Outcome ? "outcome" : "reason");
    }
  }

  private async run(
    generation: Generation,
    area: CallArea,
    { flags, nowSeconds, signal }: LargeCall,
    work: Task["work"],
  ): Promise<Uint8Array | number> {
    const { memory, published } = generation;
    const isFirst = work.kind === "decide" && work.first === 0;
    const terms: MatcherCallTerms = {
      flags: flags | (isFirst ? CONTROL_WITH_VERSION : 0),
      nowSeconds,
      policySet: published.name,
    };
    const region = await generation.regions.take();
    try {
      // Parts that have not begun end here: a worker would only be woken to refuse them.
      if (signal?.aborted === true) throw new EngineError("cancelled", "call: cancelled");
      const task: Task = { generation: published.generation, flavour: this.flavour, region, area, terms, work };
      let hasDied = false;
      try {
        const answer = await this.onLane(generation, task);
        if (answer !== undefined) return answer;
      } catch (error: unknown) {
        if (error instanceof EngineError && error.code === "cancelled") throw error;
        hasDied = true;
      }
      const answer = await this.pool.run(task, hasDied);
      // A memory takes longer to hand over than a thousand questions to decide, so a worker gets it once.
      return answer === MEMORY_WANTED ? await this.pool.run({ ...task, memory }, hasDied) : answer;
    } finally {
      generation.regions.giveBack(region);
    }
  }

  /** Undefined where a lane is no way: all are full, or the answers may be long. Rejects if the worker dies. */
  private async onLane(generation: Generation, task: Task): Promise<Uint8Array | number | undefined> {
    const { session, map } = generation;
    const { region, area, work, terms } = task;
    const isPlan = work.kind === "plan";
    if (
      !isPlan &&
      work.last - work.first > LANE_REASONS &&
      session.planWord(area, PlanFields.detail) !== Detail.Outcome
    ) {
      return undefined;
    }
    const entry: LaneEntry = {
      kind: work.kind,
      generation: task.generation,
      region: map.taskRegions.indexOf(region),
      area: map.areas.indexOf(area),
      first: isPlan ? work.message.at : work.first,
      last: isPlan ? work.message.length : work.last,
      flags: terms.flags,
      nowSeconds: terms.nowSeconds,
    };
    const answer = await this.pool.post(entry, this.memoryOf(generation));
    if (answer === LANE_CANCELLED) throw new EngineError("cancelled", "call: cancelled");
    if (answer === undefined || answer === LANE_TOO_LONG || isPlan)
      return answer === LANE_TOO_LONG ? undefined : answer;
    return session.view(region.responseAt, answer).slice();
  }

  private memoryOf({ published, memory, map }: Generation): GenerationMemory {
    return {
      generation: published.generation,
      flavour: this.flavour,
      memory,
      policySet: published.name,
      regions: map.taskRegions,
      areas: map.areas,
    };
  }
}

async function copyIn(
  { session }: Generation,
  area: CallArea,
  message: Uint8Array,
  signal: Cancellation | undefined,
): Promise<StoredMessage> {
  const stored = session.place(area, message);
  for (let at = 0; at < message.length; at += PIECE_BYTES) {
    if (at > 0) await otherWork();
    if (signal?.aborted === true) throw new EngineError("cancelled", "call: cancelled");
    session.copy(stored, message.subarray(at, at + PIECE_BYTES), at);
  }
  if (signal?.aborted === true) throw new EngineError("cancelled", "call: cancelled");
  return stored;
}

async function join(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let pieceAt = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
    if (at - pieceAt < PIECE_BYTES) continue;
    pieceAt = at;
    await otherWork();
  }
  return joined;
}

/** Lets the event loop turn once. */
function otherWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
