/** The thread for calls of Access Analyzer: documents are parsed, validated and compared here, while the front end goes on answering. */
import { giveWay } from "../../prepare/give-way.js";
import { jsonReply, type Reply } from "../http/reply.js";
import { AnalyzerError, analyzerRefusal, UnprocessableError } from "./analyzer-error.js";
import { AnalyzerRequest } from "./analyzer-request.js";
import { checkAccessNotGranted, checkNoNewAccess, checkNoPublicAccess } from "./policy-checks.js";
import { validatePolicy } from "./validate-policy.js";

/** The calls by their paths. */
export const analyzerCalls = {
  "/policy/check-access-not-granted": checkAccessNotGranted,
  "/policy/check-no-new-access": checkNoNewAccess,
  "/policy/check-no-public-access": checkNoPublicAccess,
  "/policy/validation": validatePolicy,
} as const;

/** A call that is answered. */
export type AnalyzerPath = keyof typeof analyzerCalls;

/** One call. */
export interface AnalyzerTask {
  readonly path: AnalyzerPath;
  /** The query as text. */
  readonly query: string;
  readonly body: Uint8Array;
}

/** Answers a call. */
export default async function answer({ path, query, body }: AnalyzerTask): Promise<Reply> {
  giveWay();
  try {
    return jsonReply(200, await analyzerCalls[path](AnalyzerRequest.of(body), new URLSearchParams(query)));
  } catch (error: unknown) {
    if (error instanceof AnalyzerError || error instanceof UnprocessableError) return analyzerRefusal(error);
    throw error;
  }
}
