/** Weight for the garbage collector, which does not see what a memory of WebAssembly that threads share takes. */
import { isInUse } from "./workarounds.js";

/** How much heavier than its image a generation is made for the collector. */
const BALLAST_FACTOR = 3;
/**
 * And by how much at least: regions and areas that were in use, and what loading a small set leaves. Also more than the 32 MiB up to which
 * malloc (glibc) takes again what was given back: it would have to be cleared, and take memory. (A set of 120 KB put in force 15 times
 * on Node 20: 235 MiB with a least of 24, 102 without any ballast.)
 */
const IN_USE_BYTES = 40 << 20;

/**
 * An ordinary buffer, larger than what a generation with so many bytes of image takes, which nobody touches and which therefore takes no
 * memory: without it the collector would keep the memories of dozens of replaced policy sets.
 * (200,000 statements swapped 50 times: 3.2 × what one set takes with a buffer as large as the image, 1.5 × with this one. 4,000
 * statements reloaded 12 times: 2.3 × without the least, 1.6 × with it.)
 */
export function ballastFor(imageBytes: number): ArrayBuffer {
  return new ArrayBuffer(isInUse("ballast") ? BALLAST_FACTOR * imageBytes + IN_USE_BYTES : 0);
}
