/** Patterns of resources as lines name them: whether one lies inside another, or meets it. */
import { type Glob, globHolds, resourceGlob } from "../globs/glob.js";
import { globCovers, globsMeet } from "../globs/glob-pairs.js";
import { isAllStars } from "../policy/document/arn.js";

/** The pattern as a glob; undefined if no ARN can match it. */
function globOf(pattern: string): Glob | undefined {
  const resolved = resourceGlob(pattern, "2012-10-17", true, () => undefined);
  return "glob" in resolved ? resolved.glob : undefined;
}

/** Whether a pattern matches a resource; every resource is inside `*`. */
export function holdsResource(pattern: string, resource: string): boolean {
  if (isAllStars(pattern)) return true;
  if (resource === "*") return false;
  const glob = globOf(pattern);
  return glob !== undefined && globHolds(glob, resource);
}

/** Whether all that the second matches, the first does too. */
export function coversResources(wide: string, narrow: string): boolean {
  if (isAllStars(wide)) return true;
  if (isAllStars(narrow)) return false;
  const [outer, inner] = [globOf(wide), globOf(narrow)];
  return outer !== undefined && inner !== undefined && globCovers(outer, inner);
}

/** Whether some resource matches both. */
export function meetsResources(one: string, other: string): boolean {
  if (isAllStars(one) || isAllStars(other)) return true;
  const [left, right] = [globOf(one), globOf(other)];
  return left !== undefined && right !== undefined && globsMeet(left, right);
}

/** Patterns that lie in no other; of equal ones the first. */
export function maximalPatterns(patterns: Iterable<string>): readonly string[] {
  const sorted = [...new Set(patterns)].sort((left, right) => left.length - right.length || (left < right ? -1 : 1));
  return sorted.filter(
    (one, index) =>
      !sorted.some(
        (other, at) => at !== index && coversResources(other, one) && (at < index || !coversResources(one, other)),
      ),
  );
}
