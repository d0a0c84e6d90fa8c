/**
 * The border to WebAssembly: the only file that names it. Modules, shared memories and instances go through here; across
 * the border travel numbers only.
 */
import { readFileSync } from "node:fs";
import { type MatcherFlavour, matcherPath } from "../artifacts.js";

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
const modules = new Map<MatcherFlavour, MatcherModule>();

/** Compiles a build of the matcher, once a thread. */
export function loadMatcher(flavour: MatcherFlavour): MatcherModule {
  let compiled = modules.get(flavour);
  if (compiled === undefined) {
    compiled = new WebAssembly.Module(readFileSync(matcherPath(flavour)));
    modules.set(flavour, compiled);
  }
  return compiled;
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
