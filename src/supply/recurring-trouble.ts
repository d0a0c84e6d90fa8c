/**
 * Trouble that comes again with every attempt: told once, then rarely, with a word when it is over. A log that repeats itself every few
 * seconds hides everything else.
 */

const AGAIN_AFTER_MS = 3_600_000;
/** Messages that are told apart: what never says the same twice is not told for ever. */
const MOST_MESSAGES = 8;

/** The trouble of one thing. */
export class RecurringTrouble {
  private isOver = true;
  /** When each message was told. */
  private readonly told = new Map<string, number>();

  /** `tell` hears the lines; `over` is the one for when all is well again. */
  constructor(
    private readonly tell: (line: string) => void,
    private readonly over: string,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** An attempt failed. The same message is told again after an hour. Gives whether it was told. */
  failed(message: string): boolean {
    const now = this.nowMs();
    // Clocks may be set back.
    for (const [other, atMs] of this.told) if (Math.abs(now - atMs) >= AGAIN_AFTER_MS) this.told.delete(other);
    if (this.told.has(message) || this.told.size >= MOST_MESSAGES) return false;
    this.told.set(message, now);
    this.isOver = false;
    this.tell(message);
    return true;
  }

  /** An attempt succeeded. */
  succeeded(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.told.clear();
    this.tell(this.over);
  }
}
