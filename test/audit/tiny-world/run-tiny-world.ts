// Random small sets, examined one after the other; what fails is made small before it is told.
import type { Engine } from "../../../src/engine/engine.js";
import { shrink } from "../../differential/shrink.js";
import { Random } from "../../kit/random.js";
import { changed, examineDiff } from "./examine-diff.js";
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
    const now = changed(random, set);
    const examine = (one: SmallSet, other: SmallSet, part: SmallRegion, tallied: Tally) =>
      problemOf(() => {
        const asked = { seed: seed + number, requests, tally: tallied, engine };
        return examineSet(one, part, asked) ?? examineDiff(one, other, part, asked);
      });
    const problem = examine(set, now, region, tally);
    terms.onSet?.(number, problem);
    if (problem === undefined) continue;
    if (terms.shrinks === false) {
      problems.push(
        `set ${number}: ${problem}\nregion ${JSON.stringify(region)}\nset ${JSON.stringify(set)}\nnow ${JSON.stringify(now)}`,
      );
      continue;
    }
    const kind = kindOf(problem);
    const small = shrink({ set, now, region }, (candidate) => {
      const found = examine(candidate.set, candidate.now, candidate.region, {});
      return found !== undefined && kindOf(found) === kind;
    });
    const told = examine(small.set, small.now, small.region, {}) ?? problem;
    problems.push(
      `set ${number}: ${told}\nregion ${JSON.stringify(small.region)}\nset ${JSON.stringify(small.set)}\nnow ${JSON.stringify(small.now)}`,
    );
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

function problemOf(examine: () => string | undefined): string | undefined {
  try {
    return examine();
  } catch (error: unknown) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
