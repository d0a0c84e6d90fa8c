/** What the tests of one file share: contexts by name and the clock. */
import { parseDate } from "../policy/document/date.js";
import { readContext } from "../question/authorization-question.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { readEntries, readItems, readText, report, type TreePlace, wrongKind } from "../text/tree-place.js";

/** Condition keys with their values. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** The fixtures of one file. */
export interface Fixtures {
  readonly contexts: ReadonlyMap<string, Context>;
  /** The clock of tests that give none, in milliseconds since 1970. */
  readonly nowMs?: number;
}

/** The member `contexts`: each a context, or made of others that stand before it. */
export function readFixtures(place: TreePlace | undefined): ReadonlyMap<string, Context> {
  const contexts = new Map<string, Context>();
  for (const [name, value] of readEntries(place)) contexts.set(name, composedContext(value, contexts));
  return contexts;
}

/** A context as a test writes it: condition keys, the name of a fixture, or a list of either, of which later ones win. */
export function composedContext(place: TreePlace | undefined, contexts: ReadonlyMap<string, Context>): Context {
  if (place === undefined) return new Map();
  const parts = place.node.kind === "array" ? readItems(place) : [place];
  // Names of condition keys ignore case (COND-7).
  const byFolded = new Map<string, readonly [string, readonly string[] | undefined]>();
  for (const part of parts) {
    for (const [key, values] of partOf(part, contexts)) byFolded.set(key.toLowerCase(), [key, values]);
  }
  return new Map([...byFolded.values()].flatMap(([key, values]) => (values === undefined ? [] : [[key, values]])));
}

/** A key that is written as `null` takes one away that an earlier part gave (COND-8). */
function partOf(
  place: TreePlace,
  contexts: ReadonlyMap<string, Context>,
): Iterable<readonly [string, readonly string[] | undefined]> {
  if (place.node.kind === "object") {
    const absent = place.node.members.filter(({ value }) => value.kind === "null");
    return [...readContext(place), ...absent.map(({ key }) => [key, undefined] as const)];
  }
  if (place.node.kind !== "string") {
    return wrongKind(place, "condition keys, the name of a context, or a list of them") ?? [];
  }
  const name = readText(place);
  const found = name === undefined ? undefined : contexts.get(name);
  if (found === undefined && name !== undefined) unknownWord(place, "context", name, contexts.keys());
  return found ?? [];
}

/** A date such as `2026-03-01T09:00:00Z`, in milliseconds since 1970. */
export function readInstant(place: TreePlace | undefined): number | undefined {
  const text = readText(place);
  if (place === undefined || text === undefined) return undefined;
  const instant = parseDate(text);
  if (instant === undefined) {
    report(place, "SET-FORMAT", `${quote(text)} is no date such as 2026-03-01T09:00:00Z`);
    return undefined;
  }
  return Number(instant.seconds) * 1000 + Math.floor(Number(`0.${instant.fraction || "0"}`) * 1000);
}

/** So many words can be listed. */
const MOST_LISTED = 8;

/** Reports a word that is none of those known, with the nearest of them, or all if they are few. */
export function unknownWord(place: TreePlace, what: string, word: string, words: Iterable<string>): void {
  const known = [...words];
  const meant = closestName(word, known);
  const isList = known.length > 0 && known.length <= MOST_LISTED;
  const all = isList ? `: it is none of ${known.map(quote).join(", ")}` : "";
  const hint = meant === undefined ? all : `: did you mean ${quote(meant)}?`;
  report(place, "SET-FORMAT", `unknown ${what} ${quote(word)}${hint}`);
}
