/**
 * What the front end and a worker thread tell each other about work that lies in shared memory, as numbers in a shared buffer: entries in
 * their order, how many were posted, how many are done. A task as a message takes 40 µs of either side, an
 * entry 6 (Node 20).
 */

/** A piece of work. */
export interface LaneEntry {
  readonly kind: "plan" | "decide";
  readonly generation: number;
  /** Index among the generation's task regions. */
  readonly region: number;
  /** Index among its call areas. */
  readonly area: number;
  /** The first question and the one after the last; of a plan the address of the message and its length in bytes. */
  readonly first: number;
  readonly last: number;
  readonly flags: number;
  readonly nowSeconds: number;
}

/** Entries that may be posted and not done. */
export const LANE_SLOTS = 16;
/** The answer of an entry that was cancelled; other answers are a Status, or the length of what lies in the region. */
export const LANE_CANCELLED = -1;
/** The answer of an entry whose answers do not fit into its region. */
export const LANE_TOO_LONG = -2;

const WORD = { posted: 0, done: 1, begun: 2, signal: 3, ending: 4 } as const;
const HEAD_WORDS = 16;
const ENTRY = {
  kind: 0,
  generation: 1,
  region: 2,
  area: 3,
  first: 4,
  last: 5,
  flags: 6,
  nowLow: 7,
  nowHigh: 8,
  answer: 9,
} as const;
const ENTRY_WORDS = 16;
const DECIDE = 1;
/** Numbers of entries start over before this one, which stands for none. */
const NUMBERS = 2 ** 30;
const GIVEN_UP = -1;

/** The number after. */
export function numberAfter(number: number): number {
  return (number + 1) % NUMBERS;
}

/** One side's view of a lane. Entries are numbered from 0 on. */
export class LaneWords {
  private readonly words: Int32Array;

  constructor(readonly shared = new SharedArrayBuffer((HEAD_WORDS + LANE_SLOTS * ENTRY_WORDS) * 4)) {
    this.words = new Int32Array(shared);
  }

  /** The number of the next entry to be posted. */
  get posted(): number {
    return Atomics.load(this.words, WORD.posted);
  }

  /** The number of the first entry that is not done. */
  get done(): number {
    return Atomics.load(this.words, WORD.done);
  }

  /** Whether the worker is to leave the lane once the entry in hand is done. */
  get isEnding(): boolean {
    return Atomics.load(this.words, WORD.ending) !== 0;
  }

  set isEnding(isEnding: boolean) {
    Atomics.store(this.words, WORD.ending, isEnding ? 1 : 0);
    this.signal();
  }

  /** Posts the next entry. INVARIANT: fewer than `LANE_SLOTS` are not done. */
  post(entry: LaneEntry): void {
    const { words } = this;
    const number = this.posted;
    const at = slotOf(number);
    words[at + ENTRY.kind] = entry.kind === "decide" ? DECIDE : 0;
    words[at + ENTRY.generation] = entry.generation;
    words[at + ENTRY.region] = entry.region;
    words[at + ENTRY.area] = entry.area;
    words[at + ENTRY.first] = entry.first;
    words[at + ENTRY.last] = entry.last;
    words[at + ENTRY.flags] = entry.flags;
    words[at + ENTRY.nowLow] = entry.nowSeconds % 2 ** 32;
    words[at + ENTRY.nowHigh] = Math.floor(entry.nowSeconds / 2 ** 32);
    // Whoever sees the count sees what was written before.
    Atomics.store(words, WORD.posted, numberAfter(number));
    this.signal();
  }

  /** The entry of that number. */
  entry(number: number): LaneEntry {
    const at = slotOf(number);
    return {
      kind: this.word(at + ENTRY.kind) === DECIDE ? "decide" : "plan",
      generation: this.word(at + ENTRY.generation),
      region: this.word(at + ENTRY.region),
      area: this.word(at + ENTRY.area),
      first: this.word(at + ENTRY.first),
      last: this.word(at + ENTRY.last),
      flags: this.word(at + ENTRY.flags),
      // Before 1970 the upper half is negative.
      nowSeconds: (this.words[at + ENTRY.nowHigh] ?? 0) * 2 ** 32 + this.word(at + ENTRY.nowLow),
    };
  }

  /** Takes the next entry in hand; false if the lane was given up: another thread may have its entries. */
  begin(number: number): boolean {
    return Atomics.compareExchange(this.words, WORD.begun, number, numberAfter(number)) === number;
  }

  /** Gives the lane up: no entry is begun any more. One at most is in hand, the first that is not done. */
  giveUp(): void {
    Atomics.store(this.words, WORD.begun, GIVEN_UP);
  }

  /** Notes the answer of the entry in hand. */
  finish(number: number, answer: number): void {
    this.words[slotOf(number) + ENTRY.answer] = answer;
    Atomics.store(this.words, WORD.done, numberAfter(number));
    this.wake();
  }

  /** The answer of an entry that is done. */
  answer(number: number): number {
    return this.words[slotOf(number) + ENTRY.answer] ?? 0;
  }

  /** A number that changes whenever something was posted or the end was asked for. */
  get signals(): number {
    return Atomics.load(this.words, WORD.signal);
  }

  /** Blocks until `signals` is another number; false after so many milliseconds. */
  waitForSignal(seen: number, mostMs: number): boolean {
    return Atomics.wait(this.words, WORD.signal, seen, mostMs) !== "timed-out";
  }

  /** Resolves when the first entry that is not done is another one than that, or at `wake`. */
  async whenDone(seen: number): Promise<void> {
    const waited = Atomics.waitAsync(this.words, WORD.done, seen);
    if (waited.async) await waited.value;
  }

  /** Ends the wait of `whenDone`. */
  wake(): void {
    Atomics.notify(this.words, WORD.done);
  }

  private signal(): void {
    Atomics.add(this.words, WORD.signal, 1);
    Atomics.notify(this.words, WORD.signal);
  }

  private word(index: number): number {
    return (this.words[index] ?? 0) >>> 0;
  }
}

function slotOf(number: number): number {
  return HEAD_WORDS + (number & (LANE_SLOTS - 1)) * ENTRY_WORDS;
}
