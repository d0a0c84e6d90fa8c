// The two sides of the comparison under one shape: an answer, or an error. What a reader refuses before anybody decides is
// told apart, because the oracle reads leniently (VEC-4).

import { type SimulationCase as BuiltCase, readSimulationCase } from "../../src/simulate/simulation-case.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { evaluate, InputError } from "../oracle/evaluate.js";
import type { SimulationCase } from "../oracle/simulation-case.js";
import { NOW_MS } from "./scene.js";

/** The parts of a decision that every evaluator must agree on. */
export interface Answer {
  readonly decision: string;
  readonly blockedBy: readonly string[];
  /** `type policy[statement] sid`, in order. */
  readonly matched: readonly string[];
  readonly missingContextKeys: readonly string[];
  /** Entries of OUT-13 in the order of the types' names, which nothing else fixes. */
  readonly missingContextKeysByType: readonly (readonly [type: string, keys: readonly string[]])[];
  readonly allowedByOrganizations: boolean | null;
  readonly allowedByPermissionsBoundary: boolean | null;
}

/** An input that cannot be decided. */
export interface Refusal {
  readonly error: string;
}

/** A case that the strict reader took, or the findings for which it did not. */
export type Built = { readonly built: BuiltCase } | { readonly error: string; readonly findings: readonly Finding[] };

/** What decides cases that were read. */
export interface Matcher {
  decide(simulationCase: BuiltCase): MatcherDecision | Refusal;
}

interface MatcherDecision {
  readonly decision: string;
  readonly blockedBy: readonly string[];
  readonly matchedStatements: readonly {
    readonly policyType: string;
    readonly policy: string;
    readonly statement: number;
    readonly sid?: string;
  }[];
  readonly missingContextKeys: readonly string[];
  readonly missingContextKeysByType?: Readonly<Record<string, readonly string[]>>;
  readonly allowedByOrganizations?: boolean | null;
  readonly allowedByPermissionsBoundary?: boolean | null;
}

/** Reads a case as a file would be read. */
export function build(simulationCase: SimulationCase): Built {
  const source = sourceText("case.json", JSON.stringify({ id: "case", ...simulationCase }));
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  if (node === undefined) return { error: "no JSON", findings };
  const built = readSimulationCase(node, source);
  return "error" in built ? { error: built.error, findings: built.findings } : { built };
}

/** Tells whether the reader refused the request, which the oracle refuses too, and not a document. */
export function isRequestError(findings: readonly Finding[]): boolean {
  return findings.every(({ severity, message }) => severity !== "error" || /^request[.:]/.test(message));
}

/** What the oracle answers. */
export function askOracle(simulationCase: SimulationCase): Answer | Refusal {
  try {
    const decided = evaluate(simulationCase, { nowMs: NOW_MS });
    const matched = decided.matched.map((one) => statementText(one));
    const { decision, blockedBy, missingContextKeys, allowedByOrganizations, allowedByPermissionsBoundary } = decided;
    return {
      decision,
      blockedBy,
      matched,
      missingContextKeys,
      missingContextKeysByType: entriesOf(decided.missingContextKeysByType),
      allowedByOrganizations,
      allowedByPermissionsBoundary,
    };
  } catch (error: unknown) {
    if (error instanceof InputError) return { error: error.message };
    throw error;
  }
}

/** What the matcher answers. */
export function askMatcher(matcher: Matcher, built: BuiltCase): Answer | Refusal {
  const decided = matcher.decide(built);
  if ("error" in decided) return { error: decided.error };
  return {
    decision: decided.decision,
    blockedBy: decided.blockedBy,
    matched: decided.matchedStatements.map((one) => statementText(one)),
    missingContextKeys: decided.missingContextKeys,
    missingContextKeysByType: entriesOf(decided.missingContextKeysByType ?? {}),
    allowedByOrganizations: decided.allowedByOrganizations ?? null,
    allowedByPermissionsBoundary: decided.allowedByPermissionsBoundary ?? null,
  };
}

/** The members in which two answers differ, as `name: have, want`; empty if they agree. */
export function differences(have: Answer | Refusal, want: Answer | Refusal): string[] {
  if ("error" in have || "error" in want) {
    return "error" in have && "error" in want ? [] : [`error: ${JSON.stringify(have)}, ${JSON.stringify(want)}`];
  }
  const names = [
    "decision",
    "blockedBy",
    "matched",
    "missingContextKeys",
    "missingContextKeysByType",
    "allowedByOrganizations",
    "allowedByPermissionsBoundary",
  ] as const;
  return names.flatMap((name) => {
    const [left, right] = [JSON.stringify(have[name]), JSON.stringify(want[name])];
    return left === right ? [] : [`${name}: ${left}, ${right}`];
  });
}

function entriesOf(byType: Readonly<Record<string, readonly string[]>>): Answer["missingContextKeysByType"] {
  return Object.entries(byType).sort(([left], [right]) => (left < right ? -1 : 1));
}

function statementText({ policyType, policy, statement, sid }: MatcherDecision["matchedStatements"][number]): string {
  return `${policyType} ${policy}[${statement}]${sid === undefined ? "" : ` ${sid}`}`;
}
