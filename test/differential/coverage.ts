// How much random cases exercise: which parts of a case decide it. A part is decisive if the decision is another without it.
import type { SimulationCase } from "../oracle/simulation-case.js";
import { type Answer, askOracle, type Refusal } from "./evaluators.js";

/** Counts by name. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** `name count` lines, the most frequent first. */
  lines(): string[] {
    return [...this.counts].sort(([, left], [, right]) => right - left).map(([name, count]) => `${name} ${count}`);
  }
}

/** The decision of an answer, or `error`. */
export function outcomeOf(answer: Answer | Refusal): string {
  return "error" in answer ? "error" : answer.decision;
}

/** Counts the layers, elements and operators of a case that decide it. */
export function tallyDecisive(simulationCase: SimulationCase, outcome: string, tally: Tally): void {
  const seen = new Set<string>();
  for (const [name, without] of ablations(simulationCase)) {
    if (!seen.has(name) && outcomeOf(askOracle(without)) !== outcome) seen.add(name);
  }
  for (const name of seen) tally.add(name);
}

/** The case with one part left out or made plain, by the name of the part. */
function* ablations(simulationCase: SimulationCase): Iterable<readonly [string, SimulationCase]> {
  const { policies, request } = simulationCase;
  for (const layer of Object.keys(policies)) {
    const rest = Object.fromEntries(Object.entries(policies).filter(([name]) => name !== layer));
    yield [`layer ${layer}`, { ...simulationCase, policies: rest }];
  }
  for (const fact of Object.keys(request)) {
    if (fact === "principal" || fact === "action" || fact === "resource") continue;
    yield [`fact ${fact}`, { ...simulationCase, request: { ...request, [fact]: undefined } }];
  }
  for (const option of ["whatIf", "profile", "mandatoryResourcePolicies", "owners"] as const) {
    if (!(option in simulationCase)) continue;
    const { [option]: _, ...rest } = simulationCase;
    yield [`option ${option}`, rest];
  }
  const text = JSON.stringify(policies);
  const changed = (name: string, pattern: RegExp, replacement: string): readonly [string, SimulationCase][] => {
    const other = text.replace(pattern, replacement);
    return other === text ? [] : [[name, { ...simulationCase, policies: JSON.parse(other) }]];
  };
  for (const element of ["Action", "Resource", "Principal"]) {
    yield* changed(`element Not${element}`, new RegExp(`"Not${element}":`, "g"), `"${element}":`);
  }
  yield* changed("variables", /"Version":"2012-10-17"/g, '"Version":"2008-10-17"');
  yield* changed("escapes", /\$\{[*?$]\}/g, "x");
  yield* changed("defaults", /, ?'[^'}]*'\}/g, "}");
  yield* changed("double stars", /\*\*/g, "*");
  yield* changed("question marks", /\?/g, "!");
  yield* changed("IfExists", /IfExists":/gi, '":');
  yield* changed("ForAllValues", /"ForAllValues:/gi, '"');
  yield* changed("ForAnyValue", /"ForAnyValue:/gi, '"');
  yield* changed("negation", /"((?:For\w+:)?)(String|Numeric|Date|Arn)Not/gi, '"$1$2');
  for (const { document, operator } of conditionsOf(policies)) {
    yield [
      `operator ${operator.toLowerCase().replace(/^for\w+:|ifexists$/g, "")}`,
      { ...simulationCase, policies: document },
    ];
  }
}

/** The policies without one operator, for every operator. */
function conditionsOf(
  policies: SimulationCase["policies"],
): { document: SimulationCase["policies"]; operator: string }[] {
  const found: { document: SimulationCase["policies"]; operator: string }[] = [];
  let count = 0;
  const drop = (target: number): { copy: SimulationCase["policies"]; operator: string } => {
    let at = 0;
    let operator = "";
    const copy = JSON.parse(JSON.stringify(policies), (key, value: unknown) => {
      if (key !== "Condition" || typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).filter(([name]) => {
          if (at++ !== target) return true;
          operator = name;
          return false;
        }),
      );
    });
    count = at;
    return { copy, operator };
  };
  drop(-1);
  for (let target = 0; target < count; target++) {
    const { copy, operator } = drop(target);
    found.push({ document: copy, operator });
  }
  return found;
}
