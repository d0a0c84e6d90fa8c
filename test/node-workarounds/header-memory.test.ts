// What calls leave behind outside of JavaScript's heap is collected before there is much of it.
import { constants, PerformanceObserver } from "node:perf_hooks";
import { expect, it } from "vitest";
import { HeaderMemory } from "../../src/node-workarounds/header-memory.js";

interface GarbageCollection {
  readonly detail: { readonly kind: number };
}

it("has the whole heap collected once in 16,384 calls", async () => {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as GarbageCollection).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const litter = new HeaderMemory();
  // Nothing else is done here that would make V8 collect so often.
  for (let round = 1; round <= 5; round++) {
    for (let call = 0; call < 16_384; call++) litter.add();
    await expect.poll(() => collections, { timeout: 300_000, interval: 2 }).toBeGreaterThanOrEqual(round);
  }
  observer.disconnect();
});
