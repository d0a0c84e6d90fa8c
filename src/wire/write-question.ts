/**
 * A question of a JavaScript caller into an AuthorizeRequest. What such callers get wrong is refused here and never repaired: a
 * misspelt `sessionPolicies` or an undefined principal would otherwise ask a wider question than was meant. Takes a writer that
 * refuses texts without a UTF-8 form.
 */
import type { ContextScalar, ContextValue, Question, QuestionTags, RequestContext } from "../question/question.js";
import type { Tag } from "../text/tag.js";
import { EntryField, RequestField, ValuesField } from "./authorization-fields.js";
import { LoneSurrogateError, type WireWriter } from "./wire-writer.js";

/** A question that cannot be sent; the message begins with the member. */
export class QuestionError extends Error {}

/** Whether members may be absent because a batch's defaults fill them. */
export type Completeness = "complete" | "partial";

const members: ReadonlySet<string> = new Set([
  "principal",
  "action",
  "resource",
  "context",
  "resourceAccount",
  "resourceTags",
  "sessionPolicies",
  "sessionTags",
  "endpoint",
  "whatIf",
]);

/** Writes the fields of an AuthorizeRequest. Throws QuestionError; what was written before stays and is to be truncated. */
export function writeQuestion(writer: WireWriter, question: Partial<Question>, completeness: Completeness): void {
  if (typeof question !== "object" || question === null) throw new QuestionError("question: expected an object");
  checkMembers(question, members, "");
  const { context, resourceTags, sessionPolicies, sessionTags, whatIf } = question;
  const mayLack = completeness === "partial";
  writeText(writer, RequestField.Principal, "principal", question.principal, mayLack);
  writeText(writer, RequestField.Action, "action", question.action, mayLack);
  writeText(writer, RequestField.Resource, "resource", question.resource, mayLack);
  if (context !== undefined) writeContext(writer, RequestField.Context, "context", context, completeness);
  writeText(writer, RequestField.ResourceAccount, "resourceAccount", question.resourceAccount, true);
  if (resourceTags !== undefined) writeTags(writer, RequestField.ResourceTags, "resourceTags", resourceTags);
  if (sessionPolicies !== undefined) writeSessionPolicies(writer, sessionPolicies);
  if (sessionTags !== undefined) writeTags(writer, RequestField.SessionTags, "sessionTags", sessionTags);
  writeText(writer, RequestField.Endpoint, "endpoint", question.endpoint, true);
  if (whatIf === undefined || whatIf === false) return;
  if (whatIf !== true) throw new QuestionError("whatIf: expected a boolean");
  writer.number(RequestField.WhatIf, 1);
}

/** Refuses members that nobody reads: the name may be misspelt. */
export function checkMembers(value: object, known: ReadonlySet<string>, path: string): void {
  for (const name in value) {
    if (!known.has(name)) throw new QuestionError(`${path}${name}: unknown member (known: ${[...known].join(", ")})`);
  }
}

/** Writes a text that must not be empty. Throws QuestionError. */
export function writeText(
  writer: WireWriter,
  field: number,
  path: string,
  text: string | undefined,
  mayLack: boolean,
): void {
  if (text === undefined && mayLack) return;
  if (typeof text !== "string") throw new QuestionError(`${path}: expected a string`);
  // On the wire an empty text is an absent one, which a default would take the place of.
  if (text === "") throw new QuestionError(`${path}: empty`);
  put(writer, field, path, text);
}

/** Writes a context as entries of a map. Throws QuestionError. */
export function writeContext(
  writer: WireWriter,
  field: number,
  path: string,
  context: RequestContext,
  completeness: Completeness,
): void {
  for (const [key, value] of entriesOf<ContextValue | undefined>(path, context)) {
    // What a caller has not got: `request.ip` of a connection that is gone.
    if (value === undefined) continue;
    if (value === null) {
      // A key that a default gives cannot be taken away on the wire.
      if (completeness === "complete") continue;
      throw new QuestionError(`${path}.${key}: null in a batch; leave the key out`);
    }
    const entryAt = writer.begin(field);
    put(writer, EntryField.Key, path, key);
    const valuesAt = writer.begin(EntryField.Value);
    if (typeof value === "string") put(writer, ValuesField.Values, path, value);
    else if (isList(value)) for (const one of value) put(writer, ValuesField.Values, path, scalarText(path, key, one));
    else put(writer, ValuesField.Values, path, scalarText(path, key, value));
    writer.end(valuesAt);
    writer.end(entryAt);
  }
}

function isList(value: ContextScalar | readonly ContextScalar[] | undefined): value is readonly ContextScalar[] {
  return Array.isArray(value);
}

function scalarText(path: string, key: string, value: ContextScalar | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return String(value);
  const given: unknown = value;
  const cure = given instanceof Date ? ": write a Date as its `toISOString()`" : "";
  throw new QuestionError(`${path}.${key}: expected a string, a finite number, a boolean or a list of them${cure}`);
}

function writeTags(writer: WireWriter, field: number, path: string, tags: QuestionTags): void {
  for (const [key, value] of isTagList(tags) ? tagEntries(path, tags) : entriesOf<string>(path, tags)) {
    if (typeof value !== "string") throw new QuestionError(`${path}.${key}: expected a string`);
    const entryAt = writer.begin(field);
    put(writer, EntryField.Key, path, key);
    put(writer, EntryField.Value, path, value);
    writer.end(entryAt);
  }
}

function writeSessionPolicies(writer: WireWriter, policies: readonly (string | object)[]): void {
  for (const [index, policy] of listOf("sessionPolicies", policies).entries()) {
    const path = `sessionPolicies[${index}]`;
    put(writer, RequestField.SessionPolicies, path, typeof policy === "string" ? policy : jsonText(path, policy));
  }
}

function jsonText(path: string, policy: object): string {
  if (typeof policy !== "object" || policy === null) {
    throw new QuestionError(`${path}: expected a policy document or its JSON text`);
  }
  try {
    const text: unknown = JSON.stringify(policy);
    if (typeof text === "string") return text;
  } catch (error: unknown) {
    throw new QuestionError(`${path}: no JSON`, { cause: error });
  }
  throw new QuestionError(`${path}: no JSON`);
}

function isTagList(tags: QuestionTags): tags is readonly Tag[] {
  return Array.isArray(tags);
}

function tagEntries(path: string, tags: readonly Tag[]): readonly (readonly [string, string])[] {
  return tags.map((tag, index) => {
    if (typeof tag !== "object" || tag === null || typeof tag.key !== "string") {
      throw new QuestionError(`${path}[${index}]: expected an object with \`key\` and \`value\``);
    }
    checkMembers(tag, tagMembers, `${path}[${index}].`);
    return [tag.key, tag.value];
  });
}

const tagMembers: ReadonlySet<string> = new Set(["key", "value"]);

/** What a plain object or a Map holds; Headers and the like have no names of their own and would lose what they hold. */
function entriesOf<T>(
  path: string,
  map: Readonly<Record<string, T>> | ReadonlyMap<string, T>,
): Iterable<readonly [string, T]> {
  if (isMap(map)) {
    for (const key of map.keys()) if (typeof key !== "string") throw new QuestionError(`${path}: a key is no string`);
    return map;
  }
  const entries = typeof map === "object" && map !== null && !Array.isArray(map) ? Object.entries<T>(map) : undefined;
  if (entries === undefined || (entries.length === 0 && Object.prototype.toString.call(map) !== "[object Object]")) {
    throw new QuestionError(`${path}: expected an object`);
  }
  return entries;
}

function isMap<T>(map: Readonly<Record<string, T>> | ReadonlyMap<string, T>): map is ReadonlyMap<string, T> {
  return map instanceof Map;
}

/** A list, or QuestionError. */
export function listOf<T>(path: string, list: readonly T[]): readonly T[] {
  if (!Array.isArray(list)) throw new QuestionError(`${path}: expected a list`);
  return list;
}

function put(writer: WireWriter, field: number, path: string, text: string): void {
  try {
    writer.text(field, text);
  } catch (error: unknown) {
    if (error instanceof LoneSurrogateError)
      throw new QuestionError(`${path}: half a surrogate pair`, { cause: error });
    throw error;
  }
}
