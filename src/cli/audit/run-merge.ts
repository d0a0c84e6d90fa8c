/** The work of `verdict audit merge`. */
import { refuse } from "../../terminal/command-error.js";

/** What the command line gave. */
export interface MergeOptions {
  readonly json?: boolean;
}

/** Runs the command. */
export async function merge(_out: string, _shards: readonly string[], _options: MergeOptions): Promise<void> {
  throw refuse("verdict: `audit merge` cannot do this yet");
}
