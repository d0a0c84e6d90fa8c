/**
 * What systemd is told of a service with `Type=notify`: that it serves, that it stops. Node.js has no datagrams over unix sockets, and a
 * native package for two messages a life would have to be built for every platform, so systemd's own command sends them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { ownEnvironment } from "../config/settle-setting.js";

/** What may be told, as `sd_notify(3)` has it. */
export type ServiceState = "READY=1" | "STOPPING=1";

/** How long the command may take, in milliseconds. It waits until systemd has read the message. */
const PATIENCE_MS = 5000;

/** The command that tells what came before. */
let telling: ChildProcess | undefined;

/**
 * Tells systemd, where it wants to know (`NOTIFY_SOCKET`), one thing after the other; its caller waits for nothing. `onProblem` hears why
 * it could not be told, in a line: systemd ends a service that is never ready.
 */
export function tellServiceManager(state: ServiceState, onProblem: (message: string) => void): void {
  const { NOTIFY_SOCKET: socket } = ownEnvironment();
  if (socket === undefined || socket === "") return;
  if (telling !== undefined) {
    // The process stays until what came before is told, and this is on its way.
    telling.ref();
    telling.once("close", () => tellServiceManager(state, onProblem));
    return;
  }
  const child = spawn("systemd-notify", [state], { stdio: "ignore" });
  telling = child;
  child.once("close", () => {
    telling = undefined;
  });
  child.unref();
  // Node's own limit would keep a process from ending whose command was never begun.
  setTimeout(() => child.kill(), PATIENCE_MS).unref();
  child.once("error", (error) => onProblem(`NOTIFY_SOCKET: systemd-notify cannot be run: ${error.message}`));
  child.once("exit", (code, signal) => {
    if (code !== 0) onProblem(`NOTIFY_SOCKET: systemd-notify ended with ${signal ?? `code ${code}`}`);
  });
}
