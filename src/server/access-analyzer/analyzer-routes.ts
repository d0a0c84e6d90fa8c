/**
 * Four calls of AWS's Access Analyzer in its REST protocol, so that `aws accessanalyzer validate-policy` and the validators that people
 * run on CloudFormation and Terraform work with `--endpoint-url`. The documents come with the call: no policy set is asked.
 */
import { analyzerThreadPath } from "../../artifacts.js";
import { jsonType, type Reply } from "../http/reply.js";
import type { Route } from "../http/route.js";
import { ThreadInTurns } from "../http/thread-in-turns.js";
import { analyzerFailure } from "./analyzer-error.js";
import type { AnalyzerPath, AnalyzerTask } from "./analyzer-thread.js";

const MOST_WAITING = 64;

/** The routes. */
export function analyzerRoutes(): readonly Route[] {
  const thread = new ThreadInTurns<AnalyzerTask, Reply>({
    entry: analyzerThreadPath,
    noun: "policy check",
    mostWaiting: MOST_WAITING,
  });
  return paths.map((path) => ({
    method: "POST",
    path,
    accepts: { contentType: jsonType, otherwise: 415 },
    failure: analyzerFailure,
    isDoneAside: true,
    handle: (call) => thread.run({ path, query: call.query.toString(), body: call.body }, call),
  }));
}

/** Named here, since the thread's file is not loaded by the front end. */
const paths: readonly AnalyzerPath[] = [
  "/policy/check-access-not-granted",
  "/policy/check-no-new-access",
  "/policy/check-no-public-access",
  "/policy/validation",
];
