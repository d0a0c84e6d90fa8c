/** A posture for people: what was read, the gravest checks first with their subjects, and what could not be checked. */

import type { Check } from "../../evidence/posture/check.js";
import type { Posture, PostureFinding } from "../../evidence/posture/posture.js";
import type { EvidenceInput } from "../../evidence/sources/evidence.js";
import { counted } from "../../terminal/print-findings.js";
import { type Coloured, printLine } from "../../terminal/terminal.js";

/** So many subjects of a check are shown unless all are asked for. */
const mostSubjects = 10;

const colours: Readonly<Record<PostureFinding["severity"], Coloured["colour"]>> = {
  high: "red",
  medium: "yellow",
  low: "dim",
};

/** One line about an input. */
export function inputLine({ file, kind, accounts, date, datedBy }: EvidenceInput): string {
  const whose =
    accounts.length === 0
      ? "does not say whose"
      : accounts.length > 3
        ? `${accounts.length} accounts`
        : accounts.join(", ");
  const how = datedBy === "content" ? "" : datedBy === "name" ? " by its name" : " by the file's time";
  return `${file}: ${kind}, ${whose}, ${date}${how}`;
}

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
    await printLine(`        ${check?.title ?? ""}`);
    if (first.standard.length > 0) await printLine({ text: `        ${first.standard.join(", ")}`, colour: "dim" });
    for (const { subject, reason, place } of showsAll ? findings : findings.slice(0, mostSubjects)) {
      await printLine(`  ${subject}`);
      await printLine(`      ${reason}`);
      if (place !== undefined)
        await printLine({ text: `      ${place.file}:${place.line}:${place.column}`, colour: "dim" });
    }
    const more = showsAll ? 0 : findings.length - mostSubjects;
    if (more > 0) await printLine(`  … and ${more} more (--all shows them)`);
    await printLine(`  fix: ${first.fix}`);
    await printLine();
  }
  await printNotChecked(posture);
  const counts = ["high", "medium", "low"].map(
    (severity) => `${posture.findings.filter((one) => one.severity === severity).length} ${severity}`,
  );
  await printLine(`${counted(posture.findings.length, "finding")}: ${counts.join(", ")}`);
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
    await printLine(`  needs ${needs}:`);
    await printLine(`      ${[...ids].join(", ")}`);
  }
  await printLine();
}
