/** Why a bundle was not taken over, with the code that metrics count. */
import type { BundleFailureCode } from "../supply-event.js";

/** A bundle that cannot be had or must not be trusted. The message has no place in front. */
export class BundleError extends Error {
  constructor(
    readonly code: BundleFailureCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "BundleError";
  }
}
