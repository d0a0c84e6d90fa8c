// A request context as conditions and variables see it: keys with their values, and how a key is found (COND-7, COND-8).
import { compareCodePoints, fold } from "./fold.js";
import { InputError } from "./input-error.js";

/** The condition keys of one request. */
export interface RequestContext {
  /** The values of a key, never an empty list; undefined if the key is missing (COND-7, NULL-3). */
  lookup(key: string): readonly string[] | undefined;
}

/** A context over given values; the exact spelling of a key wins over other cases (COND-7, CTX-11). */
export function contextOf(values: ReadonlyMap<string, readonly string[]>): RequestContext {
  return { lookup: (key) => lookup(values, key) };
}

/**
 * Of the keys that match ignoring case the one whose tag key is spelled alike, else the first in code-point order of tag keys
 * (CTX-11). What stands before the slash decides only between keys that are alike behind it.
 */
export function lookup<T>(values: ReadonlyMap<string, T>, key: string): T | undefined {
  const folded = fold(key);
  const candidates = [...values.keys()].filter((other) => fold(other) === folded);
  const differs = (one: string, other: string): number => (one === other ? 0 : 1);
  candidates.sort(
    (a, b) =>
      differs(tagKey(a), tagKey(key)) - differs(tagKey(b), tagKey(key)) ||
      compareCodePoints(tagKey(a), tagKey(b)) ||
      differs(a, key) - differs(b, key) ||
      compareCodePoints(a, b),
  );
  const [first] = candidates;
  return first === undefined ? undefined : values.get(first);
}

/** What follows the slash of a key such as `aws:PrincipalTag/team`; the whole of any other key. */
function tagKey(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** The text of a request value; null and undefined mean missing (COND-8). */
export function valueText(value: unknown, key: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new InputError("COND-8", `context key \`${key}\` has a value that is no text`);
}
