/** Why a call is refused by the listener rather than by the engine or the gate. Knows no status codes. */

/** What stands against a call. */
export type CallRefusalCode = "expired" | "stopping" | "overloaded" | "unknownService";

/** A call that is refused. The message is safe to show the caller. */
export class CallRefusal extends Error {
  constructor(
    readonly code: CallRefusalCode,
    message: string,
  ) {
    super(message);
    this.name = "CallRefusal";
  }
}
