/** How whoever works for a call hears that nobody waits for its answer any more. */

/** Every AbortSignal is one; surfaces with many calls may have something lighter. */
export interface Cancellation {
  readonly aborted: boolean;
  /** Listeners are called once, at most. */
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
