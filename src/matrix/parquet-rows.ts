/**
 * Blocks as row groups. Columns of ids follow from the place of a block: they stand still, go in runs, or are as they were in other
 * blocks, and are kept. What is new in each block is its decisions.
 */
import type { DecodedArray } from "hyparquet";
import { joinBytes } from "../text/join-bytes.js";
import { utf8Bytes } from "../text/utf8.js";
import { type BlockAnswers, decisionWords } from "./block-answers.js";
import { type Chunk, type Dictionary, indexChunk, type Runs, runChunk } from "./dictionary-chunk.js";
import { type ChunkFacts, columnElement, parquetHeader, schemaOf } from "./parquet-file.js";
import { axisNames, type Block } from "./plan.js";

/** The library, which is loaded when it is needed. */
type Library = typeof import("hyparquet-writer");

/** Bytes of columns that are kept. */
const KEPT_BYTES = 32 << 20;
/** A run is worth its place in a page from here on; shorter ones go by differences. */
const LEAST_RUN = 32;

/** Writes the row groups of one plan. */
export class ParquetRows {
  private readonly kept = new Map<string, Chunk>();
  private keptBytes = 0;

  private constructor(private readonly library: Library) {}

  static async start(): Promise<ParquetRows> {
    return new ParquetRows(await import("hyparquet-writer"));
  }

  /** The bytes of a block's row group, and its columns. */
  encode(
    block: Block,
    { codes, layers, statements }: BlockAnswers,
  ): { readonly bytes: Uint8Array; readonly chunks: readonly ChunkFacts[] } {
    const columns = axisNames.map((_, axis) => this.idColumn(block, axis));
    columns.push(decisionColumn(codes));
    if (layers !== undefined) columns.push(this.libraryColumn("layer", [...layers], "RLE_DICTIONARY"));
    if (statements !== undefined) columns.push(this.libraryColumn("statement", [...statements], "RLE_DICTIONARY"));
    return { bytes: joinBytes(columns.map(({ bytes }) => bytes)), chunks: columns.map(({ facts }) => facts) };
  }

  private idColumn({ ranges, cells }: Block, axis: number): Chunk {
    const [from, to] = ranges[axis] ?? [0, 0];
    const inside = ranges.reduce((product, [first, last], at) => (at > axis ? product * (last - first) : product), 1);
    const isOnce = inside * (to - from) === cells;
    if (isOnce && (inside >= LEAST_RUN || to - from === 1)) return runsOfIds(from, to, inside);
    const key = `${axis} ${from} ${to} ${inside} ${cells}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const ids = new Int32Array(cells);
    for (let cell = 0, at = 0; cell < cells; at = at + 1 === to - from ? 0 : at + 1) {
      ids.fill(from + at, cell, cell + inside);
      cell += inside;
    }
    const chunk = this.libraryColumn(axisNames[axis] ?? "", ids, "DELTA_BINARY_PACKED", [from, to - 1]);
    this.keep(key, chunk);
    return chunk;
  }

  private keep(key: string, chunk: Chunk): void {
    if (this.keptBytes + chunk.bytes.length > KEPT_BYTES) {
      this.kept.clear();
      this.keptBytes = 0;
    }
    this.kept.set(key, chunk);
    this.keptBytes += chunk.bytes.length;
  }

  private libraryColumn(
    name: string,
    data: DecodedArray,
    encoding: "RLE_DICTIONARY" | "DELTA_BINARY_PACKED",
    bounds?: readonly [least: number, most: number],
  ): Chunk {
    const { ByteWriter, ParquetWriter } = this.library;
    const writer = new ByteWriter();
    const file = new ParquetWriter({ writer, schema: schemaOf([name]), statistics: false });
    void file.write({
      columnData: [{ name, data, encoding, offsetIndex: false }],
      rowGroupSize: data.length,
      pageSize: 0,
    });
    const facts = file.row_groups[0]?.columns[0]?.meta_data;
    if (facts === undefined) throw new Error(`matrix: no column ${columnElement(name).name}`);
    const { dictionary_page_offset: valuesAt, data_page_offset: dataAt, encodings, codec } = facts;
    return {
      bytes: writer.getBytes().slice(parquetHeader.length),
      facts: {
        size: Number(facts.total_compressed_size),
        plainSize: Number(facts.total_uncompressed_size),
        dataAt: valuesAt === undefined ? 0 : Number(dataAt - valuesAt),
        encodings,
        codec,
        ...(bounds === undefined ? {} : { least: bounds[0], most: bounds[1] }),
      },
    };
  }
}

function runsOfIds(from: number, to: number, each: number): Chunk {
  const count = to - from;
  const values = new Int32Array(count).map((_, at) => from + at);
  const runs: Runs = Array.from({ length: count }, (_, at) => [at, each]);
  return runChunk(runs, { bytes: new Uint8Array(values.buffer), count, least: from, most: to - 1 });
}

const decisionDictionary = joinBytes(decisionWords.flatMap((word) => [lengthOf(word), utf8Bytes(word)]));

function decisionColumn(codes: Uint8Array): Chunk {
  const seen = decisionWords.filter((_, code) => codes.includes(code)).sort();
  const dictionary: Dictionary = {
    bytes: decisionDictionary,
    count: decisionWords.length,
    least: seen[0] ?? "",
    most: seen.at(-1) ?? "",
  };
  return indexChunk(codes, dictionary);
}

/** Plain texts of Parquet begin with their length. */
function lengthOf(text: string): Uint8Array {
  return new Uint8Array(new Uint32Array([text.length]).buffer);
}
