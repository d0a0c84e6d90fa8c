/**
 * One decision as one line of the decision log: the field names of OPA's decision logs, a block in those of CloudTrail, and
 * everything that is needed to decide it again. Questions and answers in, lines out; knows no file.
 */

import { denialMessage } from "../../question/denial-sentence.js";
import { jsonText } from "../../text/json-text.js";
import type { GivenAnswer } from "../../wire/given-answers.js";
import type { LoggedQuestion } from "./asked-questions.js";
import type { ChunkedCall } from "./call-chunk.js";
import { type LogMask, maskRecord } from "./log-mask.js";
import { errorMembers, type RecordFrame, recordFrame, recordTail } from "./record-tail.js";

/** A question as the log shows it; what is erased or empty is absent. */
export interface RecordedInput {
  principal?: string;
  action?: string;
  resource?: string;
  resourceAccount?: string;
  resourceTags?: Record<string, string>;
  context?: Record<string, string | readonly string[]>;
  sessionPolicies?: readonly string[];
  sessionTags?: Record<string, string>;
  endpoint?: string;
  whatIf?: true;
}

/** One line of the log. */
export interface DecisionRecord {
  readonly decision_id: string;
  /** The call that a batch's decisions came in. */
  readonly req_id?: string;
  /** What the caller calls its request (`x-request-id`). */
  readonly request_id?: string;
  /** When the answer was there. */
  readonly timestamp: string;
  /** The clock that decided (CTX-12). */
  readonly clock: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly labels: RecordLabels;
  /** The policy set that decided, by its name. */
  readonly bundles: Readonly<Record<string, { readonly revision: string; readonly generation: number }>>;
  readonly path: string;
  readonly transport: string;
  input: RecordedInput;
  /** What the caller sent could not be read to its end: `input` is not all of it. */
  readonly malformed?: true;
  /** Parts of the record were left out for its size; `erased` lists them. */
  oversized?: true;
  /** Whether the server let callers set derived context keys; present where one asked for it. */
  readonly what_if_allowed?: boolean;
  result: GivenAnswer;
  requested_by?: string;
  caller?: string;
  erased?: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly eventSource: string;
  readonly eventName: string;
  userIdentity?: { readonly arn: string } | { readonly invokedBy: string };
  resources?: readonly { readonly ARN: string }[];
  readonly errorCode?: "AccessDenied" | "ValidationError" | "InternalFailure";
  errorMessage?: string;
}

/** Who writes the log. */
export interface RecordLabels {
  readonly app: string;
  /** Of the running process. */
  readonly id: string;
  readonly version: string;
}

/** What is the same for every record of a log. */
export interface RecordTerms {
  readonly labels: RecordLabels;
  readonly masks: readonly LogMask[];
  readonly whatIfAllowed: boolean;
  /** The share of allowed decisions that is logged, from 0 to 1. */
  readonly allowSampleRate: number;
}

/** What is the same for every decision of a call. */
export interface RecordedCall {
  readonly id: string;
  readonly isBatch: boolean;
  readonly path: string;
  readonly transport: string;
  /** The rest of what is known of it, which makes its texts when they are asked for. */
  readonly call: Pick<
    ChunkedCall,
    | "peer"
    | "caller"
    | "traceparent"
    | "requestId"
    | "clockMs"
    | "endedAtMs"
    | "durationMs"
    | "peerAt"
    | "callerAt"
    | "callerEnd"
  >;
  readonly digest: string;
  readonly generation: number;
  readonly questionCount: number;
}

/** Longer records keep only the beginning of what was asked. */
export const LONGEST_RECORD = 256 << 10;
const LONGEST_TEXT_OF_OVERSIZED = 256;

/** The line of one decision, with its LF; `mostBytes` limits it further. */
export function recordLine(
  call: RecordedCall,
  index: number,
  question: LoggedQuestion,
  answer: GivenAnswer,
  terms: RecordTerms,
  mostBytes: number,
): string {
  const own = ownPart(call, index, question, answer, terms);
  const frame = recordFrame(call, question.policySet || "default", terms.labels);
  const most = Math.min(mostBytes, LONGEST_RECORD);
  if (terms.masks.length === 0) {
    // Most of a line is what other lines have as well: turning only the rest into JSON halves the work.
    const line = `${jsonText(own).slice(0, -1)},${frame.json},"result":${recordTail(answer, frame).result}}\n`;
    if (line.length <= most) return line;
  }
  const { digest, generation } = call;
  const result = "error" in answer ? answer : { ...answer, policySet: { digest, generation } };
  const record: DecisionRecord = { ...own, ...frame.members, result };
  maskRecord(record, terms.masks);
  const line = jsonText(record);
  return `${line.length <= most ? line : jsonText(withoutBulk(record))}\n`;
}

function ownPart(
  { id, isBatch, questionCount, call }: RecordedCall,
  index: number,
  question: LoggedQuestion,
  answer: GivenAnswer,
  { whatIfAllowed, allowSampleRate }: RecordTerms,
): Omit<DecisionRecord, keyof RecordFrame["members"] | "result"> {
  const { principal, action, resource } = question;
  const colonAt = action.indexOf(":");
  return {
    decision_id: isBatch ? `${id}.${index}` : id,
    ...(isBatch ? { req_id: id } : {}),
    ...(call.requestId === "" ? {} : { request_id: call.requestId }),
    timestamp: timeText(call.endedAtMs),
    clock: timeText(call.clockMs),
    ...traceOf(call.traceparent),
    input: inputOf(question),
    ...(question.malformed ? { malformed: true } : {}),
    ...(question.whatIf ? { what_if_allowed: whatIfAllowed } : {}),
    requested_by: call.peer,
    caller: call.caller,
    metrics: {
      timer_decide_ns: Math.round(call.durationMs * 1e6),
      ...(isBatch ? { batch_size: questionCount } : {}),
      ...(allowSampleRate < 1 ? { allow_sample_rate: allowSampleRate } : {}),
    },
    eventSource: eventSourceOf(action.slice(0, Math.max(0, colonAt)), resource),
    eventName: action.slice(colonAt + 1),
    userIdentity: principal.startsWith("arn:") ? { arn: principal } : { invokedBy: principal },
    resources: [{ ARN: resource }],
    ...errorOf(question, answer),
  };
}

function inputOf(question: LoggedQuestion): RecordedInput {
  const input: RecordedInput = {
    principal: question.principal,
    action: question.action,
    resource: question.resource,
  };
  if (question.resourceAccount !== "") input.resourceAccount = question.resourceAccount;
  if (question.resourceTags.size > 0) input.resourceTags = ownMap(question.resourceTags);
  if (question.context.size > 0) {
    const context: Record<string, string | readonly string[]> = Object.create(null);
    for (const [key, values] of question.context) {
      const [only] = values;
      context[key] = values.length === 1 && only !== undefined ? only : values;
    }
    input.context = context;
  }
  if (question.sessionPolicies.length > 0) input.sessionPolicies = question.sessionPolicies;
  if (question.sessionTags.size > 0) input.sessionTags = ownMap(question.sessionTags);
  if (question.endpoint !== "") input.endpoint = question.endpoint;
  if (question.whatIf) input.whatIf = true;
  return input;
}

/** Without a prototype, so that a key `__proto__` is a key like any other. */
function ownMap<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const map: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) map[key] = value;
  return map;
}

let lastSecond = Number.NaN;
let lastSecondText = "";

/** As `toISOString` has it; records of one second share most of it. */
export function timeText(ms: number): string {
  const whole = Math.floor(ms);
  const second = Math.floor(whole / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastSecondText}${String(whole - second * 1000).padStart(3, "0")}Z`;
}

/** The ids in a W3C `traceparent`, where it is one. */
export function traceOf(traceparent: string): Pick<DecisionRecord, "trace_id" | "span_id"> {
  const [, trace, span] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(traceparent) ?? [];
  return trace === undefined || span === undefined ? {} : { trace_id: trace, span_id: span };
}

/** AWS's services under the name that CloudTrail gives most of them, a team's own ones under their prefix. */
function eventSourceOf(prefix: string, resource: string): string {
  const isOwn = resource.startsWith("arn:") && !resource.startsWith("arn:aws");
  return isOwn || prefix === "" ? prefix : `${prefix.toLowerCase()}.amazonaws.com`;
}

function errorOf(question: LoggedQuestion, answer: GivenAnswer): Pick<DecisionRecord, "errorCode" | "errorMessage"> {
  if ("error" in answer) return errorMembers(answer.error);
  if (answer.allowed) return {};
  return { errorCode: "AccessDenied", errorMessage: denialMessage(question, answer) };
}

/** Only the beginning of what was asked, and the answer without its reasons. */
function withoutBulk(record: DecisionRecord): DecisionRecord {
  const { principal = "", action = "", resource = "" } = record.input;
  const { result, errorMessage: _message, ...rest } = record;
  const cut = {
    principal: principal.slice(0, LONGEST_TEXT_OF_OVERSIZED),
    action: action.slice(0, LONGEST_TEXT_OF_OVERSIZED),
    resource: resource.slice(0, LONGEST_TEXT_OF_OVERSIZED),
  };
  const isErased = (path: string): boolean => record.erased?.includes(path) === true;
  return {
    ...rest,
    eventName: rest.eventName.slice(0, LONGEST_TEXT_OF_OVERSIZED),
    eventSource: rest.eventSource.slice(0, LONGEST_TEXT_OF_OVERSIZED),
    input: {
      ...(isErased("input.principal") ? {} : { principal: cut.principal }),
      action: cut.action,
      ...(isErased("input.resource") ? {} : { resource: cut.resource }),
    },
    ...(record.userIdentity === undefined ? {} : { userIdentity: { arn: cut.principal } }),
    ...(record.resources === undefined ? {} : { resources: [{ ARN: cut.resource }] }),
    oversized: true,
    result: "error" in result ? { error: "oversized" } : { decision: result.decision, allowed: result.allowed },
    erased: [...(record.erased ?? []), "input", "result", "errorMessage"],
  };
}
