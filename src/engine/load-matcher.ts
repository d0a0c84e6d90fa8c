/** The matcher out of the built files of this package. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type MatcherFlavour, matcherPath } from "../artifacts.js";
import { compileMatcher, type MatcherModule } from "./matcher.js";

const modules = new Map<MatcherFlavour, MatcherModule>();

/** Compiles a build of the matcher, once a thread. */
export function loadMatcher(flavour: MatcherFlavour): MatcherModule {
  let compiled = modules.get(flavour);
  if (compiled === undefined) {
    compiled = compileMatcher(readFileSync(matcherPath(flavour)));
    modules.set(flavour, compiled);
  }
  return compiled;
}

/** The digest of a build of the matcher, `sha256:` and 64 hex digits: two that decide alike for certain have the same. */
export function matcherDigest(flavour: MatcherFlavour): string {
  return `sha256:${createHash("sha256")
    .update(readFileSync(matcherPath(flavour)))
    .digest("hex")}`;
}
