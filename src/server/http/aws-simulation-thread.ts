/**
 * The thread for AWS's simulation calls: bodies of megabytes are parsed and policies compiled here, so that the front end goes on
 * answering meanwhile. A body comes in, the text of an answer goes out.
 */
import type { EvaluationResult } from "../../engine/evaluation-result.js";
import { giveWay } from "../../engine/give-way.js";
import { Simulator } from "../../engine/simulator.js";
import { quote } from "../../policy/quote.js";
import { readCustomWorld } from "./aws-custom-policy.js";
import { AwsError } from "./aws-error.js";
import { readServedWorld, type ServedSet } from "./aws-principal-policy.js";
import { AwsQueryParameters } from "./aws-query-parameters.js";
import { evaluations, type Simulators } from "./aws-simulation.js";
import { readSimulationCall } from "./aws-simulation-call.js";
import { awsErrorReply, simulationReply } from "./aws-xml.js";
import { PageTokens } from "./page-token.js";
import type { Reply } from "./reply.js";

/** One call. */
export interface SimulationTask {
  readonly body: Uint8Array;
  /** The policy set that the path names, if there is one. */
  readonly served: ServedSet;
  /** What markers are sealed with. */
  readonly secret: Uint8Array;
}

/** What became of it: an answer, or a wish for a policy set that is not there. */
export type SimulationOutcome = Reply | "noPolicySet";

/** Decisions of one page. */
const mostPairs = 10_000;

let simulators: Promise<Simulators> | undefined;

/** Answers a call. */
export default async function simulate(task: SimulationTask): Promise<SimulationOutcome> {
  giveWay();
  try {
    return await answerCall(task);
  } catch (error: unknown) {
    if (error instanceof AwsError) return awsErrorReply(error.status, error.code, error.message);
    throw error;
  }
}

async function answerCall({ body, served, secret }: SimulationTask): Promise<SimulationOutcome> {
  const parameters = new AwsQueryParameters(Buffer.from(body).toString("latin1"));
  const action = parameters.text("Action");
  const version = parameters.text("Version");
  if (action === undefined) throw new AwsError("MissingAction", "Action: missing");
  if (action !== "SimulateCustomPolicy" && action !== "SimulatePrincipalPolicy") {
    throw new AwsError("InvalidAction", `Action: ${quote(action)} is not one of the calls that are answered here`);
  }
  if (version !== "2010-05-08") throw new AwsError("InvalidAction", `Version: must be 2010-05-08`);
  const simulation = readSimulationCall(parameters);
  const world =
    action === "SimulateCustomPolicy" ? readCustomWorld(parameters) : readServedWorld(parameters, served, simulation);
  if (world === undefined) return "noPolicySet";
  parameters.refuseUnknown();
  const request = `${served.name} ${parameters.digestText(["Marker", "MaxItems"])}`;
  const tokens = new PageTokens(secret);
  const first = simulation.marker === undefined ? 0 : Number(tokens.read(simulation.marker, request));
  if (Number.isNaN(first)) throw new AwsError("ValidationError", "Marker: not a marker of this call");
  const actions = simulation.actions.slice(first, first + simulation.maxItems);
  const count = actions.length * simulation.resources.length;
  if (count > mostPairs) {
    throw new AwsError("InvalidInput", `${count} decisions on one page, at most ${mostPairs}: ask for fewer items`);
  }
  simulators ??= startSimulators();
  const evaluate = evaluations(await simulators, world, simulation);
  const results = actions.map((one) => nestResources(simulation.resources.map((resource) => evaluate(one, resource))));
  const next = first + actions.length;
  const marker = next < simulation.actions.length ? tokens.make(String(next), request) : undefined;
  return simulationReply(action, results, marker);
}

async function startSimulators(): Promise<Simulators> {
  return { resource: await Simulator.start(), trust: await Simulator.start() };
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
