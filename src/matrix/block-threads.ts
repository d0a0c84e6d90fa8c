/** Blocks from threads, given back in order however fast each is. */
import { Worker } from "node:worker_threads";
import { matrixWorkerPath } from "../artifacts.js";
import type { TableSeat } from "../engine/table-session.js";
import { threadData } from "../node-workarounds/workarounds.js";
import type { MadeBlock } from "./block-maker.js";
import type { MatrixAnswer, MatrixWorkerData } from "./matrix-worker.js";
import type { MatrixPlan } from "./plan.js";

/** Blocks that are made before the one that is written next is there, for each thread: what bounds memory. */
const AHEAD = 2;

/** How blocks are made. */
export interface BlockTerms {
  readonly plan: MatrixPlan;
  /** One for each thread. */
  readonly seats: readonly TableSeat[];
  readonly nowSeconds: number;
  /** No further block is begun once it is aborted. */
  readonly signal: AbortSignal;
}

/** The blocks from `from` to the one before `to`, in order; fewer once the signal is aborted. Rejects if a thread dies. */
export async function* makeBlocks(
  { plan, seats, nowSeconds, signal }: BlockTerms,
  from: number,
  to: number,
): AsyncGenerator<MadeBlock, void> {
  const threads = seats.slice(0, Math.max(1, to - from)).map((seat) => new BlockThread({ plan, seat, nowSeconds }));
  const idle = [...threads];
  const waiting: ((thread: BlockThread) => void)[] = [];
  const take = (): Promise<BlockThread> => {
    const thread = idle.pop();
    return thread === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(thread);
  };
  const giveBack = (thread: BlockThread): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(thread);
    else next(thread);
  };
  const make = async (index: number): Promise<MadeBlock | undefined> => {
    const thread = await take();
    try {
      return signal.aborted ? undefined : await thread.make(index);
    } finally {
      giveBack(thread);
    }
  };
  try {
    const begun: Promise<MadeBlock | undefined>[] = [];
    let next = from;
    for (let index = from; index < to; index++) {
      while (next < to && next < index + threads.length * AHEAD) {
        const making = make(next++);
        // Whoever takes it hears of its failure.
        making.catch(() => {});
        begun.push(making);
      }
      const made = await begun.shift();
      if (made === undefined) return;
      yield made;
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

class BlockThread {
  private readonly worker: Worker;
  private answered: ((answer: MatrixAnswer) => void) | undefined;
  private ended: string | undefined;

  constructor(data: MatrixWorkerData) {
    // An inherited environment would let NODE_OPTIONS of the parent change the threads.
    this.worker = new Worker(matrixWorkerPath, { workerData: { ...threadData(), ...data }, env: {} });
    this.worker.on("message", (answer: MatrixAnswer) => this.answer(answer));
    this.worker.on("error", (error) => this.endWith(error instanceof Error ? error.message : String(error)));
    this.worker.on("exit", (code) => this.endWith(`exit code ${code}`));
  }

  async make(index: number): Promise<MadeBlock> {
    const answer = await new Promise<MatrixAnswer>((resolve) => {
      this.answered = resolve;
      if (this.ended === undefined) this.worker.postMessage(index);
      else this.answer({ failure: this.ended });
    });
    if ("failure" in answer) throw new Error(`matrix: ${answer.failure}`);
    return answer;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private answer(answer: MatrixAnswer): void {
    const { answered } = this;
    this.answered = undefined;
    answered?.(answer);
  }

  private endWith(reason: string): void {
    this.ended ??= `a thread ended: ${reason}`;
    this.answer({ failure: this.ended });
  }
}
