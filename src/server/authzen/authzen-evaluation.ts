/** `POST /access/v1/evaluation` and `/access/v1/evaluations` of the AuthZEN Authorization API 1.0. */

import type { Caller } from "../../access/access-gate.js";
import { decideQuestions, details, inSteps } from "../../ask/decide-questions.js";
import { EngineError } from "../../engine/engine-error.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { quote } from "../../text/quote.js";
import type { TreeNode } from "../../text/tree.js";
import type { Detail } from "../../wire/authorization-fields.js";
import { decisionJson } from "../http/decision-json.js";
import { HttpError } from "../http/http-error.js";
import { memberOf } from "../http/json-body.js";
import { jsonPieces, jsonReply, jsonType, type Reply } from "../http/reply.js";
import type { HttpCall } from "../http/route.js";
import { type AuthzenCall, type AuthzenOptions, answerOnOneGeneration } from "./authzen-call.js";
import type { Unresolved } from "./authzen-names.js";
import { type AuthzenQuestion, authzenQuestion, type Evaluation } from "./authzen-question.js";

/** One evaluation. */
export async function evaluate(options: AuthzenOptions, call: HttpCall): Promise<Reply> {
  return answerOnOneGeneration(options, call, (read) => evaluateOne(options, call, read));
}

/** Several evaluations; without any, the request is one itself. */
export async function evaluateAll(options: AuthzenOptions, call: HttpCall): Promise<Reply> {
  return answerOnOneGeneration(options, call, (read) => evaluateList(options, call, read));
}

async function evaluateList(options: AuthzenOptions, call: HttpCall, read: AuthzenCall): Promise<Reply | undefined> {
  const list = memberOf(read.body, "evaluations");
  if (list !== undefined && list.kind !== "array") throw new HttpError(400, "evaluations: must be a list");
  const semantic = semanticOf(read.body);
  if (list === undefined || list.items.length === 0) return evaluateOne(options, call, read);
  const most = options.point.engine.preparationTerms.maxBatchRequests;
  if (list.items.length > most) {
    throw new EngineError("batchTooLarge", `evaluations: ${list.items.length} questions, at most ${most}`);
  }
  const questions = await inSteps(list.items, (item) =>
    item.kind === "object"
      ? authzenQuestion(evaluationOf(item, read.body), read.naming)
      : { status: 400 as const, error: "evaluations: every item must be an object" },
  );
  const detail = detailOf(call);
  const terms = { detail: detail ?? "reason", policySet: read.policySet, facts: call.facts, signal: call.signal };
  const answers = await decideQuestions(options.point, questions, terms);
  if (isStale(questions, answers, read)) return undefined;
  const evaluations = await inSteps(answers, (answer) => evaluationJson(answer, detail, call.facts.caller));
  const decisive = semantic === undefined ? -1 : evaluations.findIndex(({ decision }) => decision === semantic);
  const shown = decisive < 0 ? evaluations : evaluations.slice(0, decisive + 1);
  return { status: 200, contentType: jsonType, body: await jsonPieces('{"evaluations":[', shown, "]}\n") };
}

async function evaluateOne(options: AuthzenOptions, call: HttpCall, read: AuthzenCall): Promise<Reply | undefined> {
  const question = authzenQuestion(evaluationOf(read.body, undefined), read.naming);
  if ("error" in question && question.status === 400) throw new HttpError(400, question.error);
  const detail = detailOf(call);
  const terms = { detail: detail ?? "reason", policySet: read.policySet, facts: call.facts, signal: call.signal };
  const [answer] = await decideQuestions(options.point, [question], terms);
  if (answer === undefined) throw new Error("engine: no answer");
  if ("error" in answer && !("error" in question)) throw new HttpError(400, answer.error);
  if (isStale([question], [answer], read)) return undefined;
  return jsonReply(200, evaluationJson(answer, detail, call.facts.caller));
}

/** Whether a question without keys that nobody reads was decided by a generation whose policies may read them. */
function isStale(
  questions: readonly (AuthzenQuestion | DecisionError)[],
  answers: readonly (Decision | DecisionError)[],
  { naming }: AuthzenCall,
): boolean {
  return answers.some((answer, index) => {
    const question = questions[index];
    if ("error" in answer || question === undefined || "error" in question || !question.leavesOut) return false;
    return answer.policySet.generation !== naming.directory.generation;
  });
}

/** Whole parts replace the defaults; names that a part lacks still come from there. */
function evaluationOf(item: TreeNode, defaults: TreeNode | undefined): Evaluation {
  const part = (name: keyof Evaluation): TreeNode | undefined => {
    const own = memberOf(item, name);
    const usual = memberOf(defaults, name);
    if (own === undefined) return usual;
    if (name === "context" || own.kind !== "object" || usual?.kind !== "object") return own;
    const missing = usual.members.filter(
      ({ key }) => ["type", "id", "name"].includes(key) && memberOf(own, key) === undefined,
    );
    return { ...own, members: [...own.members, ...missing] };
  };
  return { subject: part("subject"), action: part("action"), resource: part("resource"), context: part("context") };
}

/** The decision after which the rest is left out; undefined for `execute_all`. */
function semanticOf(body: TreeNode): boolean | undefined {
  const options = memberOf(body, "options");
  if (options !== undefined && options.kind !== "object") throw new HttpError(400, "options: must be an object");
  const word = memberOf(options, "evaluations_semantic");
  if (word === undefined || (word.kind === "string" && word.value === "execute_all")) return undefined;
  if (word.kind === "string" && word.value === "deny_on_first_deny") return false;
  if (word.kind === "string" && word.value === "permit_on_first_permit") return true;
  const found = word.kind === "string" ? quote(word.value) : `a ${word.kind}`;
  throw new HttpError(400, `options.evaluations_semantic: ${found} is no semantic`);
}

function detailOf({ query }: HttpCall): Detail | undefined {
  const word = query.get("detail");
  if (word === null) return undefined;
  const detail = details.find((one) => one === word);
  if (detail === undefined) throw new HttpError(400, `detail: ${quote(word)} is none of ${details.join(", ")}`);
  return detail;
}

interface EvaluationJson {
  readonly decision: boolean;
  readonly context?: object;
}

/** A denial says of which kind it is; more is told on demand (`?detail=`) and to those who may have it. */
function evaluationJson(
  answer: Decision | DecisionError | Unresolved,
  detail: Detail | undefined,
  caller: Caller,
): EvaluationJson {
  if ("error" in answer) {
    const status = "status" in answer ? answer.status : isOurs(answer.error) ? 500 : 400;
    return { decision: false, context: errorContext(status, answer.error) };
  }
  if (detail !== undefined) return { decision: answer.allowed, context: decisionJson(answer, detail, caller) };
  return answer.allowed ? { decision: true } : { decision: false, context: { decision: answer.decision } };
}

/** Why there is no decision. */
export function errorContext(status: number, message: string): object {
  return { error: { status, message } };
}

/** Whether the engine could not decide, rather than the question be wrong. */
function isOurs(error: string): boolean {
  return error.startsWith("engine: the worker");
}
