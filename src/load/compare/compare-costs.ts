/** Two sets under the same questions, by what was counted: exact, so that nothing has to be measured. */
import { addCounters, type CountedStatement, type Counters, type StatementPlace } from "../profile/counters.js";

/** What changed of a statement; undefined where one of the sets has none such. */
export interface StatementChange {
  readonly place: StatementPlace;
  readonly old: number | undefined;
  readonly next: number | undefined;
}

/** What changed of the whole. */
export interface CostChange {
  readonly decisions: number;
  /** Steps of all decisions. */
  readonly oldWork: number;
  readonly nextWork: number;
  /** Those whose steps differ, by how much. */
  readonly statements: readonly StatementChange[];
  /** Questions that are answered differently: comparing times says little then. */
  readonly answers: number;
  /** The first places in the order of such questions. */
  readonly answersAt: readonly number[];
}

/** Compares statement by statement. Lines move from version to version: a statement is the one of its policy with its Sid, else its index. */
export function changedStatements(
  old: Iterable<CountedStatement>,
  next: Iterable<CountedStatement>,
): readonly StatementChange[] {
  const [before, after] = [byName(old), byName(next)];
  const changes: StatementChange[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [one, other] = [before.get(name), after.get(name)];
    const place = (other ?? one)?.place;
    if (place === undefined || one?.work === other?.work) continue;
    changes.push({ place, old: one?.work, next: other?.work });
  }
  const by = ({ old: a = 0, next: b = 0 }: StatementChange): number => Math.abs(b - a);
  return changes.sort((a, b) => by(b) - by(a) || (nameOf(a.place) < nameOf(b.place) ? -1 : 1));
}

function byName(statements: Iterable<CountedStatement>): ReadonlyMap<string, CountedStatement> {
  const named = new Map<string, CountedStatement>();
  for (const counted of statements) {
    const name = nameOf(counted.place);
    const known = named.get(name);
    const sum: Counters | undefined = known && addCounters(known, counted);
    named.set(name, sum === undefined ? counted : { place: counted.place, ...sum });
  }
  return named;
}

/** What a statement is called in both sets. */
export function nameOf({ policy, sid, statement }: StatementPlace): string {
  return `${policy}\0${sid ?? `#${statement}`}`;
}
