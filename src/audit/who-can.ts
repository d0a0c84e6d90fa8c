/** Who can do an action on a resource: one answer a principal. */
import type { Auditor } from "./auditor.js";
import { principalsOf } from "./candidates.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** Lines for every principal of the region, in order; those that never can stand only with `all`. */
export function whoCan(auditor: Auditor, action: string, resources: readonly string[], all: boolean): AccessLines {
  const { set, region } = auditor.terms;
  const accessLevel = auditor.actions.accessLevel(action);
  const principals = principalsOf(set, region);
  function* lines(): Generator<AccessLine | undefined> {
    for (const principal of principals) {
      const requester = auditor.requester(principal);
      for (const resource of requester === undefined ? [] : resources) {
        if (requester === undefined) continue;
        const answer = auditor.answer(requester, action, [resource]);
        yield all || answer.access !== "never" ? { principal, action, resource, accessLevel, answer } : undefined;
      }
    }
  }
  return { total: principals.length * resources.length, lines: lines() };
}
