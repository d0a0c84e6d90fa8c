// A server in a process of its own, and how much processor time it has used.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { threadTime } from "../src/load/driver/machine-signals.js";

/** A server that listens. */
export interface ServerProcess {
  /** `host:port` or `unix:PATH`. */
  readonly address: string;
  readonly pid: number;
  /** Seconds of processor time since it began, all threads. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** How Node is run. */
export interface NodeRun {
  /** The binary. Default: the one that runs this. */
  readonly node?: string;
  readonly nodeOptions?: readonly string[];
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a script with Node and waits for its line `… listening on ADDRESS`. */
export async function startServer(script: string, args: readonly string[], run: NodeRun = {}): Promise<ServerProcess> {
  const { node = process.execPath, nodeOptions = [], env = {} } = run;
  const child = spawn(node, [...nodeOptions, script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const address = await readyAddress(child);
  return serverProcess(child, address);
}

/** Starts `verdict serve` of a built folder on a port of its own. */
export function startVerdict(built: string, args: readonly string[], run: NodeRun = {}): Promise<ServerProcess> {
  return startServer(join(built, "bundle", "main.js"), ["serve", "--listen", "127.0.0.1:0", ...args], run);
}

/** A child that listens already. It ends with this process, even if nobody stops it. */
export function serverProcess(child: ChildProcess, address: string): ServerProcess {
  const end = (): boolean => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return {
    address,
    pid: child.pid ?? 0,
    processorSeconds() {
      const seconds = threadTime(child.pid ?? 0)?.processS;
      if (seconds === undefined) throw new Error("the server has ended");
      return seconds;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function readyAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no standard output");
  for await (const line of createInterface({ input: child.stdout })) {
    const address = / ?listening on (unix:\S+?|[^\s,]+?)(?::? |:?$)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("the server ended before it listened");
}
