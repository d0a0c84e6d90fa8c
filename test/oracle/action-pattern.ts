// Action patterns (section 4): prefix and name are matched apart, ignoring ASCII case; no variables (ACT-10).
// NotAction is the NOR of its patterns and no deny of them (ACT-9).
import { foldAscii } from "./fold.js";
import { globTokens, isAllStars, matchGlob } from "./glob.js";
import { InputError } from "./input-error.js";

/** Refuses a request action that is not `prefix:Name` without wildcards (ACT-1, IN-6). */
export function requireAction(action: string): void {
  const parts = action.split(":");
  if (parts.length !== 2 || parts.includes(""))
    throw new InputError("ACT-1", `action \`${action}\` is not prefix:Name`);
  if (/[*?]/.test(action)) throw new InputError("ACT-1", `action \`${action}\` has a wildcard`);
}

/** Tells whether one pattern of Action or NotAction matches the request's action (ACT-2 to ACT-7). */
export function matchActionPattern(pattern: string, action: string): boolean {
  if (isAllStars(pattern)) return true;
  const [patternPrefix = "", patternName = "", ...more] = foldAscii(pattern).split(":");
  if (more.length > 0 || !pattern.includes(":")) return false; // ACT-5
  const [prefix = "", name = ""] = foldAscii(action).split(":");
  // Whatever is no wildcard is literal (ACT-7).
  return matchGlob(globTokens(patternPrefix), prefix) && matchGlob(globTokens(patternName), name);
}
