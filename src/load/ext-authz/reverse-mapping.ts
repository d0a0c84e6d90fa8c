/**
 * From a question to an HTTP request that a mapping makes a question of: its action and resource by the same route, its principal by a rule.
 * What the request then asks about is read with the mapping itself, never guessed.
 */
import { isIP } from "node:net";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { askQuestion } from "../../server/ext-authz/ask-question.js";
import { readCheckRequest } from "../../server/ext-authz/check-request.js";
import type { MappedRoute, Mapping, PrincipalRule } from "../../server/ext-authz/mapping.js";
import type { PathTemplate } from "../../server/ext-authz/path-template.js";
import { wantsHeader } from "../../server/ext-authz/request-headers.js";
import type { StructValue } from "../../server/ext-authz/struct-value.js";
import type { ValueTemplate } from "../../server/ext-authz/value-template.js";
import { type CheckParts, checkMessage } from "./check-message.js";
import { Bindings } from "./reverse-template.js";

/** A request and what it asks. */
export interface CheckedQuestion {
  readonly message: Buffer;
  readonly question: AuthorizationQuestion;
}

/** Finds one; undefined where no route asks that, or no rule has that principal. */
export function requestFor(mapping: Mapping, question: AuthorizationQuestion): CheckedQuestion | undefined {
  const action = question.action.toLowerCase();
  for (const route of mapping.routes) {
    if (route.action.toLowerCase() !== action) continue;
    for (const rule of mapping.principals) {
      const parts = partsFor(route, rule, question);
      const made = parts && readBack(mapping, parts);
      if (made !== undefined && made.question.resource === question.resource && made.question.action === route.action)
        return made;
    }
  }
  return undefined;
}

/** Whether a rule has that principal, or a session of that role. */
export function hasPrincipal({ principals }: Mapping, principal: string): boolean {
  return principals.some((rule) =>
    namesOf(principal, rule.principal).some((name) => new Bindings().bind(rule.principal, name)),
  );
}

/** The resources of a list that a route asks about, and one of the route's own. */
export function resourcesOf({ resource }: MappedRoute, known: readonly string[]): readonly string[] {
  const own = resource.pieces.map((piece) => ("literal" in piece ? piece.literal : anyText)).join("");
  return [...new Set([...known.filter((one) => new Bindings().bind(resource, one)), own])];
}

/** What the mapping makes of a request. */
function readBack(mapping: Mapping, parts: CheckParts): CheckedQuestion | undefined {
  const message = checkMessage(parts);
  const facts = readCheckRequest(message, (name) => wantsHeader(name, mapping.headersRead));
  const asked = askQuestion(mapping, facts);
  return asked.kind === "question" ? { message, question: asked.question } : undefined;
}

/** What a request says of values that nothing asks for. */
const anyText = "load";

function partsFor(route: MappedRoute, rule: PrincipalRule, question: AuthorizationQuestion): CheckParts | undefined {
  const bindings = new Bindings();
  // Captures of a SPIFFE id are not those of the path.
  const identity = rule.source.kind === "spiffe" ? new Bindings() : bindings;
  if (!bindings.bind(route.resource, question.resource)) return undefined;
  if (!namesOf(question.principal, rule.principal).some((name) => identity.bind(rule.principal, name)))
    return undefined;
  for (const [key, template] of rule.sessionTags) {
    const tag = question.sessionTags.find((one) => one.key.toLowerCase() === key.toLowerCase());
    if (tag !== undefined) identity.bind(template, tag.value);
  }
  for (const { key, values } of route.context) {
    const wanted = firstValueOf(question, key);
    const [template] = values;
    if (wanted !== undefined && template !== undefined && values.length === 1) bindings.bind(template, wanted);
  }
  const address = bindings.named("fact", "source.ip") ?? "";
  const spiffe = rule.source.kind === "spiffe" ? rule.source : undefined;
  return {
    method: route.methods[0] ?? "GET",
    path: pathOf(route, bindings),
    host: route.hosts[0] ?? "load.example",
    headers: headersOf(route, rule, bindings, identity),
    sourceAddress: isIP(address) === 0 ? "" : address,
    sourcePrincipal:
      spiffe === undefined
        ? ""
        : `spiffe://${spiffe.trustDomain}/${segmentsOf(spiffe.path, identity).map(String).join("/")}`,
    isTls: bindings.named("fact", "source.tls") === "true",
    extensions: new Map([...bindings.of("extension")].map(([{ name }, value]) => [name, value])),
    claims: claimsOf(rule, bindings),
  };
}

/** What a question says of a key; names of keys ignore case (COND-7). */
function firstValueOf({ context }: AuthorizationQuestion, key: string): string | undefined {
  const wanted = key.toLowerCase();
  for (const [name, values] of context) if (name.toLowerCase() === wanted) return values[0];
  return undefined;
}

/** The principal, and for a role the session that a template names: proxies know sessions, not roles. */
function namesOf(principal: string, { text }: ValueTemplate): readonly string[] {
  const [, partition, account, role] =
    /^arn:([^:]+):(?:iam|sts)::(\d+):(?:role\/(?:.*\/)?|assumed-role\/)([^/]+)/.exec(principal) ?? [];
  if (role === undefined) return [principal];
  const last = text.slice(text.lastIndexOf("/") + 1);
  return [principal, `arn:${partition}:sts::${account}:assumed-role/${role}/${/[{}]/.test(last) ? anyText : last}`];
}

function segmentsOf({ parts, rest }: PathTemplate, bindings: Bindings): readonly string[] {
  const segments = parts.map((part) =>
    part.kind === "literal" ? part.text : (bindings.named("capture", part.name) ?? anyText),
  );
  return rest === undefined ? segments : [...segments, ...(bindings.named("capture", rest) ?? anyText).split("/")];
}

function pathOf({ path, query }: MappedRoute, bindings: Bindings): string {
  const segments = segmentsOf(path, bindings).map(encodeURIComponent);
  const pairs = new Map([...bindings.of("query")].map(([{ name }, value]) => [name, value]));
  for (const [name, value] of query) pairs.set(name, value);
  const search = new URLSearchParams([...pairs]).toString().replaceAll("+", "%20");
  return `/${segments.join("/")}${path.endsInSlash ? "/" : ""}${search === "" ? "" : `?${search}`}`;
}

function headersOf(
  route: MappedRoute,
  { source }: PrincipalRule,
  ...bound: readonly Bindings[]
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (source.kind === "header") headers.set(source.name, anyText);
  for (const bindings of bound) for (const [{ name }, value] of bindings.of("header")) headers.set(name, value);
  for (const [name, value] of route.headers) headers.set(name, value);
  return headers;
}

function claimsOf({ source }: PrincipalRule, bindings: Bindings): CheckParts["claims"] {
  if (source.kind !== "jwt") return undefined;
  const claims = new Map<string, StructValue>();
  for (const [{ path }, value] of bindings.of("claim")) putClaim(claims, path, value);
  if (source.issuer !== undefined) claims.set("iss", source.issuer);
  if (source.audience !== undefined) claims.set("aud", source.audience);
  return [source.payload, claims];
}

/** Puts a text at a path of nested members. */
function putClaim(members: Map<string, StructValue>, [name = "", ...deeper]: readonly string[], value: string): void {
  if (deeper.length === 0) {
    members.set(name, value);
    return;
  }
  const known = members.get(name);
  const inner = new Map<string, StructValue>(known instanceof Map ? known : []);
  putClaim(inner, deeper, value);
  members.set(name, inner);
}
