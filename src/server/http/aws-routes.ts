/** `POST /`: two calls of AWS's IAM API in its query protocol, so that `aws iam simulate-…-policy --endpoint-url` works. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EvaluationResult } from "../../engine/evaluation-result.js";
import { Simulator } from "../../engine/simulator.js";
import { quote } from "../../policy/quote.js";
import type { DecisionPoint } from "../decision-point.js";
import { customEvaluations, readCustomPolicies } from "./aws-custom-policy.js";
import { AwsError, awsCodeOf } from "./aws-error.js";
import { principalEvaluations, readPolicySource } from "./aws-principal-policy.js";
import { AwsQueryParameters } from "./aws-query-parameters.js";
import { type AwsSimulationCall, readSimulationCall } from "./aws-simulation-call.js";
import { awsErrorReply, simulationReply } from "./aws-xml.js";
import type { PageTokens } from "./page-token.js";
import type { Reply } from "./reply.js";
import type { HttpCall, Route } from "./route.js";
import type { SetDirectories } from "./set-directory.js";

/** What the route works with. */
export interface AwsOptions {
  readonly point: DecisionPoint;
  readonly directories: SetDirectories;
  readonly tokens: PageTokens;
}

/** Decisions of one page. */
const mostPairs = 10_000;
/** Simulations between two looks at other work: a few milliseconds. */
const STEP = 32;

/** The route. */
export function awsRoutes(options: AwsOptions): readonly Route[] {
  let simulator: Promise<Simulator> | undefined;
  const simulatorOnce = (): Promise<Simulator> => {
    simulator ??= Simulator.start();
    return simulator;
  };
  return [
    {
      method: "POST",
      path: "/",
      accepts: { contentType: "application/x-www-form-urlencoded", otherwise: 415 },
      failure: (status, message) => awsErrorReply(status, awsCodeOf(status), message),
      async handle(call) {
        try {
          return await answerCall(options, call, simulatorOnce);
        } catch (error: unknown) {
          if (error instanceof AwsError) return awsErrorReply(error.status, error.code, error.message);
          throw error;
        }
      },
    },
  ];
}

async function answerCall(options: AwsOptions, call: HttpCall, simulator: () => Promise<Simulator>): Promise<Reply> {
  const parameters = new AwsQueryParameters(Buffer.from(call.body).toString("latin1"));
  const action = parameters.text("Action");
  const version = parameters.text("Version");
  if (action === undefined) throw new AwsError("MissingAction", "Action: missing");
  if (action !== "SimulateCustomPolicy" && action !== "SimulatePrincipalPolicy") {
    throw new AwsError("InvalidAction", `Action: ${quote(action)} is not one of the calls that are answered here`);
  }
  if (version !== "2010-05-08") throw new AwsError("InvalidAction", `Version: must be 2010-05-08`);
  const simulation = readSimulationCall(parameters);
  const request = parameters.digestText(["Marker", "MaxItems"]);
  const first = simulation.marker === undefined ? 0 : Number(options.tokens.read(simulation.marker, request));
  if (Number.isNaN(first)) throw new AwsError("ValidationError", "Marker: not a marker of this call");
  const actions = simulation.actions.slice(first, first + simulation.maxItems);
  const pairs = actions.flatMap((one) => simulation.resources.map((resource) => ({ action: one, resource })));
  if (pairs.length > mostPairs) {
    throw new AwsError(
      "InvalidInput",
      `${pairs.length} decisions on one page, at most ${mostPairs}: ask for fewer items`,
    );
  }
  const results =
    action === "SimulateCustomPolicy"
      ? await customResults(parameters, pairs, simulation, await simulator(), call)
      : await principalResults(options, parameters, pairs, simulation, call);
  const next = first + actions.length;
  const marker = next < simulation.actions.length ? options.tokens.make(String(next), request) : undefined;
  const width = simulation.resources.length;
  const nested = actions.map((_, index) => nestResources(results.slice(index * width, (index + 1) * width)));
  return simulationReply(action, nested, marker);
}

interface Pair {
  readonly action: string;
  readonly resource: string;
}

async function customResults(
  parameters: AwsQueryParameters,
  pairs: readonly Pair[],
  simulation: AwsSimulationCall,
  simulator: Simulator,
  { signal }: HttpCall,
): Promise<readonly EvaluationResult[]> {
  const policies = readCustomPolicies(parameters);
  parameters.refuseUnknown();
  const evaluate = customEvaluations(simulator, policies, simulation);
  const results: EvaluationResult[] = [];
  for (const { action, resource } of pairs) {
    results.push(evaluate(action, resource));
    if (results.length % STEP === 0) await nextTurn();
    if (signal.aborted) throw new AwsError("ValidationError", "call: cancelled");
  }
  return results;
}

async function principalResults(
  { point, directories }: AwsOptions,
  parameters: AwsQueryParameters,
  pairs: readonly Pair[],
  simulation: AwsSimulationCall,
  call: HttpCall,
): Promise<readonly EvaluationResult[]> {
  const principal = readPolicySource(parameters, directories);
  parameters.refuseUnknown();
  return principalEvaluations(point, principal, pairs, simulation, call);
}

const strictest = ["explicitDeny", "implicitDeny", "allowed"] as const;

/** One result an action: the most restrictive one, with what was decided about every resource (OUT-10). */
function nestResources(results: readonly EvaluationResult[]): EvaluationResult {
  const [first] = [...results].sort(
    (left, right) => strictest.indexOf(left.EvalDecision) - strictest.indexOf(right.EvalDecision),
  );
  if (first === undefined) throw new Error("simulation: no result");
  return { ...first, ResourceSpecificResults: results.flatMap((one) => one.ResourceSpecificResults) };
}
