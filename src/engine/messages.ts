/**
 * Questions and answers between JSON and protobuf, for tools and tests. The hot path never comes here: it hands bytes to the
 * matcher. Message definitions come from the proto file through `@grpc/proto-loader`.
 */
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";
import { authorizationProto, protoFolder } from "../artifacts.js";
import type { AuthorizationQuestion } from "../policy/authorization-question.js";
import type { Decision, DecisionError, MatchedStatement, StatementExplanation } from "./decision.js";

type Message = Readonly<Record<string, unknown>>;
type Method = MethodDefinition<object, object>;

const DECISIONS: Readonly<Record<string, Decision["decision"]>> = {
  ALLOWED: "allowed",
  EXPLICIT_DENY: "explicitDeny",
  IMPLICIT_DENY: "implicitDeny",
};

let loaded: Method | undefined;

function authorizeMethod(): Method {
  if (loaded !== undefined) return loaded;
  const definitions = loadSync(authorizationProto, {
    includeDirs: [protoFolder],
    enums: String,
    longs: Number,
    defaults: true,
    arrays: true,
    oneofs: true,
  });
  const service = definitions["verdict.v1.AuthorizationService"];
  const method = service !== undefined && "Authorize" in service ? service.Authorize : undefined;
  if (method === undefined || typeof method !== "object" || !("requestSerialize" in method)) {
    throw new Error(`${authorizationProto}: no method Authorize`);
  }
  loaded = method as Method;
  return loaded;
}

/** A serialised AuthorizeRequest. */
export function encodeQuestion(
  question: AuthorizationQuestion,
  detail: "outcome" | "reason" | "explain",
  policySet = "",
): Uint8Array {
  const context = Object.create(null) as Record<string, { values: readonly string[] }>;
  for (const [key, values] of question.context) context[key] = { values };
  return authorizeMethod().requestSerialize({
    principal: question.principal,
    action: question.action,
    resource: question.resource,
    context,
    resourceAccount: question.resourceAccount ?? "",
    resourceTags: tagMap(question.resourceTags),
    sessionPolicies: question.sessionPolicies,
    sessionTags: tagMap(question.sessionTags),
    endpoint: question.endpoint ?? "",
    detail: detail.toUpperCase(),
    whatIf: question.whatIf,
    policySet,
  });
}

function tagMap(tags: AuthorizationQuestion["resourceTags"]): Record<string, string> {
  const map = Object.create(null) as Record<string, string>;
  for (const { key, value } of tags) map[key] = value;
  return map;
}

/** A serialised AuthorizeResponse as JSON. */
export function decodeResponse(bytes: Uint8Array): Decision | DecisionError {
  const response: Message = { ...authorizeMethod().responseDeserialize(Buffer.from(bytes)) };
  const decision = messageOf(response.decision);
  const version = messageOf(response.policySet);
  // A caller without the right to explanations gets the outcome alone (OUT-8).
  const word = DECISIONS[String(response.decision == null ? response.outcome : decision.outcome)];
  if (word === undefined) return { error: String(decision.error ?? "") || "engine: no decision" };
  const layers = messagesOf(decision.layers);
  const statements = messagesOf(decision.statements);
  const blockedBy = textsOf(decision.blockedBy);
  return {
    decision: word,
    allowed: word === "allowed",
    blockedBy,
    matchedStatements: messagesOf(decision.matchedStatements).map(matchedStatement),
    missingContextKeys: textsOf(decision.missingContextKeys),
    unknownPrincipal: decision.unknownPrincipal === true,
    policySet: { digest: String(version.digest ?? ""), generation: Number(version.generation ?? 0) },
    ...optional(decision, "allowedByOrganizations"),
    ...optional(decision, "allowedByPermissionsBoundary"),
    ...(layers.length === 0
      ? {}
      : {
          layers: layers.map(({ policyType, verdict }) => ({
            policyType: String(policyType),
            verdict: String(verdict),
          })),
        }),
    ...(statements.length === 0 ? {} : { statements: statements.map(statementExplanation) }),
    ...(typeof decision.message === "string" && decision.message !== "" ? { message: decision.message } : {}),
  };
}

function messageOf(value: unknown): Message {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function messagesOf(value: unknown): Message[] {
  return Array.isArray(value) ? value.map(messageOf) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Optional bools that are absent come as members of their own one-of; absent means absent. */
function optional<K extends string>(message: Message, key: K): { readonly [P in K]?: boolean } {
  if (!(`_${key}` in message) && message[key] !== true) return {};
  const result: { [P in K]?: boolean } = {};
  result[key] = message[key] === true;
  return result;
}

function matchedStatement(message: Message): MatchedStatement {
  const sid = String(message.sid ?? "");
  return {
    policyType: String(message.policyType),
    policy: String(message.policy),
    statement: Number(message.statement),
    ...(sid === "" ? {} : { sid }),
    effect: message.effect === "Deny" ? "Deny" : "Allow",
    file: String(message.file),
    line: Number(message.line),
    column: Number(message.column),
  };
}

function statementExplanation(message: Message): StatementExplanation {
  const statement = matchedStatement(messageOf(message.statement));
  if (message.applies === true) return { statement, applies: true };
  const failedElement = String(message.failedElement);
  if (failedElement !== "condition") return { statement, applies: false, failedElement };
  return {
    statement,
    applies: false,
    failedElement,
    operator: String(message.operator),
    key: String(message.key),
    requestValues: textsOf(message.requestValues),
    keyMissing: message.keyMissing === true,
  };
}
