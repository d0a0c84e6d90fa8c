/** Errors as AWS's query protocol has them. */
import { HttpError } from "../http/http-error.js";

/** The codes that IAM's simulation calls answer with. */
export type AwsErrorCode =
  | "AccessDenied"
  | "InvalidAction"
  | "InvalidInput"
  | "MissingAction"
  | "NoSuchEntity"
  | "PolicyEvaluation"
  | "ServiceFailure"
  | "ServiceUnavailable"
  | "ValidationError";

/** A refused call. */
export class AwsError extends HttpError {
  constructor(
    readonly code: AwsErrorCode,
    message: string,
    /** What AWS's text does not say, for a member of its own. */
    readonly detail?: string,
  ) {
    super(code === "NoSuchEntity" ? 404 : code === "AccessDenied" ? 403 : 400, message);
    this.name = "AwsError";
  }
}

/** The code of a failure that has none of its own. */
export function awsCodeOf(status: number): AwsErrorCode {
  if (status === 401 || status === 403) return "AccessDenied";
  if (status === 404) return "NoSuchEntity";
  if (status === 503) return "ServiceUnavailable";
  return status >= 500 ? "ServiceFailure" : "ValidationError";
}
