/** The one place that chooses an HTTP status. Callers read our message for their own mistakes and `internal error` for ours. */

import { AccessError, type AccessErrorCode } from "../../access/access-gate.js";
import { CallRefusal, type CallRefusalCode } from "../../ask/call-refusal.js";
import { EngineError, type EngineErrorCode } from "../../engine/engine-error.js";

/** A request that is refused. The message is safe to show the caller. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "HttpError";
  }
}

/** What a failed request answers. */
export interface HttpFailure {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the failure is ours: the operator should hear of it, the caller should not. */
  readonly isOurs: boolean;
}

/** The answer to a request that ended in an error. */
export function httpFailureOf(error: unknown): HttpFailure {
  if (error instanceof HttpError) {
    const { status, message, headers } = error;
    return { status, message, headers, isOurs: false };
  }
  if (error instanceof AccessError) return { ...accessFailures[error.code], message: error.message, isOurs: false };
  const status =
    error instanceof EngineError
      ? engineStatuses[error.code]
      : error instanceof CallRefusal
        ? refusalStatuses[error.code]
        : 500;
  if (status === 500 || !(error instanceof Error)) {
    return { status: 500, message: "internal error", headers: {}, isOurs: true };
  }
  return { status, message: error.message, headers: status === 503 ? { "retry-after": "1" } : {}, isOurs: false };
}

const engineStatuses: Readonly<Record<EngineErrorCode, number>> = {
  malformed: 400,
  messageTooLarge: 413,
  batchTooLarge: 413,
  overloaded: 503,
  unknownPolicySet: 404,
  whatIfRefused: 403,
  cancelled: 499,
  internal: 500,
};

const refusalStatuses: Readonly<Record<CallRefusalCode, number>> = {
  expired: 504,
  stopping: 503,
  overloaded: 503,
  unknownService: 404,
};

const accessFailures: Readonly<Record<AccessErrorCode, Pick<HttpFailure, "status" | "headers">>> = {
  unauthenticated: { status: 401, headers: { "www-authenticate": "Bearer" } },
  forbidden: { status: 403, headers: {} },
  unavailable: { status: 503, headers: { "retry-after": "1" } },
};
