/**
 * Every answer is decided again by the matcher before anybody sees it. One that is decided otherwise is a mistake of ours and ends the
 * audit.
 */
import type { Answer } from "../classes/answer.js";
import { saysTooMuch } from "../image/texts.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError, MatchedStatement } from "../question/decision.js";
import type { GivenAnswer } from "../wire/given-answers.js";
import { questionJson } from "./question-json.js";

/** The matcher decided a request otherwise than its class: our mistake, with all that repeats it. */
export class Contradiction extends Error {
  override readonly name = "Contradiction";

  constructor(
    readonly question: AuthorizationQuestion,
    said: string,
    decided: string,
  ) {
    super(
      `audit: a request that is said to be ${said} is decided ${decided}: ${JSON.stringify(questionJson(question))}`,
    );
  }
}

/** An answer with what the matcher named. */
export interface AuditAnswer extends Answer {
  readonly decidedBy: readonly MatchedStatement[];
}

/** An answer before it is decided again. */
export interface Undecided {
  readonly answer: Answer;
  /** Answers with one object of it are alike but for names. */
  readonly alike?: object;
  /** Nothing is shown of it. */
  readonly isHidden?: boolean;
}

/** How the matcher is asked. */
export interface Deciders {
  /** The matcher over the same set, with `whatIf` allowed. */
  readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError;
  /** Likewise for each of some principals who ask the same; without `tells` nothing but the decision. */
  readonly decidePrincipals?: (
    question: AuthorizationQuestion,
    principals: readonly string[],
    tells: boolean,
  ) => readonly GivenAnswer[];
  /** Likewise whether a question is allowed, without what decides it; undefined where it is not decided. */
  readonly allows?: (question: AuthorizationQuestion) => boolean | undefined;
  /** Likewise whether a question is allowed for each of some actions; undefined where it is not decided. */
  readonly allowedActions?: (
    question: AuthorizationQuestion,
    actions: readonly string[],
  ) => readonly (boolean | undefined)[];
}

/** What cannot be said, and why. */
export function unknownSince(reason: string): Answer {
  return { access: "unknown", when: [], whenIsPartial: false, witness: undefined, counterexample: undefined, reason };
}

/** Decides what is shown. */
export class DecidedAgain {
  constructor(private readonly terms: Deciders) {}

  /** As `check`, of many, in order; those that are alike are decided together. */
  checkEach(some: readonly Undecided[]): readonly AuditAnswer[] {
    const groups = new Map<object, number[]>();
    for (const [index, { alike, isHidden }] of some.entries()) {
      if (alike === undefined || isHidden === true) continue;
      const group = groups.get(alike);
      if (group === undefined) groups.set(alike, [index]);
      else group.push(index);
    }
    const checked: AuditAnswer[] = [];
    for (const group of groups.values()) {
      const decided = this.checkAlike(group.flatMap((index) => some[index]?.answer ?? []));
      for (const [place, index] of group.entries()) {
        const one = decided?.[place];
        if (one !== undefined) checked[index] = one;
      }
    }
    return some.map(
      ({ answer, isHidden }, index) =>
        checked[index] ?? (isHidden === true ? { ...answer, decidedBy: [] } : this.check(answer)),
    );
  }

  /** Undefined where they are not all decided as told: each by itself says which. */
  private checkAlike(answers: readonly Answer[]): readonly AuditAnswer[] | undefined {
    const { decidePrincipals } = this.terms;
    const [first] = answers;
    if (decidePrincipals === undefined || first === undefined || answers.length === 1) return undefined;
    const decided = (member: "witness" | "counterexample", wanted: boolean, tells: boolean) => {
      const question = first[member];
      if (question === undefined) return [];
      if (!answers.every((one) => one[member]?.action === question.action)) return undefined;
      const principals = answers.map((one) => one[member]?.principal ?? "");
      const given = decidePrincipals(question, principals, tells);
      return given.every((one) => !("error" in one) && one.allowed === wanted) ? given : undefined;
    };
    const refused = decided("counterexample", false, first.witness === undefined);
    const allowed = decided("witness", true, true);
    if (refused === undefined || allowed === undefined) return undefined;
    const told = first.witness === undefined ? refused : allowed;
    return answers.map((answer, index) => {
      const one = told[index];
      return { ...answer, decidedBy: one === undefined || "error" in one ? [] : (one.matchedStatements ?? []) };
    });
  }

  /** Decides what is shown; throws Contradiction. What no request shows, since none may be so large, is unknown. */
  check(answer: Answer): AuditAnswer {
    const { counterexample, witness } = answer;
    // Who refuses the counterexample is not told where there is a witness, and asking for it takes the longer half of the time.
    const isSure = counterexample === undefined || (witness && this.terms.allows?.(counterexample)) === false;
    const refused = isSure ? [] : this.decide(counterexample, false);
    const allowed = witness === undefined ? refused : this.decide(witness, true);
    if (typeof allowed === "string") return { ...unknownSince(allowed), decidedBy: [] };
    if (typeof refused === "string") return { ...unknownSince(refused), decidedBy: [] };
    return { ...answer, decidedBy: allowed };
  }

  /** What the matcher names, or why it cannot be asked. */
  private decide(question: AuthorizationQuestion, wanted: boolean): readonly MatchedStatement[] | string {
    const decision = this.terms.decide(question);
    const unaskable = whyUnaskable(decision);
    if (unaskable !== undefined) return unaskable;
    const said = wanted ? "allowed" : "refused";
    if ("error" in decision) throw new Contradiction(question, said, `not at all (${decision.error})`);
    if (decision.allowed !== wanted) throw new Contradiction(question, said, decision.decision);
    return decision.matchedStatements;
  }
}

/** Whom a matcher answers. */
interface Asked {
  readonly terms: Pick<Deciders, "decide">;
}

/** The statements of the side that allows; undefined if the sets do not decide the request as told. A side that is missing refuses. */
export function decidedApart(
  allowing: Asked,
  refusing: Asked | undefined,
  question: AuthorizationQuestion,
): readonly MatchedStatement[] | undefined {
  const allowed = allowing.terms.decide(question);
  if ("error" in allowed || !allowed.allowed) return undefined;
  const refused = refusing?.terms.decide(question);
  if (refused !== undefined && ("error" in refused || refused.allowed)) return undefined;
  return allowed.matchedStatements;
}

/** Why a request cannot be asked that a class has: policies may hold longer texts than requests. Undefined of any other. */
export function whyUnaskable(decision: Decision | DecisionError): string | undefined {
  if (!("error" in decision) || !saysTooMuch(decision.error)) return undefined;
  return `what would show it is larger than a request may be (${decision.error})`;
}
