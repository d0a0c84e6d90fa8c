/** The work of `verdict audit matrix`. */
import { refuse } from "../../terminal/command-error.js";

/** What the command line gave. */
export interface MatrixOptions {
  readonly policies?: string;
  readonly principals?: readonly string[];
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scenarios?: string;
  readonly out?: string;
  readonly shard?: string;
  readonly resume?: boolean;
  readonly workers?: string;
  readonly time?: string;
  readonly reason?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function matrix(_options: MatrixOptions): Promise<void> {
  throw refuse("verdict: `audit matrix` cannot do this yet");
}
