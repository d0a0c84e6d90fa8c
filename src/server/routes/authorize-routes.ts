/** `POST /v1/authorize` and `POST /v1/batch`: one question as JSON, and many (`README.md` beside this file). */

import { decideQuestions, details, inSteps, questionQuery } from "../../ask/decide-questions.js";
import type { DecisionPoint } from "../../ask/decision-point.js";
import { EngineError } from "../../engine/engine-error.js";
import { type AuthorizationQuestion, questionMembers, readQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode } from "../../text/tree.js";
import {
  type Members,
  readItems,
  readMembers,
  readText,
  requireMember,
  type TreePlace,
} from "../../text/tree-place.js";
import type { Detail } from "../../wire/authorization-fields.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import { decisionJson } from "../http/decision-json.js";
import { HttpError } from "../http/http-error.js";
import { findingText, memberOf, parseJsonBody } from "../http/json-body.js";
import { sizeProblem } from "../http/question-size.js";
import { jsonPieces, jsonReply, jsonType, type Reply } from "../http/reply.js";
import { requirePolicySet } from "../http/require-policy-set.js";
import type { HttpCall, Route } from "../http/route.js";

/** The routes. */
export function authorizeRoutes(point: DecisionPoint): readonly Route[] {
  const post = (path: string, handle: Route["handle"]): Route => ({
    method: "POST",
    path,
    accepts: { contentType: jsonType, otherwise: 415 },
    query: questionQuery,
    handle,
  });
  return [post("/v1/authorize", (call) => authorize(point, call)), post("/v1/batch", (call) => batch(point, call))];
}

async function authorize(point: DecisionPoint, call: HttpCall): Promise<Reply> {
  const place = await bodyPlace(call);
  const members = readMembers(place, [...questionMembers, "detail", "policySet"]);
  const question = members && readQuestion(place, members);
  if (members === undefined || question === undefined) throw new HttpError(400, findingText(place.findings));
  const problem = sizeProblem(question);
  if (problem !== undefined) throw new HttpError(400, problem);
  const { detail, policySet } = readTerms(place, members, call);
  requirePolicySet(point.engine, policySet);
  const request = encodeQuestion(question, detail, policySet);
  const answer = decodeResponse(await point.authorize(request, call.facts));
  return jsonReply("error" in answer ? 400 : 200, decisionJson(answer, detail, call.facts.caller));
}

async function batch(point: DecisionPoint, call: HttpCall): Promise<Reply> {
  const place = await bodyPlace(call);
  const members = readMembers(place, ["defaults", "requests", "detail", "policySet"]);
  const requests = members && requireMember(place, members, "requests");
  const items = readItems(requests);
  if (members === undefined || place.findings.length > 0) throw new HttpError(400, findingText(place.findings));
  const { detail, policySet } = readTerms(place, members, call);
  requirePolicySet(point.engine, policySet);
  if (items.length > point.engine.preparationTerms.maxBatchRequests) {
    const message = `requests: ${items.length} questions, at most ${point.engine.preparationTerms.maxBatchRequests}`;
    throw new EngineError("batchTooLarge", message);
  }
  const defaults = members.get("defaults")?.node;
  const questions = await inSteps(items, (item) => readItem(item, defaults));
  const options = { detail, policySet, facts: call.facts, signal: call.signal };
  const answers = await decideQuestions(point, questions, options);
  return { status: 200, contentType: jsonType, body: await batchJson(answers, detail, call) };
}

async function bodyPlace({ body }: HttpCall): Promise<TreePlace & { readonly findings: Finding[] }> {
  return { ...(await parseJsonBody(body)), findings: [], path: undefined };
}

/** `detail` and `policySet` stand in the body or in the query; the body wins. */
function readTerms(
  place: TreePlace,
  members: Members,
  { query }: HttpCall,
): { readonly detail: Detail; readonly policySet: string } {
  const word = readText(members.get("detail")) ?? query.get("detail") ?? "reason";
  const detail = details.find((one) => one === word);
  const policySet = readText(members.get("policySet")) ?? query.get("policySet") ?? "";
  if (place.findings.length > 0) throw new HttpError(400, findingText(place.findings));
  if (detail === undefined) throw new HttpError(400, `detail: ${quote(word)} is none of ${details.join(", ")}`);
  return { detail, policySet };
}

/** A question of a batch, or what is wrong with it; the others are decided nevertheless. */
function readItem(item: TreePlace, defaults: TreeNode | undefined): AuthorizationQuestion | DecisionError {
  const findings: Finding[] = [];
  const place = { ...item, findings, node: withDefaults(item.node, defaults) };
  const members = readMembers(place, questionMembers);
  const question = members && readQuestion(place, members);
  if (question === undefined || findings.some(({ severity }) => severity === "error")) {
    return { error: findingText(findings) };
  }
  const problem = sizeProblem(question);
  return problem === undefined ? question : { error: problem };
}

/** Members that an item lacks come from the defaults; contexts merge, the item's own key wins (keys ignore case, COND-7). */
function withDefaults(item: TreeNode, defaults: TreeNode | undefined): TreeNode {
  if (item.kind !== "object" || defaults?.kind !== "object") return item;
  const own = new Set(item.members.map(({ key }) => key));
  const members = item.members.map((member) =>
    member.key === "context"
      ? { ...member, value: mergedContext(member.value, memberOf(defaults, "context")) }
      : member,
  );
  return { ...item, members: [...members, ...defaults.members.filter(({ key }) => !own.has(key))] };
}

function mergedContext(own: TreeNode, defaults: TreeNode | undefined): TreeNode {
  if (own.kind !== "object" || defaults?.kind !== "object") return own;
  const fold = ({ key }: TreeMember): string => key.toLowerCase();
  const keys = new Set(own.members.map(fold));
  return { ...own, members: [...own.members, ...defaults.members.filter((member) => !keys.has(fold(member)))] };
}

/** The version of the policy set once, then the answers in order. */
async function batchJson(
  answers: readonly (Decision | DecisionError)[],
  detail: Detail,
  { facts }: HttpCall,
): Promise<readonly string[]> {
  const decided = answers.find((answer) => "policySet" in answer);
  const head = decided !== undefined && "policySet" in decided ? decided.policySet : undefined;
  const decisions = await inSteps(answers, (answer) => {
    const { policySet: _, ...rest }: { policySet?: unknown } = decisionJson(answer, detail, facts.caller);
    return rest;
  });
  const policySet = head === undefined ? "" : `"policySet":${JSON.stringify(head)},`;
  return jsonPieces(`{${policySet}"decisions":[`, decisions, "]}\n");
}
