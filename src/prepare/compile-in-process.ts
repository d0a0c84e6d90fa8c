/**
 * Compiles a policy set in a process of its own. Collecting the garbage of a large set is the work of threads which all of a process
 * share and whose priority nobody can lower alone: beside callers they took as much time as answering did.
 */
import { type ChildProcess, fork } from "node:child_process";
import { compilationProcessPath } from "../artifacts.js";
import type { Compilation, CompilationTask } from "./compile-files.js";
import type { PathCompilation, PathTask } from "./compile-path.js";

/** How Node is started for it. Compiling makes many short-lived objects and takes longer with the 16 MiB that V8 has for them. */
export const compilationFlags: readonly string[] = ["--max-semi-space-size=64"];

/**
 * Compiles in another process, whose id stands in `processId` meanwhile. A large set gives way to callers. Gives undefined where no
 * process can be started; rejects if it ends without an answer.
 */
export async function compileFilesInProcess(
  task: CompilationTask,
  processId?: Int32Array,
): Promise<Compilation | undefined> {
  return await askAside(task, processId, isCompilation);
}

/** As `compileFilesInProcess`, for a set at a path, which that process reads. */
export async function compilePathInProcess(
  task: PathTask,
  processId?: Int32Array,
): Promise<PathCompilation | undefined> {
  return await askAside(task, processId, isPathCompilation);
}

async function askAside<T>(
  task: CompilationTask | PathTask,
  processId: Int32Array | undefined,
  isAnswer: (answer: unknown) => answer is T,
): Promise<T | undefined> {
  const child = await start();
  if (child?.pid === undefined) return undefined;
  if (processId !== undefined) Atomics.store(processId, 0, child.pid);
  try {
    return await answerOf(child, task, isAnswer);
  } finally {
    if (processId !== undefined) Atomics.store(processId, 0, 0);
    child.kill("SIGKILL");
  }
}

/** Systems forbid or run out of processes: the caller has another way. */
async function start(): Promise<ChildProcess | undefined> {
  try {
    const child = fork(compilationProcessPath, [], {
      // Strings and bytes travel as they are.
      serialization: "advanced",
      execArgv: [...compilationFlags],
      env: {},
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return await new Promise((resolve) => {
      child.once("spawn", () => resolve(child));
      child.on("error", () => resolve(undefined));
    });
  } catch {
    return undefined;
  }
}

function answerOf<T>(
  child: ChildProcess,
  task: CompilationTask | PathTask,
  isAnswer: (answer: unknown) => answer is T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (answer: unknown) => {
      if (isAnswer(answer)) resolve(answer);
      else reject(new Error("compilation process: an unknown answer"));
    });
    child.once("close", (code, signal) =>
      reject(new Error(`compilation process: ended with ${signal ?? `code ${code}`}`)),
    );
    child.on("error", reject);
    // How the process ended says more than that it could not be written to.
    child.send(task, (error) => error !== null && child.kill("SIGKILL"));
  });
}

/** The process runs code of this package: the outer form is enough. */
function isCompilation(answer: unknown): answer is Compilation {
  return typeof answer === "object" && answer !== null && "findings" in answer && "compileMs" in answer;
}

function isPathCompilation(answer: unknown): answer is PathCompilation {
  return isCompilation(answer) && "contentDigest" in answer;
}
