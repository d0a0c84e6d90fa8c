/** What the counting matcher noted, as plain data: a sum of counters that does not depend on which thread counted what. */

/** What one statement took. Steps are `WorkOf` of the matcher's layout, about a nanosecond each. */
export interface Counters {
  /** Candidates met in sections of its document; most are let pass by a filter. */
  readonly scanned: number;
  /** Met and not filtered out: it was read. */
  readonly considered: number;
  readonly principalsTested: number;
  readonly actionTested: number;
  readonly actionMatched: number;
  /** Resource patterns looked at, and steps of those that were run. */
  readonly resourcesTested: number;
  readonly patternSteps: number;
  readonly conditionsTested: number;
  readonly conditionsFailed: number;
  readonly conditionSteps: number;
  readonly applied: number;
  /** Applied, and settled what its pool says. */
  readonly decided: number;
  /** All steps. */
  readonly work: number;
  /** Those of considerations that led to nothing. */
  readonly wasted: number;
  /** The most steps in one decision, and the first place in the order of questions where it took them. */
  readonly most: number;
  readonly mostAt: number;
}

/** Where a statement stands; offsets in images differ, places do not. */
export interface StatementPlace {
  readonly policy: string;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Its index in the document. */
  readonly statement: number;
}

/** A statement with its counters. */
export interface CountedStatement extends Counters {
  readonly place: StatementPlace;
}

/** A resource pattern. */
export interface CountedPattern {
  readonly pattern: string;
  /** How often it was run: a comparison of eight bytes comes before. */
  readonly run: number;
  readonly matched: number;
  readonly steps: number;
  readonly most: number;
  readonly mostAt: number;
  /** The first statement, in the order of files, that lists it. */
  readonly place: StatementPlace;
}

/** A condition key as a policy spells it. */
export interface CountedKey {
  readonly key: string;
  readonly tested: number;
  readonly failed: number;
  readonly work: number;
}

/** Everything that was counted. */
export interface Counted {
  /** Of all questions, whatever took them. */
  readonly work: number;
  /** By place in the order of questions; 0 where nothing was asked. */
  readonly questionWork: Float64Array;
  readonly statements: ReadonlyMap<string, CountedStatement>;
  readonly patterns: ReadonlyMap<string, CountedPattern>;
  readonly keys: ReadonlyMap<string, CountedKey>;
}

/** The key of a statement. */
export function placeKey({ file, line, column, statement, policy }: StatementPlace): string {
  return file === "" ? policy : `${file}:${line}:${column}#${statement}`;
}

/** Two countings of different questions of one order, together. */
export function addCounted(one: Counted, other: Counted): Counted {
  return {
    work: one.work + other.work,
    questionWork: one.questionWork.map((work, place) => work + (other.questionWork[place] ?? 0)),
    statements: addMaps(one.statements, other.statements, addStatements),
    patterns: addMaps(one.patterns, other.patterns, (a, b) => ({
      ...largest(a, b),
      pattern: a.pattern,
      place: a.place,
      run: a.run + b.run,
      matched: a.matched + b.matched,
      steps: a.steps + b.steps,
    })),
    keys: addMaps(one.keys, other.keys, (a, b) => ({
      key: a.key,
      tested: a.tested + b.tested,
      failed: a.failed + b.failed,
      work: a.work + b.work,
    })),
  };
}

/** The same statement counted twice: in two countings, or under two names that its document has. */
export function addStatements(a: CountedStatement, b: CountedStatement): CountedStatement {
  return { place: a.place, ...addCounters(a, b) };
}

/** Counters of two statements together. */
export function addCounters(a: Counters, b: Counters): Counters {
  return {
    scanned: a.scanned + b.scanned,
    considered: a.considered + b.considered,
    principalsTested: a.principalsTested + b.principalsTested,
    actionTested: a.actionTested + b.actionTested,
    actionMatched: a.actionMatched + b.actionMatched,
    resourcesTested: a.resourcesTested + b.resourcesTested,
    patternSteps: a.patternSteps + b.patternSteps,
    conditionsTested: a.conditionsTested + b.conditionsTested,
    conditionsFailed: a.conditionsFailed + b.conditionsFailed,
    conditionSteps: a.conditionSteps + b.conditionSteps,
    applied: a.applied + b.applied,
    decided: a.decided + b.decided,
    work: a.work + b.work,
    wasted: a.wasted + b.wasted,
    ...largest(a, b),
  };
}

/** The larger maximum; of equal ones the earlier. */
function largest(a: Pick<Counters, "most" | "mostAt">, b: Pick<Counters, "most" | "mostAt">) {
  const first = a.most > b.most || (a.most === b.most && a.mostAt <= b.mostAt) ? a : b;
  return { most: first.most, mostAt: first.mostAt };
}

function addMaps<T>(
  one: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, T>,
  add: (a: T, b: T) => T,
): ReadonlyMap<string, T> {
  const sum = new Map(one);
  for (const [key, value] of other) {
    const known = sum.get(key);
    sum.set(key, known === undefined ? value : add(known, value));
  }
  return sum;
}

/** By file, line and column. */
export function comparePlaces(a: StatementPlace, b: StatementPlace): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || a.statement - b.statement;
}
