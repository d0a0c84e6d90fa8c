/**
 * Looks at files, reads small ones and replaces them in a process of its own, which can be ended: what does not answer would hold the
 * threads that this process shares among its files, names and keys, one look after the other, and keep it from ending.
 */
import { type ChildProcess, fork } from "node:child_process";
import { lookingProcessPath } from "../../artifacts.js";
import type { FileReader } from "../../files/file-reader.js";
import { type FileReplacer, type ReplaceStep, takeReplaceStep } from "../../files/file-replacer.js";
import { RegularFileError, readRegularFile } from "../../files/regular-file.js";
import { PathLook, type PathLooker } from "./path-look.js";

/** What the process is asked: to look at a path, to read a file, or to take a step of replacing one. */
export type LookQuestion =
  | { readonly path: string; readonly isWatched: boolean }
  | { readonly path: string; readonly maxBytes: number }
  | ReplaceStep;

/** What it is told: a question under a number, or with none to forget a path. */
export type LookTask = (LookQuestion & { readonly id: number }) | { readonly path: string; readonly id?: undefined };

/** What it tells: what it saw or read, that it wrote, why it could not, or that something may have changed. */
export type LookAnswer =
  | { readonly path: string; readonly id: number; readonly text: string }
  | { readonly path: string; readonly id: number; readonly bytes: Uint8Array }
  | { readonly path: string; readonly id: number; readonly isDone: true }
  | { readonly path: string; readonly id: number; readonly problem: string; readonly code?: string }
  | { readonly path: string; readonly stirred: true };

interface Waiting {
  readonly task: LookQuestion & { readonly id: number };
  readonly resolve: (answer: LookAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Whether another process was asked before. */
  wasAsked: boolean;
}

/** Files that do not answer hold one thread each until they are given up. */
const THREADS = 16;
/** A process that lived so long is no part of a series of crashes. */
const STEADY_MS = 10_000;

/** Looks and readings of all paths of a process: here until callers are served, because a process takes longer to start than a look. */
export class LookAside implements FileReader {
  private isAside = false;
  private isClosed = false;
  private child: ChildProcess | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly stirs = new Map<string, () => void>();
  private lastId = 0;

  constructor(private readonly processPath: string = lookingProcessPath) {}

  /** From here on calls are served. */
  moveAside(): void {
    this.isAside = true;
  }

  /** Whoever looks at one path; `onStir` hears when something may have changed. */
  at(path: string, onStir: () => void): PathLooker {
    const here = new PathLook(path, onStir);
    this.stirs.set(path, onStir);
    return {
      look: async (isWatched) => {
        if (!this.isAside || !this.start()) return here.look(isWatched);
        const answer = await this.ask({ path, isWatched });
        return "text" in answer ? answer.text : "";
      },
      giveUp: () => this.giveUp(path),
      close: () => {
        here.close();
        this.stirs.delete(path);
        this.child?.send({ path } satisfies LookTask, () => {});
      },
    };
  }

  /** Reads a small file: here until callers are served. */
  async read(path: string, maxBytes: number): Promise<Buffer> {
    return this.isAside ? this.readAside(path, maxBytes) : readRegularFile(path, maxBytes);
  }

  /** Reads and writes in the process from the beginning on, for what may be large and for what a start does not have to wait for. */
  readonly aside: FileReader & FileReplacer = {
    read: (path, maxBytes) => this.readAside(path, maxBytes),
    replaceStep: async (step) => void (this.start() ? await this.ask(step) : await takeReplaceStep(step)),
    giveUp: (path) => this.giveUp(path),
  };

  private async readAside(path: string, maxBytes: number): Promise<Buffer> {
    if (!this.start()) return readRegularFile(path, maxBytes);
    const answer = await this.ask({ path, maxBytes });
    return "bytes" in answer ? Buffer.from(answer.bytes) : Buffer.alloc(0);
  }

  /** Ends the process; looks under way reject. */
  close(): void {
    this.isClosed = true;
    this.child?.kill("SIGKILL");
    for (const { task, reject } of this.waiting.values()) reject(new Error(`${task.path}: looked at no more`));
    this.waiting.clear();
  }

  private ask(question: LookQuestion): Promise<LookAnswer> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const waiting = { task: { ...question, id }, resolve, reject, wasAsked: false };
      this.waiting.set(id, waiting);
      this.send(waiting);
    });
  }

  /** What cannot be written to has ended or is about to, which is dealt with where it shows. */
  private send({ task }: Waiting): void {
    this.child?.send(task, () => {});
  }

  /** A look, a reading or a step that has not ended is not waited for any more; those of other paths are begun again in another process. */
  giveUp(path: string): void {
    let isHung = false;
    for (const [id, { task, reject, wasAsked }] of this.waiting) {
      if (task.path !== path) continue;
      this.waiting.delete(id);
      reject(new Error(`${path}: given up`));
      // Begun again late, it says nothing of the process.
      if (!wasAsked) isHung = true;
    }
    if (!isHung) return;
    const { child } = this;
    this.child = undefined;
    child?.kill("SIGKILL");
    this.askAgain();
    this.stirAll(path);
  }

  private askAgain(): void {
    for (const [id, waiting] of this.waiting) {
      if (!waiting.wasAsked && this.start()) {
        waiting.wasAsked = true;
        this.send(waiting);
      } else {
        this.waiting.delete(id);
        waiting.reject(new Error("looking process: ended"));
      }
    }
  }

  /** False where no process can be started. */
  private start(): boolean {
    if (this.isClosed) return false;
    if (this.child !== undefined) return true;
    try {
      const startedAt = performance.now();
      const child = fork(this.processPath, [], {
        execArgv: ["--max-semi-space-size=1"],
        env: { UV_THREADPOOL_SIZE: String(THREADS) },
        // Of the contents of files JSON would make a list of numbers.
        serialization: "advanced",
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      child.on("message", (answer: LookAnswer) => this.hear(answer));
      child.on("error", () => {});
      child.once("close", () => this.lose(child, startedAt));
      // A process that looks at files is no reason to go on.
      child.unref();
      child.channel?.unref();
      if (child.pid === undefined) return false;
      this.child = child;
      return true;
    } catch {
      return false;
    }
  }

  private lose(child: ChildProcess, startedAt: number): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.askAgain();
    // One that cannot live is started again at the next look only.
    if (performance.now() - startedAt >= STEADY_MS) this.stirAll();
  }

  /** Nobody watches any more until the next look. */
  private stirAll(except?: string): void {
    for (const [path, onStir] of this.stirs) if (path !== except) onStir();
  }

  private hear(answer: LookAnswer): void {
    if ("stirred" in answer) {
      this.stirs.get(answer.path)?.();
      return;
    }
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ("problem" in answer) waiting?.reject(failureOf(answer));
    else waiting?.resolve(answer);
  }
}

/** The error as it was where the file was read. */
function failureOf({ problem, code }: { readonly problem: string; readonly code?: string }): Error {
  if (code === "notRegular" || code === "tooLarge") return new RegularFileError(code, problem);
  return Object.assign(new Error(problem), code === undefined ? {} : { code });
}
