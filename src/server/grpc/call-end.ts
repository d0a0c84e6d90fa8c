/** The end of a gRPC call, whether it was answered, cancelled or too late: grpc-js tells of each as `cancelled`. */
import type { Cancellation } from "../../engine/cancellation.js";

/** What of a call is needed here. */
export interface EndingCall {
  readonly cancelled: boolean;
  once(event: "cancelled", listener: () => void): unknown;
}

/** An AbortController would do, but aborting one takes 30 µs (Node 20), and every call ends. */
export class CallEnd implements Cancellation {
  private listeners: (() => void)[] = [];
  private hasEnded: boolean;

  constructor(call: EndingCall) {
    this.hasEnded = call.cancelled;
    if (!this.hasEnded) call.once("cancelled", () => this.end());
  }

  /** Whether the call is over. */
  get aborted(): boolean {
    return this.hasEnded;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (!this.hasEnded) this.listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.listeners = this.listeners.filter((one) => one !== listener);
  }

  private end(): void {
    this.hasEnded = true;
    for (const listener of this.listeners.splice(0)) listener();
  }
}
