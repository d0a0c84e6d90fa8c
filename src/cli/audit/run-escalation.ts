/** The work of `verdict audit escalation`. Exit code 0, 2 if it was stopped. */
import type { Auditor } from "../../audit/auditor.js";
import { globOfPattern } from "../../audit/candidates.js";
import { dotLines } from "../../escalation/dot.js";
import { type Escalation, searchEscalation } from "../../escalation/escalation.js";
import { escalationLines } from "../../escalation/lines.js";
import { escalationWords } from "../../escalation/words.js";
import { globHolds } from "../../globs/glob.js";
import { hasWildcard } from "../../policy/document/arn.js";
import { refuse } from "../../terminal/command-error.js";
import { isOutputClosed, printJson, printLine } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";
import { closestName, didYouMean } from "../../text/closest-name.js";
import { quote } from "../../text/quote.js";
import type { RegionOptions } from "./region-options.js";
import { takeSteps } from "./steps.js";
import { withAuditor } from "./with-auditor.js";

/** What the command line gave. */
export interface EscalationOptions extends RegionOptions {
  readonly all?: boolean;
  readonly dot?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function showEscalation({ principal, ...options }: EscalationOptions): Promise<void> {
  if (options.dot === true && options.json === true) throw refuse("verdict: give --dot or --json, not both");
  await withAuditor(options, undefined, async (auditor) => {
    const wants = chosen(auditor, principal ?? []);
    const found = await escalationInSteps(auditor);
    if (found === undefined) return;
    await print(found, wants, options);
  });
}

/** The answer, with a bar while it is looked for; undefined if somebody stopped it. */
export async function escalationInSteps(auditor: Auditor): Promise<Escalation | undefined> {
  const search = searchEscalation(auditor);
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
