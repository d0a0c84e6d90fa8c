/** How a call that ended without an answer reads to the caller of the client. */
import { type ServiceError, status } from "@grpc/grpc-js";
import { type Failure, type FailureCode, failureOf } from "./answer.js";

/** By name of the gRPC status; what is not listed is `internal`. */
const codes: Readonly<Record<string, FailureCode>> = {
  CANCELLED: "cancelled",
  DEADLINE_EXCEEDED: "deadlineExceeded",
  UNAVAILABLE: "unavailable",
  RESOURCE_EXHAUSTED: "overloaded",
  UNAUTHENTICATED: "unauthenticated",
  INVALID_ARGUMENT: "refused",
  FAILED_PRECONDITION: "refused",
  PERMISSION_DENIED: "refused",
  NOT_FOUND: "refused",
  OUT_OF_RANGE: "refused",
  UNIMPLEMENTED: "refused",
};

/** The failure of a call that ended with a status. */
export function callFailure({ code, details }: ServiceError): Failure {
  const name = status[code] ?? `status ${code}`;
  return failureOf(codes[name] ?? "internal", `call: ${name}: ${details}`, name);
}

/** The failure of anything that was thrown. */
export function thrownFailure(error: unknown, code: FailureCode = "internal"): Failure {
  if (isServiceError(error)) return callFailure(error);
  return failureOf(code, error instanceof Error ? error.message : String(error));
}

/** The time was over before the server answered. */
export const deadlineFailure: Failure = failureOf("deadlineExceeded", "call: no answer in time");

/** The caller's signal was aborted. */
export const cancelledFailure: Failure = failureOf("cancelled", "call: cancelled by the caller");

/** `close()` was called. */
export const closedFailure: Failure = failureOf("closed", "client: closed");

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
