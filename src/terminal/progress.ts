/** What a command is doing, on standard error of a terminal, once it takes long enough to be wondered at. */
import { performance } from "node:perf_hooks";
import { escaped } from "./terminal.js";

/** A line that is written over. */
export interface Progress {
  /** Tells what is under way, at most a few times a second. */
  tell(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Nobody wonders before. */
const quietMs = 1_000;
const betweenMs = 200;

/** Progress of work that begins here. Prints nothing where standard error is no terminal. */
export function showProgress(stream: Pick<NodeJS.WriteStream, "isTTY" | "write"> = process.stderr): Progress {
  let nextAt = performance.now() + quietMs;
  let shown = false;
  return {
    tell(text) {
      if (!stream.isTTY || performance.now() < nextAt) return;
      nextAt = performance.now() + betweenMs;
      shown = true;
      stream.write(`\r\u001b[K${escaped(text)}`);
    },
    end() {
      if (shown) stream.write("\r\u001b[K");
      shown = false;
    },
  };
}
