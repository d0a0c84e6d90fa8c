// One set and region: what who-can, what-can, which-resources and diff say, against every request of the small world.
import { type Asker, Auditor } from "../../../src/audit/auditor.js";
import { type AccessLines, accessLineJson } from "../../../src/audit/lines.js";
import type { Region } from "../../../src/audit/region.js";
import { whatCan } from "../../../src/audit/what-can.js";
import { whichResources } from "../../../src/audit/which-resources.js";
import { whoCan } from "../../../src/audit/who-can.js";
import type { Engine } from "../../../src/engine/engine.js";
import { buildPolicySet } from "../../../src/index.js";
import { sourceText } from "../../../src/text/source-text.js";
import { Random } from "../../kit/random.js";
import { isAllowed, SMALL_NOW_MS } from "./ask-oracle.js";
import { type Decided, type PrintedLine, problemOfLine } from "./examine-lines.js";
import {
  hasAction,
  hasPrincipal,
  hasResource,
  knownPrincipals,
  requestsOf,
  type SmallRegion,
} from "./small-requests.js";
import { actions, type SmallSet, smallSetText } from "./small-set.js";

/** What was seen. */
export type Tally = Record<string, number>;

/** How the examination goes. */
export interface ExamineTerms {
  readonly seed: number;
  /** Requests that are decided, of all that there are. */
  readonly requests: number;
  readonly tally: Tally;
  readonly engine: Engine;
  /** Everybody is asked what they can, not one by choice. */
  readonly asksEverybody?: boolean;
}

/** An auditor of the set; undefined if Verdict refuses the set. `name`: of the engine's policy set. */
export function auditorOf(set: SmallSet, region: SmallRegion, engine: Engine, name = ""): Auditor | undefined {
  const built = buildPolicySet([sourceText("set.yaml", smallSetText(set))]);
  if (!built.ok) return undefined;
  engine.publish(built.policySet, name === "" ? undefined : name);
  return new Auditor({
    set: built.policySet,
    decide: (question) => engine.decide(question, { nowMs: SMALL_NOW_MS, policySet: name }),
    catalogue: undefined,
    region: regionOf(region),
    nowMs: SMALL_NOW_MS,
    budget: 200_000,
  });
}

function regionOf({ context, ...region }: SmallRegion): Region {
  return { ...region, context: new Map(Object.entries(context)) };
}

/** The lines as they are printed. */
export function printed({ lines }: AccessLines): readonly PrintedLine[] {
  return [...lines].flatMap((line) => (line === undefined ? [] : [JSON.parse(JSON.stringify(accessLineJson(line)))]));
}

/** What is wrong with the answers about a set; undefined if nothing is, or if the set is refused. */
export function examineSet(set: SmallSet, region: SmallRegion, terms: ExamineTerms): string | undefined {
  const auditor = auditorOf(set, region, terms.engine);
  if (auditor === undefined) {
    terms.tally.refused = (terms.tally.refused ?? 0) + 1;
    return undefined;
  }
  const random = new Random(terms.seed, 7);
  const decided = requestsOf(set, region, actions, random, terms.requests).map((request) => ({
    request,
    allowed: isAllowed(set, request),
  }));
  for (const { allowed } of decided) count(terms.tally, allowed ? "allowed requests" : "refused requests");
  const found = examineWho(auditor, set, region, decided, terms);
  if (found !== undefined) return found;
  const askers = auditor.askers();
  for (const asker of terms.asksEverybody === true ? askers : [random.pick(askers)]) {
    const problem = examineEach(auditor, set, region, decided, asker, terms);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function count(tally: Tally, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}

function note(tally: Tally, line: PrintedLine): void {
  count(tally, line.access);
  if (line.whenIsPartial) count(tally, `partial: ${line.reason ?? ""}`);
  if (line.access === "unknown") count(tally, `unknown: ${line.reason}`);
}

function isSorted(lines: readonly PrintedLine[]): boolean {
  const ids = lines.map(({ principal, action, resource }) =>
    [principal, action, resource].map((one) => Buffer.from(one)),
  );
  return ids.every((id, index) => {
    const before = ids[index - 1];
    if (before === undefined) return true;
    for (const [at, part] of id.entries()) {
      const order = Buffer.compare(before[at] ?? part, part);
      if (order !== 0) return order < 0;
    }
    return false;
  });
}

function examineWho(
  auditor: Auditor,
  set: SmallSet,
  region: SmallRegion,
  decided: readonly Decided[],
  { tally }: ExamineTerms,
): string | undefined {
  for (const action of [...actions, "t:*", "*"]) {
    if (!/\*/.test(action) && !region.actions.some((pattern) => hasAction(pattern, action))) continue;
    const lines = printed(whoCan(auditor, action, region.resources, true));
    if (!isSorted(lines)) return `who-can ${action}: the lines are not sorted`;
    const missing = knownPrincipals(set).find((one) => !lines.some(({ principal }) => principal === one));
    if (missing !== undefined) return `who-can ${action}: no line of ${missing}`;
    for (const line of lines) {
      note(tally, line);
      const own = decided.filter(
        ({ request }) =>
          hasAction(action, request.action) &&
          isOfLine(lines, line, request.principal) &&
          hasResource(line.resource, request.resource),
      );
      const problem = problemOfLine(set, { ...region, resources: [line.resource] }, line, own);
      if (problem !== undefined) return `who-can ${problem}`;
    }
    const unseen = decided.find(
      ({ request, allowed }) =>
        allowed && hasAction(action, request.action) && !lines.some((line) => isOfLine(lines, line, request.principal)),
    );
    if (unseen !== undefined)
      return `who-can ${action}: no line of ${JSON.stringify(unseen.request)}, which is allowed`;
  }
  return undefined;
}

/** Whether a line speaks of a principal: by name, else by pattern; the account that nobody names stands for all such. */
function isOfLine(
  lines: readonly { readonly principal: string }[],
  { principal }: { readonly principal: string },
  asked: string,
): boolean {
  if (principal === asked) return true;
  if (lines.some((line) => line.principal === asked)) return false;
  return /\*/.test(principal) && hasPrincipal(principal, asked);
}

function examineEach(
  auditor: Auditor,
  set: SmallSet,
  region: SmallRegion,
  decided: readonly Decided[],
  asker: Asker,
  { tally }: ExamineTerms,
): string | undefined {
  const own = decided.filter(({ request }) => request.principal === asker.principal);
  const each = region.resources;
  const can = printed(whatCan(auditor, asker, each, true));
  if (!isSorted(can)) return "what-can: the lines are not sorted";
  for (const line of can) {
    note(tally, line);
    const names = new Set(can.map(({ action }) => action).filter((action) => !/[*?]/.test(action)));
    const about = own.filter(
      ({ request }) =>
        hasResource(line.resource, request.resource) &&
        (line.action === request.action || (!names.has(request.action) && hasAction(line.action, request.action))),
    );
    const problem = problemOfLine(set, { ...region, resources: [line.resource] }, line, about);
    if (problem !== undefined) return `what-can ${problem}`;
  }
  const untold = own.find(
    ({ request, allowed }) =>
      allowed && !can.some(({ action, access }) => access !== "never" && hasAction(action, request.action)),
  );
  if (untold !== undefined) return `what-can: no line of ${JSON.stringify(untold.request)}, which is allowed`;
  for (const action of region.actions.includes("*") ? ["t:A", "u:A", "t:*", "sts:AssumeRole"] : ["t:A"]) {
    const lines = printed(whichResources(auditor, asker, action, true));
    if (!isSorted(lines)) return `which-resources ${action}: the lines are not sorted`;
    const concrete = new Set(lines.map(({ resource }) => resource).filter((one) => one === "*" || !/[*?]/.test(one)));
    for (const line of lines) {
      note(tally, line);
      const about = own.filter(({ request: { action: asked, resource } }) => {
        if (!hasAction(action, asked)) return false;
        const isPlain = !/[*?]/.test(line.resource);
        return isPlain
          ? line.resource === resource
          : !(concrete.has(resource) && resource !== "*") && hasResource(line.resource, resource);
      });
      const problem = problemOfLine(set, region, line, about);
      if (problem !== undefined) return `which-resources ${problem}`;
      const same = /\*/.test(action)
        ? undefined
        : can.find((one) => one.action === action && one.resource === line.resource);
      const isWhole = !/[*?]/.test(line.resource);
      if (same !== undefined && isWhole && same.access !== line.access)
        return `which-resources says ${line.access}, what-can ${same.access} of ${line.resource}`;
    }
    const unseen = own.find(
      ({ request, allowed }) =>
        allowed &&
        hasAction(action, request.action) &&
        !lines.some((line) => line.access !== "never" && hasResource(line.resource, request.resource)),
    );
    if (unseen !== undefined)
      return `which-resources ${action}: no line of ${JSON.stringify(unseen.request)}, which is allowed`;
  }
  return undefined;
}
