/**
 * Account ids of twelve digits, one for each way in which patterns of ARNs can tell accounts apart: a walk over the digits that keeps one
 * text for each set of places that the patterns have reached together.
 */
import type { Glob } from "../globs/glob.js";
import { automatonOf } from "../globs/glob-automaton.js";
import type { PlaceSet } from "../globs/place-sets.js";

/** Accounts, and whether they are one for each way. */
export interface AccountsApart {
  readonly accounts: readonly string[];
  readonly isWhole: boolean;
}

/** Places that some patterns have reached; the others match nothing that begins so. */
type Reached = readonly (readonly [glob: Glob, state: PlaceSet])[];

const digits = "9876543210";
const mostStates = 20_000;

/** The accounts between `prefix`, as `arn:aws:iam::`, and a colon. */
export function accountsApart(prefix: string, globs: readonly Glob[]): AccountsApart {
  const start: Reached = [...new Set(globs)].map((glob) => [glob, automatonOf(glob).start]);
  let front = new Map([["", { text: "", reached: prefix.split("").reduce(advance, start) }]]);
  for (let length = 1; length <= 12; length++) {
    const next: typeof front = new Map();
    for (const { text, reached } of front.values()) {
      for (const digit of digitsApart(reached)) keep(next, text + digit, advance(reached, digit));
    }
    if (next.size > mostStates)
      return { accounts: [...front.values()].map((one) => one.text.padEnd(12, "0")), isWhole: false };
    front = next;
  }
  const ends: typeof front = new Map();
  for (const { text, reached } of front.values()) keep(ends, text, advance(reached, ":"));
  return { accounts: [...ends.values()].map(({ text }) => text), isWhole: true };
}

function keep(states: Map<string, { text: string; reached: Reached }>, text: string, reached: Reached): void {
  const key = reached.map(([glob, { id }]) => `${glob.id}.${id}`).join(" ");
  if (!states.has(key)) states.set(key, { text, reached });
}

function advance(reached: Reached, unit: string): Reached {
  return reached.flatMap(([glob, state]) => {
    const [next] = automatonOf(glob).next(state, unit);
    return next === undefined || next.isEmpty ? [] : [[glob, next] as const];
  });
}

/** The digits that some pattern spells next, and the greatest other one. */
function digitsApart(reached: Reached): readonly string[] {
  const spelt = new Set(reached.flatMap(([, { units }]) => units));
  const other = digits.split("").find((digit) => !spelt.has(digit));
  return digits.split("").filter((digit) => spelt.has(digit) || digit === other);
}
