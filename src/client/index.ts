/** The package's client, `verdict-pdp/client`: connect, ask, guard. Loads neither the engine nor any policy code. */

export type {
  Batch,
  ContextScalar,
  ContextValue,
  Question,
  QuestionBatch,
  QuestionTable,
  QuestionTags,
  RequestContext,
} from "../question/question.js";
export {
  type Answer,
  ClientError,
  type Decision,
  type Detail,
  type Failure,
  type FailureCode,
  isFailure,
  type MatchedStatement,
  type OutcomeAnswer,
  type OutcomeDecision,
  type PolicySetVersion,
  type StatementExplanation,
} from "./answer.js";
export type { ChannelSettings, TlsOptions } from "./channels.js";
export { type CallOptions, type ClientOptions, connect, type DetailOptions, type VerdictClient } from "./client.js";
export type { CoalesceLimits } from "./coalescer.js";
export {
  expressGuard,
  fastifyGuard,
  type GuardClient,
  type GuardedReply,
  type GuardedRequest,
  type GuardedResponse,
  type GuardOptions,
  type QuestionOf,
} from "./guard.js";
export type { BatchSource } from "./stream.js";
