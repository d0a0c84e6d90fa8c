/** A block from questions to bytes, on the thread that calls: what a worker does over and over. */
import { createHash } from "node:crypto";
import { type TableSeat, TableSession } from "../engine/table-session.js";
import { decisionWords, readOutcomes, readReasons } from "./block-answers.js";
import { BlockQuestions } from "./block-questions.js";
import type { BlockFacts } from "./parquet-file.js";
import { ParquetRows } from "./parquet-rows.js";
import { Cut, type MatrixPlan } from "./plan.js";
import { TextRows } from "./text-rows.js";

/** A block as it goes into the file. */
export interface MadeBlock {
  readonly bytes: Uint8Array;
  readonly facts: BlockFacts;
}

/** Makes the blocks of one plan. */
export class BlockMaker {
  private readonly cut: Cut;
  private readonly questions: BlockQuestions;
  private readonly session: TableSession;

  private constructor(
    private readonly plan: MatrixPlan,
    seat: TableSeat,
    private readonly nowSeconds: number,
    private readonly rows: ParquetRows | TextRows,
  ) {
    this.cut = new Cut(plan);
    this.questions = new BlockQuestions(plan);
    this.session = new TableSession(seat);
  }

  /** Loads what the plan's format needs. `nowSeconds` is the clock of a set that does not read it. */
  static async start(plan: MatrixPlan, seat: TableSeat, nowSeconds: number): Promise<BlockMaker> {
    const rows = plan.format === "parquet" ? await ParquetRows.start() : new TextRows(plan);
    return new BlockMaker(plan, seat, plan.clockSeconds ?? nowSeconds, rows);
  }

  /** Decides and writes a block. */
  make(index: number): MadeBlock {
    const block = this.cut.at(index);
    const response = this.session.decide(this.questions.message(block), block.cells, this.nowSeconds);
    const answers = this.plan.reason ? readReasons(response, block.cells) : readOutcomes(response, block.cells);
    const counts = decisionWords.map(() => 0);
    for (const code of answers.codes) counts[code] = (counts[code] ?? 0) + 1;
    const encoded = this.rows.encode(block, answers);
    const bytes = encoded instanceof Uint8Array ? encoded : encoded.bytes;
    const hash = blockHash(bytes);
    const columns = encoded instanceof Uint8Array ? {} : { chunks: encoded.chunks };
    return { bytes, facts: { bytes: bytes.length, hash, counts, ...columns } };
  }
}

/** By which a block is known again: 16 hex digits. */
export function blockHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
