/** Steps of a long answer: how far it is, how fast, how long it still takes, and whether somebody has stopped it. */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { showProgress } from "../../terminal/progress.js";

/** Between two looks at the world. */
const sliceMs = 50;

/** The steps of one answer. */
export class Steps {
  private done = 0;
  private readonly startedAt = performance.now();
  private lookAt = this.startedAt + sliceMs;
  private readonly progress = showProgress();
  private stopped = false;
  private readonly stop = (): void => {
    this.stopped = true;
  };

  constructor(private readonly total: number) {
    process.on("SIGINT", this.stop);
    process.on("SIGTERM", this.stop);
  }

  /** Ctrl-C was pressed. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** One step is done; true if there shall be no other. */
  async next(): Promise<boolean> {
    this.done++;
    const now = performance.now();
    if (now < this.lookAt) return this.stopped;
    await setImmediate();
    this.lookAt = performance.now() + sliceMs;
    const seconds = (now - this.startedAt) / 1000;
    const rate = this.done / seconds;
    const left = Math.max(0, Math.ceil((this.total - this.done) / rate));
    this.progress.tell(`${this.done} of ${this.total}, ${Math.round(rate)} a second, ${left} s left`);
    return this.stopped;
  }

  /** Takes the progress away. */
  end(): void {
    this.progress.end();
    process.off("SIGINT", this.stop);
    process.off("SIGTERM", this.stop);
  }
}
