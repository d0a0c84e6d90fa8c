/** Why the engine refused a whole call. What is wrong with one request of a call is an ERROR outcome instead. */

export type EngineErrorCode =
  | "malformed"
  | "messageTooLarge"
  | "batchTooLarge"
  | "whatIfRefused"
  | "unknownPolicySet"
  | "cancelled"
  | "overloaded"
  | "internal";

/** A refused call, with a code for `server/grpc/status.ts`. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EngineError";
    this.code = code;
  }
}
