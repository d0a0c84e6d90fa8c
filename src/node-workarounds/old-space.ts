/** What old objects may take on JavaScript's heap, which Node tells in one sum with what new ones may take. */
import { getHeapStatistics } from "node:v8";
import { isMainThread, resourceLimits } from "node:worker_threads";

/** What V8 counts on top of the place for old objects, by Node's major version: three times what new ones may take. */
const YOUNG_BYTES: ReadonlyMap<string, number> = new Map([
  ["20", 48 << 20],
  ["22", 48 << 20],
  ["24", 192 << 20],
  ["26", 96 << 20],
]);
const MOST_YOUNG_BYTES = 192 << 20;
/** In bytes. V8 tells it to threads; of the main one it tells it only together with the place for new objects. */
export function oldSpaceLimit(): number {
  if (!isMainThread) return (resourceLimits.maxOldGenerationSizeMb ?? 0) * 2 ** 20;
  const { heap_size_limit } = getHeapStatistics();
  const [major = ""] = process.versions.node.split(".");
  return Math.max(heap_size_limit - (YOUNG_BYTES.get(major) ?? MOST_YOUNG_BYTES), heap_size_limit / 5);
}
