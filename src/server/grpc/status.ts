/**
 * The one place that chooses a gRPC status. Callers read our message for their own mistakes and
 * `internal error` for ours.
 */
import { status } from "@grpc/grpc-js";
import { AccessError, type AccessErrorCode } from "../../access/access-gate.js";
import { CallRefusal, type CallRefusalCode } from "../../ask/call-refusal.js";
import { EngineError, type EngineErrorCode } from "../../engine/engine-error.js";
import { SupplyError, type SupplyErrorCode } from "../../supply/supply-error.js";

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
        : error instanceof CallRefusal
          ? refusalCodes[error.code]
          : error instanceof SupplyError
            ? supplyCodes[error.code]
            : status.INTERNAL;
  if (code === status.INTERNAL || !(error instanceof Error)) {
    return { code: status.INTERNAL, details: "internal error", isOurs: true };
  }
  return { code, details: headerText(error.message), isOurs: false };
}

/** The error that grpc-js turns into the status of a call. */
export function grpcError(error: unknown): Error & Pick<CallStatus, "code" | "details"> {
  const { code, details } = callStatusOf(error);
  return Object.assign(new Error(details), { code, details });
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
  unavailable: status.UNAVAILABLE,
};

const refusalCodes: Readonly<Record<CallRefusalCode, status>> = {
  expired: status.DEADLINE_EXCEEDED,
  stopping: status.UNAVAILABLE,
  overloaded: status.RESOURCE_EXHAUSTED,
  unknownService: status.NOT_FOUND,
};

const supplyCodes: Readonly<Record<SupplyErrorCode, status>> = {
  badName: status.INVALID_ARGUMENT,
  badFiles: status.INVALID_ARGUMENT,
  tooLarge: status.RESOURCE_EXHAUSTED,
  overloaded: status.RESOURCE_EXHAUSTED,
  reservedName: status.FAILED_PRECONDITION,
  unknownSet: status.NOT_FOUND,
};

/** How a call ends before or beside its handler. */
export type ProtocolEnd =
  | "answered"
  | "expired"
  | "badTimeout"
  | "tooLarge"
  | "inflatesTooLarge"
  | "noMessage"
  | "secondMessage"
  | "unknownEncoding"
  | "corrupt"
  | "threw";

/** The status of such an end, in grpc-js's words; `about` is the size, the method or the text that the words need. */
export function protocolStatus(end: ProtocolEnd, about = ""): Pick<CallStatus, "code" | "details"> {
  const { code, details } = protocolEnds[end];
  return about === "" ? { code, details } : { code, details: details.replace("%", () => about) };
}

/** The one status that refuses nothing. */
const OK: status = 0;

const protocolEnds: Readonly<Record<ProtocolEnd, Pick<CallStatus, "code" | "details">>> = {
  answered: { code: OK, details: "OK" },
  expired: { code: status.DEADLINE_EXCEEDED, details: "Deadline exceeded" },
  badTimeout: { code: status.INTERNAL, details: 'Invalid grpc-timeout value "%"' },
  tooLarge: { code: status.RESOURCE_EXHAUSTED, details: "Received message larger than max (%)" },
  inflatesTooLarge: {
    code: status.RESOURCE_EXHAUSTED,
    details: "Received message that decompresses to a size larger than %",
  },
  noMessage: {
    code: status.UNIMPLEMENTED,
    details: "Received no request message for server streaming method %",
  },
  secondMessage: {
    code: status.UNIMPLEMENTED,
    details: "Received a second request message for server streaming method %",
  },
  unknownEncoding: {
    code: status.UNIMPLEMENTED,
    details: 'Received message compressed with unsupported encoding "%"',
  },
  corrupt: { code: status.INTERNAL, details: "Failed to decompress message" },
  threw: { code: status.UNKNOWN, details: "Unknown error" },
};

// Details travel in a header of bounded length, and grpc-js throws on lone surrogates.
function headerText(message: string): string {
  return Buffer.from(message.slice(0, 1000), "utf8").toString("utf8");
}

/** The name of a status by its number, for counts and traces; `UNKNOWN` for what is none. */
export function statusName(code: unknown): string {
  const name = typeof code === "number" ? status[code] : undefined;
  return name ?? "UNKNOWN";
}

/** What the end of a call says about its caller: it was answered, it was not let in, or nothing. */
export function standingOf(code: unknown): "answered" | "refused" | undefined {
  if (statusName(code) === "OK") return "answered";
  return code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED ? "refused" : undefined;
}
