/** The work of `verdict audit diff`. */
import { writeFile } from "node:fs/promises";
import { type DiffLine, diffLineJson, diffSets, unknownReason } from "../../audit/diff.js";
import { diffComment } from "../../audit/diff-comment.js";
import { questionJson } from "../../audit/question-json.js";
import { KindsOfActions, sidesInWords } from "../../audit/words.js";
import { fileFailure } from "../../files/file-failure.js";
import { refuse } from "../../terminal/command-error.js";
import { OutputLines } from "../../terminal/output-lines.js";
import { type Coloured, jsonLine, printJson, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";
import { byService } from "./by-service.js";
import type { RegionOptions } from "./region-options.js";
import { takeSteps } from "./steps.js";
import { withAuditors } from "./with-auditor.js";

/** What the command line gave. */
export interface DiffOptions extends RegionOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly failOn?: "gained" | "lost" | "any";
}

/** Runs the command. */
export async function diff(old: string, now: string, options: DiffOptions): Promise<void> {
  await withAuditors([old, now], options, undefined, async ([before, after]) => {
    if (before === undefined || after === undefined) return;
    const { total, lines } = diffSets(before, after);
    const counts = { gained: 0, lost: 0, conditions: 0, unknown: 0 };
    const kept: DiffLine[] = [];
    const kinds = new KindsOfActions(after.terms.catalogue);
    const output = new OutputLines();
    let gains = 0;
    let loses = 0;
    const isWhole = await takeSteps(total, lines, "principals", async (found) => {
      for (const line of found) {
        counts[line.change]++;
        if (line.gains !== undefined) gains++;
        if (line.loses !== undefined) loses++;
        if (options.json === true) await output.add(jsonLine(diffLineJson(line)));
        if (options.json !== true || options.out !== undefined) kept.push(forPeople(line, kinds));
      }
    });
    await output.flush();
    if (options.json === true) await printJson({ summary: counts });
    else await printTable(kept, counts);
    if (options.out !== undefined) await write(options.out, diffComment(kept, counts));
    if (isWhole) process.exitCode = exitCode(options.failOn, gains, loses, counts.unknown);
  });
}

/** Without what its ways say of resources that the action does not act on. */
function forPeople(line: DiffLine, kinds: KindsOfActions): DiffLine {
  const [before, after] = [line.before, line.after].map(
    (side) => side && { ...side, when: kinds.ways(line.action, side.when) },
  );
  return { ...line, before, after };
}

/** A change that is found wins over one that is not decided. */
function exitCode(failOn: DiffOptions["failOn"], gains: number, loses: number, unknown: number): number {
  if (failOn === undefined) return 0;
  if ((failOn !== "lost" && gains > 0) || (failOn !== "gained" && loses > 0)) return 1;
  return unknown > 0 ? 2 : 0;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error: unknown) {
    throw refuse(`${path}: cannot be written: ${fileFailure(error)}`, error);
  }
}

const pieces = {
  gained: { text: "+ gained     ", colour: "red" },
  lost: { text: "- lost       ", colour: "green" },
  conditions: { text: "~ conditions ", colour: "yellow" },
  unknown: { text: "? unknown    ", colour: "dim" },
} as const satisfies Record<DiffLine["change"], Coloured>;

async function printTable(
  lines: readonly DiffLine[],
  counts: Readonly<Record<DiffLine["change"], number>>,
): Promise<void> {
  const groups = new Map<string, DiffLine[]>();
  for (const line of lines) {
    const { principal, change, resource, before, after } = line;
    const id = JSON.stringify([principal, change, resource, before?.access, before?.when, after?.access, after?.when]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [line]);
    else group.push(line);
  }
  let principal = "";
  for (const group of groups.values()) {
    const [line] = group;
    if (line === undefined) continue;
    if (line.principal !== principal) {
      principal = line.principal;
      await printLine({ text: principal, colour: "bold" });
    }
    await printGroup(line, group);
  }
  if (lines.length > 0) await printLine("");
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  await printLine(
    told.length === 0
      ? "no change: both sets answer every request of the region alike"
      : told
          .map(([change, count]) => `${count} ${change === "conditions" ? "with other conditions" : change}`)
          .join(", "),
  );
}

/** Actions that changed in the same way. */
async function printGroup(line: DiffLine, group: readonly DiffLine[]): Promise<void> {
  const { change, resource, before, after, gains, loses } = line;
  const margin = " ".repeat(13);
  const put = async (text: string, colour?: Coloured["colour"]): Promise<void> => {
    for (const part of wrapped(text, outputWidth() - 13, 2)) {
      await printLine(colour === undefined ? margin + part : { text: margin + part, colour });
    }
  };
  await printLine(pieces[change], resource === "*" ? "every resource" : resource);
  for (const text of byService(group.map(({ action }) => action))) await put(text);
  const [old, now] = sidesInWords(before, after);
  await put(`before: ${old}`);
  await put(`now: ${now}`);
  if (change === "unknown") await put(unknownReason(line));
  if (gains !== undefined) await put(`allowed only now, for example ${JSON.stringify(questionJson(gains))}`, "dim");
  if (loses !== undefined) await put(`allowed only before, for example ${JSON.stringify(questionJson(loses))}`, "dim");
}
