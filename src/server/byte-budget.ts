/** How many bytes of questions and answers may be in memory at once: what comes on top is refused before memory grows. */
import { CallRefusal } from "../ask/call-refusal.js";

/** A share of a budget that one call holds. */
export interface HeldBytes {
  /** Holds so many from now on: an answer takes the place of its questions, and may be larger. */
  resize(bytes: number): void;
  /** Gives everything back; again does nothing. */
  release(): void;
}

/** Callers of little are never kept out by those of much: this part of a budget is theirs alone, for batches of this size at most. */
const SMALL_PART = 1 / 8;
const SMALL_BYTES = 64 << 10;
/** What one caller may hold of a budget by more than one call. */
const MOST_OF_ONE = 3 / 4;

/** A budget that calls share; each counts for a caller, by its name or its connection. */
export class ByteBudget {
  private taken = 0;
  private takenBySmall = 0;
  private readonly shares = new Map<string, number>();

  /** Several calls may together hold so many bytes; a single one is let in whatever its size. */
  constructor(private readonly bytes: number) {}

  /** Whether there is room for so many. */
  fits(share: string, bytes: number): boolean {
    if (this.taken === 0) return true;
    const own = this.shares.get(share) ?? 0;
    if (own > 0 && own + bytes > this.bytes * MOST_OF_ONE) return false;
    const part = this.bytes * SMALL_PART;
    if (this.taken + bytes <= this.bytes - part) return true;
    // Answers may be larger than questions, so that large batches come to hold more than they were let in with.
    return this.isSmall(bytes) && this.takenBySmall + bytes <= part;
  }

  /** Holds bytes for a call. Throws CallRefusal where too many are held already. */
  take(share: string, bytes: number): HeldBytes {
    if (!this.fits(share, bytes)) {
      throw new CallRefusal("overloaded", "server: too many questions are waiting");
    }
    const isSmall = this.isSmall(bytes);
    let held = 0;
    const resize = (next: number): void => {
      const change = next - held;
      held = next;
      this.taken += change;
      if (isSmall) this.takenBySmall += change;
      const own = (this.shares.get(share) ?? 0) + change;
      if (own === 0) this.shares.delete(share);
      else this.shares.set(share, own);
    };
    resize(bytes);
    return { resize, release: () => resize(0) };
  }

  private isSmall(bytes: number): boolean {
    return bytes <= Math.min(SMALL_BYTES, (this.bytes * SMALL_PART) / 2);
  }
}
