/** The mapping files of `verdict serve`: read before anything listens, followed, and read again on SIGHUP. */
import type { Config } from "../config/settings.js";
import type { Readiness } from "../server/readiness.js";
import { FollowedMapping, type FollowMappingOptions } from "../supply/followed-mapping.js";
import type { MappingListener } from "../supply/mapping-event.js";
import { CommandError, refuse } from "./command-error.js";
import { findingLine, findingPieces } from "./report-findings.js";
import { printError } from "./terminal.js";

/** A change counts when a second look finds the same, so one is in force within twice the time. */
const LONGEST_INTERVAL_MS = 2000;

/** Mappings that are kept up to date. */
export class ServedMappings {
  private readonly open = new Set<FollowedMapping<unknown>>();
  private readonly everyMs: number;
  private readonly reload = (): void => {
    for (const mapping of this.open) void mapping.reload();
  };

  constructor(
    { watch, watchInterval }: Config,
    private readonly readiness: Readiness,
    private readonly onEvent: MappingListener,
  ) {
    this.everyMs = watch ? Math.min(Math.max(watchInterval, 100), LONGEST_INTERVAL_MS) : 0;
    process.on("SIGHUP", this.reload);
  }

  /** Reads a mapping, or refuses with its findings; gives what is in force. */
  async follow<M>({ name, path, read }: Pick<FollowMappingOptions<M>, "name" | "path" | "read">): Promise<() => M> {
    const onEvent: MappingListener = (event) => {
      this.onEvent(event);
      // Probes need no name to look, so that paths stay out of it.
      this.readiness.warn(`${name} mapping`, event.kind === "failed" ? `${name} mapping: invalid` : undefined);
    };
    const reading = await FollowedMapping.open({ name, path, read, everyMs: this.everyMs, onEvent }).catch(
      (error: unknown) => {
        throw refuse(error instanceof Error ? error.message : String(error), error);
      },
    );
    if (!reading.ok) throw new CommandError(reading.findings.map(findingLine));
    for (const finding of reading.findings) printError(...findingPieces(finding));
    const { mapping } = reading;
    this.open.add(mapping);
    return () => mapping.current;
  }

  /** Looks no more. */
  close(): void {
    process.off("SIGHUP", this.reload);
    for (const mapping of this.open) mapping.close();
  }
}
