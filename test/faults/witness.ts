// A caller that has nothing to do with what goes wrong: over a connection of its own it asks a fixed set of questions all the
// time. Every answer has to be right or an error, never a wrong one, and during what is no fault of its own it hears no errors.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../kit/run-verdict.js";

/** What a witness has seen while something went on. */
export interface Testimony<T> extends Seen {
  readonly result: T;
}

interface Seen {
  readonly answers: number;
  readonly errors: readonly string[];
  /** Answers that were not right, with their questions. */
  readonly wrong: readonly string[];
  /** The median of the 99th percentiles of short windows, in milliseconds. */
  readonly p99: number;
}

/** The witness of one server over `examples/minimal`: a process of its own (`witness-process.mjs`). */
export class Witness {
  private readonly caller: ChildProcess;

  constructor(address: string) {
    const path = join(root, "test", "faults", "witness-process.mjs");
    this.caller = fork(path, [address, join(root, "proto")], { execArgv: [] });
  }

  /** Asks until some work is done. Fails if any answer was wrong. */
  async during<T>(work: () => Promise<T>): Promise<Testimony<T>> {
    this.caller.send("begin");
    try {
      const result = await work();
      return { result, ...(await this.end()) };
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Asks for some time and no other purpose than to know how long answers take. */
  async quietly(durationMs: number): Promise<number> {
    const { p99 } = await this.during(() => new Promise((resolve) => setTimeout(resolve, durationMs)));
    return p99;
  }

  close(): void {
    this.caller.disconnect();
  }

  private async end(): Promise<Seen> {
    this.caller.send("end");
    const [seen] = (await once(this.caller, "message")) as [Seen];
    expect(seen.wrong).toEqual([]);
    return seen;
  }
}

/** How much resident memory a process may take on during an attack, in the long form. */
export const maxGrowthMebibytes = 256;

/** The resident memory of a process. */
export function residentMebibytes(pid: number): number {
  const [, kibibytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}

/** The most resident memory of a process over some time, looked at every few milliseconds. */
export async function highestMebibytes<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; most: number }> {
  let most = residentMebibytes(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMebibytes(pid));
  }, 20);
  try {
    const result = await work();
    return { result, most: Math.max(most, residentMebibytes(pid)) };
  } finally {
    clearInterval(timer);
  }
}
