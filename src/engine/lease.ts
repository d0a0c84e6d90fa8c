/** Things that one user has at a time; whoever finds none free waits in line, as long as its limits allow. */
import type { Cancellation } from "./cancellation.js";
import { EngineError } from "./engine-error.js";

/** How long somebody waits. */
export interface WaitLimits {
  /** Leaves the line when it is aborted. */
  readonly signal?: Cancellation | undefined;
  /** Leaves the line after so many milliseconds. Default: never. */
  readonly mostMs?: number;
}

/** A few equal things. */
export class Lease<T> {
  private readonly free: T[];
  private readonly waiting = new Set<(thing: T) => void>();

  constructor(things: readonly T[]) {
    this.free = [...things];
  }

  /** How many are waiting. */
  get queueLength(): number {
    return this.waiting.size;
  }

  /** Whether whoever takes one now does not wait. */
  get hasFree(): boolean {
    return this.free.length > 0;
  }

  /** Rejects with EngineError where its limits end: `cancelled`, or `overloaded` after too long. */
  async take(limits: WaitLimits = {}): Promise<T> {
    const thing = this.free.pop();
    return thing === undefined ? this.wait(limits) : thing;
  }

  giveBack(thing: T): void {
    const [next] = this.waiting;
    if (next === undefined) this.free.push(thing);
    else next(thing);
  }

  private wait({ signal, mostMs }: WaitLimits): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(take);
        signal?.removeEventListener("abort", giveUp);
        clearTimeout(timer);
      };
      const take = (thing: T): void => {
        leave();
        resolve(thing);
      };
      const giveUp = (): void => {
        leave();
        reject(new EngineError("cancelled", "call: cancelled"));
      };
      const expire = (): void => {
        leave();
        reject(new EngineError("overloaded", "engine: too many large batches, this one has waited too long"));
      };
      const timer = mostMs === undefined ? undefined : setTimeout(expire, mostMs);
      this.waiting.add(take);
      if (signal?.aborted === true) giveUp();
      else signal?.addEventListener("abort", giveUp, { once: true });
    });
  }
}
