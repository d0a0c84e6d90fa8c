/** The work of `verdict audit report`. Exit code 0, 2 if an input could not be read or somebody stopped it. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { openPosture } from "../../evidence/posture/open-posture.js";
import { postureSteps, wholePosture } from "../../evidence/posture/posture.js";
import type { Evidence } from "../../evidence/sources/evidence.js";
import { mixturesOf, toldInputs } from "../../evidence/sources/input-lines.js";
import { inventoryOf } from "../../evidence/sources/inventory.js";
import { fileFailure } from "../../files/file-failure.js";
import { heatMapOf } from "../../report/gather-access.js";
import { reportedEscalation } from "../../report/gather-escalation.js";
import { outsideOf } from "../../report/gather-outside.js";
import { reportedFindings } from "../../report/gather-posture.js";
import { unusedOf } from "../../report/gather-unused.js";
import { reportPage } from "../../report/page.js";
import type { ReportData } from "../../report/report-data.js";
import { compareWith, readEarlier } from "../../report/since.js";
import { refuse } from "../../terminal/command-error.js";
import { packageVersion } from "../../terminal/package-version.js";
import { showProgress } from "../../terminal/progress.js";
import { printError, printLine } from "../../terminal/terminal.js";
import { quote } from "../../text/quote.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { type InputOptions, openInputs } from "../posture/open-inputs.js";
import { escalationInSteps } from "./run-escalation.js";

/** What the command line gave. */
export interface ReportOptions extends InputOptions {
  readonly out: string;
  readonly data?: string;
  readonly since?: string;
}

/** Runs the command. */
export async function writeReport({ out, data, since, ...inputs }: ReportOptions): Promise<void> {
  // What cannot be written is told before the work.
  for (const path of data === undefined ? [out] : [out, data]) await requireFolder(path);
  const earlier = since === undefined ? undefined : await earlierReport(since);
  const { evidence, set } = await openInputs(inputs);
  const catalogue = await loadWholeCatalogue();
  const nowMs = Date.now();
  const { context, close } = await openPosture({ ...set, evidence, catalogue, nowMs });
  const progress = showProgress();
  try {
    progress.tell("looking at the posture");
    const posture = wholePosture(postureSteps(context));
    progress.end();
    const inventory = inventoryOf(evidence);
    const escalation = await escalationInSteps(context.auditor, inventory);
    if (escalation === undefined) return;
    const administrators = new Set(escalation.administrators.map(({ principal }) => principal));
    const report: ReportData = {
      format: "verdict-report/1",
      generatedAt: new Date(nowMs).toISOString(),
      version: packageVersion(),
      policySet: set.set.digest,
      counts: { ...set.set.counts },
      inputs: toldInputs(evidence.inputs).map(({ file, kind, accounts, date, datedBy }) => ({
        file,
        kind,
        accounts,
        date,
        datedBy,
      })),
      notes: notesOf(evidence, [...set.notes, ...inventory.notes]),
      posture: { findings: reportedFindings(posture), notChecked: posture.notChecked },
      escalation: reportedEscalation(escalation),
      heat: heatMapOf(context.auditor, administrators),
      outside: await outsideOf(context.auditor),
      unused: await unusedOf(context.auditor, evidence),
    };
    const page = reportPage(report, earlier === undefined ? undefined : compareWith(earlier, report));
    await write(out, page);
    if (data !== undefined) await write(data, `${JSON.stringify(report)}\n`);
    const size = Math.max(1, Math.round(Buffer.byteLength(page) / 1024));
    await printLine(`wrote ${out} (${size} KiB): open it in a browser, or print it`);
  } finally {
    progress.end();
    await close();
  }
  for (const { kind, file, text } of evidence.problems) {
    if (kind !== "unreadable") continue;
    printError(`${file}: ${text}`);
    process.exitCode = 2;
  }
}

function notesOf(evidence: Evidence, notes: readonly string[]): readonly string[] {
  return [
    ...mixturesOf(evidence.inputs),
    ...notes,
    ...evidence.problems.map(({ file, text }) => `${file}: ${text}`),
    ...checksWithout(evidence),
  ];
}

function checksWithout({ records, lastAccessed }: Evidence): readonly string[] {
  return records.length + lastAccessed.length > 0 ? [] : ["no evidence of use: unused access is left out"];
}

async function earlierReport(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error: unknown) {
    throw refuse(`--since: ${quote(path)} cannot be read: ${fileFailure(error)}`, error);
  }
  const report = readEarlier(text);
  if (report === undefined) throw refuse(`--since: ${quote(path)} is no report: give the file that --data wrote`);
  return report;
}

async function requireFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error: unknown) {
    throw refuse(`${quote(path)} cannot be written: ${fileFailure(error)}`, error);
  }
  throw refuse(`${quote(path)} cannot be written: ${quote(folder)} is no directory`);
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error: unknown) {
    throw refuse(`${quote(path)} cannot be written: ${fileFailure(error)}`, error);
  }
}
