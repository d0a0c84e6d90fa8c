/** Matrices as the command writes them, read back without a line of its own. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parquetReadObjects } from "hyparquet";

/** A row as text: `principal|action|resource|scenario|decision` and what else there is. */
export async function parquetRows(path: string): Promise<readonly string[]> {
  const cells = await objects(path);
  const names = new Map<string, ReadonlyMap<unknown, unknown>>();
  for (const axis of ["principal", "action", "resource", "scenario"]) {
    const table = await objects(join(dirname(path), `${axis}s.parquet`));
    names.set(axis, new Map(table.map((row) => [row.id, row[axis]])));
  }
  return cells.map((row) =>
    Object.entries(row)
      .map(([column, value]) => names.get(column)?.get(value) ?? value)
      .join("|"),
  );
}

/** Likewise of JSON Lines. */
export function jsonRows(path: string): readonly string[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const row: unknown = JSON.parse(line);
    return Object.values(row ?? {}).join("|");
  });
}

async function objects(path: string): Promise<readonly Record<string, unknown>[]> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return parquetReadObjects({ file });
}
