/**
 * A policy set at a path of this machine: loads it, and again whenever its files have changed and hold still. What is half
 * written, flips meanwhile or does not load never comes into force.
 */

import { setTimeout as wait } from "node:timers/promises";
import { DeadlineError, within } from "../../engine/deadline.js";
import { errorText } from "../../text/error-text.js";
import type { Activation } from "../activation.js";
import { RecurringJob, type Urgency } from "../recurring-job.js";
import { PathLook, type PathLooker } from "./path-look.js";

/** How patient a supply is; all in milliseconds. */
export interface PathSupplyTimes {
  /** Files have to be left alone for so long before they are read. */
  readonly quietMs: number;
  /** How often files are looked at where the system does not tell of changes. */
  readonly lookMs: number;
  /** Files that are still being changed after so long are reported. */
  readonly unrestMs: number;
  /** How long a look at the files may take. Default 30 s. */
  readonly deadlineMs?: number;
}

/** Looking at many files must not become what the process does: at most this share of its time. */
const MOST_LOOKING = 0.05;
const DEADLINE_MS = 30_000;

/** Keeps one policy set up to date. */
export class PathSupply {
  /** A look that has not ended: files that do not answer hold one thread, however often they are looked at. */
  private looking: Promise<string> | undefined;
  private readonly looker: PathLooker;
  private readonly job = new RecurringJob((urgency) => this.checkSafely(urgency));
  private readonly stopped = new AbortController();
  private isWatched = false;
  /** How long the last look took that ended. */
  private lookMs = 0;
  /** The state that was dealt with last. */
  private known: string | undefined;
  private contentInForce: string | undefined;
  private contentRefused: string | undefined;

  constructor(
    private readonly activation: Activation,
    private readonly times: PathSupplyTimes,
    lookerAt: (path: string, onStir: () => void) => PathLooker = (path, onStir) => new PathLook(path, onStir),
  ) {
    this.looker = lookerAt(activation.place, () => void this.job.run("stirred"));
  }

  get status() {
    return this.activation.status;
  }

  /** Loads the set a first time; how that went is in the status. */
  start(): Promise<void> {
    return this.job.run("asked");
  }

  /** Keeps an eye on the files from here on. */
  watch(): void {
    this.isWatched = true;
    void this.lookAgain();
  }

  /** Reads the files in any case; resolves when that is done. */
  reload(): Promise<void> {
    return this.job.run("asked");
  }

  /** Looks no more; a preparation under way comes to nothing. */
  close(): void {
    this.stopped.abort();
    this.looker.close();
  }

  private async lookAgain(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await this.job.run("stirred");
      const pause = Math.max(this.times.lookMs, this.lookMs / MOST_LOOKING);
      await this.pause(Math.min(pause, 0x7fff_ffff));
    }
  }

  /** Whatever goes wrong, the next look comes and the set in force stays. */
  private async checkSafely(urgency: Urgency): Promise<void> {
    try {
      await this.check(urgency);
    } catch (error: unknown) {
      // A stop ends the preparation under way.
      if (this.stopped.signal.aborted) return;
      const reason = errorText(error);
      this.activation.fail(
        error instanceof DeadlineError ? "timeout" : "internal",
        `${this.activation.place}: ${reason}`,
      );
    }
  }

  private async check(urgency: Urgency): Promise<void> {
    let state = await this.state();
    if (urgency === "stirred" && state === this.known) return this.activation.seen();
    if (urgency === "stirred") state = await this.settled(state);
    // What changes while it is read is read again.
    for (;;) {
      const outcome = await this.load(state, urgency);
      if (outcome === "done" || this.stopped.signal.aborted) return;
      state = await this.settled(await this.state());
    }
  }

  /** The state of the files. Rejects with DeadlineError. */
  private async state(): Promise<string> {
    try {
      // What was seen before this look began may be old.
      if (this.looking !== undefined) await this.inTime(this.looking);
      this.looking = this.looker.look(this.isWatched).finally(() => {
        this.looking = undefined;
      });
      const startedAt = performance.now();
      const state = await this.inTime(this.looking);
      this.lookMs = performance.now() - startedAt;
      return state;
    } catch (error: unknown) {
      if (error instanceof DeadlineError) this.looker.giveUp();
      throw error;
    }
  }

  private inTime(look: Promise<string>): Promise<string> {
    return within(look, this.times.deadlineMs ?? DEADLINE_MS, "the files cannot be looked at");
  }

  /** Waits until nobody touched the files for a while. */
  private async settled(first: string): Promise<string> {
    const startedAt = performance.now();
    let isReported = false;
    for (let state = first; ; ) {
      await this.pause(this.times.quietMs);
      const again = await this.state();
      if (again === state || this.stopped.signal.aborted) return again;
      state = again;
      if (isReported || performance.now() - startedAt < this.times.unrestMs) continue;
      isReported = true;
      this.activation.fail(
        "unsettled",
        `${this.activation.place}: the files keep changing: waiting for them to settle`,
      );
    }
  }

  private async load(state: string, urgency: Urgency): Promise<"done" | "again"> {
    const { activation } = this;
    const startedAt = performance.now();
    const result = await activation.prepare({ path: activation.place }, this.contentInForce);
    if (this.stopped.signal.aborted) return "done";
    const after = await this.state();
    if (after !== state) return "again";
    this.known = after;
    const { contentDigest } = result;
    if (result.outcome === "prepared") {
      activation.activate(result.prepared, { findings: result.findings, startedAt });
      this.contentInForce = contentDigest;
      this.contentRefused = undefined;
    } else if (result.outcome === "unchanged") {
      this.contentRefused = undefined;
      activation.confirm({ asked: urgency === "asked" });
    } else if (urgency === "stirred" && contentDigest === this.contentRefused) {
      activation.confirmRefusal();
    } else {
      this.contentRefused = contentDigest;
      activation.refuse(result.findings);
    }
    return "done";
  }

  private async pause(durationMs: number): Promise<void> {
    // An aborted pause is a short one.
    await wait(durationMs, undefined, { signal: this.stopped.signal }).catch(() => {});
  }
}
