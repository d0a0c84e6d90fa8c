/**
 * `SimulatePrincipalPolicy`: a principal of the served policy set, decided by that set as every other question. What the
 * call may add to it in AWS (policies, another caller) is refused: a served set is asked as it is.
 */
import { type EvaluationResult, evaluationOf } from "../../engine/evaluation-result.js";
import type { AuthorizationQuestion } from "../../policy/authorization-question.js";
import type { Tag } from "../../policy/policy-set.js";
import { quote } from "../../policy/quote.js";
import { parseRequester } from "../../policy/requester.js";
import type { DecisionPoint } from "../decision-point.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { decideQuestions } from "./decide-questions.js";
import type { HttpCall } from "./route.js";
import type { SetDirectories } from "./set-directory.js";

/** Reads the principal of a call; throws NoSuchEntity for one that the set does not declare. */
export function readPolicySource(parameters: AwsQueryParameters, directories: SetDirectories): string {
  const arn = parameters.requiredText("PolicySourceArn");
  for (const name of ["PolicyInputList", "PermissionsBoundaryPolicyInputList"]) {
    if (parameters.list(name).length > 0) throw notHere(name);
  }
  if (parameters.text("ResourcePolicy") !== undefined) throw notHere("ResourcePolicy");
  const caller = parameters.text("CallerArn") ?? arn;
  if (caller !== arn) throw notHere("CallerArn");
  const kind = directories.of("")?.kindOf(arn);
  if (kind === undefined) throw new AwsError("NoSuchEntity", `PolicySourceArn: ${quote(arn)} cannot be found`);
  return arn;
}

/** Decides every action on every resource; results in the order of actions, then resources. */
export async function principalEvaluations(
  point: DecisionPoint,
  principal: string,
  pairs: readonly { readonly action: string; readonly resource: string }[],
  call: AwsSimulationCall,
  { facts, signal }: HttpCall,
): Promise<readonly EvaluationResult[]> {
  const { context, resourceAccount } = call;
  const owner = resourceAccount === undefined ? {} : { resourceAccount };
  const common = {
    principal,
    context,
    resourceTags: tagsOf(context),
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
  const questions: AuthorizationQuestion[] = pairs.map((pair) => ({ ...common, ...owner, ...pair }));
  const options = { detail: "explain", policySet: "", facts, signal } as const;
  const answers = await decideQuestions(point, questions, options);
  const requester = parseRequester(principal, "generic") ?? {};
  return answers.map((answer, index) => {
    const pair = pairs[index];
    if (pair === undefined) throw new Error("engine: more answers than questions");
    if ("error" in answer) throw new AwsError("InvalidInput", answer.error);
    // Places in the files of the set: where a statement ends is not known of them.
    return evaluationOf({ ...pair, ...owner, requester, placeOf: () => undefined }, answer);
  });
}

/** Tags of the resource come as context; a question has a place of its own for them (CTX-1). */
function tagsOf(context: AwsSimulationCall["context"]): readonly Tag[] {
  return [...context].flatMap(([name, [value]]) => {
    const key = /^aws:ResourceTag\/(.+)$/is.exec(name)?.[1];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
}

function notHere(name: string): AwsError {
  return new AwsError("InvalidInput", `${name}: the served policy set is asked as it is: use SimulateCustomPolicy`);
}
