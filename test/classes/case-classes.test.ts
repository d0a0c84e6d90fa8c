/**
 * The classes of a policy set against its matcher, on the random cases of the differential test: what a region is said to allow is
 * never contradicted by a request of it (A1 to A4).
 */
import { describe, expect, it } from "vitest";
import { type Answer, answerOf } from "../../src/classes/answer.js";
import { escapeText, holdsFor, valueTest } from "../../src/classes/value-test.js";
import { listKeys } from "../../src/classes/world.js";
import { globHolds, resourceGlob, type VariableLookup } from "../../src/globs/glob.js";
import { parseArn } from "../../src/policy/document/arn.js";
import { parseOperator } from "../../src/policy/document/operator.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { SimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { foldText } from "../../src/text/fold.js";
import { generateCases } from "../differential/cases.js";
import { build } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";
import { caseWorlds } from "../kit/case-worlds.js";

const seed = Number(process.env.VERDICT_SEED ?? "20261129");
const sets = Number(process.env.VERDICT_CLASS_SETS ?? "300");

describe("classes of requests", () => {
  it(`never contradict the matcher on ${sets} random sets with seed ${seed}`, async () => {
    const simulator = await Simulator.start({ nowMs: () => NOW_MS });
    const problems: string[] = [];
    const count: Record<string, number> = {};
    for (let setNumber = 0; setNumber < sets; setNumber++) {
      for (const one of generateCases(seed, setNumber)) {
        const found = build(one);
        if ("error" in found) continue;
        const { built } = found;
        if (!isPlain(built.request)) continue;
        const problem = examine(simulator, built, count);
        if (problem !== undefined)
          problems.push(
            `${one.id ?? ""}: ${problem}\n${process.env.VERDICT_SHOW === undefined ? "" : JSON.stringify(one)}`,
          );
      }
    }
    expect(problems.slice(0, 10)).toEqual([]);
    expect(count.sometimes).toBeGreaterThan(sets / 10);
  });
});

/** Whether the request lies in the region of its principal and action: nothing that regions close. */
function isPlain({ sessionPolicies, sessionTags, endpoint, resourceAccount }: AuthorizationQuestion): boolean {
  return (
    sessionPolicies.length === 0 && sessionTags.length === 0 && endpoint === undefined && resourceAccount === undefined
  );
}

function examine(simulator: Simulator, built: SimulationCase, count: Record<string, number>): string | undefined {
  const { policySet, request } = built;
  const found = caseWorlds(built);
  if (found === undefined || built.whatIf) return undefined;
  const { requester, knowsAccount, worlds } = found;
  const decide = (question: AuthorizationQuestion) =>
    simulator.decide({ ...built, request: question, whatIf: question.whatIf });
  // As a pattern of a region: wildcards in the request are characters (RES-1).
  const regions = [[request.resource === "*" ? "*" : escapeText(request.resource)], ["*"]];
  // An owner that neither the set nor the region knows is the requester's account there .
  const named = parseArn(request.resource)?.account ?? "";
  const isOwned = policySet.resources.some(({ account }) => account !== undefined);
  if (named !== "" && named !== requester.accountId && !knowsAccount(named) && !isOwned) return undefined;
  for (const region of regions) {
    const answer = answerOf(worlds(region), { budget: 200_000, tellsWhen: true });
    count[answer.access] = (count[answer.access] ?? 0) + 1;
    if (answer.whenIsPartial) count.partial = (count.partial ?? 0) + 1;
    const where = `${region.join()} ${answer.access} ${answer.reason ?? ""}`;
    for (const [question, wanted] of [
      [answer.witness, true],
      [answer.counterexample, false],
    ] as const) {
      if (question === undefined) continue;
      const decision = decide(question);
      if ("error" in decision) return `${where}: cannot decide ${show(question)}: ${decision.error}`;
      if (decision.allowed !== wanted)
        return `${where}: ${wanted ? "witness" : "counterexample"} ${show(question)} is ${decision.decision}`;
    }
    const asked = simulator.decide(built);
    if ("error" in asked) continue;
    if (asked.allowed && answer.access === "never") return `${where}: but ${show(request)} is allowed`;
    if (!asked.allowed && answer.access === "always") return `${where}: but ${show(request)} is ${asked.decision}`;
    const way = passed(answer, request, requester.principal.arn);
    if (answer.access === "sometimes" && way === true && !asked.allowed)
      return `${where}: a way lets ${show(request)} in: ${JSON.stringify(answer.when)}`;
    if (answer.access === "sometimes" && way === false && !answer.whenIsPartial && asked.allowed)
      return `${where}: no way lets ${show(request)} in: ${JSON.stringify(answer.when)}`;
  }
  return undefined;
}

/** Whether a request passes a way; undefined where the entries are about what the engine derives or ties. */
function passed({ when }: Answer, request: AuthorizationQuestion, _principal: string): boolean | undefined {
  const context = new Map([...request.context].map(([key, values]) => [foldText(key), values]));
  for (const { key, value } of request.resourceTags) context.set(`aws:resourcetag/${foldText(key)}`, [value]);
  let isOpen = false;
  const lookup = (name: string) => {
    const [value, ...more] = context.get(foldText(name)) ?? [];
    if (value === undefined) return undefined;
    return more.length > 0 || listKeys.has(foldText(name)) ? { list: true as const } : { text: value };
  };
  for (const way of when) {
    const entries = way.map((entry): boolean | undefined => {
      if ("resource" in entry) return namesResource(entry.resource, request.resource, lookup) === entry.holds;
      const [operator = ""] = [entry.operator];
      const test = valueTest(conditionOf(entry.key, operator, entry.values), "2012-10-17", lookup);
      if (/^aws:(currenttime|epochtime)$/i.test(entry.key)) return undefined;
      return holdsFor(test, context.get(foldText(entry.key)), listKeys.has(foldText(entry.key))) === entry.holds;
    });
    if (entries.every((one) => one === true)) return true;
    if (!entries.includes(false)) isOpen = true;
  }
  return isOpen ? undefined : false;
}

/** A pattern of a way as a 2012-10-17 document is read; none holds for the request without a resource (RES-9). */
function namesResource(pattern: string, resource: string, lookup: VariableLookup): boolean {
  if (resource === "*") return false;
  const resolved = resourceGlob(pattern, "2012-10-17", true, lookup);
  return "glob" in resolved && globHolds(resolved.glob, resource);
}

function conditionOf(key: string, operatorName: string, values: readonly string[]) {
  const operator = parseOperator(operatorName);
  if (operator === undefined) throw new Error(`no operator ${operatorName}`);
  return { operator, operatorName, key, values, offset: 0 };
}

function show({
  principal,
  action,
  resource,
  context,
  resourceTags,
  whatIf,
  resourceAccount,
}: AuthorizationQuestion): string {
  return JSON.stringify({
    principal,
    action,
    resource,
    context: Object.fromEntries(context),
    resourceTags,
    whatIf,
    resourceAccount,
  });
}
