/**
 * One named policy set between its origin and the engine: prepares what the origin offers, puts it in force or keeps what was,
 * and remembers how the set stands. Knows no files and no network.
 */

import type { PublishedPolicySet } from "../engine/generation.js";
import type { PreparedPolicySet } from "../engine/preparation.js";
import type { PreparationResult, PreparationSource } from "../prepare/preparation-task.js";
import type { Finding } from "../text/finding.js";
import type {
  ActivePolicySet,
  OriginKind,
  PolicySetStatus,
  SupplyFailure,
  SupplyFailureCode,
  SupplyListener,
} from "./supply-event.js";

/** Loads and compiles off the front-end thread, few at a time. */
export interface Preparing {
  prepare(source: PreparationSource, knownContent?: string): Promise<PreparationResult>;
}

/** The part of an engine that puts sets in force. */
export interface Publishing {
  adopt(prepared: PreparedPolicySet, name: string): PublishedPolicySet;
  evict(name: string): boolean;
  /** When a set was last asked, in milliseconds since 1970. */
  lastUsedMs(name: string): number | undefined;
}

/** What every policy set of a process shares. */
export interface SupplyContext {
  readonly preparer: Preparing;
  readonly engine: Publishing;
  readonly onEvent: SupplyListener;
  /** The clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** The way of one policy set into the engine. */
export class Activation {
  private active: ActivePolicySet | undefined;
  private failure: SupplyFailure | undefined;
  private confirmedAtMs = 0;
  private seenAtMs = 0;

  constructor(
    readonly name: string,
    readonly origin: OriginKind,
    readonly place: string,
    private readonly context: SupplyContext,
  ) {}

  get status(): PolicySetStatus {
    const { name, origin, place, active, failure, confirmedAtMs } = this;
    const seenAtMs = Math.max(this.seenAtMs, confirmedAtMs);
    return { name, origin, place, active, failure, confirmedAtMs, seenAtMs };
  }

  /** Prepares an offer; puts nothing in force. Rejects if the preparation died. */
  prepare(source: PreparationSource, knownContent?: string): Promise<PreparationResult> {
    return this.context.preparer.prepare(source, knownContent);
  }

  /** Puts a prepared set in force. */
  activate(
    prepared: PreparedPolicySet,
    facts: {
      readonly findings: readonly Finding[];
      readonly startedAt: number;
      readonly revision?: number | undefined;
    },
  ): ActivePolicySet {
    const published = this.context.engine.adopt(prepared, this.name);
    const now = this.context.nowMs();
    const active = { published, revision: facts.revision, activatedAtMs: now };
    this.active = active;
    this.failure = undefined;
    this.confirmedAtMs = now;
    const durationMs = performance.now() - facts.startedAt;
    this.context.onEvent({ kind: "activated", status: this.status, active, findings: facts.findings, durationMs });
    return active;
  }

  /** The origin holds what is in force; said aloud only where somebody asked, something was wrong before, or the revision moved on. */
  confirm(options: { readonly asked: boolean; readonly revision?: number | undefined }): void {
    const isRenumbered = options.revision !== undefined && options.revision !== this.active?.revision;
    const isNews = this.failure !== undefined || isRenumbered;
    this.failure = undefined;
    this.confirmedAtMs = this.context.nowMs();
    if (this.active !== undefined && options.revision !== undefined) {
      this.active = { ...this.active, revision: options.revision };
    }
    if (options.asked || isNews) this.context.onEvent({ kind: "unchanged", status: this.status });
  }

  /** The origin was looked at and is as it was the last time. */
  seen(): void {
    this.seenAtMs = this.context.nowMs();
  }

  /** The origin still holds what was refused before. */
  confirmRefusal(): void {
    this.confirmedAtMs = this.context.nowMs();
  }

  /** What was offered does not come into force: what was in force stays. */
  fail(reason: SupplyFailureCode, message: string, findings: readonly Finding[] = []): void {
    const failure = { reason, message, findings, atMs: this.context.nowMs() };
    this.failure = failure;
    if (reason === "invalid") this.confirmedAtMs = failure.atMs;
    this.context.onEvent({ kind: "failed", status: this.status, failure });
  }

  /** As `fail`, for a set with findings. */
  refuse(findings: readonly Finding[]): void {
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const what = errors === 1 ? "1 error" : `${errors} errors`;
    const kept = this.active === undefined ? "no policy set is in force" : "the policy set in force stays";
    this.fail("invalid", `${this.place}: ${what}: ${kept}`, findings);
  }
}
