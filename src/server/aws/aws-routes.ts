/** `POST /`: four calls of AWS's IAM API in its query protocol, so that `aws iam simulate-…-policy` and `get-context-keys-for-…-policy` work with `--endpoint-url`. */
import { Piscina } from "piscina";
import { simulationThreadPath } from "../../artifacts.js";
import type { Engine } from "../../engine/engine.js";
import { CallerTurns } from "../http/caller-turns.js";
import { HttpError } from "../http/http-error.js";
import type { Reply } from "../http/reply.js";
import { requirePolicySet } from "../http/require-policy-set.js";
import type { HttpCall, Route } from "../http/route.js";
import { awsCodeOf } from "./aws-error.js";
import type { SimulationOutcome, SimulationTask } from "./aws-simulation-thread.js";
import { awsErrorReply } from "./aws-xml.js";

const IDLE_TIMEOUT_MS = 5000;
/** Larger bodies may hold policies that take long to read. */
const QUICK_BYTES = 64 << 10;
/** Calls that wait for a thread, each with its body. Whether a call is quick is known when it was read: many may come at once. */
const QUICK_WAITING = 512;
const SLOW_WAITING = 64;

/** The route. */
export function awsRoutes(engine: Engine): readonly Route[] {
  const [quick, slow] = [new SimulationLane(QUICK_WAITING), new SimulationLane(SLOW_WAITING)];
  /** What turns out to be much is done over where it keeps nobody from a quick answer. */
  const simulate = async (task: SimulationTask, call: HttpCall): Promise<SimulationOutcome> => {
    if (task.body.length <= QUICK_BYTES) {
      const outcome = await quick.run({ ...task, isQuick: true }, call);
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

/** A thread, and the callers that take turns on it; it ends when nobody asks. */
class SimulationLane {
  private thread: Piscina | undefined;
  private readonly turns: CallerTurns;

  constructor(mostWaiting: number) {
    const refusal = (): HttpError => new HttpError(503, "too many simulations wait", { "retry-after": "1" });
    this.turns = new CallerTurns({ atOnce: 1, mostWaiting, refusal });
  }

  run(task: SimulationTask, { share, signal }: HttpCall): Promise<SimulationOutcome> {
    return this.turns.run(share, signal, async () => {
      this.thread ??= new Piscina({
        filename: simulationThreadPath,
        minThreads: 0,
        maxThreads: 1,
        idleTimeout: IDLE_TIMEOUT_MS,
        concurrentTasksPerWorker: 1,
        env: {},
      });
      // A caller that leaves ends its thread; quick answers come before another thread would have begun.
      try {
        const outcome: SimulationOutcome = await this.thread.run(task, task.isQuick === true ? {} : { signal });
        return outcome;
      } catch (error: unknown) {
        if (!isOutOfMemory(error)) throw error;
        throw new HttpError(503, "server: too little memory for so large a simulation", { "retry-after": "1" });
      }
    });
  }
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

/** The thread ends alone, and the next call starts another one. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
