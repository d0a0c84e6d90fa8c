/**
 * Sends calls: by a schedule that does not look at answers (open loop), or as many callers would who each wait for their answer (closed
 * loop). Latency counts from when a call was due. What cannot be sent because too much is under way is skipped and counted; what is not
 * answered when a run is over counts with its age.
 */
import type { Arrivals } from "./arrivals.js";
import type { LoadClock } from "./clock.js";
import { type Second, Tally } from "./tally.js";
import type { LoadTarget } from "./target.js";

/** What calls follow. */
export type LoopModel =
  | { readonly kind: "open"; readonly arrivals: Arrivals; readonly mostInFlight: number }
  | { readonly kind: "closed"; readonly callers: number };

/** One run. */
export interface RunPlan {
  readonly loop: LoopModel;
  readonly durationMs: number;
  /** How long answers are waited for when the last call is sent. */
  readonly drainMs: number;
  /** Which call is sent first. */
  readonly firstMessage?: number;
  /** Stops the run where it is; what was measured counts. */
  readonly signal?: AbortSignal | undefined;
  /** Of calls that are decided at once, in a closed loop: the clock is read at every so-manieth. Default 1. */
  readonly clockEvery?: number;
  /** Hears of every second, with the delay of sends so far (p99, in milliseconds). */
  readonly onSecond?: (second: Second, lagP99: number) => void;
}

/** What came of it. */
export interface DrivenRun {
  readonly tally: Tally;
  /** From the first moment to the end of sending, in milliseconds. */
  readonly elapsedMs: number;
  /** Sent and answered in time, a second: failures count, unfinished and skipped calls do not. */
  readonly achieved: number;
  /** Calls that were answered, of those that were due. */
  readonly keptShare: number;
  /** Calls in flight, on average (Little's law: rate × mean latency). */
  readonly meanInFlight: number;
  /** The share of the time in which this thread had something to do. */
  readonly busyShare: number;
  /** The most calls that waited in this process for a place on a connection. */
  readonly mostWaiting: number;
  readonly wasStopped: boolean;
}

/** So many sends are made before others have their turn. */
const mostInTurn = 256;
/** Timers are set so much earlier where the rest is waited awake. */
const earlyMs = 3;
const turnsAtOnceMs = 5;

/** Runs the plan. */
export function drive(target: LoadTarget, clock: LoadClock, plan: RunPlan): Promise<DrivenRun> {
  return new Promise((resolve, reject) => new Driver(target, clock, plan, resolve, reject).start());
}

class Driver {
  private readonly tally: Tally;
  private readonly startMs: number;
  private readonly endMs: number;
  private readonly intended: Float64Array;
  private readonly sentAt: Float64Array;
  private readonly isOpen: Uint8Array;
  private readonly free: number[] = [];
  private dueMs: number;
  private nowMs: number;
  private message: number;
  private inFlight = 0;
  private inFlightMs = 0;
  private lastChangeMs: number;
  private idleMs = 0;
  private readonly sleptBeforeMs: number;
  private mostWaiting = 0;
  private isOver = false;
  private isDraining = false;
  private endedMs = 0;
  private finishedInTime = 0;
  private activity = 0;

  constructor(
    private readonly target: LoadTarget,
    private readonly clock: LoadClock,
    private readonly plan: RunPlan,
    private readonly resolve: (run: DrivenRun) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    const { loop, durationMs, firstMessage = 0 } = plan;
    this.tally = new Tally(plan.onSecond);
    const slots = loop.kind === "open" ? loop.mostInFlight : loop.callers;
    this.intended = new Float64Array(slots);
    this.sentAt = new Float64Array(slots);
    this.isOpen = new Uint8Array(slots);
    for (let slot = slots - 1; slot >= 0; slot--) this.free.push(slot);
    this.startMs = clock.nowMs();
    this.tally.begin(this.startMs);
    this.sleptBeforeMs = clock.sleptMs();
    this.nowMs = this.startMs;
    this.lastChangeMs = this.startMs;
    this.endMs = this.startMs + durationMs;
    this.message = firstMessage % target.messages;
    this.dueMs = this.startMs + (loop.kind === "open" ? loop.arrivals.nextGapMs() : 0);
    target.sink = { answered: (slot, failure) => this.answered(slot, failure) };
  }

  start(): void {
    this.guarded(() => this.turn());
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error: unknown) {
      this.isOver = true;
      this.reject(error);
    }
  }

  private again(waitMs: number): void {
    const from = this.nowMs;
    const { activity } = this;
    const { awakeMs } = this.clock;
    const isAwake = waitMs <= awakeMs;
    const next = (): void => {
      if (this.isOver) return;
      this.nowMs = this.clock.nowMs();
      // Awake, and nothing came in between: this thread had nothing to do.
      if (isAwake && this.activity === activity) this.idleMs += this.nowMs - from;
      this.guarded(() => this.turn());
    };
    if (!isAwake)
      this.clock.after(awakeMs > earlyMs ? Math.floor(waitMs - earlyMs) : Math.max(1, Math.floor(waitMs)), next);
    else this.clock.soon(next);
  }

  private turn(): void {
    if (this.plan.signal?.aborted === true) this.isDraining = true;
    if (!this.isDraining) {
      if (this.plan.loop.kind === "closed") this.sendClosed();
      else this.sendOpen(this.plan.loop.arrivals, this.plan.loop.mostInFlight);
    }
    this.mostWaiting = Math.max(this.mostWaiting, this.target.waiting);
    if (!this.isDraining) {
      const { loop } = this.plan;
      const wait = loop.kind === "open" ? this.dueMs - this.nowMs : this.target.isAtOnce ? 0 : this.endMs - this.nowMs;
      this.again(Math.min(wait, 50));
      return;
    }
    if (this.endedMs === 0) this.endedMs = Math.min(this.nowMs, this.endMs);
    const wasStopped = this.plan.signal?.aborted === true;
    const deadline = this.endedMs + (wasStopped ? Math.min(this.plan.drainMs, 200) : this.plan.drainMs);
    if (this.inFlight === 0 || this.nowMs >= deadline) void this.finish(wasStopped);
    else this.again(Math.min(deadline - this.nowMs, turnsAtOnceMs));
  }

  private sendOpen(arrivals: Arrivals, most: number): void {
    let sent = 0;
    while (this.dueMs <= this.nowMs && this.dueMs < this.endMs && sent < mostInTurn) {
      const { dueMs } = this;
      this.dueMs += arrivals.nextGapMs();
      this.tally.due++;
      // What is due and not yet sent is under way as well.
      const isLate = ((this.nowMs - dueMs) * arrivals.rate) / 1000 > most;
      const slot = isLate ? undefined : this.free.pop();
      if (slot === undefined) {
        this.tally.skipped++;
        continue;
      }
      sent++;
      this.tally.lag.record(this.nowMs - dueMs);
      this.send(slot, dueMs);
      // Late sends of a thread that decides by itself: the run ends all the same.
      if (this.nowMs >= this.endMs + this.plan.drainMs) break;
    }
    this.target.flush();
    const isDone = this.dueMs >= this.endMs;
    const isTooLate = this.nowMs >= this.endMs + this.plan.drainMs;
    if (isTooLate) {
      for (; this.dueMs < this.endMs; this.dueMs += arrivals.nextGapMs()) {
        this.tally.due++;
        this.tally.neverAnswered(this.nowMs, this.dueMs);
      }
    }
    if ((isDone && this.nowMs >= this.endMs) || isTooLate) this.isDraining = true;
  }

  private sendClosed(): void {
    const { target } = this;
    if (target.isAtOnce) {
      this.sendAtOnce();
    } else {
      for (let slot = this.nextFree(); slot !== undefined; slot = this.nextFree()) {
        this.tally.due++;
        this.send(slot, this.nowMs);
      }
      target.flush();
    }
    if (this.nowMs >= this.endMs) this.isDraining = true;
  }

  private nextFree(): number | undefined {
    return this.nowMs < this.endMs ? this.free.pop() : undefined;
  }

  /** One call after the other; the clock, which costs as much as a decision, is read around some of them only. */
  private sendAtOnce(): void {
    const { target, clock, tally } = this;
    const { clockEvery = 1 } = this.plan;
    const until = Math.min(this.nowMs + turnsAtOnceMs, this.endMs);
    const { messages } = target;
    let failure = "";
    target.sink = {
      answered: (_slot, found) => {
        failure = found;
      },
    };
    let rest = 0;
    let before = this.nowMs;
    let isTimed = true;
    while (before < until) {
      target.send(0, this.message);
      this.message = this.message + 1 === messages ? 0 : this.message + 1;
      rest++;
      if (isTimed || failure !== "") {
        const after = clock.nowMs();
        if (failure === "") tally.answered(after, before, before);
        else tally.failedWith(failure, after, before);
        before = after;
        rest--;
        this.finishedInTime++;
        tally.sent++;
        tally.due++;
        failure = "";
        isTimed = clockEvery === 1;
      } else if (rest >= clockEvery - 1) {
        tally.untimed(rest);
        this.finishedInTime += rest;
        before = clock.nowMs();
        rest = 0;
        isTimed = true;
      }
    }
    tally.untimed(rest);
    this.finishedInTime += rest;
    this.nowMs = before;
    this.activity++;
    target.sink = { answered: (slot, found) => this.answered(slot, found) };
  }

  private send(slot: number, intendedMs: number): void {
    this.intended[slot] = intendedMs;
    this.sentAt[slot] = this.nowMs;
    this.isOpen[slot] = 1;
    this.count(1);
    this.tally.sent++;
    this.activity++;
    const { message } = this;
    this.message = message + 1 === this.target.messages ? 0 : message + 1;
    this.target.send(slot, message);
  }

  private count(change: number): void {
    this.inFlightMs += this.inFlight * (this.nowMs - this.lastChangeMs);
    this.lastChangeMs = this.nowMs;
    this.inFlight += change;
  }

  private answered(slot: number, failure: string): void {
    if (this.isOver || this.isOpen[slot] !== 1) return;
    this.nowMs = this.clock.nowMs();
    this.isOpen[slot] = 0;
    this.count(-1);
    this.free.push(slot);
    this.activity++;
    const intended = this.intended[slot] ?? 0;
    const sentMs = this.sentAt[slot] ?? 0;
    if (failure === "") this.tally.answered(this.nowMs, intended, sentMs);
    else this.tally.failedWith(failure, this.nowMs, intended);
    if (sentMs <= this.endMs) this.finishedInTime++;
    if (this.plan.loop.kind === "closed" && !this.target.isAtOnce && !this.isDraining && this.nowMs < this.endMs) {
      const next = this.free.pop();
      if (next === undefined) return;
      this.tally.due++;
      this.send(next, this.nowMs);
    }
  }

  private async finish(wasStopped: boolean): Promise<void> {
    this.isOver = true;
    const { tally } = this;
    for (const [slot, isOpen] of this.isOpen.entries()) {
      if (isOpen === 1) tally.neverAnswered(this.nowMs, this.intended[slot] ?? 0);
    }
    this.count(0);
    tally.end();
    const elapsedMs = Math.max(this.endedMs - this.startMs, 1e-6);
    const wholeMs = Math.max(this.nowMs - this.startMs, elapsedMs);
    const sleptMs = this.clock.sleptMs() - this.sleptBeforeMs;
    try {
      if (tally.unfinished > 0) await this.target.reset();
    } catch (error: unknown) {
      this.reject(error);
      return;
    }
    this.resolve({
      tally,
      elapsedMs,
      achieved: (this.finishedInTime / elapsedMs) * 1000,
      keptShare: tally.due === 0 ? 1 : this.finishedInTime / tally.due,
      meanInFlight: this.inFlightMs / wholeMs,
      busyShare: Math.min(1, Math.max(0, 1 - (this.idleMs + sleptMs) / wholeMs)),
      mostWaiting: this.mostWaiting,
      wasStopped,
    });
  }
}
