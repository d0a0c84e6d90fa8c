/** The matcher out of the built files of this package. */
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
