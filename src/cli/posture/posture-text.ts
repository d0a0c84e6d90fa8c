/** A posture for people: what was read, the gravest checks first with their subjects, and what could not be checked. */

import type { Check } from "../../evidence/posture/check.js";
import type { Posture, PostureFinding } from "../../evidence/posture/posture.js";
import { counted } from "../../terminal/print-findings.js";
import { type Coloured, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";

/** So many subjects of a check are shown unless all are asked for. */
const mostSubjects = 10;

const colours: Readonly<Record<PostureFinding["severity"], Coloured["colour"]>> = {
  high: "red",
  medium: "yellow",
  low: "dim",
};

/** Prints the findings by check. */
export async function printPosture(posture: Posture, checks: readonly Check[], showsAll: boolean): Promise<void> {
  const titles = new Map(checks.map((check) => [check.id, check]));
  for (const findings of grouped(posture.findings)) {
    const [first] = findings;
    if (first === undefined) continue;
    const check = titles.get(first.id);
    await printLine({ text: first.severity.padEnd(6), colour: colours[first.severity] }, "  ", {
      text: first.id,
      colour: "bold",
    });
    await printBlock(check?.title ?? "", 8);
    if (first.standard.length > 0) await printLine({ text: `        ${first.standard.join(", ")}`, colour: "dim" });
    for (const { subject, reason, place } of showsAll ? findings : findings.slice(0, mostSubjects)) {
      await printLine(`  ${subject}`);
      await printBlock(reason, 6);
      if (place !== undefined)
        await printLine({ text: `      ${place.file}:${place.line}:${place.column}`, colour: "dim" });
    }
    const more = showsAll ? 0 : findings.length - mostSubjects;
    if (more > 0) await printLine(`  … and ${more} more (--all shows them)`);
    await printBlock(`fix: ${first.fix}`, 2);
    await printLine();
  }
  await printNotChecked(posture);
  const counts = ["high", "medium", "low"].map(
    (severity) => `${posture.findings.filter((one) => one.severity === severity).length} ${severity}`,
  );
  await printLine(`${counted(posture.findings.length, "finding")}: ${counts.join(", ")}`);
}

/** A text behind some blanks, broken where the terminal ends. */
async function printBlock(text: string, indent: number): Promise<void> {
  for (const line of wrapped(text, outputWidth() - indent)) await printLine(`${" ".repeat(indent)}${line}`);
}

/** Findings of one check and weight together, in order. */
function grouped(findings: readonly PostureFinding[]): readonly (readonly PostureFinding[])[] {
  const groups = new Map<string, PostureFinding[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.id}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

async function printNotChecked({ notChecked }: Posture): Promise<void> {
  if (notChecked.length === 0) return;
  const byNeed = new Map<string, Set<string>>();
  for (const { notChecked: id, needs } of notChecked) byNeed.set(needs, (byNeed.get(needs) ?? new Set()).add(id));
  await printLine({ text: "not checked", colour: "bold" });
  for (const [needs, ids] of byNeed) {
    await printBlock(`needs ${needs}:`, 2);
    await printBlock([...ids].join(", "), 6);
  }
  await printLine();
}
