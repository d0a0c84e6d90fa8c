/** Who can do an action on a resource: one answer a principal. */
import { compareUtf8 } from "../text/compare-texts.js";
import type { Auditor } from "./auditor.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** Lines for every principal of the region, in order; those that never can stand only with `all`. */
export function whoCan(auditor: Auditor, action: string, resources: readonly string[], all: boolean): AccessLines {
  const accessLevel = auditor.actions.accessLevel(action);
  const askers = auditor.askers();
  function* lines(): Generator<AccessLine | undefined> {
    for (const asker of askers) {
      for (const resource of [...new Set(resources)].sort(compareUtf8)) {
        const answer = auditor.answer(asker, action, [resource], { tellsNever: all });
        const { principal, organization } = asker;
        yield all || answer.access !== "never"
          ? { principal, organization, action, resource, accessLevel, answer }
          : undefined;
      }
    }
  }
  return { total: askers.length * resources.length, lines: lines() };
}
