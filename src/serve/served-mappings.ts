/** The mapping files of `verdict serve`: read before anything listens, followed, and read again on SIGHUP. */

import type { Config } from "../config/settings.js";
import { DEFAULT_POLICY_SET } from "../engine/engine.js";
import type { FileReader } from "../files/file-reader.js";
import type { Readiness } from "../server/readiness.js";
import { FollowedMapping, type FollowMappingOptions } from "../supply/followed-mapping.js";
import type { MappingListener } from "../supply/mapping-event.js";
import type { SupplyEvent } from "../supply/supply-event.js";
import { CommandError, refuse } from "../terminal/command-error.js";
import { findingLine, findingPieces } from "../terminal/report-findings.js";
import { printError } from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";

/** A change counts when a second look finds the same, so one is in force within twice the time. */
const LONGEST_INTERVAL_MS = 2000;

/** What is followed, and how. */
export interface FollowedFile<M> extends Pick<FollowMappingOptions<M>, "name" | "path" | "read"> {
  /** The policy set that a mapping asks, if it alone says which one: empty for the default one. */
  readonly policySetOf?: (mapping: M) => string;
}

/** Mappings that are kept up to date. */
export class ServedMappings {
  private readonly open = new Set<FollowedMapping<unknown>>();
  /** Tell, of each mapping, that its policy set is not served; of those of one set, or of all. */
  private readonly checks = new Set<(only?: string) => void>();
  /** Names of policy sets. Those of the configuration count from the start: readiness tells of one that is still to come. */
  private readonly served: Set<string>;
  private readonly everyMs: number;
  private readonly reload = (): void => {
    for (const mapping of this.open) void mapping.reload();
  };

  constructor(
    { watch, watchInterval, policies }: Config,
    private readonly reader: FileReader,
    private readonly readiness: Readiness,
    private readonly onEvent: MappingListener,
  ) {
    this.everyMs = watch ? Math.min(Math.max(watchInterval, 100), LONGEST_INTERVAL_MS) : 0;
    this.served = new Set(policies.map(({ name }) => name));
    process.on("SIGHUP", this.reload);
  }

  /** Reads a mapping, or refuses with its findings; gives what is in force. */
  async follow<M>({ name, path, read, policySetOf }: FollowedFile<M>): Promise<() => M> {
    let followed: FollowedMapping<M> | undefined;
    const check = (only?: string): void => {
      if (followed === undefined || policySetOf === undefined) return;
      const policySet = policySetOf(followed.current) || DEFAULT_POLICY_SET;
      if (this.served.has(policySet) || (only !== undefined && only !== policySet)) return;
      this.onEvent({ kind: "unserved", name, place: path, policySet });
    };
    const onEvent: MappingListener = (event) => {
      this.onEvent(event);
      // Probes need no name to look, so that paths stay out of it.
      this.readiness.warn(`${name} mapping`, event.kind === "failed" ? `${name} mapping: invalid` : undefined);
      if (event.kind !== "failed") check();
    };
    const { reader, everyMs } = this;
    const reading = await FollowedMapping.open({ name, path, read, everyMs, reader, onEvent }).catch(
      (error: unknown) => {
        throw refuse(errorText(error), error);
      },
    );
    if (!reading.ok) throw new CommandError(reading.findings.map(findingLine));
    for (const finding of reading.findings) printError(...findingPieces(finding));
    const { mapping } = reading;
    followed = mapping;
    this.open.add(mapping);
    this.checks.add(check);
    check();
    return () => mapping.current;
  }

  /** Takes note of what became of a policy set. */
  supplied({ kind, status: { name } }: SupplyEvent): void {
    if (kind === "activated") this.served.add(name);
    if (kind !== "evicted") return;
    this.served.delete(name);
    for (const check of this.checks) check(name);
  }

  /** Looks no more. */
  close(): void {
    process.off("SIGHUP", this.reload);
    for (const mapping of this.open) mapping.close();
  }
}
