/** The work of `verdict audit last-accessed`. Exit code 0, 2 if something could not be read. */

import { DEFAULT_BUDGET } from "../../audit/auditor.js";
import { auditorOver } from "../../audit/auditor-over.js";
import { globOfPattern } from "../../audit/candidates.js";
import { everything } from "../../audit/region.js";
import { whatCan } from "../../audit/what-can.js";
import { Engine } from "../../engine/engine.js";
import { namesOfSet } from "../../evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../../evidence/cloudtrail/questions-of-event.js";
import { AccessTally, type Unusual } from "../../evidence/uses/last-accessed.js";
import { readUses } from "../../evidence/uses/read-uses.js";
import { globHolds } from "../../globs/glob.js";
import { hasWildcard } from "../../policy/document/arn.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { isServiceLinkedRole } from "../../policy/requester.js";
import { refuse } from "../../terminal/command-error.js";
import { operationsOf } from "../../terminal/operations-of.js";
import { isOutputClosed, printError, printJson, printLine } from "../../terminal/terminal.js";
import { quote } from "../../text/quote.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { setBesideRecords } from "../posture/set-beside-records.js";

/** What the command line gave. */
export interface LastAccessedOptions {
  readonly evidence: readonly string[];
  readonly policies?: string;
  readonly serviceReference?: string;
  readonly principal?: readonly string[];
  readonly unusedSince?: string;
  readonly firstSeenSince?: string;
  readonly json?: boolean;
}

/** Runs the command. */
export async function lastAccessed(options: LastAccessedOptions): Promise<void> {
  const unusedSince = dateOf("--unused-since", options.unusedSince);
  const firstSeenSince = dateOf("--first-seen-since", options.firstSeenSince);
  const operations = await operationsOf(options.serviceReference);
  const set = await setBesideRecords(options);
  if (set === undefined && unusedSince !== undefined)
    throw refuse(
      "--unused-since: what is not used is told of the permissions of a policy set: name one with --policies",
    );
  const catalogue = await loadWholeCatalogue();
  const names = namesOfSet(set);
  const tally = new AccessTally();
  const passedOver = new Map<string, number>();
  const terms = { events: new EventReader(catalogue, names, undefined, operations), names };
  const wants = principalTest(options.principal);
  for (const path of options.evidence) {
    for await (const read of readUses(path, terms)) {
      if (read.kind === "uses") {
        for (const use of read.uses) if (wants(use.principal)) tally.add(use);
      } else if (read.kind === "unreadable") {
        process.exitCode = 2;
        printError(`${read.place}: ${read.cause}`);
      } else passedOver.set(read.why, (passedOver.get(read.why) ?? 0) + read.count);
    }
  }
  tellWindow(tally, unusedSince, passedOver);
  if (unusedSince !== undefined && set !== undefined)
    await printUnused(tally, unusedSince, { set, catalogue, wants, options });
  if (firstSeenSince !== undefined) {
    for (const unusual of tally.unusualSince(firstSeenSince)) {
      if (isOutputClosed()) return;
      await (options.json === true ? printJson(unusual) : printLine(unusualText(unusual)));
    }
  }
  if (unusedSince !== undefined || firstSeenSince !== undefined) return;
  for (const line of tally.lines()) {
    if (isOutputClosed()) return;
    if (options.json === true) await printJson(line);
    else {
      const { principal, service, action, lastUsed, count, denied } = line;
      const refused = denied === 0 ? "" : `, ${denied} denied`;
      await printLine(
        `${principal}  ${action ?? `${service}: calls without a known action`}  ${lastUsed}  ${count}${refused}`,
      );
    }
  }
}

function dateOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw refuse(`${option}: ${quote(text)} is no date such as 2026-03-01`);
  return new Date(time).toISOString().replace(".000Z", "Z");
}

function principalTest(texts: readonly string[] | undefined): (principal: string) => boolean {
  if (texts === undefined) return () => true;
  const named = new Set(texts);
  const globs = texts.filter(hasWildcard).flatMap(globOfPattern);
  return (principal) => named.has(principal) || globs.some((glob) => globHolds(glob, principal));
}

/** What evidence does not reach proves nothing: said where people see it, never part of the lines. */
function tellWindow(
  tally: AccessTally,
  unusedSince: string | undefined,
  passedOver: ReadonlyMap<string, number>,
): void {
  const { first, last } = tally;
  if (first === undefined) {
    printError("no record tells of a use");
    process.exitCode = 2;
    return;
  }
  printError(`records from ${first} to ${last ?? first}`);
  for (const [why, count] of passedOver) printError(`${count} records passed over: ${why}`);
  if (unusedSince !== undefined && first > unusedSince) {
    printError(`nothing is known of the time from ${unusedSince} to ${first}`);
  }
  if (unusedSince !== undefined && tally.categories.size > 0) {
    const seen = [...tally.categories].sort().join(", ");
    printError(`categories of events seen: ${seen}${tally.categories.has("Data") ? "" : ", no data events"}`);
  }
  if (unusedSince !== undefined)
    printError("calls that the trail does not record, such as data events, count as not made");
}

interface UnusedTerms {
  readonly set: PolicySet;
  readonly catalogue: Catalogue | undefined;
  readonly wants: (principal: string) => boolean;
  readonly options: LastAccessedOptions;
}

async function printUnused(
  tally: AccessTally,
  since: string,
  { set, catalogue, wants, options }: UnusedTerms,
): Promise<void> {
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(set);
    const nowMs = Date.now();
    const auditor = auditorOver(engine, { set, catalogue, region: everything, nowMs, budget: DEFAULT_BUDGET });
    for (const asker of auditor.askers()) {
      const { principal } = asker;
      // Nobody can take anything from a service-linked role, nor from the root of an account by its policies.
      const isFixed = isServiceLinkedRole(principal) || principal.endsWith(":root");
      if (isFixed || !wants(principal)) continue;
      for (const line of whatCan(auditor, asker, ["*"], false).lines) {
        if (isOutputClosed()) return;
        if (line === undefined || hasWildcard(line.action)) continue;
        // What AWS asks no policy for is nothing that a policy gives.
        if (line.answer.decidedBy.every(({ effect }) => effect !== "Allow")) continue;
        const { action } = line;
        const service = action.split(":", 1)[0] ?? "";
        const use = tally.of(principal, action);
        if (use !== undefined && use.lastUsed >= since) continue;
        const { lastUsed = null, count = 0, allowed = 0, denied = 0 } = use ?? {};
        if (options.json === true) await printJson({ principal, service, action, lastUsed, count, allowed, denied });
        else await printLine(`${principal}  ${action}  ${lastUsed ?? "never in these records"}`);
      }
    }
  } finally {
    await engine.close();
  }
}

function unusualText(unusual: Unusual): string {
  if ("burst" in unusual) {
    const { from, to, denied } = unusual.burst;
    return `${unusual.principal}  ${denied} denials from ${from} to ${to}`;
  }
  const { principal, firstSeen, value, time, event } = unusual;
  const what = firstSeen === "principal" ? "somebody new" : `first ${firstSeen} ${value}`;
  return `${principal}  ${what}  ${time}  ${event}`;
}
