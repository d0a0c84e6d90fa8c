/**
 * The end of a process of `serve`, in any case, and signals that must not do what the runtime does with them. `process.exit` waits for
 * threads, and one that waits for a disk which does not answer waits for ever.
 */
import { spawn } from "node:child_process";

/** How long an exit may take, in milliseconds. */
const EXIT_MS = 1000;

/** Ends this process with an exit code; with SIGKILL if the exit waits for something that never comes. */
export function endProcess(code: number): never {
  try {
    // Not a thread: those end, or are waited for, first. A guard that outlives its parent has another one, and does nothing.
    const guard = `setTimeout(()=>{if(process.ppid===${process.pid})process.kill(${process.pid},"SIGKILL")},${EXIT_MS})`;
    const { pid } = spawn(process.execPath, ["-e", guard], { detached: true, env: {}, stdio: "ignore" });
    if (pid === undefined) process.kill(process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
  process.exit(code);
}

/** Ends this process if it has not ended by itself after a while; what is done by then keeps nobody waiting. */
export function endProcessAfter(delayMs: number, code: number): void {
  setTimeout(() => endProcess(code), Math.min(delayMs, 0x7fff_ffff)).unref();
}

/**
 * Keeps SIGUSR1 from opening Node's debugger, in which whoever reaches the port runs code of his own; `onFirst` hears of the first one.
 * Threads share it.
 */
export function ignoreDebuggerSignal(onFirst: (message: string) => void): void {
  process.on("SIGUSR1", () => {});
  process.once("SIGUSR1", () => onFirst("SIGUSR1: ignored"));
}
