/** One result an action: what was decided about each resource becomes AWS's EvaluationResult over all of them. */
import type {
  EvaluationResult,
  EvaluationStatement,
  ResourceSpecificResult,
} from "../../simulate/evaluation-result.js";
import type { SimulatedEvaluation } from "./aws-simulation.js";

/** An EvaluationResult, and beside it what AWS's has no member for. */
export interface ActionResult extends EvaluationResult {
  /** Keys that organization policies read and the request lacked. AWS's clients pass over it. */
  readonly MissingContextKeysByType?: Readonly<Record<string, readonly string[]>>;
}

const strictest = ["explicitDeny", "implicitDeny", "allowed"] as const;

/**
 * The most restrictive decision over the resources (OUT-10), with the statements of all of them, of denials those that deny. The
 * name is what AWS calls several resources together; undefined for the one that decided.
 */
export function actionResult(evaluations: readonly SimulatedEvaluation[], name: string | undefined): ActionResult {
  const [first] = [...evaluations].sort((left, right) => rank(left.result) - rank(right.result));
  if (first === undefined) throw new Error("simulation: no result");
  const { EvalDecision } = first.result;
  const deciding = evaluations.filter(
    ({ result }) => EvalDecision !== "explicitDeny" || result.EvalDecision === "explicitDeny",
  );
  const missing = EvalDecision === "implicitDeny" ? evaluations.flatMap(({ result }) => missingOf(result)) : [];
  const byType = evaluations.find(({ missingByType }) => missingByType !== undefined)?.missingByType;
  return {
    ...first.result,
    EvalResourceName: name ?? first.result.EvalResourceName,
    MatchedStatements: distinct(deciding.flatMap(({ result }) => result.MatchedStatements)),
    MissingContextValues: [...new Set(missing)],
    ResourceSpecificResults: evaluations.flatMap(({ result }) => result.ResourceSpecificResults),
    ...(byType === undefined ? {} : { MissingContextKeysByType: byType }),
  };
}

function rank({ EvalDecision }: EvaluationResult): number {
  return strictest.indexOf(EvalDecision);
}

function missingOf({ MissingContextValues, ResourceSpecificResults }: EvaluationResult): readonly string[] {
  const ofResource = ({ MissingContextValues: keys = [] }: ResourceSpecificResult) => keys;
  return [...MissingContextValues, ...ResourceSpecificResults.flatMap(ofResource)];
}

function distinct(statements: readonly EvaluationStatement[]): readonly EvaluationStatement[] {
  return [...new Map(statements.map((one) => [JSON.stringify(one), one])).values()];
}
