/**
 * Policy sets that callers load while the process runs: validated and compiled like any other, bounded in number, the one that
 * was used least recently leaves first. Calls under way end with the set they began with.
 */
import { DeadlineError } from "../engine/deadline.js";
import { countsAsSource, decodeUtf8, maxFileBytes } from "../files/sources.js";
import { isPolicySetName } from "../policy/policy-set-name.js";
import type { PreparationResult } from "../prepare/preparation-task.js";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import { Activation, type SupplyContext } from "./activation.js";
import { sourceName } from "./source-name.js";
import { SupplyError } from "./supply-error.js";
import type { ActivePolicySet, PolicySetStatus, SupplyEvent } from "./supply-event.js";

/** A document as it travels. */
export interface LoadedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** What callers may claim. */
export interface LoadedSetLimits {
  /** Sets in force at once. */
  readonly mostSets: number;
  /** Bytes of the documents of one set. */
  readonly maxUnpackedBytes: number;
}

/** What became of a load. */
export type LoadOutcome =
  | { readonly loaded: true; readonly active: ActivePolicySet; readonly findings: readonly Finding[] }
  | { readonly loaded: false; readonly findings: readonly Finding[] };

/** What became of a validation. */
export interface SetValidation {
  /** What the set would be called; absent if it is refused. */
  readonly digest?: string;
  readonly findings: readonly Finding[];
}

/** Preparations that may wait at once. */
const MOST_WAITING = 8;
const MOST_FILES = 100_000;

/** The sets that callers loaded. */
export class LoadedSets {
  private readonly sets = new Map<string, Activation>();
  private waiting = 0;

  constructor(
    private readonly context: SupplyContext,
    private readonly limits: LoadedSetLimits,
    /** Names of sets that have an origin of their own. */
    private readonly isReserved: (name: string) => boolean,
  ) {}

  /** How each of them stands. */
  get statuses(): readonly PolicySetStatus[] {
    return [...this.sets.values()].map(({ status }) => status);
  }

  /** Puts a set in force under a name, or says what speaks against it; `caller` is who asks. Rejects with SupplyError. */
  async load(name: string, files: readonly LoadedFile[], caller: string): Promise<LoadOutcome> {
    if (!isPolicySetName(name)) throw new SupplyError("badName", `name: ${quote(name)} is no name`);
    if (this.isReserved(name)) {
      throw new SupplyError("reservedName", `name: policy set ${quote(name)} is supplied by the configuration`);
    }
    const startedAt = performance.now();
    const result = await this.prepare(files);
    const activation = new Activation(name, "service", `PolicySetService: ${caller}`, this.context);
    const { findings } = result;
    if (result.outcome !== "prepared") {
      // A set that never was in force leaves no trace, so that refused loads cost no memory.
      (this.sets.get(name) ?? activation).refuse(findings);
      return { loaded: false, findings };
    }
    const active = activation.activate(result.prepared, { findings, startedAt });
    this.sets.set(name, activation);
    this.evictSurplus(name);
    return { loaded: true, active, findings };
  }

  /** Says what speaks against a set and puts nothing in force. Rejects with SupplyError. */
  async validate(files: readonly LoadedFile[]): Promise<SetValidation> {
    const result = await this.prepare(files);
    const { findings } = result;
    return result.outcome === "prepared" ? { digest: result.prepared.digest, findings } : { findings };
  }

  /** Takes a set out of force. Throws SupplyError if no caller loaded it. */
  unload(name: string): void {
    if (this.isReserved(name)) {
      throw new SupplyError("reservedName", `name: policy set ${quote(name)} is supplied by the configuration`);
    }
    if (!this.sets.has(name)) throw new SupplyError("unknownSet", `name: no policy set ${quote(name)}`);
    this.evict(name, "unloaded");
  }

  private async prepare(files: readonly LoadedFile[]): Promise<Exclude<PreparationResult, { outcome: "unchanged" }>> {
    const { texts, findings } = textsOf(files, this.limits.maxUnpackedBytes);
    if (findings.length > 0) return { outcome: "refused", contentDigest: "", findings };
    if (this.waiting >= MOST_WAITING) throw new SupplyError("overloaded", "too many policy sets are being prepared");
    this.waiting++;
    try {
      const result = await this.context.preparer.prepare({ files: texts });
      if (result.outcome === "unchanged") throw new Error("the preparation gave no policy set");
      return result;
    } catch (error: unknown) {
      if (error instanceof DeadlineError) throw new SupplyError("overloaded", `files: ${error.message}`);
      throw error;
    } finally {
      this.waiting--;
    }
  }

  private evictSurplus(newest: string): void {
    while (this.sets.size > this.limits.mostSets) {
      let oldest: { readonly name: string; readonly usedMs: number } | undefined;
      for (const [name, { status }] of this.sets) {
        const usedMs = Math.max(status.active?.activatedAtMs ?? 0, this.context.engine.lastUsedMs(name) ?? 0);
        if (name !== newest && (oldest === undefined || usedMs < oldest.usedMs)) oldest = { name, usedMs };
      }
      if (oldest === undefined) return;
      this.evict(oldest.name, "leastRecentlyUsed");
    }
  }

  private evict(name: string, because: Extract<SupplyEvent, { kind: "evicted" }>["because"]): void {
    const activation = this.sets.get(name);
    this.sets.delete(name);
    this.context.engine.evict(name);
    if (activation !== undefined) this.context.onEvent({ kind: "evicted", status: activation.status, because });
  }
}

/** The files as texts; throws SupplyError where they break the limits, and gives findings where they are no text. */
function textsOf(files: readonly LoadedFile[], maxBytes: number) {
  if (files.length === 0) throw new SupplyError("badFiles", "files: there are none");
  if (files.length > MOST_FILES) throw new SupplyError("tooLarge", `files: ${files.length}, at most ${MOST_FILES}`);
  const findings: Finding[] = [];
  const texts = new Map<string, string>();
  let bytes = 0;
  for (const [i, { path, content }] of files.entries()) {
    const place = `files[${i}].path: ${quote(path.slice(0, 200))}`;
    const name = sourceName(path);
    if (name === undefined || name === "") throw new SupplyError("badFiles", `${place} is no relative path`);
    if (!countsAsSource(name)) throw new SupplyError("badFiles", `${place} is no .json, .yaml or .yml file`);
    if (texts.has(name)) throw new SupplyError("badFiles", `${place} is there twice`);
    bytes += content.length;
    if (content.length > maxFileBytes || bytes > maxBytes) {
      throw new SupplyError(
        "tooLarge",
        `files[${i}].content: too large: at most ${maxFileBytes} bytes, ${maxBytes} in all`,
      );
    }
    const text = decodeUtf8(content, (message, line) => {
      findings.push({ file: name, line, column: 1, rule: "SET-ENCODING", severity: "error", message });
    });
    texts.set(name, text ?? "");
  }
  return { texts: [...texts].map(([name, text]) => ({ name, text })), findings };
}
