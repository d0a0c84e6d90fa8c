/** What stands beside a matrix in Parquet: a table of names for each axis, and views that put the names in the place of ids. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { quote } from "../text/quote.js";
import { refusal } from "./matrix-error.js";
import { writeBeside } from "./matrix-file.js";
import { type AxisName, axisNames, axisTexts, identityOf, type MatrixPlan } from "./plan.js";

/** The file with the names of an axis. */
export function namesFile(folder: string, axis: AxisName): string {
  return join(folder, `${axis}s.parquet`);
}

/** Writes the tables of names beside a matrix. Rejects with MatrixError if others are there. */
export async function writeNames(out: string, plan: MatrixPlan): Promise<void> {
  for (const axis of axisNames) await keepOrWrite(namesFile(dirname(out), axis), await namesOf(plan, axis));
}

/** Writes `views.sql` beside a matrix. Rejects with MatrixError if another is there. */
export async function writeViews(out: string, reason: boolean): Promise<void> {
  await keepOrWrite(viewsFile(out), viewsBytes(out, reason));
}

function viewsFile(out: string): string {
  return join(dirname(out), "views.sql");
}

function viewsBytes(out: string, reason: boolean): Uint8Array {
  return new TextEncoder().encode(viewsOf(basename(out), reason));
}

/** Rejects with MatrixError where the views of another matrix are: known before the first cell is decided. */
export async function expectNoOtherViews(out: string, reason: boolean): Promise<void> {
  await isThere(viewsFile(out), viewsBytes(out, reason));
}

/** Leaves a file that holds the same, and overwrites nothing. Rejects with MatrixError. */
export async function keepOrWrite(path: string, content: Uint8Array): Promise<void> {
  if (!(await isThere(path, content))) await writeBeside(path, content);
}

/** Whether a file is there that holds the same. Rejects with MatrixError if another is. */
async function isThere(path: string, content: Uint8Array): Promise<boolean> {
  const there = await readFile(path).catch(() => undefined);
  if (there === undefined) return false;
  if (Buffer.compare(there, content) === 0) return true;
  throw refusal(`${quote(path)} belongs to another matrix: choose a folder for each, or remove it`);
}

async function namesOf(plan: MatrixPlan, axis: AxisName): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const texts = axisTexts(plan, axis);
  const { digest } = identityOf(plan).axes[axis];
  const contexts = plan.scenarios.map(({ context }) => JSON.stringify(Object.fromEntries(context)));
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "id", data: Int32Array.from(texts, (_, id) => id), type: "INT32", nullable: false },
      { name: axis, data: [...texts], type: "STRING", nullable: false },
      ...(axis === "scenario" ? [{ name: "context", data: contexts, type: "STRING" as const, nullable: false }] : []),
    ],
    kvMetadata: [{ key: "verdict.axis", value: digest }],
    createdBy: "verdict",
    rowGroupSize: Math.max(1, texts.length),
  });
  return new Uint8Array(buffer);
}

function viewsOf(name: string, reason: boolean): string {
  const file = (path: string): string => `read_parquet('${path.replaceAll("'", "''")}')`;
  const columns = [...axisNames.map((axis) => `${axis}s.${axis}`), "cells.decision"];
  if (reason) columns.push("cells.layer", "cells.statement");
  return [
    "-- Names in the place of ids. In this folder: duckdb -init views.sql",
    "-- From another folder, first: SET file_search_path = 'this/folder';",
    "CREATE OR REPLACE VIEW matrix AS",
    `SELECT ${columns.join(", ")}`,
    `FROM ${file(name)} AS cells`,
    ...axisNames.map((axis) => `JOIN ${file(`${axis}s.parquet`)} AS ${axis}s ON ${axis}s.id = cells.${axis}`),
    ";",
    "CREATE OR REPLACE VIEW allowed AS",
    "SELECT principal, action, resource, scenario FROM matrix WHERE decision = 'allowed';",
    "",
  ].join("\n");
}
