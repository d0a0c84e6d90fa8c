/**
 * Calls as protobuf: one question, or a batch. A question of a batch that cannot be sent is left out and named, so that its
 * neighbours are answered all the same.
 */

import type { Batch, Question, QuestionBatch } from "../question/question.js";
import { BatchField, detailNumbers, RequestField } from "../wire/authorization-fields.js";
import { writeQuestionTable } from "../wire/table.js";
import { WireWriter } from "../wire/wire-writer.js";
import { checkMembers, QuestionError, writeQuestion } from "../wire/write-question.js";
import type { Detail } from "./answer.js";

/** What a whole call says besides its questions. */
export interface CallTerms {
  readonly detail: Detail;
  /** Name of the policy set; empty for the default one. */
  readonly policySet: string;
}

/** A serialised BatchAuthorizeRequest. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  /** Questions of the batch, sent or not. */
  readonly count: number;
  /** By index, why a question was not sent. */
  readonly refused: ReadonlyMap<number, string>;
}

const batchMembers: ReadonlySet<string> = new Set(["defaults", "questions", "table"]);

/** A writer for what callers ask: a text that has no UTF-8 form is refused rather than altered. */
export function callWriter(): WireWriter {
  return new WireWriter("refuse");
}

/** A copy of the first bytes, which leave the writer, out of Node's pool of buffers: one of its own costs more to collect. */
export function takeBuffer(writer: WireWriter, length?: number): Buffer {
  return writer.takeAs((bytes) => Buffer.from(bytes), length);
}

/** What an AuthorizeRequest says besides the question: bytes to put behind it. */
export function singleTerms({ detail, policySet }: CallTerms): Buffer {
  scratch.number(RequestField.Detail, detailNumbers[detail]);
  if (policySet !== "") scratch.text(RequestField.PolicySet, policySet);
  return takeBuffer(scratch);
}

/** What a BatchAuthorizeRequest says besides its questions: bytes to put behind them. */
export function batchTerms({ detail, policySet }: CallTerms): Buffer {
  scratch.number(BatchField.Detail, detailNumbers[detail]);
  if (policySet !== "") scratch.text(BatchField.PolicySet, policySet);
  return takeBuffer(scratch);
}

/** Empty between calls of these functions, which do not await; policy set names were checked, so that nothing throws. */
const scratch = callWriter();

/** Appends a question to a BatchAuthorizeRequest; gives where its own bytes begin. Throws QuestionError and leaves no trace. */
export function appendQuestion(writer: WireWriter, question: Partial<Question>, mayLack: boolean): number {
  const before = writer.length;
  try {
    const contentAt = writer.begin(BatchField.Requests);
    writeQuestion(writer, question, mayLack ? "partial" : "complete");
    return writer.end(contentAt);
  } catch (error: unknown) {
    writer.truncate(before);
    throw error;
  }
}

/** How many answers are due; undefined for something that is no batch. */
export function answersDue(batch: Batch): number | undefined {
  if (typeof batch !== "object" || batch === null) return undefined;
  if (isQuestionList(batch)) return batch.length;
  const { questions = [], table } = batch;
  const count = questions.length + Math.ceil((table?.rows?.length ?? 0) / 4);
  return Array.isArray(questions) && Number.isSafeInteger(count) ? count : undefined;
}

/** Encodes a batch with an empty writer. Throws QuestionError where the defaults or the table, and so all of it, cannot be sent. */
export function encodeCall(writer: WireWriter, batch: Batch, terms: CallTerms): EncodedBatch {
  const { defaults, questions = [], table }: QuestionBatch = isQuestionList(batch) ? { questions: batch } : batch;
  const count = answersDue(batch);
  if (count === undefined) throw new QuestionError("batch: expected questions or a table");
  const refused = new Map<number, string>();
  try {
    if (!isQuestionList(batch)) checkMembers(batch, batchMembers, "");
    if (defaults !== undefined) {
      const contentAt = writer.begin(BatchField.Defaults);
      writeQuestion(writer, defaults, "partial");
      writer.end(contentAt);
    }
    for (const [index, question] of questions.entries()) {
      try {
        appendQuestion(writer, question, defaults !== undefined);
      } catch (error: unknown) {
        refused.set(index, reasonOf(error));
      }
    }
    if (table !== undefined) {
      const contentAt = writer.begin(BatchField.Table);
      writeQuestionTable(writer, table, defaults === undefined ? "complete" : "partial");
      writer.end(contentAt);
    }
    return { bytes: Buffer.concat([takeBuffer(writer), batchTerms(terms)]), count, refused };
  } finally {
    writer.truncate(0);
  }
}

/** Why something could not be encoded, in one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the batch is a plain list of questions. */
function isQuestionList(batch: Batch): batch is readonly Question[] {
  return Array.isArray(batch);
}
