/** Reads one route of a mapping. */
import { quote } from "../../text/quote.js";
import {
  type Members,
  readAnyText,
  readBoolean,
  readEntries,
  readMembers,
  readReference,
  readReferences,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../../text/tree-place.js";
import { refusalOfArn } from "./arn-template.js";
import type { ContextEntry, MappedRoute } from "./mapping.js";
import { captureNames, parsePathTemplate } from "./path-template.js";
import { factNames, headerName } from "./placeholder.js";
import { mergeContext, readContextTemplates } from "./read-context.js";
import { readTemplate, type TemplateScope } from "./read-template.js";
import { plainHost } from "./request-headers.js";

/** What a route takes from its mapping. */
export interface RouteTerms {
  readonly scope: TemplateScope;
  readonly common: readonly ContextEntry[];
  readonly allowsAnonymous: boolean;
}

/** The members of a route. */
export const routeMembers = [
  "name",
  "method",
  "host",
  "path",
  "headers",
  "query",
  "action",
  "resource",
  "context",
  "anonymous",
] as const;

/** Reads a route; undefined after findings. */
export function readRoute(place: TreePlace, { scope, common, allowsAnonymous }: RouteTerms): MappedRoute | undefined {
  const members = readMembers(place, routeMembers);
  if (members === undefined) return undefined;
  const pathPlace = requireMember(place, members, "path");
  const text = readText(pathPlace);
  const path = text === undefined ? undefined : parsePathTemplate(text);
  if (pathPlace !== undefined && path !== undefined && "refusal" in path) report(pathPlace, "MAP-PATH", path.refusal);
  // Captures are unknown where the path is: whatever refers to them would only repeat that finding.
  const template = path === undefined || "refusal" in path ? undefined : path;
  const captures = template === undefined ? undefined : captureNames(template);
  const used = new Set<string>();
  const action = readAction(requireMember(place, members, "action"));
  const resourcePlace = requireMember(place, members, "resource");
  const resource = captures && readTemplate(resourcePlace, scope, { captures, allowsPrincipal: true, used });
  if (resourcePlace !== undefined && resource !== undefined) {
    const refusal = refusalOfArn(resource);
    if (refusal !== undefined) report(resourcePlace, "MAP-RESOURCE", refusal);
    else if (/[*?]/.test(resource.text) && resource.text !== "*") {
      report(resourcePlace, "RES-1", "`*` and `?` are literal here: a question is about one resource", "warning");
    }
  }
  const context = captures && readContextTemplates(members.get("context"), scope, captures, used);
  const own = {
    name: readText(members.get("name")) ?? `${methodText(members)} ${text ?? ""}`.trim(),
    methods: readMethods(members.get("method")),
    hosts: readHosts(members.get("host")),
    headers: readConditions(members.get("headers"), true, scope.headers),
    query: readConditions(members.get("query"), false, scope.query),
    allowsAnonymous: readBoolean(members.get("anonymous")) ?? allowsAnonymous,
  };
  if (pathPlace === undefined || template === undefined || captures === undefined) return undefined;
  for (const name of captures) {
    if (factNames.some((fact) => fact === name)) report(pathPlace, "MAP-PATH", `\`{${name}}\` has another meaning`);
    else if (resource !== undefined && !used.has(name) && !name.startsWith("_")) {
      report(
        pathPlace,
        "MAP-PATH",
        `\`{${name}}\` is not used: write \`{_${name}}\` where it does not matter`,
        "warning",
      );
    }
  }
  // Stand-ins, so that one run shows every finding; a mapping with an error is never used.
  return {
    ...own,
    path: template,
    action: action ?? "",
    resource: resource ?? { text: "", pieces: [] },
    context: mergeContext(common, context ?? []),
  };
}

function methodText(members: Members): string {
  return referencesOrOne(members.get("method"))
    .map((reference) => reference.text)
    .join(",");
}

function readAction(place: TreePlace | undefined): string | undefined {
  const text = readText(place);
  if (place === undefined || text === undefined) return undefined;
  if (/^[^\s:*?{}\p{C}]+:[^\s:*?{}\p{C}]+$/u.test(text)) return text;
  report(place, "MAP-ACTION", `${quote(text)} is no action: \`service:Name\` without wildcards and placeholders`);
  return undefined;
}

function readMethods(place: TreePlace | undefined): readonly string[] {
  const references = referencesOrOne(place);
  for (const { text, place: at } of references) {
    if (!/^([A-Z][A-Z0-9_-]{0,31}|\*)$/.test(text)) {
      report(at, "MAP-ROUTE", `${quote(text)} is no method: names are upper case, \`*\` is every one`);
    }
  }
  return references.some(({ text }) => text === "*") ? [] : references.map(({ text }) => text);
}

function readHosts(place: TreePlace | undefined): readonly string[] {
  const references = referencesOrOne(place);
  for (const { text, place: at } of references) {
    if (plainHost(text) !== text) report(at, "MAP-ROUTE", `${quote(text)} is no host: a name in lower case, no port`);
  }
  return references.map(({ text }) => text);
}

function referencesOrOne(place: TreePlace | undefined): ReturnType<typeof readReferences> {
  if (place?.node.kind === "array") return readReferences(place);
  const reference = readReference(place);
  return reference === undefined ? [] : [reference];
}

function readConditions(
  place: TreePlace | undefined,
  areHeaders: boolean,
  read: Set<string>,
): ReadonlyMap<string, string> {
  const conditions = new Map<string, string>();
  for (const [name, value] of readEntries(place)) {
    if (areHeaders && !headerName.test(name)) {
      report(value, "MAP-HEADER", `${quote(name)} is no name of a header: names are lower case`);
    }
    const text = readAnyText(value);
    if (text !== undefined) conditions.set(name, text);
    read.add(name);
  }
  return conditions;
}
