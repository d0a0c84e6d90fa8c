/**
 * The thread for AWS's simulation calls: bodies of megabytes are parsed and policies compiled here, so that the front end goes on
 * answering meanwhile. A body comes in, the text of an answer goes out.
 */
import { giveWay } from "../../prepare/give-way.js";
import { Simulator } from "../../simulate/simulator.js";
import { quote } from "../../text/quote.js";
import type { Reply } from "../http/reply.js";
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

/** One call. */
export interface SimulationTask {
  readonly body: Uint8Array;
  /** The policy set that the path names, if there is one. */
  readonly served: ServedSet;
  /** Whether others wait for a quick answer: then what takes long is not begun. Default false. */
  readonly isQuick?: boolean;
}

/** What became of it: an answer, a wish for a policy set that is not there, or nothing because it would take long. */
export type SimulationOutcome = Reply | "noPolicySet" | "tooMuch";

/** Decisions of one page, about two seconds of work: a page that would have more ends early, as AWS's may. One action is always answered. */
const mostPairs = 2000;
/** Decisions of a quick answer. */
const mostQuickPairs = 100;

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

async function answerCall({ body, served, isQuick = false }: SimulationTask): Promise<SimulationOutcome> {
  const parameters = new AwsQueryParameters(Buffer.from(body).toString("latin1"));
  const action = parameters.text("Action");
  const version = parameters.text("Version");
  if (action === undefined) throw new AwsError("MissingAction", "Action: missing");
  const answer = calls.get(action);
  if (answer === undefined) {
    throw new AwsError("InvalidAction", `Action: ${quote(action)} is not one of the calls that are answered here`);
  }
  if (version !== "2010-05-08") throw new AwsError("InvalidAction", `Version: must be 2010-05-08`);
  return answer(parameters, served, isQuick);
}

type Answer = (parameters: AwsQueryParameters, served: ServedSet, isQuick: boolean) => Promise<SimulationOutcome>;

const calls: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    "SimulateCustomPolicy",
    async (parameters, _, isQuick) => {
      const call = readSimulationCall(parameters, "aws");
      if (isQuick && isMuch(call)) return "tooMuch";
      return simulated("SimulateCustomPolicy", parameters, call, readCustomWorld(parameters, call));
    },
  ],
  [
    "SimulatePrincipalPolicy",
    async (parameters, served, isQuick) => {
      const call = readSimulationCall(parameters, profileOf(served));
      if (isQuick && isMuch(call)) return "tooMuch";
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
  const { resources, hasResources, first } = call;
  const actions = actionsOfPage(call);
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

function actionsOfPage({ actions, resources, first, maxItems }: AwsSimulationCall): readonly string[] {
  const most = Math.max(1, Math.floor(mostPairs / resources.length));
  return actions.slice(first, first + Math.min(maxItems, most));
}

function isMuch(call: AwsSimulationCall): boolean {
  return actionsOfPage(call).length * call.resources.length > mostQuickPairs;
}

async function startSimulators(): Promise<Simulators> {
  return { resource: await Simulator.start(), trust: await Simulator.start() };
}
