// What every binding policy says about one request: all statements are looked at before anything is decided (STM-3), and their order
// does not matter (STM-2). An SCP or RCP is a document like any other, with every key in its conditions (SCP-8, RCP-2).
import type { AttachedPolicy, BindingPolicies } from "./attached-policy.js";
import type { Statement } from "./document.js";
import type { MatchClass } from "./principal.js";
import type { Question } from "./question.js";
import type { MatchedStatement, PolicyType, Verdict } from "./simulation-case.js";
import { evaluateStatement, type StatementResult } from "./statement.js";

/** One statement, where it stands, and how its tests came out. */
export interface Finding {
  readonly policy: AttachedPolicy;
  readonly statementIndex: number;
  readonly statement: Statement;
  readonly result: StatementResult;
}

/** The findings of all binding policies, in the order of explanations (OUT-3). */
export interface Findings {
  readonly all: readonly Finding[];
  readonly binding: BindingPolicies;
}

/** Evaluates every statement of every binding policy (EVAL-2, STM-3). */
export function examine(binding: BindingPolicies, question: Question): Findings {
  const all = binding.policies.flatMap((policy) =>
    policy.document.statements.map((statement, statementIndex) => ({
      policy,
      statementIndex,
      statement,
      result: evaluateStatement(statement, policy.document, policy.policyType, question),
    })),
  );
  return { all, binding };
}

/** The applying statements with an effect, of one type or of all. */
export function applying(findings: Findings, effect: "Allow" | "Deny", policyType?: PolicyType): Finding[] {
  return findings.all.filter(
    ({ policy, statement, result }) =>
      result.applies && statement.effect === effect && (policyType === undefined || policy.policyType === policyType),
  );
}

/** Tells whether a type binds the requester and has a policy; an empty SCP level is one (SCP-2). */
export function isPresent({ binding }: Findings, policyType: PolicyType): boolean {
  if (policyType === "scp") return binding.scpLevelCount > 0;
  if (policyType === "rcp") return binding.rcpLevelCount > 0;
  return binding.policies.some((policy) => policy.policyType === policyType);
}

/** What one present policy type says (section 0, SCP-2, SCP-3, RCP-1). Of an endpoint any class is enough (VPCE-3). */
export function verdictOf(findings: Findings, policyType: PolicyType): Verdict {
  if (applying(findings, "Deny", policyType).length > 0) return "deny";
  if (policyType === "rcp") return "allow"; // RCP-1: the implicit full access of every level
  if (policyType === "scp") return everyScpLevelAllows(findings) ? "allow" : "silent";
  return applying(findings, "Allow", policyType).length > 0 ? "allow" : "silent";
}

/** Tells whether each SCP level that binds the requester has an Allow of its own (SCP-1, SCP-2). */
export function everyScpLevelAllows(findings: Findings): boolean {
  const allows = applying(findings, "Allow", "scp");
  return Array.from({ length: findings.binding.scpLevelCount }, (_, level) => level).every((level) =>
    allows.some(({ policy }) => policy.level === level),
  );
}

/** The classes of the applying Allow statements of the resource policy: the `R` of EVAL-2 (PRN-15). */
export function resourceClasses(findings: Findings): ReadonlySet<MatchClass> {
  const classes = applying(findings, "Allow", "resource").map(({ result }) => result.matchClass);
  return new Set(classes.filter((matchClass) => matchClass !== undefined));
}

/** A finding as an answer names it (OUT-3). */
export function describeFinding({ policy, statementIndex, statement }: Finding): MatchedStatement {
  return {
    policyType: policy.policyType,
    policy: policy.name,
    document: policy.documentIndex,
    statement: statementIndex,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
  };
}
