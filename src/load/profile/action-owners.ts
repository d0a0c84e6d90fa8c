/** Whose the steps of action patterns are, which are run once a question before any statement is met: of the first that lists the pattern. */
import { forEachAttached, type NamedPolicy, type PolicySet } from "../../policy/policy-set.js";
import { lowerAscii } from "../../text/fold.js";
import { comparePlaces, type StatementPlace } from "./counters.js";

/** The first statement, by file, line and column, that lists each of some patterns, by their ids. */
export function actionOwners(
  policySet: PolicySet,
  patterns: Iterable<readonly [id: number, text: string]>,
): ReadonlyMap<number, StatementPlace> {
  const idOf = new Map([...patterns].map(([id, text]) => [canonical(text), id]));
  const owners = new Map<number, StatementPlace>();
  const seen = new Set<NamedPolicy>();
  forEachAttached(policySet, (policy) => {
    if (seen.has(policy)) return;
    seen.add(policy);
    const { name, document } = policy;
    for (const [index, { sid, effect, source, offset, action }] of document.statements.entries()) {
      const ids = action.patterns.flatMap((text) => idOf.get(canonical(text)) ?? []);
      if (ids.length === 0) continue;
      const { file, line, column } = source.positionAt(offset);
      const place: StatementPlace = { policy: name, sid, effect, file, line, column, statement: index };
      for (const id of ids) {
        const known = owners.get(id);
        if (known === undefined || comparePlaces(place, known) < 0) owners.set(id, place);
      }
    }
  });
  return owners;
}

/** Case does not count in an action, nor how many stars stand in a row. */
function canonical(text: string): string {
  return lowerAscii(text).replace(/\*+/g, "*");
}
