/** Where the statements of a served set stand: its texts are not at hand, but where each begins and ends was kept (OUT-11). */
import { forEachAttached, type PolicySet } from "../../policy/policy-set.js";
import type { MatchedStatement } from "../../question/decision.js";
import type { StatementPlace } from "../../simulate/evaluation-result.js";

const known = new WeakMap<PolicySet, ReadonlyMap<string, StatementPlace>>();

/** The place of a statement that an answer names; undefined for one of another set. */
export function placeInSet(set: PolicySet, statement: MatchedStatement): StatementPlace | undefined {
  let places = known.get(set);
  if (places === undefined) {
    places = placesOf(set);
    known.set(set, places);
  }
  return places.get(keyOf(statement));
}

function placesOf(set: PolicySet): ReadonlyMap<string, StatementPlace> {
  const places = new Map<string, StatementPlace>();
  forEachAttached(set, ({ document }) => {
    for (const { source, offset, endOffset = offset } of document.statements) {
      const start = source.positionAt(offset);
      const end = source.positionAt(endOffset);
      places.set(keyOf(start), {
        start: { Line: start.line, Column: start.column },
        end: { Line: end.line, Column: end.column },
      });
    }
  });
  return places;
}

function keyOf({ file, line, column }: Pick<MatchedStatement, "file" | "line" | "column">): string {
  return `${line} ${column} ${file}`;
}
