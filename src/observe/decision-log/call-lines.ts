/** The log lines of a decided call: one a question, however the questions travelled. Allows may be sampled, nothing else is. */
import { type GivenAnswer, type GivenAnswers, givenAnswers, knownAnswer } from "../../wire/given-answers.js";
import { askedQuestion, askedQuestions, type LoggedQuestion, listedQuestion } from "./asked-questions.js";
import type { ChunkedCall } from "./call-chunk.js";
import { type RecordedCall, type RecordTerms, recordLine } from "./decision-record.js";
import type { LineBlock } from "./line-block.js";
import { type PlainPlace, plainRows } from "./plain-question.js";
import { PlainRecords } from "./plain-record.js";

/** A call's lines may come to so many bytes a question, and so many times what was sent: texts of a table repeat on every line. */
const BYTES_A_QUESTION = 2048;
const TIMES_THE_REQUEST = 8;

const noAnswer: GivenAnswer = { error: "engine: no answer" };

/** Turns calls into lines. */
export class CallLines {
  private readonly plain: PlainRecords;

  constructor(
    private readonly terms: RecordTerms,
    /** Numbers from 0 up to 1. */
    private readonly random: () => number,
  ) {
    this.plain = new PlainRecords(terms);
  }

  /** Appends the lines of a call to a block; stops whenever that is full, for somebody to empty it. */
  appendTo(block: LineBlock, call: ChunkedCall): Iterable<void> {
    if (call.kind === "batch") return this.appendBatch(block, call);
    this.appendSingle(block, call);
    return block.isFull ? once : never;
  }

  private appendSingle(block: LineBlock, call: ChunkedCall): void {
    const { chunk, requestAt, responseAt, end } = call;
    const given = knownAnswer(chunk, responseAt, end, byteText);
    const answer = given.answers[0] ?? noAnswer;
    if (!this.isSampled(answer)) return;
    const recorded = recordedCall(call, given, this.terms);
    const place = { chunk, at: requestAt, end: responseAt, policySet: "" };
    const most = mostBytes(call, given);
    if (this.plain.append(block, recorded, 0, place, answer, most)) return;
    block.append(recordLine(recorded, 0, askedQuestion(call.request), answer, this.terms, most));
  }

  private *appendBatch(block: LineBlock, call: ChunkedCall): Generator<void> {
    const given = givenAnswers(call.response);
    const recorded = recordedCall(call, given, this.terms);
    let bytesLeft = mostBytes(call, given);
    let index = 0;
    for (const question of questionsOf(call)) {
      const answer = given.answers[index] ?? noAnswer;
      if (this.isSampled(answer)) {
        const before = block.length;
        const most = Math.max(0, bytesLeft);
        if (typeof question === "function" || !this.plain.append(block, recorded, index, question, answer, most)) {
          const asked = typeof question === "function" ? question() : listedQuestion(question);
          block.append(recordLine(recorded, index, asked, answer, this.terms, most));
        }
        bytesLeft -= block.length - before;
        if (block.isFull) yield;
      }
      index++;
    }
  }

  private isSampled(answer: GivenAnswer): boolean {
    const { allowSampleRate } = this.terms;
    return allowSampleRate >= 1 || "error" in answer || !answer.allowed || this.random() < allowSampleRate;
  }
}

const never: readonly undefined[] = [];
const once: readonly undefined[] = [undefined];

function mostBytes({ requestAt, responseAt }: ChunkedCall, { answers }: GivenAnswers): number {
  return BYTES_A_QUESTION * answers.length + TIMES_THE_REQUEST * (responseAt - requestAt);
}

/** The questions of a batch, each as its place or as a reader: one that is not logged costs nothing. */
function questionsOf(call: ChunkedCall): Iterable<PlainPlace | (() => LoggedQuestion)> {
  return plainRows(call.chunk, call.requestAt, call.responseAt) ?? askedQuestions(call.request);
}

function recordedCall(call: ChunkedCall, given: GivenAnswers, { labels }: RecordTerms): RecordedCall {
  const { kind, transport, decisionId, path } = call;
  return {
    id: decisionId === "" ? `${labels.id}-${call.sequence.toString(36)}` : decisionId,
    isBatch: kind === "batch",
    path: path === "" ? usualPathOf(call) : path,
    transport,
    call,
    digest: given.digest,
    generation: given.generation,
    questionCount: given.answers.length,
  };
}

/** The method, where a surface names none: streams travel as batches. */
function usualPathOf({ transport, kind }: ChunkedCall): string {
  if (transport === "ext_authz") return "envoy.service.auth.v3.Authorization/Check";
  return kind === "batch" ? BATCH_PATH : SINGLE_PATH;
}

const SINGLE_PATH = "verdict.v1.AuthorizationService/Authorize";
const BATCH_PATH = "verdict.v1.AuthorizationService/BatchAuthorize";

/** One character a byte. */
function byteText(chunk: Buffer, at: number, end: number): string {
  return chunk.toString("latin1", at, end);
}
