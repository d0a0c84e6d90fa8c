/** `POST /`: two calls of AWS's IAM API in its query protocol, so that `aws iam simulate-…-policy --endpoint-url` works. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EvaluationResult } from "../../engine/evaluation-result.js";
import { Simulator } from "../../engine/simulator.js";
import { quote } from "../../policy/quote.js";
import type { DecisionPoint } from "../decision-point.js";
import { readCustomWorld } from "./aws-custom-policy.js";
import { AwsError, awsCodeOf } from "./aws-error.js";
import { readServedWorld } from "./aws-principal-policy.js";
import { AwsQueryParameters } from "./aws-query-parameters.js";
import { evaluations, type Simulators } from "./aws-simulation.js";
import { readSimulationCall } from "./aws-simulation-call.js";
import { awsErrorReply, simulationReply } from "./aws-xml.js";
import type { PageTokens } from "./page-token.js";
import type { Reply } from "./reply.js";
import type { HttpCall, Route } from "./route.js";

/** What the route works with. */
export interface AwsOptions {
  readonly point: DecisionPoint;
  readonly tokens: PageTokens;
}

/** Decisions of one page. */
const mostPairs = 10_000;
/** Simulations between two looks at other work: a few milliseconds. */
const STEP = 32;

/** The route. */
export function awsRoutes(options: AwsOptions): readonly Route[] {
  let started: Promise<Simulators> | undefined;
  const simulators = (): Promise<Simulators> => {
    started ??= Promise.all([Simulator.start(), Simulator.start()]).then(([resource, trust]) => ({ resource, trust }));
    return started;
  };
  return [
    {
      method: "POST",
      path: "/",
      inPolicySets: true,
      query: [],
      accepts: { contentType: "application/x-www-form-urlencoded", otherwise: 415 },
      failure: (status, message) => awsErrorReply(status, awsCodeOf(status), message),
      async handle(call) {
        try {
          return await answerCall(options, call, simulators);
        } catch (error: unknown) {
          if (error instanceof AwsError) return awsErrorReply(error.status, error.code, error.message);
          throw error;
        }
      },
    },
  ];
}

async function answerCall(options: AwsOptions, call: HttpCall, simulators: () => Promise<Simulators>): Promise<Reply> {
  const parameters = new AwsQueryParameters(Buffer.from(call.body).toString("latin1"));
  const action = parameters.text("Action");
  const version = parameters.text("Version");
  if (action === undefined) throw new AwsError("MissingAction", "Action: missing");
  if (action !== "SimulateCustomPolicy" && action !== "SimulatePrincipalPolicy") {
    throw new AwsError("InvalidAction", `Action: ${quote(action)} is not one of the calls that are answered here`);
  }
  if (version !== "2010-05-08") throw new AwsError("InvalidAction", `Version: must be 2010-05-08`);
  const simulation = readSimulationCall(parameters);
  const world =
    action === "SimulateCustomPolicy"
      ? readCustomWorld(parameters)
      : readServedWorld(parameters, options.point.engine, simulation, call);
  parameters.refuseUnknown();
  const request = `${call.policySet} ${parameters.digestText(["Marker", "MaxItems"])}`;
  const first = simulation.marker === undefined ? 0 : Number(options.tokens.read(simulation.marker, request));
  if (Number.isNaN(first)) throw new AwsError("ValidationError", "Marker: not a marker of this call");
  const actions = simulation.actions.slice(first, first + simulation.maxItems);
  const width = simulation.resources.length;
  if (actions.length * width > mostPairs) {
    throw new AwsError(
      "InvalidInput",
      `${actions.length * width} decisions on one page, at most ${mostPairs}: ask for fewer items`,
    );
  }
  const evaluate = evaluations(await simulators(), world, simulation);
  const results: EvaluationResult[] = [];
  let decided = 0;
  for (const one of actions) {
    const nested: EvaluationResult[] = [];
    for (const resource of simulation.resources) {
      nested.push(evaluate(one, resource));
      if (++decided % STEP === 0) await nextTurn();
      if (call.signal.aborted) throw new AwsError("ValidationError", "call: cancelled");
    }
    results.push(nestResources(nested));
  }
  const next = first + actions.length;
  const marker = next < simulation.actions.length ? options.tokens.make(String(next), request) : undefined;
  return simulationReply(action, results, marker);
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
