/**
 * Where the texts of a question come from: the placeholders that templates of a mapping may hold, and their values in one
 * request. Knows nothing of what the values are used for.
 */
import { isIP } from "node:net";
import type { CheckFacts } from "./check-request.js";
import { type StructMembers, type StructValue, textsOfValue } from "./struct-value.js";

/** A value that a template refers to. */
export type Placeholder =
  /** `{orderId}`: a capture of the path, or of the pattern that a SPIFFE id matched. */
  | { readonly kind: "capture"; readonly name: string }
  /** `{header.x-user}` */
  | { readonly kind: "header"; readonly name: string }
  /** `{query.page}` */
  | { readonly kind: "query"; readonly name: string }
  /** `{jwt.sub}`, or `{jwt./realm_access/roles}` by JSON Pointer (RFC 6901) */
  | { readonly kind: "claim"; readonly path: readonly string[] }
  /** `{extension.tenant}`: an entry of `context_extensions` */
  | { readonly kind: "extension"; readonly name: string }
  /** `{source.ip}`, `{request.method}` and the like */
  | { readonly kind: "fact"; readonly name: FactName };

/** The values that every request may have. */
export const factNames = [
  "source.ip",
  "source.principal",
  "source.service",
  "source.tls",
  "request.id",
  "request.method",
  "request.host",
  "request.scheme",
  "request.protocol",
  "request.path",
  "request.decodedPath",
  "tls.sni",
  "principal",
] as const;

/** The name of such a value. */
export type FactName = (typeof factNames)[number];

/** Reads the inside of the braces; undefined if it is no placeholder. */
export function parsePlaceholder(text: string): Placeholder | undefined {
  const fact = factNames.find((name) => name === text);
  if (fact !== undefined) return { kind: "fact", name: fact };
  const [, source, name = ""] = /^(header|query|jwt|extension)\.(.+)$/s.exec(text) ?? [];
  if (source === "header") return headerName.test(name) ? { kind: "header", name } : undefined;
  if (source === "query") return { kind: "query", name };
  if (source === "extension") return { kind: "extension", name };
  if (source === "jwt") return { kind: "claim", path: claimPath(name) };
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? { kind: "capture", name: text } : undefined;
}

/** Names of headers as they travel: lower case, and no pseudo headers. */
export const headerName = /^[a-z0-9!#$%&'*+.^`|~-][a-z0-9!#$%&'*+.^`|~_-]*$/;

function claimPath(name: string): readonly string[] {
  if (!name.startsWith("/")) return [name];
  return name
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What the placeholders of one request stand for. */
export interface RequestValues {
  readonly facts: CheckFacts;
  readonly path: { readonly raw: string; readonly decoded: string };
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  readonly captures: ReadonlyMap<string, string>;
  readonly claims: StructMembers | undefined;
  /** Empty until the principal is known. */
  readonly principal: string;
}

/** The values of a placeholder; undefined where the request has none. Only claims have more than one. */
export function valuesOf(placeholder: Placeholder, values: RequestValues): readonly string[] | undefined {
  switch (placeholder.kind) {
    case "capture":
      return single(values.captures.get(placeholder.name));
    case "header":
      return single(values.headers.get(placeholder.name));
    case "query":
      return single(values.query.get(placeholder.name));
    case "extension":
      return single(values.facts.extensions.get(placeholder.name));
    case "claim":
      return textsOfValue(claimAt(values.claims, placeholder.path));
    case "fact":
      return single(factOf(placeholder.name, values));
  }
}

function single(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text];
}

function claimAt(claims: StructMembers | undefined, path: readonly string[]): StructValue | undefined {
  let value: StructValue | undefined = claims;
  for (const name of path) value = value instanceof Map ? value.get(name) : undefined;
  return value;
}

/** An empty text of Envoy's means that there is none. */
function factOf(name: FactName, { facts, path, principal }: RequestValues): string | undefined {
  switch (name) {
    case "source.ip":
      return isIP(facts.sourceAddress) === 0 ? undefined : facts.sourceAddress;
    case "source.principal":
      return given(facts.sourcePrincipal);
    case "source.service":
      return given(facts.sourceService);
    case "source.tls":
      return String(facts.isTls);
    case "request.id":
      return given(facts.http.id);
    case "request.method":
      return given(facts.http.method);
    case "request.host":
      return given(facts.http.host);
    case "request.scheme":
      return given(facts.http.scheme);
    case "request.protocol":
      return given(facts.http.protocol);
    case "request.path":
      return path.raw;
    case "request.decodedPath":
      return path.decoded;
    case "tls.sni":
      return given(facts.sni);
    case "principal":
      return given(principal);
  }
}

function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
