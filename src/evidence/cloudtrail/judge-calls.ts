/**
 * Recorded calls decided again: what Verdict says of each, whether that is what AWS did, and else why not. The cause is looked for with the
 * core of the audits: whether some value of a key that the record does not tell, or some resource, would make the two agree.
 */
import type { PolicySet } from "../../policy/policy-set.js";
import { accountOfArn, isAccountId } from "../../policy/requester.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { layers } from "../../question/layers.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { OpenAccess } from "./open-access.js";
import type { AskedAction, RecordedCall } from "./questions-of-event.js";

/** Why AWS and Verdict differ. */
export type Cause = "policyMissing" | "contextMissing" | "unmappedEvent" | "engine";

/** What became of a call. */
export interface Judgement {
  readonly agrees: boolean;
  /** Null where nothing maps the call, or where it depends on a resource that is not known. */
  readonly decision: Decision["decision"] | "error" | null;
  readonly cause?: Cause;
  /** Denied by both, but for different types of policies. */
  readonly layer?: { readonly aws: string; readonly verdict: readonly string[] };
}

/** What judging works with. */
export interface JudgeTerms {
  readonly set: PolicySet;
  readonly catalogue: Catalogue | undefined;
  readonly decide: (question: AuthorizationQuestion, nowMs: number) => Decision | DecisionError;
  /** Whether a question is allowed, without the reasons, which cost most; undefined where it is not decided. */
  readonly allows: (question: AuthorizationQuestion, nowMs: number) => boolean | undefined;
}

/** Judges calls one after the other. */
export class CallJudge {
  private readonly open: OpenAccess;

  constructor(private readonly terms: JudgeTerms) {
    this.open = new OpenAccess(terms);
  }

  /** Decides a call again. */
  judge(call: RecordedCall): Judgement {
    const { asked, outcome } = call;
    if (asked === undefined) return { agrees: false, decision: null, cause: "unmappedEvent" };
    const answers = asked.map((one) => this.answer(one, call));
    const wanted = outcome.kind === "allowed";
    // A call is allowed if all that it does is.
    const refused = answers.find(({ decision }) => decision !== undefined && decision !== "allowed");
    const open = answers.find(({ decision }) => decision === undefined);
    if (wanted ? refused === undefined : refused !== undefined || open !== undefined) {
      const decision = refused?.decision ?? (open === undefined ? "allowed" : null);
      return { agrees: true, decision, ...(wanted || refused === undefined ? {} : layerOf(call, refused.blockedBy)) };
    }
    const differing = refused ?? answers[0];
    return { agrees: false, decision: differing?.decision ?? null, cause: this.causeOf(call, asked, refused) };
  }

  private answer({ questions, isResourceKnown }: AskedAction, call: RecordedCall): Answer {
    if (!isResourceKnown) {
      const access = this.open.of(questions[0], call.clockMs);
      if (access === "always") return allowed;
      return access === "never" ? { ...this.decide(questions[0], call), decision: "implicitDeny" } : open;
    }
    for (const question of questions) {
      // Of most calls nobody asks why they were allowed.
      if (call.outcome.kind === "allowed" && this.terms.allows(question, call.clockMs) === true) continue;
      const answer = this.decide(question, call);
      if (answer.decision !== "allowed") return answer;
    }
    return allowed;
  }

  private decide(question: AuthorizationQuestion | undefined, call: RecordedCall): Answer {
    if (question === undefined) return open;
    const decision = this.terms.decide(question, call.clockMs);
    if ("error" in decision) return { decision: "error", blockedBy: [], isUnknown: false, question };
    const { blockedBy, unknownPrincipal } = decision;
    return { decision: decision.decision, blockedBy, isUnknown: unknownPrincipal, question };
  }

  private causeOf(call: RecordedCall, asked: readonly AskedAction[], refused: Answer | undefined): Cause {
    const { outcome, principal } = call;
    const account = accountOfArn(principal);
    const isOurs = !isAccountId(account) || this.terms.set.principals.some((one) => one.account === account);
    if (refused?.isUnknown === true || !isOurs) return "policyMissing";
    if (outcome.kind === "allowed") {
      const question = refused?.question;
      if (question === undefined) return "engine";
      if (this.open.of(question, call.clockMs) !== "never") return "contextMissing";
      return this.knowsResource(question) ? "engine" : "policyMissing";
    }
    if (call.hasUnknownSessionPolicies || this.lacksLayer(call)) return "policyMissing";
    const questions = asked.flatMap((one) => one.questions);
    if (questions.some((question) => this.open.of(question, call.clockMs) !== "always")) return "contextMissing";
    return questions.every((question) => this.knowsResource(question)) ? "engine" : "policyMissing";
  }

  /** Whether the set would have the resource's policy, if there is one. */
  private knowsResource({ resource }: AuthorizationQuestion): boolean {
    return resource === "*" || this.terms.set.resources.some(({ arn }) => arn === resource || resource.startsWith(arn));
  }

  /** Whether AWS named a type of policies of which the set has none for this call. */
  private lacksLayer({ outcome, principal, asked = [] }: RecordedCall): boolean {
    if (outcome.kind !== "denied") return false;
    const facts = this.terms.set.accounts.find(({ id }) => id === accountOfArn(principal));
    switch (outcome.layer) {
      case "service control policy":
        return (facts?.serviceControlPolicies ?? []).length === 0;
      case "resource control policy":
        return this.terms.set.accounts.every(
          ({ resourceControlPolicies = [] }) => resourceControlPolicies.length === 0,
        );
      case "VPC endpoint policy":
        return this.terms.set.endpoints.length === 0;
      case "session policy":
        return asked.every(({ questions }) => questions.every(({ sessionPolicies }) => sessionPolicies.length === 0));
      default:
        return false;
    }
  }
}

interface Answer {
  /** Undefined: it depends on the resource. */
  readonly decision: Judgement["decision"] | undefined;
  readonly blockedBy: readonly string[];
  readonly isUnknown: boolean;
  readonly question?: AuthorizationQuestion;
}

const allowed: Answer = { decision: "allowed", blockedBy: [], isUnknown: false };
const open: Answer = { decision: undefined, blockedBy: [], isUnknown: false };

/** What AWS's message named and what blocked here, where the two have nothing in common. */
function layerOf({ outcome }: RecordedCall, blockedBy: readonly string[]): Pick<Judgement, "layer"> {
  if (outcome.kind !== "denied" || outcome.layer === undefined || blockedBy.length === 0) return {};
  const nouns = blockedBy.map((name) => nounOf.get(name) ?? name);
  return nouns.includes(outcome.layer) ? {} : { layer: { aws: outcome.layer, verdict: nouns } };
}

const nounOf: ReadonlyMap<string, string> = new Map(
  Object.entries(layers).map(([name, { denialNoun }]) => [name, denialNoun]),
);
