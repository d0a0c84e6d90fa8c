/** What a principal can do on a resource: one answer an action, and one for each pattern about actions that nobody has named. */
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { lowerAscii } from "../text/fold.js";
import type { Asker, AuditAnswer, Auditor } from "./auditor.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** Lines for every action of the region, in order, whose access is not `never` (or all of them). */
export function whatCan(auditor: Auditor, asker: Asker, resources: readonly string[], all: boolean): AccessLines {
  const { actions } = auditor;
  const { principal } = asker;
  const asked = new Map<string, (resource: string) => AuditAnswer>();
  for (const group of auditor.alike(asker, namesOf(auditor))) {
    const known = new Map<string, AuditAnswer>();
    for (const name of group) {
      const action = actions.names.get(name) ?? name;
      asked.set(action, (resource) => {
        const first = known.get(resource) ?? auditor.answerFor(asker, [action], [resource]);
        known.set(resource, first);
        return auditor.renamed(first, action);
      });
    }
  }
  for (const pattern of [...actions.patterns.filter((one) => !isAllStars(one)), "*"]) {
    const invented = auditor.invented(asker, pattern);
    if (invented?.length === 0) continue;
    asked.set(pattern, (resource) => auditor.answerFor(asker, invented, [resource]));
  }
  function* lines(): Generator<AccessLine | undefined> {
    for (const action of [...asked.keys()].sort(compareUtf8)) {
      for (const resource of resources) {
        const answer = asked.get(action)?.(resource);
        yield answer === undefined || (!all && answer.access === "never")
          ? undefined
          : { principal, action, resource, accessLevel: actions.accessLevel(action), answer };
      }
    }
  }
  return { total: asked.size * resources.length, lines: lines() };
}

/** The named actions of the region, in lower case where the set or the catalogue has them. */
function namesOf({ actions, terms: { region } }: Auditor): readonly string[] {
  const names = new Set<string>();
  for (const pattern of region.actions) {
    for (const name of actions.matching(pattern)) names.add(name);
    if (!hasWildcard(pattern) && !actions.names.has(lowerAscii(pattern))) names.add(pattern);
  }
  return [...names];
}
