// Random small sets, examined one after the other; what fails is made small before it is told.
import type { Engine } from "../../../src/engine/engine.js";
import { shrink } from "../../differential/shrink.js";
import { Random } from "../../kit/random.js";
import { examineSet, type Tally } from "./examine-set.js";
import { generateRegion, type SmallRegion } from "./small-requests.js";
import { generateSmallSet, type SmallSet } from "./small-set.js";

/** Which sets are examined, and how. */
export interface TinyWorldTerms {
  readonly seed: number;
  readonly first: number;
  readonly sets: number;
  readonly requests: number;
  readonly engine: Engine;
  readonly mostProblems: number;
  /** False: what fails is told as it is. */
  readonly shrinks?: boolean;
  readonly onSet?: (number: number, problem: string | undefined) => void;
}

/** What fails, each with its smallest set, and what was seen. */
export function runTinyWorld(terms: TinyWorldTerms): { readonly problems: readonly string[]; readonly tally: Tally } {
  const { seed, first, sets, requests, engine, mostProblems } = terms;
  const tally: Tally = {};
  const problems: string[] = [];
  for (let number = first; number < first + sets && problems.length < mostProblems; number++) {
    const random = new Random(seed, number);
    const set = generateSmallSet(random);
    const region = generateRegion(random, set);
    const examine = (one: SmallSet, part: SmallRegion, tallied: Tally) =>
      problemOf(one, part, { seed: seed + number, requests, tally: tallied, engine });
    const problem = examine(set, region, tally);
    terms.onSet?.(number, problem);
    if (problem === undefined) continue;
    if (terms.shrinks === false) {
      problems.push(`set ${number}: ${problem}\nregion ${JSON.stringify(region)}\nset ${JSON.stringify(set)}`);
      continue;
    }
    const kind = kindOf(problem);
    const small = shrink({ set, region }, (candidate) => {
      const found = examine(candidate.set, candidate.region, {});
      return found !== undefined && kindOf(found) === kind;
    });
    const told = examine(small.set, small.region, {}) ?? problem;
    problems.push(`set ${number}: ${told}\nregion ${JSON.stringify(small.region)}\nset ${JSON.stringify(small.set)}`);
  }
  return { problems, tally };
}

/** What goes wrong, without the names. */
function kindOf(problem: string): string {
  return problem
    .replaceAll(/\[\[?\{.*\}\]?\]|\{.*\}/g, "")
    .replaceAll(/\S*[:*]\S*/g, "")
    .slice(0, 60);
}

function problemOf(...args: Parameters<typeof examineSet>): string | undefined {
  try {
    return examineSet(...args);
  } catch (error: unknown) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
