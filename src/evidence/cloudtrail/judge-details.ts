/**
 * Denied requests that AWS's Access Troubleshooter explains, decided again: whether Verdict answers the same, and whether for the same
 * statements. The context is AWS's own, so that little but the policies can make a difference.
 */
import { forEachAttached, type PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError, MatchedStatement } from "../../question/decision.js";
import type { LayerName } from "../../question/layers.js";
import type { Cause } from "./judge-calls.js";
import type { AwsEvaluation, AwsStatement, EvaluatedPolicy, RequestDetails } from "./request-details.js";

/** What became of an evaluation. */
export interface EvaluationJudgement {
  /** The same answer, for the same statements. */
  readonly agrees: boolean;
  /** Null where the context does not say who asked. */
  readonly decision: Decision["decision"] | "error" | null;
  readonly cause?: Cause;
  /** Statements that only AWS matched, and that only Verdict did. */
  readonly onlyAws: readonly AwsStatement[];
  readonly onlyVerdict: readonly MatchedStatement[];
  /** Policies that took part and that the set does not have: their ARNs, or their types. */
  readonly missing: readonly string[];
}

/** Judges evaluations one after the other. */
export class DetailsJudge {
  private readonly names = new Set<string>();
  private readonly types = new Set<LayerName>();
  private readonly endpoints: ReadonlySet<string>;

  constructor(
    set: PolicySet,
    private readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError,
  ) {
    forEachAttached(set, ({ name }, type) => {
      this.names.add(name);
      // A role's trust policy is the policy of the resource that is assumed.
      this.types.add(type === "trust" ? "resource" : type);
    });
    this.endpoints = new Set(set.endpoints.map(({ id }) => id));
  }

  /** Decides an evaluation again that has an answer. */
  judge({ question, answer, statements }: AwsEvaluation, { policies }: RequestDetails): EvaluationJudgement {
    const missing = [...new Set(policies.flatMap((policy) => this.missingOf(policy)))];
    if (question === undefined) {
      return { agrees: false, decision: null, cause: "contextMissing", onlyAws: [], onlyVerdict: [], missing };
    }
    const decision = this.decide(this.throughEndpoint(question));
    if ("error" in decision) {
      return { agrees: false, decision: "error", cause: "engine", onlyAws: [], onlyVerdict: [], missing };
    }
    const { onlyAws, onlyVerdict } = this.compare(statements, decision);
    const agrees = decision.decision === answer && onlyAws.length === 0 && onlyVerdict.length === 0;
    const found = { agrees, decision: decision.decision, onlyAws, onlyVerdict, missing };
    if (agrees) return found;
    const isPolicyMissing = decision.unknownPrincipal || missing.length > 0;
    const isKeyMissing = decision.decision !== answer && decision.missingContextKeys.length > 0;
    return { ...found, cause: isPolicyMissing ? "policyMissing" : isKeyMissing ? "contextMissing" : "engine" };
  }

  /** Every statement of the effect that decided (OUT-3), each paired with one of the other side. */
  private compare(aws: readonly AwsStatement[], decision: Decision) {
    const effect = decision.decision === "allowed" ? "Allow" : "Deny";
    const left = decision.matchedStatements.filter(({ policy }) => !isFullAccess(policy));
    const onlyAws = aws.filter((statement) => {
      if (statement.effect !== effect || isFullAccess(statement.policy.uri)) return false;
      const at = left.findIndex((one) => this.isSame(statement, one));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    return { onlyAws, onlyVerdict: left };
  }

  private isSame({ policy, sid, effect }: AwsStatement, ours: MatchedStatement): boolean {
    if (effect !== ours.effect || (sid ?? "") !== (ours.sid ?? "")) return false;
    if (policy.type !== undefined && policy.type !== ours.policyType) return false;
    // Inline policies, those of resources and often those of organizations have other names here than at AWS.
    return policy.isInline || !this.names.has(policy.uri) || policy.uri === ours.policy;
  }

  private missingOf({ uri, type, isInline }: EvaluatedPolicy): readonly string[] {
    if (isFullAccess(uri)) return [];
    if (type !== undefined && !this.types.has(type)) return [isInline ? `${type} policy` : uri];
    const isManaged = !isInline && (type === "identity" || type === "boundary") && /^arn:[^:]*:iam:/.test(uri);
    return isManaged && !this.names.has(uri) ? [uri] : [];
  }

  /** The policy of an endpoint counts where the set knows the endpoint (VPCE-1). */
  private throughEndpoint(question: AuthorizationQuestion): AuthorizationQuestion {
    for (const [key, [id]] of question.context) {
      if (id === undefined || key.toLowerCase() !== "aws:sourcevpce" || !this.endpoints.has(id)) continue;
      return { ...question, endpoint: id };
    }
    return question;
  }
}

/** AWS's own policies of organizations that allow all: attached or implied, they take nothing away (SCP-2, RCP-1). */
function isFullAccess(name: string): boolean {
  return /(?:^|\/)(?:p-)?(?:RCP)?FullAWSAccess$/.test(name);
}
