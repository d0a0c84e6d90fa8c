/**
 * `verdict serve --processes N`: the process that the operator started keeps N others that serve, all behind the same listeners.
 * It answers nothing itself: it passes signals on and starts again what died.
 */
import cluster, { type Worker } from "node:cluster";
import type { ListenAddress } from "../access/listen-address.js";
import type { Config } from "../config/settings.js";
import { removeSocket, removeStaleSocket } from "../server/unix-socket.js";
import { type Piece, printError, printLine } from "../terminal/terminal.js";
import { refuseListening } from "./listen-refusal.js";
import { ProcessMetrics } from "./process-metrics.js";
import { shareSecret } from "./shared-secret.js";
import { tellServiceManager } from "./tell-service-manager.js";

/** What a process that serves tells the one that keeps it, once it is ready. */
interface ReadyMessage {
  readonly ready: readonly (readonly Piece[])[];
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** A process that served so long is no part of a series of crashes. */
const STEADY_MS = 60_000;
/** How long after its drain timeout a process may still be there. */
const PATIENCE_MS = 5000;

/** Whether this process serves for another one, which prints and minds files in its stead. */
export const servesForAnother: boolean = cluster.isWorker;

/** Prints the lines that say a server is ready, or leaves that to the process that keeps this one. */
export async function announceReady(
  lines: readonly (readonly Piece[])[],
  print: (...line: readonly Piece[]) => Promise<void> | void,
): Promise<void> {
  if (servesForAnother) {
    process.send?.({ ready: lines } satisfies ReadyMessage);
    return;
  }
  for (const line of lines) await print(...line);
  tellServiceManager("READY=1", printError);
}

/** Lets go of the process that keeps this one, so that it can end. */
export function leaveProcesses(): void {
  cluster.worker?.disconnect();
}

/** Starts the processes and keeps them until a signal; resolves when all have ended. The exit code is the worst of theirs. */
export async function keepProcesses(config: Config): Promise<void> {
  const sockets = unixPathsOf([config.listen, config.http, config.probes, config.admin, config.audit]);
  for (const path of sockets) {
    await removeStaleSocket(path).catch((error: unknown) => {
      throw refuseListening({ kind: "unix", path }, error);
    });
  }
  try {
    await new Processes(config.processes, config.drainTimeout + PATIENCE_MS).run();
  } finally {
    for (const path of sockets) await removeSocket(path);
  }
}

function unixPathsOf(addresses: readonly (ListenAddress | undefined)[]): readonly string[] {
  return addresses.flatMap((address) => (address?.kind === "unix" ? [address.path] : []));
}

class Processes {
  private readonly workers = new Set<Worker>();
  /** Those of them that serve. */
  private readonly ready = new Set<Worker>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly metrics = new ProcessMetrics();
  private isStopping = false;
  private ended: () => void = () => {};

  constructor(
    private readonly count: number,
    private readonly stopTimeoutMs: number,
  ) {
    const [, exec = "", ...args] = process.argv;
    cluster.setupPrimary({ exec, args });
  }

  async run(): Promise<void> {
    const allEnded = new Promise<void>((resolve) => {
      this.ended = resolve;
    });
    this.passSignalsOn();
    // The first one alone: what it refuses is refused once, and the others find a port chosen.
    const first = await this.start();
    if (first === undefined) return;
    const others = Array.from({ length: this.count - 1 }, () => this.keep(0));
    this.keepOn(first.worker, 0);
    await Promise.race([Promise.all(others), allEnded]);
    if (!this.isStopping) await announceReady(first.ready, printLine);
    await allEnded;
  }

  /** Starts a process, and another one whenever it has died; resolves when the first one is ready. */
  private async keep(failures: number): Promise<void> {
    const started = await this.start();
    if (started !== undefined) this.keepOn(started.worker, failures);
    else if (!this.isStopping) await this.keepLater(failures + 1);
  }

  private keepOn(worker: Worker, failures: number): void {
    const readyAt = performance.now();
    const again = (): void => {
      if (this.isStopping) return;
      const isSteady = performance.now() - readyAt > STEADY_MS;
      void this.keepLater(isSteady ? 1 : failures + 1);
    };
    if (worker.isDead()) again();
    else worker.once("exit", again);
  }

  private async keepLater(failures: number): Promise<void> {
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, delayMs);
      this.timers.add(timer);
    });
    if (!this.isStopping) await this.keep(failures);
  }

  /** A process that is ready, or undefined if it ended before. */
  private start(): Promise<(ReadyMessage & { readonly worker: Worker }) | undefined> {
    const worker = cluster.fork();
    this.workers.add(worker);
    shareSecret(worker);
    this.metrics.watch(worker);
    return new Promise((resolve) => {
      worker.on("message", (message: unknown) => {
        if (!isReady(message)) return;
        this.ready.add(worker);
        resolve({ ready: message.ready, worker });
      });
      worker.once("exit", (code: number | null, signal: string | null) => {
        this.workers.delete(worker);
        this.hasEnded(worker, code ?? 0, signal);
        resolve(undefined);
      });
    });
  }

  private hasEnded(worker: Worker, code: number, signal: string | null): void {
    const wasReady = this.ready.delete(worker);
    const isFirst = worker.id === 1 && !wasReady;
    if (this.isStopping || isFirst) {
      // A process that had not begun to serve does not know our signal.
      const isFailure = code !== 0 || (signal !== null && (wasReady || isFirst) && !this.isStopping);
      if (isFailure) process.exitCode = Math.max(Number(process.exitCode ?? 0), code, 1);
    }
    if (this.isStopping && this.workers.size === 0) this.ended();
    // What the first one refuses it has said itself.
    if (this.isStopping || (isFirst && signal === null)) return;
    const remedy = isFirst ? "" : ": another one takes its place";
    printError(`process ${worker.process.pid}: ended with ${signal ?? `code ${code}`}${remedy}`);
  }

  private passSignalsOn(): void {
    const stop = (_signal: string, number: number): void => {
      if (this.isStopping) this.kill(128 + number);
      if (!this.isStopping) tellServiceManager("STOPPING=1", printError);
      this.isStopping = true;
      for (const timer of this.timers) clearTimeout(timer);
      if (this.workers.size === 0) this.ended();
      for (const worker of this.workers) worker.process.kill("SIGTERM");
      setTimeout(() => this.kill(1), this.stopTimeoutMs).unref();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.on("SIGHUP", () => {
      for (const worker of this.ready) worker.process.kill("SIGHUP");
    });
  }

  private kill(code: number): void {
    for (const worker of this.workers) worker.process.kill("SIGKILL");
    process.exit(code);
  }
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === "object" && message !== null && "ready" in message && Array.isArray(message.ready);
}
