/**
 * Headers that calls have left behind. Node.js keeps each text of them in a piece of memory of its own, outside of JavaScript's heap,
 * where V8 hardly sees it: it waits for 60,000 calls or more, then gives 300,000 pieces back at once, and callers wait 50 to 300 ms.
 * Asked more often it takes some 10.
 */
import { beginCollection } from "./collect-garbage.js";
import { isInUse } from "./workarounds.js";

/** Collecting the whole heap costs about as much as 200 calls: a server does 0.99 × as many a processor second with it. */
const COLLECT_CALLS = 16_384;

/** Counts what is left behind. */
export class HeaderMemory {
  private readonly collects = isInUse("header-collections");
  private calls = 0;

  /** A call has begun. */
  add(): void {
    if (++this.calls % COLLECT_CALLS === 0 && this.collects) beginCollection();
  }
}
