/** Why a listener cannot be opened, in one line: without codes, and with its address once. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type ListenAddress, listenAddressText } from "../access/listen-address.js";
import { type CommandError, refuse } from "../terminal/command-error.js";
import { errorText } from "../text/error-text.js";

/** The refusal of a command whose listener failed. */
export function refuseListening(address: ListenAddress, error: unknown): CommandError {
  return refuse(`${listenAddressText(address)}: cannot listen: ${reasonOf(address, error)}`, error);
}

function reasonOf(address: ListenAddress, error: unknown): string {
  // The system calls it a lack of permission.
  if (address.kind === "unix" && !existsSync(dirname(address.path))) return "no such directory";
  const message = errorText(error);
  // Node's `listen EADDRINUSE: address already in use 127.0.0.1:1`, which grpc-js wraps in a sentence of its own.
  return /\blisten E[A-Z0-9]+: ([a-z' ]*[a-z])/.exec(message)?.[1] ?? message;
}
