/** What the commands of a matrix tell in the end. */

import { decisionWords } from "../../matrix/block-answers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { PlanIdentity, Shard } from "../../matrix/plan.js";
import { CommandError } from "../../terminal/command-error.js";
import { printLine } from "../../terminal/terminal.js";

/** Cells by decision, as JSON has them. */
export function decisionCounts(counts: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(decisionWords.map((word, code) => [word, counts[code] ?? 0]));
}

/** A few lines about a file that was written. */
export async function printMatrix(
  out: string,
  { axes, cells }: PlanIdentity,
  shard: Shard,
  { done, counts, bytes }: { readonly done: number; readonly counts: readonly number[]; readonly bytes: number },
): Promise<void> {
  const part = shard.count === 1 ? "" : `, shard ${shard.index}/${shard.count} of ${grouped(cells)}`;
  await printLine(`${out}: ${grouped(done)} cells${part}, ${sizeText(bytes)}`);
  const sizes = [
    counted(axes.principal.count, "principal"),
    counted(axes.action.count, "action"),
    counted(axes.resource.count, "resource"),
    counted(axes.scenario.count, "scenario"),
  ];
  await printLine(`  ${sizes.join(" × ")}`);
  for (const [code, word] of decisionWords.entries()) {
    const count = counts[code] ?? 0;
    if (count === 0 && word === "error") continue;
    const share = done === 0 ? "" : `  ${((count / done) * 100).toFixed(1).padStart(5)} %`;
    await printLine(`  ${word.padEnd(12)} ${grouped(count).padStart(14)}${share}`);
  }
}

/** Turns refusals of the room into those of commands. */
export async function asCommandError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error: unknown) {
    if (error instanceof MatrixError) throw new CommandError(error.lines, { cause: error });
    throw error;
  }
}

function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
