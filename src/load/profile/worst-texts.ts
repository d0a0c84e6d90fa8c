/**
 * The resource text that a pattern takes longest for, made from its shape and measured. Matching goes back to the last star only, so what
 * costs is a literal behind a star that begins to match everywhere and never ends: its own beginning again and again.
 */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { StatementPlace } from "./counters.js";
import type { CountingSession, ListedPattern } from "./counting-session.js";
import type { PatternProgram } from "./image-reader.js";

/** Characters of a made-up text beside what the pattern asks for; keys of S3 have at most 1,024. */
const FILLED = 1_000;

/** What a pattern takes at worst. */
export interface WorstText {
  readonly pattern: string;
  readonly place: StatementPlace;
  readonly resource: string;
  readonly steps: number;
  /** The most that a question of the traffic took. */
  readonly met: number;
}

/** Texts that may be the worst for a pattern. */
export function worstCandidates({ segments, prefix, suffix }: PatternProgram): readonly string[] {
  if (segments === undefined) return [];
  const texts = new Set<string>();
  const instance = (text: string): string => text.replaceAll("?", "x");
  let before = instance(prefix);
  for (const segment of segments) {
    const literal = instance(segment);
    if (literal === "") continue;
    const begun = literal.slice(0, -1);
    // A star in a field of an ARN ends at a colon, so colons may end the search early.
    const fills = new Set([literal.slice(0, 1), begun, `${begun}~`, begun.replaceAll(":", "x")]);
    for (const fill of fills) {
      if (fill !== "")
        texts.add(`${before}${fill.repeat(Math.ceil(FILLED / fill.length)).slice(0, FILLED)}${instance(suffix)}`);
    }
    before += literal;
  }
  if (texts.size === 0) texts.add(`${before}${"x".repeat(FILLED)}${instance(suffix)}`);
  return [...texts];
}

/** Patterns that are looked at: those whose shape promises most. */
const MOST_PATTERNS = 200;

/**
 * The worst text of each pattern, dearest first; each is decided with a question that asked the pattern's statement, so that it is a
 * request that can be sent. `metOf`: the most that a question of the traffic took. `open` gives a session of so many places.
 */
export function worstTexts(
  patterns: readonly ListedPattern[],
  metOf: (pattern: string) => number,
  questionAt: (place: number) => AuthorizationQuestion,
  open: (places: number) => CountingSession,
): readonly WorstText[] {
  const longest = ({ program }: ListedPattern): number =>
    Math.max(0, ...(program.segments ?? []).map((segment) => segment.length));
  const looked = patterns
    .filter(({ program }) => program.segments !== undefined)
    .sort((a, b) => longest(b) - longest(a) || (a.program.text < b.program.text ? -1 : 1))
    .slice(0, MOST_PATTERNS);
  const asked = looked.flatMap((of) => worstCandidates(of.program).map((resource) => ({ of, resource })));
  if (asked.length === 0) return [];
  const session = open(asked.length);
  const worst = new Map<string, WorstText>();
  for (const [place, { of, resource }] of asked.entries()) {
    const { text: pattern } = of.program;
    const before = session.stepsOf(of.at);
    session.decide({ ...questionAt(of.askedAt), resource }, place);
    const steps = session.stepsOf(of.at) - before;
    if (steps <= (worst.get(pattern)?.steps ?? 0)) continue;
    worst.set(pattern, { pattern, place: of.place, resource, steps, met: metOf(pattern) });
  }
  return [...worst.values()].sort((a, b) => b.steps - a.steps || (a.pattern < b.pattern ? -1 : 1));
}
