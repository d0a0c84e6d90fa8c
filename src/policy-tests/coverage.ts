/**
 * Which statements of a policy set the tests reach. A statement is reached if it applied in some question, and decided if it was among
 * those that an answer names as deciding (OUT-3). Both are taken from the answers, so that nothing is evaluated a second time.
 */
import type { Decision } from "../question/decision.js";
import { type SetStatement, statementKey } from "./set-statements.js";

/** One statement with the numbers of questions in which it applied and in which it decided. */
export interface CoveredStatement extends SetStatement {
  readonly reached: number;
  readonly decided: number;
}

/** How many statements there are, and how many of them were reached and decided something. */
export interface CoverageTotals {
  readonly statements: number;
  readonly reached: number;
  readonly decided: number;
  /** Reached statements of a hundred, rounded down to tenths: 100 means all. Of no statements all are reached. */
  readonly percent: number;
}

/** Counts over the answers of one policy set. */
export class Coverage {
  private readonly counts = new Map<string, { reached: number; decided: number }>();

  constructor(private readonly statements: readonly SetStatement[]) {
    for (const statement of statements) this.counts.set(statementKey(statement), { reached: 0, decided: 0 });
  }

  /** Adds an answer that explains itself. */
  count({ matchedStatements, statements = [] }: Decision): void {
    const decided = new Set(matchedStatements.map(statementKey));
    const reached = new Set(decided);
    for (const { statement, applies } of statements) if (applies) reached.add(statementKey(statement));
    for (const key of reached) {
      const counts = this.counts.get(key);
      if (counts === undefined) continue;
      counts.reached++;
      if (decided.has(key)) counts.decided++;
    }
  }

  /** Every statement with its counts, in the order of files and lines. */
  covered(): readonly CoveredStatement[] {
    return this.statements.map((statement) => ({
      ...statement,
      ...(this.counts.get(statementKey(statement)) ?? { reached: 0, decided: 0 }),
    }));
  }
}

/** The totals of what was counted. */
export function coverageTotals(covered: readonly CoveredStatement[]): CoverageTotals {
  const reached = covered.filter((statement) => statement.reached > 0).length;
  const decided = covered.filter((statement) => statement.decided > 0).length;
  const percent = covered.length === 0 ? 100 : Math.floor((reached * 1000) / covered.length) / 10;
  return { statements: covered.length, reached, decided, percent };
}

/** The counts as an lcov tracefile: a line for every statement, and a branch that is taken where it decided. */
export function lcovText(covered: readonly CoveredStatement[]): string {
  const files = new Map<string, CoveredStatement[]>();
  for (const statement of covered) files.set(statement.file, [...(files.get(statement.file) ?? []), statement]);
  return [...files].map(([file, statements]) => lcovRecord(file, statements)).join("");
}

function lcovRecord(file: string, statements: readonly CoveredStatement[]): string {
  const byLine = new Map<number, CoveredStatement[]>();
  for (const statement of statements) byLine.set(statement.line, [...(byLine.get(statement.line) ?? []), statement]);
  const branches = statements.map(({ line, decided }, index) => `BRDA:${line},${index},0,${decided}`);
  // Of several statements on a line the least covered speaks: a covered line hides none that is not.
  const lines = [...byLine].map(([line, own]) => `DA:${line},${Math.min(...own.map(({ reached }) => reached))}`);
  const hit = lines.filter((line) => !line.endsWith(",0")).length;
  return [
    "TN:",
    `SF:${file.replaceAll(/[\r\n]/g, " ")}`,
    ...branches,
    `BRF:${branches.length}`,
    `BRH:${statements.filter(({ decided }) => decided > 0).length}`,
    ...lines,
    `LF:${lines.length}`,
    `LH:${hit}`,
    "end_of_record",
    "",
  ].join("\n");
}
