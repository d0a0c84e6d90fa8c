/** The work of `verdict audit escalation`. Exit code 0, 2 if an input could not be read or it was stopped. */
import type { Auditor } from "../../audit/auditor.js";
import { globOfPattern } from "../../audit/candidates.js";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { dotLines } from "../../escalation/dot.js";
import { type Escalation, searchEscalation } from "../../escalation/escalation.js";
import type { Inventory } from "../../escalation/inventory.js";
import { escalationLines } from "../../escalation/lines.js";
import { escalationWords } from "../../escalation/words.js";
import { noEvidence } from "../../evidence/sources/evidence.js";
import { inputLine, mixturesOf, toldInputs } from "../../evidence/sources/input-lines.js";
import { inventoryOf, type ToldInventory } from "../../evidence/sources/inventory.js";
import { readEvidence } from "../../evidence/sources/read-evidence.js";
import { isPiped } from "../../files/piped-source.js";
import { globHolds } from "../../globs/glob.js";
import { hasWildcard } from "../../policy/document/arn.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { isOutputClosed, printError, printJson, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";
import { closestName, didYouMean } from "../../text/closest-name.js";
import { quote } from "../../text/quote.js";
import { openInputs } from "../posture/open-inputs.js";
import type { RegionOptions } from "./region-options.js";
import { takeSteps } from "./steps.js";
import { withAuditorsOver } from "./with-auditor.js";

/** What the command line gave. */
export interface EscalationOptions extends RegionOptions {
  readonly evidence?: readonly string[];
  readonly all?: boolean;
  readonly dot?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function showEscalation({ principal, ...options }: EscalationOptions): Promise<void> {
  if (options.dot === true && options.json === true) throw refuse("verdict: give --dot or --json, not both");
  const { set, inventory } = await toldBeside(options);
  await withAuditorsOver([set], options, undefined, async ([auditor]) => {
    if (auditor === undefined) return;
    const wants = chosen(auditor, principal ?? []);
    const found = await escalationInSteps(auditor, inventory);
    if (found === undefined) return;
    await print(found, wants, options);
  });
}

/** The set, and what evidence tells beside it, which is named. */
async function toldBeside(options: EscalationOptions): Promise<{
  readonly set: PolicySet;
  readonly inventory: ToldInventory;
}> {
  if (options.evidence !== undefined) {
    const { evidence, set } = await openInputs(options);
    const inventory = inventoryOf(evidence);
    for (const input of toldInputs(evidence.inputs)) printError(inputLine(input));
    for (const line of [...mixturesOf(evidence.inputs), ...set.notes, ...inventory.notes]) printError(line);
    for (const { kind, file, text } of evidence.problems) {
      printError(`${file}: ${kind === "unknown" ? "passed over: " : ""}${text}`);
      if (kind === "unreadable") process.exitCode = 2;
    }
    return { set: set.set, inventory };
  }
  const path = readSetting(policyPath, { policies: options.policies });
  const set = await loadPolicies(path);
  // An export has every version of its policies; what is read once holds nothing any more.
  const evidence = (await isPiped(path)) ? noEvidence() : await readEvidence([{ path, quiet: true }]);
  return { set, inventory: inventoryOf(evidence) };
}

/** The answer, with a bar while it is looked for; undefined if somebody stopped it. */
export async function escalationInSteps(auditor: Auditor, inventory: Inventory): Promise<Escalation | undefined> {
  const search = searchEscalation(auditor, inventory);
  try {
    const { principals } = search;
    const isWhole = await takeSteps(principals.length, principals, "principals", (one) => search.look(one));
    return isWhole ? await search.end() : undefined;
  } finally {
    await search.end();
  }
}

/** Refuses what names nobody. */
function chosen({ terms }: Auditor, texts: readonly string[]): (principal: string) => boolean {
  if (texts.length === 0) return () => true;
  const known = terms.set.principals.flatMap(({ arn, kind }) => (kind === "user" || kind === "role" ? [arn] : []));
  const tests = texts.map((text) => {
    const globs = hasWildcard(text) ? globOfPattern(text) : [];
    const isMeant = (one: string): boolean => one === text || globs.some((glob) => globHolds(glob, one));
    if (!known.some(isMeant))
      throw refuse(
        `--principal: ${quote(text)} is no user and no role of the set${didYouMean(closestName(text, known))}`,
      );
    return isMeant;
  });
  return (one) => tests.some((isMeant) => isMeant(one));
}

async function print(
  found: Escalation,
  wants: (principal: string) => boolean,
  { all, dot, json }: EscalationOptions,
): Promise<void> {
  if (json === true || dot === true) {
    for (const line of json === true ? escalationLines(found, wants) : dotLines(found, wants)) {
      if (isOutputClosed()) return;
      await (typeof line === "string" ? printLine(line) : printJson(line));
    }
    return;
  }
  let isFirst = true;
  for (const { text, indent, isTitle } of escalationWords(found, all === true, wants)) {
    if (isOutputClosed()) return;
    if (isTitle === true) {
      if (!isFirst) await printLine("");
      await printLine({ text, colour: "bold" });
    } else {
      for (const part of wrapped(text, outputWidth() - indent, 2)) await printLine(" ".repeat(indent) + part);
    }
    isFirst = false;
  }
}
