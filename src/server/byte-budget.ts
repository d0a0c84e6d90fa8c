/** How many bytes of questions and answers may be in memory at once: what comes on top is refused before memory grows. */
import { CallRefusal } from "./call-refusal.js";

/** A share of a budget that one call holds. */
export interface HeldBytes {
  /** Holds so many from now on: an answer takes the place of its questions, and may be larger. */
  resize(bytes: number): void;
  /** Gives everything back; again does nothing. */
  release(): void;
}

/** A budget that calls share. */
export class ByteBudget {
  private taken = 0;

  /** Several calls may together hold so many bytes; a single one is let in whatever its size. */
  constructor(private readonly bytes: number) {}

  /** Whether there is room for so many. */
  fits(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= this.bytes;
  }

  /** Holds bytes for a call. Throws CallRefusal where too many are held already. */
  take(bytes: number): HeldBytes {
    if (!this.fits(bytes)) {
      throw new CallRefusal("overloaded", "server: too many questions are waiting");
    }
    let held = 0;
    const resize = (next: number): void => {
      this.taken += next - held;
      held = next;
    };
    resize(bytes);
    return { resize, release: () => resize(0) };
  }
}
