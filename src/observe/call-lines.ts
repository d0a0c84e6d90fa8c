/** The log lines of a decided call: one a question, however the questions travelled. Allows may be sampled, nothing else is. */
import { type GivenAnswers, givenAnswer, givenAnswers } from "../engine/given-answers.js";
import { type AskedQuestion, askedQuestion, askedQuestions } from "./asked-questions.js";
import type { ChunkedCall } from "./call-chunk.js";
import { type RecordedCall, type RecordTerms, recordLine } from "./decision-record.js";

/** A call's lines may come to so many bytes a question, and so many times what was sent: texts of a table repeat on every line. */
const BYTES_A_QUESTION = 2048;
const TIMES_THE_REQUEST = 8;

/** The lines, each with its LF. `random` gives numbers from 0 up to 1. */
export function* callLines(call: ChunkedCall, terms: RecordTerms, random: () => number): Generator<string> {
  const given = call.kind === "batch" ? givenAnswers(call.response) : givenAnswer(call.response);
  const recorded = recordedCall(call, given, terms);
  let bytesLeft = BYTES_A_QUESTION * given.answers.length + TIMES_THE_REQUEST * call.request.length;
  let index = 0;
  for (const read of questionsOf(call)) {
    const answer = given.answers[index] ?? { error: "engine: no answer" };
    const isSampled = "error" in answer || !answer.allowed || terms.allowSampleRate >= 1;
    if (isSampled || random() < terms.allowSampleRate) {
      const line = recordLine(recorded, index, read(), answer, terms, Math.max(0, bytesLeft));
      bytesLeft -= line.length;
      yield line;
    }
    index++;
  }
}

/** Each question is read only if it is asked for: one that is not logged costs nothing. */
function questionsOf({ kind, request }: ChunkedCall): Iterable<() => AskedQuestion> {
  return kind === "batch" ? askedQuestions(request) : [() => askedQuestion(request)];
}

function recordedCall(call: ChunkedCall, given: GivenAnswers, { labels }: RecordTerms): RecordedCall {
  return {
    id: call.decisionId === "" ? `${labels.id}-${call.sequence.toString(36)}` : call.decisionId,
    isBatch: call.kind === "batch",
    path: call.path === "" ? usualPathOf(call) : call.path,
    transport: call.transport,
    peer: call.peer,
    caller: call.caller,
    traceparent: call.traceparent,
    clockMs: call.clockMs,
    endedAtMs: call.endedAtMs,
    durationMs: call.durationMs,
    digest: given.digest,
    generation: given.generation,
    questionCount: given.answers.length,
  };
}

/** The method, where a surface names none: streams travel as batches. */
function usualPathOf({ transport, kind }: ChunkedCall): string {
  if (transport === "ext_authz") return "envoy.service.auth.v3.Authorization/Check";
  return `verdict.v1.AuthorizationService/${kind === "batch" ? "BatchAuthorize" : "Authorize"}`;
}
