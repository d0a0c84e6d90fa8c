/**
 * The one place that chooses a gRPC status. Callers read our message for their own mistakes and
 * `internal error` for ours.
 */
import { status } from "@grpc/grpc-js";
import { EngineError, type EngineErrorCode } from "../engine/engine-error.js";
import { AccessError, type AccessErrorCode } from "./access-gate.js";

/** What a failed call answers. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
  /** Whether the failure is ours: the operator should hear of it, the caller should not. */
  readonly isOurs: boolean;
}

/** The status of a call that ended in an error. */
export function callStatusOf(error: unknown): CallStatus {
  const code =
    error instanceof EngineError
      ? codes[error.code]
      : error instanceof AccessError
        ? accessCodes[error.code]
        : status.INTERNAL;
  if (code === status.INTERNAL || !(error instanceof Error)) {
    return { code: status.INTERNAL, details: "internal error", isOurs: true };
  }
  return { code, details: headerText(error.message), isOurs: false };
}

const codes: Readonly<Record<EngineErrorCode, status>> = {
  malformed: status.INVALID_ARGUMENT,
  messageTooLarge: status.RESOURCE_EXHAUSTED,
  batchTooLarge: status.RESOURCE_EXHAUSTED,
  overloaded: status.RESOURCE_EXHAUSTED,
  unknownPolicySet: status.FAILED_PRECONDITION,
  whatIfRefused: status.PERMISSION_DENIED,
  cancelled: status.CANCELLED,
  internal: status.INTERNAL,
};

const accessCodes: Readonly<Record<AccessErrorCode, status>> = {
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
};

// Details travel in a header of bounded length, and grpc-js throws on lone surrogates.
function headerText(message: string): string {
  return Buffer.from(message.slice(0, 1000), "utf8").toString("utf8");
}
