/**
 * A mapping file that is read again when it changes: a new one is in force as a whole or not at all. What a mapping says is for
 * whoever reads it.
 */

import type { FileReader } from "../files/file-reader.js";
import { decodeSource } from "../files/sources.js";
import type { Finding } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import { FollowedFiles } from "./followed-files.js";
import type { MappingEvent, MappingListener, MappingName } from "./mapping-event.js";

/** A mapping with advice about it, or what refuses it. */
export type MappingReading<M> =
  | { readonly ok: true; readonly mapping: M; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** How a mapping is followed. */
export interface FollowMappingOptions<M> {
  readonly name: MappingName;
  readonly path: string;
  readonly read: (source: SourceText) => MappingReading<M>;
  /** Milliseconds between looks; 0 looks only when told to. */
  readonly everyMs: number;
  /** Who reads the file. Default: this process. */
  readonly reader?: FileReader;
  /** Hears of everything after the first reading. */
  readonly onEvent: MappingListener;
}

/** A mapping that is kept up to date. */
export class FollowedMapping<M> {
  private files: FollowedFiles | undefined;
  /** What speaks against the file that was read last. */
  private refusal: Told | undefined;
  /** Why the file cannot be read. */
  private absence: Told | undefined;
  private toldCount = 0;

  private constructor(
    private readonly options: FollowMappingOptions<M>,
    private mapping: M,
  ) {}

  /** Reads the file, or gives what speaks against it. Rejects with a line for the operator if it cannot be read. */
  static async open<M>(options: FollowMappingOptions<M>): Promise<MappingReading<FollowedMapping<M>>> {
    const { path, everyMs, reader } = options;
    let followed: FollowedMapping<M> | undefined;
    const first: MappingReading<M>[] = [];
    const files = await FollowedFiles.follow(
      [path],
      ([bytes = Buffer.alloc(0)]) => {
        const reading = readMapping(options, bytes);
        if (followed === undefined) first.push(reading);
        else followed.adopt(reading);
      },
      {
        everyMs,
        ...(reader === undefined ? {} : { reader }),
        onProblem: (message) => followed?.miss(message),
        onReturn: () => followed?.find(),
      },
    );
    const [reading = { ok: false, findings: [] }] = first;
    if (!reading.ok) {
      files.close();
      return reading;
    }
    followed = new FollowedMapping(options, reading.mapping);
    followed.files = files;
    return { ok: true, mapping: followed, findings: reading.findings };
  }

  /** What is in force. */
  get current(): M {
    return this.mapping;
  }

  /** Looks at once, and tells how the file stands in any case. */
  async reload(): Promise<void> {
    const { toldCount } = this;
    await this.files?.lookNow();
    if (this.toldCount === toldCount) this.tell(this.absence ?? this.refusal ?? { kind: "unchanged" });
  }

  /** Looks no more. */
  close(): void {
    this.files?.close();
  }

  private adopt(reading: MappingReading<M>): void {
    const { findings } = reading;
    this.absence = undefined;
    if (reading.ok) {
      this.mapping = reading.mapping;
      this.refusal = undefined;
      this.tell({ kind: "activated", findings });
      return;
    }
    const count = findings.filter(({ severity }) => severity === "error").length;
    const message = `${this.options.path}: ${count} ${count === 1 ? "error" : "errors"}: ${stays}`;
    this.refusal = { kind: "failed", message, findings };
    this.tell(this.refusal);
  }

  private miss(message: string): void {
    this.absence = { kind: "failed", message: `${message}: ${stays}`, findings: [] };
    this.tell(this.absence);
  }

  private find(): void {
    this.absence = undefined;
    this.tell(this.refusal ?? { kind: "unchanged" });
  }

  private tell(event: Told): void {
    const { name, path } = this.options;
    this.toldCount++;
    this.options.onEvent({ ...event, name, place: path });
  }
}

type Told = MappingEvent extends infer E ? (E extends MappingEvent ? Omit<E, "name" | "place"> : never) : never;

const stays = "the mapping in force stays";

function readMapping<M>({ path, read }: FollowMappingOptions<M>, bytes: Buffer): MappingReading<M> {
  const findings: Finding[] = [];
  const source = decodeSource(path, bytes, findings);
  return source === undefined ? { ok: false, findings } : read(source);
}
