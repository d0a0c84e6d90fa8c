/** A comparison as lines of at most 80 columns, and as JSON. */
import { questionJson } from "../../audit/question-json.js";
import { type ProfiledTraffic, questionAt } from "../profile/profile.js";
import { cut, placeText, questionLines } from "../profile/profile-lines.js";
import type { CostChange, StatementChange } from "./compare-costs.js";
import type { Judgement } from "./paired.js";

/** What was compared. */
export interface Comparison {
  /** Absent where the sides are no sets of this version. */
  readonly costs: CostChange | undefined;
  /** Of each kind: what it is called, and what was found. */
  readonly times: readonly NamedJudgement[];
  readonly margin: number;
  /** Of servers: calls a second on both sides. */
  readonly rate?: number;
  /** Of servers: calls that failed, were skipped or never answered. */
  readonly failed?: number;
}

/** A judgement with what it is about. */
export interface NamedJudgement extends Judgement {
  readonly kind: string;
}

/** The lines: so many statements. */
export function compareLines(
  { costs, times, margin, rate, failed = 0 }: Comparison,
  traffic: ProfiledTraffic,
  most: number,
): readonly string[] {
  return [
    ...(costs === undefined ? [] : costLines(costs, traffic, most)),
    ...(rate === undefined ? [] : [`open loop, ${Math.round(rate)} calls a second on both sides`]),
    ...(failed === 0 ? [] : [`${failed} calls failed or were not answered: their times are not compared`]),
    ...times.flatMap(timeLines),
    `margin ${(margin * 100).toFixed(1)} %: less is no difference`,
  ];
}

function costLines(costs: CostChange, traffic: ProfiledTraffic, most: number): readonly string[] {
  const { decisions, oldWork, nextWork, statements, answers, answersAt } = costs;
  const lines = [
    `steps of ${decisions} decisions: ${oldWork} before, ${nextWork} now (${change(oldWork, nextWork)})`,
    answers === 0
      ? "every question is answered alike"
      : `${answers} of ${decisions} questions are answered differently: their times compare different work`,
  ];
  for (const place of answersAt.slice(0, most)) lines.push(...questionLines(questionAt(traffic, place)));
  if (statements.length > 0) lines.push(`statements whose steps changed: ${statements.length}`);
  for (const { place, old, next } of statements.slice(0, most)) {
    const figures = `${String(old ?? "-").padStart(10)} → ${String(next ?? "-").padEnd(10)}`;
    lines.push(`${figures} ${cut(placeText(place), 80 - figures.length - 1)}`);
  }
  return lines;
}

function timeLines({ kind, answer, ratio, low, high, pairs }: NamedJudgement): readonly string[] {
  const share = (value: number): string => `${value >= 1 ? "+" : ""}${((value - 1) * 100).toFixed(1)} %`;
  return [`${kind}: ${answer} (${share(ratio)},`, `    between ${share(low)} and ${share(high)}, ${pairs} pairs)`];
}

/** The same as one object. */
export function comparisonJson(
  { costs, times, margin, rate, failed }: Comparison,
  traffic: ProfiledTraffic,
  most: number,
): object {
  const statement = ({ place, old, next }: StatementChange) => ({ ...place, old: old ?? null, next: next ?? null });
  return {
    ...(costs === undefined
      ? {}
      : {
          costs: {
            decisions: costs.decisions,
            old: costs.oldWork,
            next: costs.nextWork,
            answersChanged: costs.answers,
            questions: costs.answersAt.slice(0, most).map((place) => questionJson(questionAt(traffic, place))),
            statementsChanged: costs.statements.length,
            statements: costs.statements.slice(0, most).map(statement),
          },
        }),
    times,
    margin,
    ...(rate === undefined ? {} : { rate, failed }),
  };
}

function change(old: number, next: number): string {
  const share = old === 0 ? 0 : (100 * (next - old)) / old;
  return `${share >= 0 ? "+" : ""}${share.toFixed(2)} %`;
}

/** Whether a comparison shows a regression of at least a share, as in 0.1: by the interval of one of its kinds, or by counters, which are exact. */
export function isRegression({ costs, times }: Comparison, share: number): boolean {
  const steps = costs !== undefined && costs.answers === 0 && costs.nextWork > costs.oldWork * (1 + share);
  return times.some(({ low }) => low > 1 + share) || steps;
}
