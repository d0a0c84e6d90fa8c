/**
 * Where policy sets are prepared: on this thread as long as nobody is served, because starting another one takes longer than
 * loading a usual set; on a thread of its own from then on, so that calls do not wait.
 */

import { within } from "../engine/deadline.js";
import type { PreparationTerms } from "../engine/preparation.js";
import type { PreparationResult, PreparationSource } from "../prepare/preparation-task.js";
import { prepare } from "../prepare/prepare.js";
import { Preparer, preparationDeadlineMs } from "../prepare/preparer.js";
import type { Preparing } from "./activation.js";

/** Prepares policy sets for one engine. */
export class StagedPreparer implements Preparing {
  private thread: Preparer | undefined;

  constructor(
    private readonly terms: PreparationTerms,
    private readonly deadlineMs: number = preparationDeadlineMs,
  ) {}

  /** From here on calls are served. */
  moveToThread(): void {
    this.thread ??= new Preparer(this.terms, this.deadlineMs);
  }

  /** Loads and compiles a policy set. Rejects with DeadlineError if it takes too long and with EngineError if the thread dies. */
  prepare(source: PreparationSource, knownContent?: string): Promise<PreparationResult> {
    if (this.thread !== undefined) return this.thread.prepare(source, knownContent);
    const task = { source, terms: this.terms, ...(knownContent === undefined ? {} : { knownContent }) };
    return within(prepare(task), this.deadlineMs, "not read and compiled");
  }

  /** Ends the thread; preparations under way reject. */
  async close(): Promise<void> {
    await this.thread?.close();
  }
}
