/** A thread that makes blocks of a matrix: it hears once what is asked, then which block, again and again. */
import { parentPort, workerData } from "node:worker_threads";
import type { TableSeat } from "../engine/table-session.js";
import { BlockMaker, type MadeBlock } from "./block-maker.js";
import type { MatrixPlan } from "./plan.js";

/** What a thread hears when it starts. */
export interface MatrixWorkerData {
  readonly plan: MatrixPlan;
  readonly seat: TableSeat;
  readonly nowSeconds: number;
}

/** What a thread answers to the place of a block: its bytes have moved. */
export type MatrixAnswer = MadeBlock | { readonly failure: string };

const { plan, seat, nowSeconds }: MatrixWorkerData = workerData;
const starting = BlockMaker.start(plan, seat, nowSeconds);
parentPort?.on("message", async (index: number) => {
  try {
    const made = (await starting).make(index);
    const answer: MatrixAnswer = made;
    parentPort?.postMessage(answer, made.bytes.buffer instanceof ArrayBuffer ? [made.bytes.buffer] : []);
  } catch (error: unknown) {
    const answer: MatrixAnswer = { failure: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(answer);
  }
});
