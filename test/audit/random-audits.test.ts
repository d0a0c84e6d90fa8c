/**
 * Audits of random sets against random requests (A1 to A5): what `who-can`, `what-can` and `which-resources` say of a region is never
 * contradicted by a request of it, nothing that is allowed is left out, and the three say the same.
 */
import { describe, expect, it } from "vitest";
import { Auditor } from "../../src/audit/auditor.js";
import { single } from "../../src/audit/candidates.js";
import { KeyKnowledge } from "../../src/audit/key-knowledge.js";
import { type AccessLine, type AccessLines, accessLineJson } from "../../src/audit/lines.js";
import { everything, type Region } from "../../src/audit/region.js";
import { holdsResource } from "../../src/audit/resource-patterns.js";
import { whatCan } from "../../src/audit/what-can.js";
import { whichResources } from "../../src/audit/which-resources.js";
import { knownAccounts } from "../../src/classes/known-accounts.js";
import { escapeText, holdsFor, valueTest } from "../../src/classes/value-test.js";
import { listKeys } from "../../src/classes/world.js";
import { actionGlob, globHolds, resourceGlob, type VariableLookup } from "../../src/globs/glob.js";
import { hasWildcard, parseArn } from "../../src/policy/document/arn.js";
import { parseOperator } from "../../src/policy/document/operator.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { SimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { foldText, lowerAscii } from "../../src/text/fold.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { generateCases } from "../differential/cases.js";
import { build } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";

const seed = Number(process.env.VERDICT_SEED ?? "20261129");
const sets = Number(process.env.VERDICT_AUDIT_SETS ?? "30");
const first = Number(process.env.VERDICT_FIRST_SET ?? "0");

describe("audits of random sets", () => {
  it(`are never contradicted by the matcher: ${sets} sets of seed ${seed}`, async () => {
    const catalogue = await loadCatalogue(["s3", "sts", "iam", "kms"]);
    const simulator = await Simulator.start({ nowMs: () => NOW_MS });
    const problems: string[] = [];
    const tally: Record<string, number> = {};
    for (let setNumber = first; setNumber < first + sets; setNumber++) {
      for (const one of generateCases(seed, setNumber)) {
        const found = build(one);
        if ("error" in found || !isPlain(found.built)) continue;
        const { built } = found;
        const region = regionFor(built.request, setNumber);
        const auditor = new Auditor({
          set: built.policySet,
          decide: (question) => simulator.decide({ ...built, request: question, whatIf: question.whatIf }),
          catalogue,
          region,
          nowMs: NOW_MS,
          budget: 200_000,
        });
        try {
          const problem = examine(auditor, simulator, built, tally);
          if (problem !== undefined) problems.push(`${one.id}: ${problem}`);
        } catch (error) {
          problems.push(`${one.id}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
    expect(problems.slice(0, 10)).toEqual([]);
    // The cases are worth asking: each answer occurs.
    expect(Object.keys(tally).sort()).toEqual(expect.arrayContaining(["always", "sometimes"]));
  });
});

/** Every other set asks about everything; others about what the request names. */
function regionFor({ context, resource }: AuthorizationQuestion, setNumber: number): Region {
  switch (setNumber % 4) {
    case 1: {
      const some = [...context].filter(([key]) => !isDerived(key)).slice(0, 1);
      return { ...everything, context: new Map(some) };
    }
    case 2:
      return { ...everything, closed: true, context: new Map([...context].filter(([key]) => !isDerived(key))) };
    case 3:
      return resource === "*" ? everything : { ...everything, resources: [`${escapeText(resource).slice(0, -2)}*`] };
    default:
      return everything;
  }
}

function isDerived(key: string): boolean {
  return /^aws:(principal|resource|userid|username|currenttime|epochtime)/i.test(key);
}

/** Whether the request is of a region: nothing that regions close. */
function isPlain({ request, whatIf, policySet }: SimulationCase): boolean {
  const { sessionPolicies, sessionTags, endpoint, resourceAccount, resource } = request;
  if (whatIf || sessionPolicies.length > 0 || sessionTags.length > 0) return false;
  if (endpoint !== undefined || resourceAccount !== undefined) return false;
  // An owner that neither the set nor the region knows is the requester's account in a region.
  const named = parseArn(resource)?.account ?? "";
  return named === "" || knownAccounts(policySet).has(named);
}

function collect({ lines }: AccessLines): readonly AccessLine[] {
  return [...lines].filter((line) => line !== undefined);
}

function examine(
  auditor: Auditor,
  simulator: Simulator,
  built: SimulationCase,
  tally: Record<string, number>,
): string | undefined {
  const { request } = built;
  const { region } = auditor.terms;
  const asker = auditor.asker(single(request.principal));
  if (asker === undefined) return undefined;
  const actions = collect(whatCan(auditor, asker, region.resources, true));
  const concrete =
    hasWildcard(request.resource) && request.resource !== "*" ? escapeText(request.resource) : request.resource;
  const resources = collect(whichResources(auditor, asker, request.action, true));
  const who = auditor.answer(asker, request.action, region.resources);
  tally[who.access] = (tally[who.access] ?? 0) + 1;
  // What nobody grants is not looked for where nothing is shown of it.
  const shown = auditor.answer(asker, request.action, region.resources, { tellsNever: false });
  if (shown.access !== who.access) return `${shown.access} where nothing is shown of never, else ${who.access}`;
  const named = actions.filter(({ action }) => lowerAscii(action) === lowerAscii(request.action));
  // What nobody has named is told by the patterns.
  const lines =
    named.length > 0
      ? named
      : actions.filter(
          ({ action }) =>
            action === "*" || (hasWildcard(action) && globHolds(actionGlob(action), lowerAscii(request.action))),
        );
  if (lines.length === 0) return `what-can has no line of ${request.action}`;
  const [line] = named;
  if (line !== undefined && line.answer.access !== who.access)
    return `what-can says ${line.answer.access}, who-can ${who.access}`;
  if (!isInRegion(auditor, built)) return undefined;
  const asked = simulator.decide(built);
  if ("error" in asked) return undefined;
  const onResources = resources.filter(({ resource }) =>
    hasWildcard(resource) ? holdsResource(resource, request.resource) : resource === concrete,
  );
  const exact = onResources.filter(({ resource }) => !hasWildcard(resource) && resource !== "*");
  const told = exact.length > 0 ? exact : onResources;
  if (asked.allowed && told.length === 0) return `which-resources has no line of ${show(request)}, which is allowed`;
  const listed = resources.find(({ resource }) => resource === request.resource && !hasWildcard(resource));
  if (listed !== undefined) {
    const same = auditor.answer(asker, request.action, [request.resource]);
    if (same.access !== listed.answer.access)
      return `which-resources says ${listed.answer.access} of ${request.resource}, who-can ${same.access}`;
  }
  for (const { answer, of } of [
    { answer: who, of: "who-can" },
    ...lines.map((one) => ({ answer: one.answer, of: `what-can ${one.action}` })),
    ...told.map((one) => ({ answer: one.answer, of: `which-resources ${one.resource}` })),
  ]) {
    const where = `${of} says ${answer.access}`;
    if (asked.allowed && answer.access === "never") return `${where}, but ${show(request)} is allowed`;
    if (!asked.allowed && answer.access === "always") return `${where}, but ${show(request)} is ${asked.decision}`;
    if (answer.access !== "sometimes") continue;
    const way = passed(answer.when, request);
    const ways = JSON.stringify(answer.when);
    if (way === true && !asked.allowed) return `${where}: a way lets ${show(request)} in: ${ways}`;
    if (way === false && asked.allowed && !answer.whenIsPartial)
      return `${where}: no way lets ${show(request)} in: ${ways}`;
  }
  // What is printed is JSON.
  JSON.stringify(actions.map(accessLineJson));
  return undefined;
}

/** Whether the request is one that AWS could send and the region names. */
function isInRegion(auditor: Auditor, { request }: SimulationCase): boolean {
  const { region, catalogue } = auditor.terms;
  const keys = new KeyKnowledge(region, catalogue, NOW_MS);
  if (!region.resources.some((pattern) => holdsResource(pattern, request.resource))) return false;
  const given = new Map([...request.context].map(([key, values]) => [foldText(key), values]));
  for (const { key, value } of request.resourceTags) given.set(`aws:resourcetag/${foldText(key)}`, [value]);
  if (region.closed && [...given.keys()].some((key) => /^aws:(resourcetag|currenttime|epochtime)/.test(key)))
    return false;
  for (const key of region.closed ? ["aws:currenttime"] : []) if (!given.has(key)) continue;
  for (const [key] of keys.alwaysPresent(request.action))
    if ((given.get(foldText(key)) ?? []).length === 0) return false;
  for (const [key, values] of given) {
    if (isDerived(key) && !key.startsWith("aws:resourcetag/")) continue;
    if (values.length === 0) continue;
    const standing = keys.standingOf(key, request.action);
    if ("values" in standing) {
      if (JSON.stringify(standing.values) !== JSON.stringify(values)) return false;
      continue;
    }
    const { type, single } = standing.open;
    if (single && values.length > 1) return false;
    if (type !== undefined && type !== "String" && values.some((value) => !looksLike(type, value))) return false;
  }
  for (const key of region.context.keys()) if (!given.has(foldText(key))) return false;
  return true;
}

function looksLike(type: string, value: string): boolean {
  switch (type) {
    case "Bool":
      return value === "true" || value === "false";
    case "ARN":
      return /^arn:[^:]*:[^:]*:[^:]*:[^:]*:./.test(value);
    case "Numeric":
      return /^-?[0-9]+(\.[0-9]+)?$/.test(value);
    case "Date":
      return /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$/.test(value);
    case "IPAddress":
      return /^[0-9.]+$|^[0-9a-f:]+$/.test(value);
    default:
      return true;
  }
}

/** Whether a request passes a way; undefined where the entries are about what the engine derives. */
function passed(when: AccessLine["answer"]["when"], request: AuthorizationQuestion): boolean | undefined {
  const context = new Map([...request.context].map(([key, values]) => [foldText(key), values]));
  for (const { key, value } of request.resourceTags) context.set(`aws:resourcetag/${foldText(key)}`, [value]);
  const lookup: VariableLookup = (name) => {
    const [value, ...more] = context.get(foldText(name)) ?? [];
    if (value === undefined) return undefined;
    return more.length > 0 || listKeys.has(foldText(name)) ? { list: true as const } : { text: value };
  };
  let isOpen = false;
  for (const way of when) {
    const entries = way.map((entry): boolean | undefined => {
      if ("resource" in entry) {
        if (request.resource === "*") return !entry.holds;
        const resolved = resourceGlob(entry.resource, "2012-10-17", true, lookup);
        return ("glob" in resolved && globHolds(resolved.glob, request.resource)) === entry.holds;
      }
      const operator = parseOperator(entry.operator);
      if (operator === undefined) throw new Error(`no operator ${entry.operator}`);
      const { key, operator: operatorName, values } = entry;
      if (/^aws:(currenttime|epochtime)$/i.test(key)) return undefined;
      const test = valueTest({ operator, operatorName, key, values, offset: 0 }, "2012-10-17", lookup);
      return holdsFor(test, context.get(foldText(key)), listKeys.has(foldText(key))) === entry.holds;
    });
    if (entries.every((one) => one === true)) return true;
    if (!entries.includes(false)) isOpen = true;
  }
  return isOpen ? undefined : false;
}

function show({ principal, action, resource, context, resourceTags, whatIf }: AuthorizationQuestion): string {
  return JSON.stringify({ principal, action, resource, context: Object.fromEntries(context), resourceTags, whatIf });
}
