/** `POST /`: four calls of AWS's IAM API in its query protocol, so that `aws iam simulate-…-policy` and `get-context-keys-for-…-policy` work with `--endpoint-url`. */
import { Piscina } from "piscina";
import { simulationThreadPath } from "../../artifacts.js";
import type { Engine } from "../../engine/engine.js";
import { awsCodeOf } from "./aws-error.js";
import type { SimulationOutcome, SimulationTask } from "./aws-simulation-thread.js";
import { awsErrorReply } from "./aws-xml.js";
import { HttpError } from "./http-error.js";
import type { Reply } from "./reply.js";
import type { HttpCall, Route } from "./route.js";
import { requirePolicySet } from "./set-directory.js";

const IDLE_TIMEOUT_MS = 5000;
/** Calls that wait for the thread, each with its body. */
const MOST_WAITING = 64;

/** The route. */
export function awsRoutes(engine: Engine): readonly Route[] {
  let thread: Piscina | undefined;
  const simulate = async (task: SimulationTask, signal: AbortSignal): Promise<SimulationOutcome> => {
    thread ??= new Piscina({
      filename: simulationThreadPath,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_TIMEOUT_MS,
      concurrentTasksPerWorker: 1,
      maxQueue: Number.POSITIVE_INFINITY,
      env: {},
    });
    if (thread.queueSize >= MOST_WAITING) {
      throw new HttpError(503, "too many simulations wait", { "retry-after": "1" });
    }
    const outcome: SimulationOutcome = await thread.run(task, { signal });
    return outcome;
  };
  return [
    {
      method: "POST",
      path: "/",
      inPolicySets: true,
      query: [],
      accepts: { contentType: "application/x-www-form-urlencoded", otherwise: 415 },
      failure: (status, message) => awsErrorReply(status, awsCodeOf(status), message),
      handle: (call) => answerCall(engine, call, (served) => simulate({ body: call.body, served }, call.signal)),
    },
  ];
}

async function answerCall(
  engine: Engine,
  { policySet, facts }: HttpCall,
  simulate: (served: SimulationTask["served"]) => Promise<SimulationOutcome>,
): Promise<Reply> {
  const archive = engine.published(policySet === "" ? undefined : policySet)?.archive;
  const outcome = await simulate({ name: policySet, archive, mayExplain: facts.caller.mayExplain });
  if (outcome !== "noPolicySet") return outcome;
  requirePolicySet(engine, policySet);
  throw new Error("engine: policy sets are not kept beside their images");
}
