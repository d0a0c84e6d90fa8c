/** What a principal can do on a resource: one answer an action, and one for each pattern about actions that nobody has named. */
import { compareUtf8 } from "../text/compare-texts.js";
import type { Asker, AuditAnswer, Auditor } from "./auditor.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** Lines for every action of the region, in order, whose access is not `never` (or all of them). */
export function whatCan(auditor: Auditor, asker: Asker, resources: readonly string[], all: boolean): AccessLines {
  const { actions } = auditor;
  const { principal, organization } = asker;
  const asked = new Map<string, (resource: string) => AuditAnswer>();
  const names = actions.inRegion(auditor.terms.region.actions);
  for (const group of auditor.alike(asker, [...names.keys()])) {
    const known = new Map<string, AuditAnswer>();
    for (const name of group) {
      const action = names.get(name) ?? name;
      asked.set(action, (resource) => {
        const first = known.get(resource) ?? auditor.answerFor(asker, [action], [resource]);
        known.set(resource, first);
        return auditor.renamed(first, action);
      });
    }
  }
  for (const pattern of [...actions.patterns, "*"]) {
    const invented = auditor.invented(asker, pattern);
    if (invented?.length === 0) continue;
    asked.set(pattern, (resource) => auditor.answerFor(asker, invented, [resource]));
  }
  function* lines(): Generator<AccessLine | undefined> {
    for (const action of [...asked.keys()].sort(compareUtf8)) {
      for (const resource of [...new Set(resources)].sort(compareUtf8)) {
        const answer = asked.get(action)?.(resource);
        yield answer === undefined || (!all && answer.access === "never")
          ? undefined
          : { principal, organization, action, resource, accessLevel: actions.accessLevel(action), answer };
      }
    }
  }
  return { total: asked.size * resources.length, lines: lines() };
}
