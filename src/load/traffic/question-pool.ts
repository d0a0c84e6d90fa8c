/**
 * Questions of many principals, each decided by the matcher: what the core of the audits finds allowed and refused for a principal and
 * one of its statements, and variations of it.
 */
import type { Asker, Auditor } from "../../audit/auditor.js";
import { clockKeys } from "../../classes/clock-space.js";
import { isDerivedKey } from "../../classes/world.js";
import type { Statement } from "../../policy/document/document.js";
import { withVariables } from "../../policy/sample-context.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { actionsOfStatement, type StatementActions } from "../../reachable/statement-tests.js";
import type { Random } from "../../synth/random.js";
import { foldText, lowerAscii } from "../../text/fold.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import type { LoadQuestion } from "./traffic.js";
import { filledPattern, withOtherTags, withOtherValues, withoutKeys } from "./vary-question.js";

/** What a pool is made with. */
export interface PoolTerms {
  readonly auditor: Auditor;
  readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError;
  readonly random: Random;
  /** Whether questions may say `whatIf`. */
  readonly allowsWhatIf: boolean;
}

/** So many principals get questions of their own, so many statements of each, so many names of resources for each. */
const mostPrincipals = 400;
const mostStatements = 4;
const namesOfPattern = 3;

/** Questions, each once, with their answers. */
export class QuestionPool {
  readonly questions: LoadQuestion[] = [];
  private readonly places = new Map<string, number>();
  private readonly actions = new Map<string, StatementActions>();

  constructor(private readonly terms: PoolTerms) {}

  /** The place of a question; undefined if it cannot be decided, or says `whatIf` where it may not. */
  add(question: AuthorizationQuestion): number | undefined {
    if (question.whatIf && !this.terms.allowsWhatIf) return undefined;
    const key = Buffer.from(encodeQuestion(question, "outcome")).toString("latin1");
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const decision = this.terms.decide(question);
    if ("error" in decision) return undefined;
    this.places.set(key, this.questions.length);
    this.questions.push({ question, expected: decision.decision });
    return this.questions.length - 1;
  }

  /** Adds questions of principals of the directory, in a seeded order. */
  *fill(): Generator<undefined> {
    const { auditor, random } = this.terms;
    const askers = random.shuffled(auditor.askers({ principals: ["*"], outside: false })).slice(0, mostPrincipals);
    for (const asker of askers) {
      const statements = (asker.requesters[0]?.principal.identityPolicies ?? []).flatMap(
        ({ document }) => document.statements,
      );
      for (const statement of random.shuffled(statements).slice(0, mostStatements)) this.addOf(asker, statement);
      yield;
    }
    if (askers.length === 0) return;
    const known = [...this.questions];
    for (const { question } of random.shuffled(known).slice(0, 2 * mostPrincipals)) {
      this.add({ ...question, principal: random.pick(askers).principal, sessionTags: [] });
    }
  }

  /** Adds variations of a question: with keys that fail, as other requests would be. */
  vary(question: AuthorizationQuestion): void {
    for (const one of [...withoutKeys(question), ...withOtherValues(question), ...withOtherTags(question)])
      this.add(one);
  }

  private addOf(asker: Asker, statement: Statement): void {
    const { auditor, random } = this.terms;
    const { groups } = this.actionsOf(statement);
    if (groups.length === 0) return;
    const name = random.pick(random.pick(groups));
    const action = auditor.actions.names.get(name) ?? name;
    const pattern = this.patternOf(asker, statement, action);
    const answer = auditor.answerFor(asker, [action], [pattern], { tellsWhen: false });
    for (const found of [answer.witness, answer.counterexample]) {
      if (found === undefined) continue;
      const question = atOnce(found);
      this.add(question);
      this.vary(question);
      if (!/[*?]/.test(pattern) || pattern === "*") continue;
      for (let count = 0; count < namesOfPattern; count++)
        this.add({ ...question, resource: filledPattern(pattern, random) });
    }
  }

  private patternOf({ requesters: [facts] }: Asker, { resource }: Statement, action: string): string {
    const { random, auditor } = this.terms;
    if (facts === undefined) return "*";
    if (resource !== undefined && !resource.negated) {
      const pattern = withVariables(random.pick(resource.patterns), facts.principal);
      if (pattern !== undefined && /^arn:(?:[^:]*:){4}/.test(pattern)) return pattern;
    }
    // Any resource: one that the set knows, or one as its service names them.
    const service = lowerAscii(action.split(":", 1)[0] ?? "");
    const known = auditor.resources.arns.filter((arn) => arn.split(":", 3)[2] === service);
    if (known.length > 0 && random.below(2) === 0) return random.pick(known);
    const account = facts.accountId ?? "";
    if (service === "s3") return "arn:aws:s3:::*";
    return service === "iam" ? `arn:aws:iam::${account}:*` : `arn:aws:${service}:us-east-1:${account}:*`;
  }

  private actionsOf(statement: Statement): StatementActions {
    const key = JSON.stringify([statement.action.negated, statement.action.patterns]);
    const found = this.actions.get(key) ?? actionsOfStatement(statement, this.terms.auditor);
    this.actions.set(key, found);
    return found;
  }
}

/** The question as it is asked at this moment: without the clock, which the audit fixes. */
function atOnce(question: AuthorizationQuestion): AuthorizationQuestion {
  const context = new Map([...question.context].filter(([key]) => !clockKeys.has(foldText(key))));
  return { ...question, context, whatIf: [...context.keys()].some((key) => isDerivedKey(foldText(key))) };
}
