/** Questions by index, every text sent once, as an AuthorizeTable: for whoever asks many questions that share their texts. */
import type { QuestionTable } from "../question/question.js";
import { BatchField, ContextField, TableField } from "./authorization-fields.js";
import { type BatchTerms, joinBatch } from "./batch.js";
import { WireWriter } from "./wire-writer.js";
import { type Completeness, checkMembers, listOf, QuestionError, writeContext, writeText } from "./write-question.js";

/** Empty between calls of `encodeTable`. */
const shared = new WireWriter("refuse");

/** A serialised BatchAuthorizeRequest that holds a table and nothing else. Throws QuestionError. */
export function encodeTable(table: QuestionTable, terms: BatchTerms): Uint8Array {
  shared.truncate(0);
  const contentAt = shared.begin(BatchField.Table);
  writeQuestionTable(shared, table, terms.defaults === undefined ? "complete" : "partial");
  shared.end(contentAt);
  return joinBatch([shared.take()], terms);
}

/** Writes the fields of an AuthorizeTable. Throws QuestionError. */
export function writeQuestionTable(writer: WireWriter, table: QuestionTable, completeness: Completeness): void {
  if (typeof table !== "object" || table === null) throw new QuestionError("table: expected an object");
  checkMembers(table, tableMembers, "table.");
  const { principals, actions, resources, contexts = [], rows } = table;
  writeTexts(writer, TableField.Principals, "table.principals", principals);
  writeTexts(writer, TableField.Actions, "table.actions", actions);
  writeTexts(writer, TableField.Resources, "table.resources", resources);
  for (const [index, context] of listOf("table.contexts", contexts).entries()) {
    const contentAt = writer.begin(TableField.Contexts);
    writeContext(writer, ContextField.Entries, `table.contexts[${index}]`, context, completeness);
    writer.end(contentAt);
  }
  checkRows(rows, [principals.length, actions.length, resources.length, contexts.length + 1]);
  writer.packed(TableField.Rows, rows);
}

const tableMembers: ReadonlySet<string> = new Set(["principals", "actions", "resources", "contexts", "rows"]);

function writeTexts(writer: WireWriter, field: number, path: string, texts: readonly string[]): void {
  for (const [index, text] of listOf(path, texts).entries()) {
    writeText(writer, field, `${path}[${index}]`, text, false);
  }
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
