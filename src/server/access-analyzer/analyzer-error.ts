/** Errors as Access Analyzer's REST protocol has them. */
import { HttpError } from "../http/http-error.js";
import { jsonReply, type Reply } from "../http/reply.js";

/** Why a request is refused, in AWS's words. */
export type ValidationReason = "cannotParse" | "fieldValidationFailed" | "notSupported" | "other";

/** A refused call: `ValidationException`, with the member that is wrong where there is one. */
export class AnalyzerError extends HttpError {
  constructor(
    readonly reason: ValidationReason,
    message: string,
    readonly field?: string,
  ) {
    super(400, message);
    this.name = "AnalyzerError";
  }
}

/** A call that was understood and cannot be answered within bounds. */
export class UnprocessableError extends HttpError {
  constructor(message: string) {
    super(422, message);
    this.name = "UnprocessableError";
  }
}

/** The answer to a refused call. */
export function analyzerRefusal(error: AnalyzerError | UnprocessableError): Reply {
  const { message } = error;
  if (error instanceof UnprocessableError) return failure(422, "UnprocessableEntityException", { message });
  const { reason, field } = error;
  const fieldList = field === undefined ? {} : { fieldList: [{ name: field, message }] };
  return failure(400, "ValidationException", { message, reason, ...fieldList });
}

/** The answer to a call that failed otherwise: nobody let in, too much at once, our fault. */
export function analyzerFailure(status: number, message: string): Reply {
  const code = exceptionOf.get(status) ?? (status >= 500 ? "InternalServerException" : "ValidationException");
  return failure(status, code, code === "ValidationException" ? { message, reason: "other" } : { message });
}

const exceptionOf: ReadonlyMap<number, string> = new Map([
  [401, "AccessDeniedException"],
  [403, "AccessDeniedException"],
  [422, "UnprocessableEntityException"],
  [429, "ThrottlingException"],
  [503, "ThrottlingException"],
]);

function failure(status: number, code: string, body: object): Reply {
  const reply = jsonReply(status, body);
  return { ...reply, headers: { ...reply.headers, "x-amzn-errortype": code } };
}
