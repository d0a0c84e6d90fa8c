// Who had the processors of this machine meanwhile: a server with all its threads and children, everybody together, nobody.
import { readdirSync, readFileSync } from "node:fs";

/** Seconds since each began. */
export interface ProcessorTimes {
  /** Of the server. */
  readonly server: number;
  /** Of its threads that serve callers: with processors enough for the others, they are the limit. */
  readonly front: number;
  /** Of everybody. */
  readonly all: number;
  /** That another machine took from this one. */
  readonly stolen: number;
  readonly idle: number;
}

const TICKS = 100;

/** Reads the clocks. */
export function processorTimes(pid: number): ProcessorTimes {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, interrupt = 0, soft = 0, stolen = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS);
  return {
    server: secondsOf(pid),
    front: frontSecondsOf(pid),
    all: user + nice + system + interrupt + soft,
    stolen,
    idle: idle + wait,
  };
}

/** Of a process with its threads and its children, to the nanosecond. */
function secondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const own = threads.map((thread) => nanosecondsOf(`/proc/${pid}/task/${thread}/schedstat`) / 1e9);
  return [...own, ...childrenOf(pid).map(secondsOf)].reduce((sum, seconds) => sum + seconds, 0);
}

/** Of the first thread of a process and of its children. */
function frontSecondsOf(pid: number): number {
  const own = nanosecondsOf(`/proc/${pid}/task/${pid}/schedstat`) / 1e9;
  return childrenOf(pid)
    .map(frontSecondsOf)
    .reduce((sum, seconds) => sum + seconds, own);
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function nanosecondsOf(file: string): number {
  try {
    return Number(readFileSync(file, "utf8").split(" ")[0]);
  } catch {
    // The thread has ended.
    return 0;
  }
}
