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
  return failureOf(codes[name] ?? "internal", `call: ${name}: ${reasonIn(details)}`, name);
}

/** How the reason of a call begins that found no server. */
export const NO_CONNECTION = "no connection: ";

/** What grpc-js says of connections that it could not make, without its times and notes. */
function reasonIn(details: string): string {
  const [, reason] =
    /^No connection established\. Last error: (.*?)(?: \([0-9T:.Z-]+\))?\. Resolution note:/s.exec(details) ?? [];
  if (reason === undefined) return details;
  return `${NO_CONNECTION}${
    reason === "Failed to connect" || reason === "Protocol error"
      ? "ended before an answer; both sides have to speak TLS (`tls`) or neither, and a server may ask for a certificate"
      : reason.replace(/^Error: /, "")
  }`;
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
