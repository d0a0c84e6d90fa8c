/** Who can do an action on a resource: one answer a principal. */
import { performance } from "node:perf_hooks";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Auditor } from "./auditor.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** So long answers are found before those that are alike are decided together: whoever waits sees no difference. */
const sliceMs = 50;

/** Lines for every principal of the region, in order; those that never can stand only with `all`. */
export function whoCan(auditor: Auditor, action: string, resources: readonly string[], all: boolean): AccessLines {
  const accessLevel = auditor.actions.accessLevel(action);
  const askers = auditor.askers();
  const sorted = [...new Set(resources)].sort(compareUtf8);
  const asked = askers.flatMap((asker) => sorted.map((resource) => ({ asker, resource })));
  function* lines(): Generator<AccessLine | undefined> {
    for (let at = 0; at < asked.length; ) {
      const from = at;
      const until = performance.now() + sliceMs;
      const found = [];
      do {
        const { asker, resource } = asked[at++] ?? {};
        if (asker === undefined || resource === undefined) break;
        found.push(auditor.find(asker, auditor.actionsOf(asker, action), [resource], { tellsNever: all }));
      } while (performance.now() < until);
      for (const [index, answer] of auditor.checkEach(found).entries()) {
        const { asker, resource } = asked[from + index] ?? {};
        if (asker === undefined || resource === undefined) continue;
        const { principal, organization } = asker;
        yield all || answer.access !== "never"
          ? { principal, organization, action, resource, accessLevel, answer }
          : undefined;
      }
    }
  }
  return { total: askers.length * resources.length, lines: lines() };
}
