/**
 * The thread for AWS's simulation calls: bodies of megabytes are parsed and policies compiled here, so that the front end goes on
 * answering meanwhile. A body comes in, the text of an answer goes out.
 */
import { giveWay } from "../../engine/give-way.js";
import { Simulator } from "../../engine/simulator.js";
import { quote } from "../../policy/quote.js";
import { type ActionResult, actionResult } from "./aws-action-result.js";
import { customContextKeys, principalContextKeys } from "./aws-context-keys.js";
import { readCustomWorld } from "./aws-custom-policy.js";
import { AwsError } from "./aws-error.js";
import { profileOf, readServedWorld, type ServedSet } from "./aws-principal-policy.js";
import { AwsQueryParameters } from "./aws-query-parameters.js";
import { resourceTemplate } from "./aws-resource-template.js";
import { evaluations, type SimulatedWorld, type Simulators } from "./aws-simulation.js";
import { type AwsSimulationCall, markerOf, readSimulationCall } from "./aws-simulation-call.js";
import { awsErrorReply, simulationReply } from "./aws-xml.js";
import type { Reply } from "./reply.js";

/** One call. */
export interface SimulationTask {
  readonly body: Uint8Array;
  /** The policy set that the path names, if there is one. */
  readonly served: ServedSet;
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
    if (error instanceof AwsError) return awsErrorReply(error.status, error.code, error.message, error.detail);
    throw error;
  }
}

async function answerCall({ body, served }: SimulationTask): Promise<SimulationOutcome> {
  const parameters = new AwsQueryParameters(Buffer.from(body).toString("latin1"));
  const action = parameters.text("Action");
  const version = parameters.text("Version");
  if (action === undefined) throw new AwsError("MissingAction", "Action: missing");
  const answer = calls.get(action);
  if (answer === undefined) {
    throw new AwsError("InvalidAction", `Action: ${quote(action)} is not one of the calls that are answered here`);
  }
  if (version !== "2010-05-08") throw new AwsError("InvalidAction", `Version: must be 2010-05-08`);
  return answer(parameters, served);
}

type Answer = (parameters: AwsQueryParameters, served: ServedSet) => Promise<SimulationOutcome>;

const calls: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    "SimulateCustomPolicy",
    async (parameters) => {
      const call = readSimulationCall(parameters, "aws");
      return simulated("SimulateCustomPolicy", parameters, call, readCustomWorld(parameters, call));
    },
  ],
  [
    "SimulatePrincipalPolicy",
    async (parameters, served) => {
      const call = readSimulationCall(parameters, profileOf(served));
      const world = readServedWorld(parameters, served, call);
      return world === undefined ? "noPolicySet" : simulated("SimulatePrincipalPolicy", parameters, call, world);
    },
  ],
  ["GetContextKeysForCustomPolicy", async (parameters) => customContextKeys(parameters)],
  ["GetContextKeysForPrincipalPolicy", async (parameters, served) => principalContextKeys(parameters, served)],
]);

async function simulated(
  action: string,
  parameters: AwsQueryParameters,
  call: AwsSimulationCall,
  world: SimulatedWorld,
): Promise<Reply> {
  parameters.refuseUnknown();
  const { resources, hasResources, first, maxItems } = call;
  const actions = call.actions.slice(first, first + maxItems);
  const count = actions.length * resources.length;
  if (count > mostPairs) {
    throw new AwsError("InvalidInput", `${count} decisions on one page, at most ${mostPairs}: ask for fewer items`);
  }
  simulators ??= startSimulators();
  const evaluate = evaluations(await simulators, world, call);
  const results: ActionResult[] = [];
  for (const one of actions) {
    const decided = resources.map((resource) => evaluate(one, resource));
    const several = hasResources && resources.length > 1;
    results.push(actionResult(decided, several ? await resourceTemplate(one, resources[0] ?? "") : undefined));
  }
  const next = first + actions.length;
  return simulationReply(action, results, next < call.actions.length ? markerOf(next) : undefined);
}

async function startSimulators(): Promise<Simulators> {
  return { resource: await Simulator.start(), trust: await Simulator.start() };
}
