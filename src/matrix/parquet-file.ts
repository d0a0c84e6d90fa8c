/**
 * The frame of a matrix in Parquet: four bytes, a row group for each block, and a footer that says where everything is and what it
 * belongs to. The library writes and reads the footer; blocks come and go as bytes with their facts.
 */
import type { ColumnChunk, CompressionCodec, Encoding, RowGroup, SchemaElement } from "hyparquet";
import { axisNames, type PlanIdentity } from "./plan.js";

/** What a footer says of one column of one block. */
export interface ChunkFacts {
  /** Bytes as they stand in the file, and before compression with the heads of pages. */
  readonly size: number;
  readonly plainSize: number;
  /** Where the page of data begins behind the page of values; 0 if there is none. */
  readonly dataAt: number;
  readonly encodings: readonly Encoding[];
  readonly codec: CompressionCodec;
  /** Of the values; absent where nobody looks for rows by them. */
  readonly least?: string | number;
  readonly most?: string | number;
}

/** What is remembered of a block that is written. */
export interface BlockFacts {
  readonly bytes: number;
  /** The first 16 hex digits of the SHA-256 of its bytes. */
  readonly hash: string;
  /** Cells by decision, in the order of `decisionWords`. */
  readonly counts: readonly number[];
  /** In Parquet: its columns. */
  readonly chunks?: readonly ChunkFacts[];
}

/** The bytes in front of the first row group. */
export const parquetHeader: Uint8Array = new TextEncoder().encode("PAR1");

/** The columns of a matrix: ids but for what the decision says. */
export function matrixColumns(reason: boolean): readonly string[] {
  return [...axisNames, "decision", ...(reason ? ["layer", "statement"] : [])];
}

/** A column of the schema. */
export function columnElement(name: string): SchemaElement {
  return axisNames.some((axis) => axis === name)
    ? { name, type: "INT32", repetition_type: "REQUIRED" }
    : { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" };
}

/** The schema of a file with these columns. */
export function schemaOf(columns: readonly string[]): SchemaElement[] {
  return [{ name: "matrix", num_children: columns.length }, ...columns.map(columnElement)];
}

/** The footer behind these blocks, with facts for whoever joins files. */
export async function parquetFooter(
  { reason }: Pick<PlanIdentity, "reason">,
  blocks: readonly BlockFacts[],
  notes: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const columns = matrixColumns(reason);
  const writer = new ByteWriter();
  const kvMetadata = Object.entries(notes).map(([key, value]) => ({ key, value }));
  const file = new ParquetWriter({ writer, schema: schemaOf(columns), kvMetadata, createdBy: "verdict" });
  let at = parquetHeader.length;
  for (const block of blocks) {
    const group = rowGroup(columns, block, at);
    file.row_groups.push(group);
    file.num_rows += group.num_rows;
    at += block.bytes;
  }
  await file.finish();
  return writer.getBytes().slice(parquetHeader.length);
}

function rowGroup(columns: readonly string[], { counts, bytes, chunks = [] }: BlockFacts, from: number): RowGroup {
  const rows = BigInt(counts.reduce((sum, count) => sum + count, 0));
  let at = from;
  const found = chunks.map((chunk, index): ColumnChunk => {
    const chunkAt = at;
    at += chunk.size;
    return columnChunk(columns[index] ?? "", chunk, chunkAt, rows);
  });
  return {
    columns: found,
    total_byte_size: BigInt(chunks.reduce((sum, { plainSize }) => sum + plainSize, 0)),
    num_rows: rows,
    total_compressed_size: BigInt(bytes),
  };
}

function columnChunk(name: string, chunk: ChunkFacts, at: number, rows: bigint): ColumnChunk {
  const { size, plainSize, dataAt, encodings, codec, least, most } = chunk;
  return {
    file_offset: BigInt(at),
    meta_data: {
      type: columnElement(name).type ?? "INT32",
      encodings: [...encodings],
      path_in_schema: [name],
      codec,
      num_values: rows,
      total_uncompressed_size: BigInt(plainSize),
      total_compressed_size: BigInt(size),
      data_page_offset: BigInt(at + dataAt),
      ...(dataAt === 0 ? {} : { dictionary_page_offset: BigInt(at) }),
      ...(least === undefined || most === undefined
        ? {}
        : { statistics: { min_value: least, max_value: most, null_count: 0n } }),
    },
  };
}

/** Bytes at the end of a file: length of the footer, and `PAR1`. */
export const TAIL_BYTES = 8;

/** How long the footer is, by the last bytes of the file; undefined for what is no Parquet file. */
export function footerLength(tail: Uint8Array): number | undefined {
  const isParquet = tail.length === TAIL_BYTES && parquetHeader.every((byte, index) => tail[index + 4] === byte);
  return isParquet ? new DataView(tail.buffer, tail.byteOffset, TAIL_BYTES).getUint32(0, true) : undefined;
}

/** The notes of a footer, and its blocks' columns. Throws for what is no footer. */
export async function readFooter(footer: Uint8Array): Promise<{
  readonly notes: ReadonlyMap<string, string>;
  readonly chunks: readonly (readonly ChunkFacts[])[];
}> {
  const { parquetMetadata } = await import("hyparquet");
  const copy = footer.slice();
  const { key_value_metadata: notes = [], row_groups: groups } = parquetMetadata(copy.buffer);
  return {
    notes: new Map(notes.map(({ key, value = "" }) => [key, value])),
    chunks: groups.map(({ columns }) => columns.map(factsOf)),
  };
}

function factsOf({ meta_data: facts }: ColumnChunk): ChunkFacts {
  if (facts === undefined) throw new Error("a column without facts");
  const { dictionary_page_offset: valuesAt, data_page_offset: dataAt, statistics } = facts;
  const { min_value: least, max_value: most } = statistics ?? {};
  return {
    size: Number(facts.total_compressed_size),
    plainSize: Number(facts.total_uncompressed_size),
    dataAt: valuesAt === undefined ? 0 : Number(dataAt - valuesAt),
    encodings: facts.encodings,
    codec: facts.codec,
    ...(isPlain(least) && isPlain(most) ? { least, most } : {}),
  };
}

function isPlain(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
