// Rewrites the policies of a case document by document or statement by statement, for laws that say what such a change may
// do to a decision.
import type { CasePolicies, NamedDocument, PolicyType, SimulationCase } from "../oracle/simulation-case.js";

/** A statement as JSON. */
export type JsonStatement = Readonly<Record<string, unknown>>;

/** The statements of a document. */
export function statementsOf(document: unknown): readonly JsonStatement[] {
  const statement = isObject(document) ? document.Statement : undefined;
  const list: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  return list.filter(isObject);
}

/** The case with every document of every layer rewritten. */
export function mapDocuments(
  simulationCase: SimulationCase,
  rewrite: (document: unknown, type: PolicyType) => unknown,
): SimulationCase {
  return mapLayers(simulationCase, (documents, type) => documents.map((document) => rewrite(document, type)));
}

/** The case with every list of statements rewritten. */
export function mapStatements(
  simulationCase: SimulationCase,
  rewrite: (statements: readonly JsonStatement[], type: PolicyType) => readonly JsonStatement[],
): SimulationCase {
  return mapDocuments(simulationCase, (document, type) =>
    isObject(document) ? { ...document, Statement: rewrite(statementsOf(document), type) } : document,
  );
}

/** The case with every list of documents that form one pool rewritten; a pool of one may stay one. */
export function mapLayers(
  simulationCase: SimulationCase,
  rewrite: (documents: readonly unknown[], type: PolicyType) => readonly unknown[],
): SimulationCase {
  const { policies, request } = simulationCase;
  const named = (list: readonly NamedDocument[]): NamedDocument[] =>
    rewrite(
      list.map(({ document }) => document),
      "identity",
    ).map((document, index) => ({ name: list[index]?.name ?? `added-${index}`, document }));
  const one = (document: unknown, type: PolicyType): unknown => rewrite([document], type)[0];
  const groups = Object.entries(policies.groups ?? {}).map(([name, list]: [string, readonly NamedDocument[]]) => [
    name,
    named(list),
  ]);
  const sessions: readonly unknown[] = Array.isArray(policies.session) ? policies.session : [policies.session];
  const rewritten: CasePolicies = {
    ...(policies.identity === undefined ? {} : { identity: named(policies.identity) }),
    ...(policies.groups === undefined ? {} : { groups: Object.fromEntries(groups) }),
    ...(policies.boundary === undefined ? {} : { boundary: one(policies.boundary, "boundary") }),
    ...(policies.session === undefined ? {} : { session: rewrite(sessions, "session") }),
    ...(policies.resource === undefined ? {} : { resource: one(policies.resource, "resource") }),
    ...(policies.endpoint === undefined ? {} : { endpoint: one(policies.endpoint, "endpoint") }),
    ...(policies.scps === undefined ? {} : { scps: policies.scps.map((level) => rewrite(level, "scp")) }),
    ...(policies.rcps === undefined ? {} : { rcps: policies.rcps.map((level) => rewrite(level, "rcp")) }),
  };
  const ofRequest = request.sessionPolicies;
  const asked = ofRequest === undefined ? request : { ...request, sessionPolicies: rewrite(ofRequest, "session") };
  return { ...simulationCase, policies: rewritten, request: asked };
}

/** The case without some of its layers. */
export function withoutLayers(simulationCase: SimulationCase, layers: readonly string[]): SimulationCase {
  const kept = Object.entries(simulationCase.policies).filter(([name]) => !layers.includes(name));
  const { sessionPolicies, ...request } = simulationCase.request;
  const isKept = sessionPolicies !== undefined && !layers.includes("session");
  return {
    ...simulationCase,
    policies: Object.fromEntries(kept),
    request: isKept ? { ...request, sessionPolicies } : request,
  };
}

/** The statement without some of its members. */
export function withoutMembers(statement: JsonStatement, names: readonly string[]): JsonStatement {
  return Object.fromEntries(Object.entries(statement).filter(([name]) => !names.includes(name)));
}

function isObject(value: unknown): value is JsonStatement {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
