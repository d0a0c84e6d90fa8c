/** The work of `verdict audit who-can`, `what-can` and `which-resources`. */
import { askersOf, NobodyNamed } from "../../audit/askers-of.js";
import type { Asker, Auditor } from "../../audit/auditor.js";
import { LineTexts } from "../../audit/line-texts.js";
import type { AccessLines } from "../../audit/lines.js";
import { whatCan } from "../../audit/what-can.js";
import { whichResources } from "../../audit/which-resources.js";
import { whoCan } from "../../audit/who-can.js";
import { KindsOfActions } from "../../audit/words.js";
import { hasWildcard } from "../../policy/document/arn.js";
import { refuse } from "../../terminal/command-error.js";
import { OutputLines } from "../../terminal/output-lines.js";
import { jsonLine, printError } from "../../terminal/terminal.js";
import { closestName, didYouMean } from "../../text/closest-name.js";
import { quote } from "../../text/quote.js";
import { adviseActionAsked } from "../../validate/request-values.js";
import { AccessTable } from "./access-table.js";
import { type RegionOptions, regionOf, requireAction, requireResource } from "./region-options.js";
import { takeSteps } from "./steps.js";
import { withAuditor } from "./with-auditor.js";

/** What the command line gave. */
export interface AccessOptions extends RegionOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `verdict audit who-can`. */
export async function whoCanDo(action: string, resource: string | undefined, options: AccessOptions): Promise<void> {
  requireAction(action);
  await withAuditor(options, [action], async (auditor) => {
    const resources = resourcesFor(resource, options);
    warnOfAction(action, auditor);
    await report([whoCan(auditor, action, resources, options.all === true)], "principal", options, auditor);
  });
}

/** `verdict audit what-can`. */
export async function whatCanBeDone(
  principal: string,
  resource: string | undefined,
  options: AccessOptions,
): Promise<void> {
  await withAuditor(options, undefined, async (auditor) => {
    const resources = resourcesFor(resource, options);
    const each = askers(auditor, principal).map((one) => whatCan(auditor, one, resources, options.all === true));
    await report(each, "action", options, auditor);
  });
}

/** `verdict audit which-resources`. */
export async function onWhichResources(principal: string, action: string, options: AccessOptions): Promise<void> {
  requireAction(action);
  await withAuditor(options, [action], async (auditor) => {
    warnOfAction(action, auditor);
    const each = askers(auditor, principal).map((one) => whichResources(auditor, one, action, options.all === true));
    await report(each, "resource", options, auditor);
  });
}

/** Says on standard error that AWS has no such action: whoever may do it, by a wildcard, is told all the same. */
function warnOfAction(action: string, { terms: { set, catalogue } }: Auditor): void {
  const problem = set.profile === "aws" ? adviseActionAsked(action, catalogue) : undefined;
  if (problem !== undefined) printError({ text: "warning", colour: "yellow" }, `: ${problem}`);
}

/** The argument, else what the region names, else everything. */
function resourcesFor(resource: string | undefined, options: RegionOptions): readonly string[] {
  if (resource === undefined) return regionOf(options).resources;
  requireResource(resource);
  if (options.resource !== undefined)
    throw refuse("verdict: give the resource as an argument or with --resource, not both");
  return [resource];
}

/** The principals of a text or a pattern; whoever is not in the set is told of. */
function askers(auditor: Auditor, text: string): readonly Asker[] {
  try {
    const found = askersOf(auditor, text);
    const { kind } = found[0]?.requesters[0]?.principal ?? {};
    const isEntity = kind === "user" || kind === "role" || kind === "federatedUser";
    if (isEntity && !hasWildcard(text) && !auditor.index.principals.has(text)) {
      const meant = didYouMean(closestName(text, auditor.index.principals.keys()));
      printError(`verdict: ${quote(text)} is not in the policy set and has no policies of its own${meant}`);
    }
    return found;
  } catch (error: unknown) {
    if (error instanceof NobodyNamed) throw refuse(`verdict: ${error.message}`, error);
    throw error;
  }
}

/** Prints the lines as they are found, or a table of them. */
async function report(
  each: readonly AccessLines[],
  subject: "principal" | "action" | "resource",
  { json, all }: AccessOptions,
  { terms: { catalogue } }: Auditor,
): Promise<void> {
  const table = new AccessTable(subject, new KindsOfActions(catalogue), all);
  const texts = new LineTexts(jsonLine);
  const output = new OutputLines();
  function* steps() {
    for (const { lines } of each) yield* lines;
  }
  const total = each.reduce((sum, one) => sum + one.total, 0);
  await takeSteps(total, steps(), "lines", (line) => {
    if (line === undefined) return undefined;
    return json === true ? output.add(texts.of(line)) : table.add(line);
  });
  await output.flush();
  if (json !== true) await table.end();
}
