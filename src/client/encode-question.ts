/**
 * Questions as protobuf (proto/verdict/v1/authorization.proto). What JavaScript callers get wrong is refused here and never
 * repaired: a misspelt `sessionPolicies` or an undefined principal would otherwise ask a wider question than was meant.
 */
import type { ContextScalar, Question, QuestionTable, RequestContext } from "./question.js";
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
const CONTEXT_FIELD = 4;

/** Writes the fields of an AuthorizeRequest. Throws QuestionError; what was written before stays and is to be truncated. */
export function writeQuestion(writer: WireWriter, question: Partial<Question>, completeness: Completeness): void {
  if (typeof question !== "object" || question === null) throw new QuestionError("question: expected an object");
  checkMembers(question, members, "");
  const { context, resourceTags, sessionPolicies, sessionTags, whatIf } = question;
  const mayLack = completeness === "partial";
  writeText(writer, 1, "principal", question.principal, mayLack);
  writeText(writer, 2, "action", question.action, mayLack);
  writeText(writer, 3, "resource", question.resource, mayLack);
  if (context !== undefined) writeContext(writer, CONTEXT_FIELD, "context", context, completeness);
  writeText(writer, 5, "resourceAccount", question.resourceAccount, true);
  if (resourceTags !== undefined) writeTags(writer, 6, "resourceTags", resourceTags);
  if (sessionPolicies !== undefined) writeSessionPolicies(writer, sessionPolicies);
  if (sessionTags !== undefined) writeTags(writer, 8, "sessionTags", sessionTags);
  writeText(writer, 9, "endpoint", question.endpoint, true);
  if (whatIf === undefined || whatIf === false) return;
  if (whatIf !== true) throw new QuestionError("whatIf: expected a boolean");
  writer.number(12, 1);
}

/** Writes the fields of an AuthorizeTable. Throws QuestionError. */
export function writeTable(writer: WireWriter, table: QuestionTable, completeness: Completeness): void {
  if (typeof table !== "object" || table === null) throw new QuestionError("table: expected an object");
  checkMembers(table, tableMembers, "table.");
  const { principals, actions, resources, contexts = [], rows } = table;
  writeTexts(writer, 1, "table.principals", principals);
  writeTexts(writer, 2, "table.actions", actions);
  writeTexts(writer, 3, "table.resources", resources);
  for (const [index, context] of listOf("table.contexts", contexts).entries()) {
    const contentAt = writer.begin(4);
    writeContext(writer, 1, `table.contexts[${index}]`, context, completeness);
    writer.end(contentAt);
  }
  checkRows(rows, [principals.length, actions.length, resources.length, contexts.length + 1]);
  writer.packed(5, rows);
}

const tableMembers: ReadonlySet<string> = new Set(["principals", "actions", "resources", "contexts", "rows"]);

/** Refuses members that nobody reads: the name may be misspelt. */
export function checkMembers(value: object, known: ReadonlySet<string>, path: string): void {
  for (const name in value) if (!known.has(name)) throw new QuestionError(`${path}${name}: unknown member`);
}

function writeText(writer: WireWriter, field: number, path: string, text: string | undefined, mayLack: boolean): void {
  if (text === undefined && mayLack) return;
  if (typeof text !== "string") throw new QuestionError(`${path}: expected a string`);
  // On the wire an empty text is an absent one, which a default would take the place of.
  if (text === "") throw new QuestionError(`${path}: empty`);
  put(writer, field, path, text);
}

function writeTexts(writer: WireWriter, field: number, path: string, texts: readonly string[]): void {
  for (const [index, text] of listOf(path, texts).entries()) {
    writeText(writer, field, `${path}[${index}]`, text, false);
  }
}

function writeContext(
  writer: WireWriter,
  field: number,
  path: string,
  context: RequestContext,
  completeness: Completeness,
): void {
  for (const key of keysOf(path, context)) {
    const value = context[key];
    if (value === null) {
      // A key that a default gives cannot be taken away on the wire.
      if (completeness === "complete") continue;
      throw new QuestionError(`${path}.${key}: null in a batch; leave the key out`);
    }
    const entryAt = writer.begin(field);
    put(writer, 1, path, key);
    const valuesAt = writer.begin(2);
    if (typeof value === "string") put(writer, 1, path, value);
    else if (isList(value)) for (const one of value) put(writer, 1, path, scalarText(path, key, one));
    else put(writer, 1, path, scalarText(path, key, value));
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
  throw new QuestionError(`${path}.${key}: expected a string, a finite number, a boolean or a list of them`);
}

function writeTags(writer: WireWriter, field: number, path: string, tags: Readonly<Record<string, string>>): void {
  for (const key of keysOf(path, tags)) {
    const value = tags[key];
    if (typeof value !== "string") throw new QuestionError(`${path}.${key}: expected a string`);
    const entryAt = writer.begin(field);
    put(writer, 1, path, key);
    put(writer, 2, path, value);
    writer.end(entryAt);
  }
}

function writeSessionPolicies(writer: WireWriter, policies: readonly (string | object)[]): void {
  for (const [index, policy] of listOf("sessionPolicies", policies).entries()) {
    const path = `sessionPolicies[${index}]`;
    put(writer, 7, path, typeof policy === "string" ? policy : jsonText(path, policy));
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

/** Own names of a plain map; a Map or Headers have none and would lose what they hold. */
function keysOf(path: string, map: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = typeof map === "object" && map !== null && !Array.isArray(map) ? Object.keys(map) : undefined;
  if (keys === undefined || (keys.length === 0 && Object.prototype.toString.call(map) !== "[object Object]")) {
    throw new QuestionError(`${path}: expected an object`);
  }
  return keys;
}

function listOf<T>(path: string, list: readonly T[]): readonly T[] {
  if (!Array.isArray(list)) throw new QuestionError(`${path}: expected a list`);
  return list;
}

function checkRows(rows: readonly number[] | Uint32Array, counts: readonly number[]): void {
  if (!Array.isArray(rows) && !(rows instanceof Uint32Array)) throw new QuestionError("table.rows: expected a list");
  if (rows.length % 4 !== 0) throw new QuestionError("table.rows: not four indices a question");
  for (let i = 0; i < rows.length; i++) {
    const index = rows[i] ?? -1;
    if (Number.isInteger(index) && index >= 0 && index < (counts[i % 4] ?? 0)) continue;
    throw new QuestionError(`table.rows[${i}]: no such index: \`${index}\``);
  }
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
