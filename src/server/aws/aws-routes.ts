/** `POST /`: four calls of AWS's IAM API in its query protocol, so that `aws iam simulate-…-policy` and `get-context-keys-for-…-policy` work with `--endpoint-url`. */
import { simulationThreadPath } from "../../artifacts.js";
import type { Engine } from "../../engine/engine.js";
import type { Reply } from "../http/reply.js";
import { requirePolicySet } from "../http/require-policy-set.js";
import type { HttpCall, Route } from "../http/route.js";
import { ThreadInTurns } from "../http/thread-in-turns.js";
import { awsCodeOf } from "./aws-error.js";
import type { SimulationOutcome, SimulationTask } from "./aws-simulation-thread.js";
import { awsErrorReply } from "./aws-xml.js";

/** Larger bodies may hold policies that take long to read. */
const QUICK_BYTES = 64 << 10;
/** Calls that wait for a thread, each with its body. Whether a call is quick is known when it was read: many may come at once. */
const QUICK_WAITING = 512;
const SLOW_WAITING = 64;

/** The route. */
export function awsRoutes(engine: Engine): readonly Route[] {
  const lane = (mostWaiting: number): ThreadInTurns<SimulationTask, SimulationOutcome> =>
    new ThreadInTurns({ entry: simulationThreadPath, noun: "simulation", mostWaiting });
  const [quick, slow] = [lane(QUICK_WAITING), lane(SLOW_WAITING)];
  /** What turns out to be much is done over where it keeps nobody from a quick answer. */
  const simulate = async (task: SimulationTask, call: HttpCall): Promise<SimulationOutcome> => {
    if (task.body.length <= QUICK_BYTES) {
      const outcome = await quick.run({ ...task, isQuick: true }, call, true);
      if (outcome !== "tooMuch") return outcome;
    }
    return slow.run(task, call);
  };
  return [
    {
      method: "POST",
      path: "/",
      inPolicySets: true,
      query: [],
      accepts: { contentType: "application/x-www-form-urlencoded", otherwise: 415 },
      failure: (status, message) => awsErrorReply(status, awsCodeOf(status), message),
      isDoneAside: true,
      handle: (call) => answerCall(engine, call, (served) => simulate({ body: call.body, served }, call)),
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
  if (typeof outcome !== "string") return outcome;
  requirePolicySet(engine, policySet);
  throw new Error("engine: policy sets are not kept beside their images");
}
