/** The requests of `audit.proto` as questions about a region. What is wrong with one is told with its member. */
import { checkAction, checkResource, type GivenRegion, RegionRefusal, readRegion } from "../../audit/read-region.js";
import { everything, type Region } from "../../audit/region.js";
import { EngineError } from "../../engine/engine-error.js";
import type { AuditQuestion } from "./audit-task.js";

/** A request that was read. */
export interface AuditRequest {
  /** Names of policy sets: one, or old and new. Empty: the default one. */
  readonly policySets: readonly string[];
  readonly question: AuditQuestion;
  readonly region: Region;
  readonly budget: number;
}

/** The methods of the service. */
export const auditMethods = ["WhoCan", "WhatCan", "WhichResources", "Diff", "Prove"] as const;

/** One of them. */
export type AuditMethod = (typeof auditMethods)[number];

/** Texts of a principal, an action and a resource in requests are no longer. */
const MOST_TEXT = 4096;
const MOST_RESOURCE = 65_536;
/** Of a file of assertions, and the sets that it may compare with. */
const MOST_ASSERTIONS = 1 << 20;
const MOST_SETS = 8;
/** Patterns and keys of one region: each is held against all that the set names. */
const MOST_ENTRIES = 1000;

/** Reads a message of a method. `budget`: the steps for one line that the server grants. Throws EngineError. */
export function readAudit(method: AuditMethod, message: object, budget: number): AuditRequest {
  try {
    return read(method, message, budget);
  } catch (error: unknown) {
    if (!(error instanceof RegionRefusal)) throw error;
    const key = error.key === undefined ? "" : `[${JSON.stringify(error.key)}]`;
    throw malformed(`${error.place}${key}: ${error.message}`);
  }
}

function read(method: AuditMethod, message: object, most: number): AuditRequest {
  const text = (member: string): string => textMember(message, member);
  const all = Reflect.get(message, "all") === true;
  const budget = numberOf(message, "budget");
  if (budget > most) throw malformed(`budget: ${budget} steps for one line, at most ${most}`);
  if (method === "Prove") return proofOf(message, budget === 0 ? most : budget);
  const region = regionOf(Reflect.get(message, "region"));
  const common = { region, budget: budget === 0 ? most : budget };
  if (method === "Diff") {
    return { ...common, policySets: [text("oldPolicySet"), text("newPolicySet")], question: { kind: "diff" } };
  }
  const policySets = [text("policySet")];
  const resources = method === "WhichResources" ? region.resources : resourcesOf(text("resource"), message, region);
  if (method === "WhoCan") {
    const action = actionOf(text("action"));
    return { ...common, policySets, question: { kind: "whoCan", action, resources, all } };
  }
  const principal = principalOf(text("principal"));
  if (method === "WhatCan") return { ...common, policySets, question: { kind: "whatCan", principal, resources, all } };
  const action = actionOf(text("action"));
  return { ...common, policySets, question: { kind: "whichResources", principal, action, all } };
}

/** The assertions are read aside, and what is wrong with them is told from there. */
function proofOf(message: object, budget: number): AuditRequest {
  const assertions = bounded("assertions", textMember(message, "assertions"), MOST_ASSERTIONS);
  if (assertions === "") throw malformed("assertions: missing");
  const others = [...new Set(listOf(message, "otherPolicySets"))];
  if (others.length > MOST_SETS) throw malformed(`other_policy_sets: ${others.length} names, at most ${MOST_SETS}`);
  const names = [textMember(message, "policySet"), ...others];
  return { policySets: names, question: { kind: "prove", assertions, names }, region: everything, budget };
}

function actionOf(text: string): string {
  if (text === "") throw malformed("action: missing");
  checkAction(bounded("action", text, MOST_TEXT));
  return text;
}

function principalOf(text: string): string {
  if (text === "") throw malformed("principal: missing");
  return bounded("principal", text, MOST_TEXT);
}

/** The member, else what the region names, else everything. */
function resourcesOf(resource: string, message: object, region: Region): readonly string[] {
  if (resource === "") return region.resources;
  checkResource(bounded("resource", resource, MOST_RESOURCE));
  if (listOf(Reflect.get(message, "region"), "resources").length > 0)
    throw malformed("resource: give it here or in the region, not both");
  return [resource];
}

function regionOf(given: unknown): Region {
  const context = contextOf(memberOf(given, "context"));
  const region: GivenRegion = {
    principals: listOf(given, "principals"),
    actions: listOf(given, "actions"),
    resources: listOf(given, "resources"),
    context,
    without: listOf(given, "without"),
    closed: memberOf(given, "closed") === true,
    outside: memberOf(given, "outside") === true,
  };
  const { principals, actions, resources, without } = region;
  const entries = principals.length + actions.length + resources.length + without.length + context.length;
  if (entries > MOST_ENTRIES) throw malformed(`region: ${entries} texts and keys, at most ${MOST_ENTRIES}`);
  for (const one of [...principals, ...actions]) bounded("region", one, MOST_TEXT);
  for (const one of resources) bounded("region", one, MOST_RESOURCE);
  return readRegion(region);
}

function contextOf(entries: unknown): readonly (readonly [string, readonly string[]])[] {
  if (typeof entries !== "object" || entries === null) return [];
  return Object.entries(entries).map(([key, values]) => [key, listOf(values, "values")] as const);
}

function bounded(place: string, text: string, most: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > most) throw malformed(`${place}: a text of ${bytes} bytes, at most ${most}`);
  return text;
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, member) : undefined;
}

function textMember(value: unknown, member: string): string {
  const text = memberOf(value, member);
  return typeof text === "string" ? text : "";
}

function numberOf(value: unknown, member: string): number {
  const number = memberOf(value, member);
  return typeof number === "number" ? number : 0;
}

function listOf(value: unknown, member: string): readonly string[] {
  const list = memberOf(value, member);
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

function malformed(message: string): EngineError {
  return new EngineError("malformed", message);
}
