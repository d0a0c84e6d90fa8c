/** A question as a serialised AuthorizeRequest, for whoever has it in exact types. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Question } from "../question/question.js";
import { type Detail, detailNumbers, EntryField, RequestField, ValuesField } from "./authorization-fields.js";
import { WireWriter } from "./wire-writer.js";
import { QuestionError, writeQuestion } from "./write-question.js";

/** Empty between calls of `encodeQuestion`. What has no UTF-8 form makes the matcher refuse the question. */
const shared = new WireWriter("mark");

/** A serialised AuthorizeRequest; `copy` makes it of bytes that the next question is written over. */
export function encodeQuestion(
  question: AuthorizationQuestion,
  detail: Detail,
  policySet = "",
  copy: (bytes: Uint8Array) => Uint8Array = ownCopy,
): Uint8Array {
  const { context, resourceTags, sessionPolicies, sessionTags } = question;
  shared.truncate(0);
  writeText(RequestField.Principal, question.principal);
  writeText(RequestField.Action, question.action);
  writeText(RequestField.Resource, question.resource);
  writeText(RequestField.ResourceAccount, question.resourceAccount);
  writeText(RequestField.Endpoint, question.endpoint);
  writeText(RequestField.PolicySet, policySet);
  for (const [key, values] of context) writeValues(shared, RequestField.Context, key, values);
  for (const { key, value } of resourceTags) writeTag(shared, RequestField.ResourceTags, key, value);
  for (const policy of sessionPolicies) shared.text(RequestField.SessionPolicies, policy);
  for (const { key, value } of sessionTags) writeTag(shared, RequestField.SessionTags, key, value);
  shared.number(RequestField.Detail, detailNumbers[detail]);
  if (question.whatIf) shared.number(RequestField.WhatIf, 1);
  return shared.takeAs(copy);
}

/** For questions of the library's callers, whose texts are refused rather than altered. */
const strict = new WireWriter("refuse");

/**
 * A serialised AuthorizeRequest of a question as a caller writes it. Throws QuestionError, whose message begins with the member
 * that is wrong.
 */
function encodeAsked(question: Question, detail: Detail): Uint8Array {
  strict.truncate(0);
  writeQuestion(strict, question, "complete");
  strict.number(RequestField.Detail, detailNumbers[detail]);
  return strict.takeAs(ownCopy);
}

/** A serialised AuthorizeRequest of a question in either shape, or in words what is wrong with it. */
export function messageOf(question: Question | AuthorizationQuestion, detail: Detail): Uint8Array | string {
  try {
    return isExact(question) ? encodeQuestion(question, detail) : encodeAsked(question, detail);
  } catch (error: unknown) {
    if (error instanceof QuestionError) return error.message;
    throw error;
  }
}

/** Whether a reader of this package gave the question. */
function isExact(question: Question | AuthorizationQuestion): question is AuthorizationQuestion {
  if (typeof question !== "object" || question === null) return false;
  const { context, resourceTags, sessionPolicies, sessionTags } = question;
  return (
    context instanceof Map && [resourceTags, sessionPolicies, sessionTags].every(Array.isArray) && hasTexts(context)
  );
}

function hasTexts(context: ReadonlyMap<unknown, unknown>): boolean {
  for (const values of context.values()) {
    if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) return false;
  }
  return true;
}

/** On the wire an absent text is an empty one. */
function writeText(field: RequestField, text = ""): void {
  if (text !== "") shared.text(field, text);
}

/** A tag as an entry of a map. */
export function writeTag(writer: WireWriter, field: number, key: string, value: string): void {
  const entryAt = writer.begin(field);
  writer.text(EntryField.Key, key);
  writer.text(EntryField.Value, value);
  writer.end(entryAt);
}

/** A context key with its values as an entry of a map. */
export function writeValues(writer: WireWriter, field: number, key: string, values: readonly string[]): void {
  const entryAt = writer.begin(field);
  writer.text(EntryField.Key, key);
  writeList(writer, EntryField.Value, values);
  writer.end(entryAt);
}

/** A list of values as a message. */
export function writeList(writer: WireWriter, field: number, values: readonly string[]): void {
  const listAt = writer.begin(field);
  for (const value of values) writer.text(ValuesField.Values, value);
  writer.end(listAt);
}

function ownCopy(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}
