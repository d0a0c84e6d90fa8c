// What a workload is: documents, who carries them, and questions with the decisions that are due. Plain data, so that it can lie
// in a file between runs.

import type { StatementJson, StatementMix } from "../../src/synth/statement-maker.js";
import type { Decision } from "../../test/oracle/simulation-case.js";

export type { ConditionJson, StatementJson } from "../../src/synth/statement-maker.js";

/** The account of everything. */
export const ACCOUNT = "123456789012";

/** What the statements of the synthetic workloads are like. Another mix makes other bytes, and figures that compare with none before. */
export const statementMix: StatementMix = {
  account: ACCOUNT,
  denies: 10,
  wildcards: 70,
  conditions: 30,
  variables: 0,
  exclusions: 0,
  moreKeys: [],
};

/** A policy document. */
export interface DocumentJson {
  readonly Version: "2012-10-17";
  readonly Statement: readonly StatementJson[];
}

/** Who asks. */
export interface WorkloadPrincipal {
  readonly kind: "user" | "role";
  readonly name: string;
  readonly arn: string;
  /** The tag `team`. */
  readonly team?: string;
  readonly groups: readonly string[];
  readonly policies: readonly string[];
}

/** What is asked, and the decision that is due. */
export interface WorkloadQuestion {
  /** Index of the principal. */
  readonly principal: number;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
  readonly resourceTags?: Readonly<Record<string, string>>;
  readonly want: Decision;
}

/** A workload. */
export interface Workload {
  readonly name: string;
  readonly seed: number;
  readonly account: string;
  readonly policies: Readonly<Record<string, DocumentJson>>;
  /** Policy names by group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly principals: readonly WorkloadPrincipal[];
  readonly questions: readonly WorkloadQuestion[];
}

/** The decision time of every question, where the clock can be set. */
export const NOW_SECONDS = Date.UTC(2026, 5, 1) / 1000;

/** Half of the questions are allowed, most others are not covered, some meet a Deny. */
export const MIX: readonly (readonly [Decision, number])[] = [
  ["allowed", 0.5],
  ["implicitDeny", 0.4],
  ["explicitDeny", 0.1],
];

/** DOC-9. */
export function listOf(values: string | readonly string[] | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === "string" ? [values] : values;
}

/** The names of the documents that a principal carries, each once. */
export function documentsOf(workload: Pick<Workload, "groups">, principal: WorkloadPrincipal): readonly string[] {
  const inherited = principal.groups.flatMap((group) => workload.groups[group] ?? []);
  return [...new Set([...principal.policies, ...inherited])];
}

/** The proportions that `README.md` states. */
export function describeWorkload(workload: Workload): string {
  const { policies, principals, questions } = workload;
  const statementsOf = (name: string): number => policies[name]?.Statement.length ?? 0;
  const effective = principals.map((one) => sum(documentsOf(workload, one).map(statementsOf)));
  const share = (want: Decision): string =>
    `${Math.round((100 * questions.filter((question) => question.want === want).length) / questions.length)} %`;
  const keys = sum(questions.map(({ context }) => Object.keys(context).length)) / questions.length;
  return [
    `${workload.name}: ${principals.length} principals`,
    `${Object.keys(policies).length} policies`,
    `${sum(Object.keys(policies).map(statementsOf))} statements`,
    `${(sum(effective) / principals.length).toFixed(1)} effective statements a principal, at most ${effective.reduce((most, one) => Math.max(most, one), 0)}`,
    `${questions.length} questions (${share("allowed")} allowed, ${share("implicitDeny")} implicit, ${share("explicitDeny")} explicit deny)`,
    `${keys.toFixed(1)} context keys`,
  ].join(", ");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
