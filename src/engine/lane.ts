/**
 * The front end's side of a lane to a worker thread: entries are posted, answers come in the order of the entries. While there is work,
 * and a little longer, a thread serves the lane; whoever wants the thread meanwhile has it after the entry in hand.
 */
import { LANE_SLOTS, type LaneEntry, LaneWords, numberAfter } from "./lane-words.js";
import { type GenerationMemory, MEMORY_WANTED } from "./task.js";

/** A thread at a lane. */
export interface LaneServer {
  /**
   * Has a thread serve the lane until nothing was posted for a while, its end was asked for, or it lacks a generation's memory, which gives
   * `MEMORY_WANTED`. Calls `begun` when there is a thread, with how to end it; the timer that it gives stops with the
   * serving. Rejects if the thread dies.
   */
  serve(
    shared: SharedArrayBuffer,
    memory: GenerationMemory | undefined,
    begun: (kill: () => void) => NodeJS.Timeout | undefined,
  ): Promise<unknown>;
}

interface Posted {
  readonly entry: LaneEntry;
  readonly memory: GenerationMemory;
  resolve(answer: number): void;
  reject(error: unknown): void;
}

/** One lane. */
export class Lane {
  private words = new LaneWords();
  /** What is not done, in order. */
  private readonly waiting: Posted[] = [];
  /** The number of the first entry whose answer was not seen. */
  private seen = 0;
  private isServed = false;
  private isListening = false;
  /** Ends a thread that takes too long over an entry. */
  private watchdog: NodeJS.Timeout | undefined;

  constructor(
    readonly server: LaneServer,
    private readonly entryTimeoutMs: number,
  ) {}

  /** How many entries are not done. */
  get length(): number {
    return this.waiting.length;
  }

  get isFull(): boolean {
    return this.waiting.length >= LANE_SLOTS;
  }

  /**
   * Does an entry; gives its answer. Rejects if the thread dies over it; one that only waited behind it is done by another thread.
   * INVARIANT: the lane is not full.
   */
  post(entry: LaneEntry, memory: GenerationMemory): Promise<number> {
    return new Promise((resolve, reject) => this.add({ entry, memory, resolve, reject }));
  }

  /** Asks the thread to leave after the entry in hand. */
  leave(): void {
    if (this.isServed) this.words.isEnding = true;
  }

  private add(posted: Posted): void {
    if (this.waiting.length === 0) this.watchdog?.refresh();
    this.waiting.push(posted);
    this.words.post(posted.entry);
    if (!this.isServed) void this.haveServed();
    if (!this.isListening) void this.listen();
  }

  private async listen(): Promise<void> {
    this.isListening = true;
    while (this.waiting.length > 0) {
      await this.words.whenDone(this.seen);
      this.collect();
    }
    this.isListening = false;
  }

  private collect(): void {
    const { done } = this.words;
    if (this.seen === done) return;
    while (this.seen !== done) {
      const answer = this.words.answer(this.seen);
      this.seen = numberAfter(this.seen);
      this.waiting.shift()?.resolve(answer);
    }
    // The next one has its whole time.
    this.watchdog?.refresh();
  }

  private async haveServed(): Promise<void> {
    this.isServed = true;
    let wanted: GenerationMemory | undefined;
    try {
      while (this.waiting.length > 0) {
        this.words.isEnding = false;
        const end = await this.server.serve(this.words.shared, wanted, (kill) => this.watch(kill));
        this.collect();
        wanted = end === MEMORY_WANTED ? this.waiting[0]?.memory : undefined;
      }
    } catch (error: unknown) {
      this.startOver(error);
    } finally {
      this.watchdog = undefined;
      this.isServed = false;
    }
    if (this.waiting.length > 0 && !this.isServed) void this.haveServed();
  }

  private watch(kill: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      if (this.waiting.length > 0) kill();
    }, this.entryTimeoutMs);
    this.watchdog = timer.unref();
    return timer;
  }

  /** The thread died over the first entry that is not done, or never lived; the others are posted again. */
  private startOver(error: unknown): void {
    const left = this.words;
    // INVARIANT: a thread that is still dying begins none of those that are posted again.
    left.giveUp();
    this.collect();
    const [head, ...others] = this.waiting.splice(0);
    this.words = new LaneWords();
    this.seen = 0;
    for (const posted of others) {
      this.waiting.push(posted);
      this.words.post(posted.entry);
    }
    left.wake();
    head?.reject(error);
  }
}
