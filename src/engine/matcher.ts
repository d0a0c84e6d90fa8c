/**
 * The border to WebAssembly: the only file that names it. Modules, shared memories and instances go through here; across
 * the border travel numbers only.
 */

/** What the matcher exports; all numbers are unsigned 32-bit. */
export interface MatcherExports {
  /** Decides what a control block asks for; gives a Status. */
  decide(controlAt: number): number;
  /** Finds the items of a batch message; gives a Status. */
  plan(controlAt: number): number;
  /** Decodes and hashes the items of a planned batch without deciding them, for benchmarks; gives a checksum. */
  scan(controlAt: number): number;
  /** Bytes of scratch that requests against the image need. */
  scratchLength(imageAt: number): number;
}

/** A compiled matcher; travels to worker threads. */
export type MatcherModule = WebAssembly.Module;

/** A memory that threads share; travels to worker threads. */
export type SharedMemory = WebAssembly.Memory;

const PAGE = 65536;

/** Compiles the bytes of the matcher. */
export function compileMatcher(bytes: Uint8Array<ArrayBuffer>): MatcherModule {
  return new WebAssembly.Module(bytes);
}

/** A zeroed memory of at least so many bytes; pages that nobody touches cost nothing. */
export function createMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** An instance of the matcher over a memory. */
export function instantiateMatcher(compiled: MatcherModule, memory: SharedMemory): MatcherExports {
  const abort = (): never => {
    throw new Error("matcher assertion failed");
  };
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, abort } });
  return exports as unknown as MatcherExports;
}
