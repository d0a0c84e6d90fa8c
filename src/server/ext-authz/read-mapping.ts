/**
 * From a mapping file to a mapping, or to every finding that speaks against it, each at its line and column. Loading is all or
 * nothing: half a mapping would let requests pass by routes that its author shadowed.
 */
import { isPolicySetName } from "../../policy/policy-set-name.js";
import type { MappingReading } from "../../supply/followed-mapping.js";
import { readMappingText } from "../../supply/read-mapping-text.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import {
  readBoolean,
  readEntries,
  readItems,
  readMembers,
  readReferences,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../../text/tree-place.js";
import { reportCoveredRoutes } from "./covered-routes.js";
import type { MappedRoute, Mapping } from "./mapping.js";
import { headerName } from "./placeholder.js";
import { readContextTemplates, sourceAddressEntry } from "./read-context.js";
import { readPrincipals } from "./read-principals.js";
import { readRoute } from "./read-route.js";
import { readTemplate, templateScope } from "./read-template.js";
import { RouteTrie } from "./route-trie.js";

/** The member of a file that makes it a mapping. */
export const mappingMember = "extAuthz";

/** The members below it. */
export const mappingMembers = [
  "policySet",
  "timeoutMs",
  "deniedBody",
  "anonymous",
  "principals",
  "context",
  "requestHeaders",
  "removeHeaders",
  "routes",
] as const;

/** Reads the text of a mapping file. */
export function buildMapping(source: SourceText): MappingReading<Mapping> {
  return readMappingText(source, readMapping);
}

/** Whether a file is a mapping, well made or not. */
export function isMapping(node: TreeNode): boolean {
  return node.kind === "object" && node.members.some(({ key }) => key === mappingMember);
}

const usualTimeoutMs = 1000;
/** The most that `timeoutMs` may be. */
export const longestTimeoutMs = 60_000;
/** A mapping has no more routes. */
export const mostRoutes = 10_000;

function readMapping(file: TreePlace): Mapping | undefined {
  if (!isMapping(file.node)) {
    report(file, "SET-FORMAT", `the file is no mapping: it has no member \`${mappingMember}\``);
    return undefined;
  }
  const top = readMembers(file, [mappingMember]);
  const place = top && requireMember(file, top, mappingMember);
  const members = place && readMembers(place, mappingMembers);
  if (place === undefined || members === undefined) return undefined;
  const scope = templateScope();
  const allowsAnonymous = readBoolean(members.get("anonymous")) ?? false;
  const principals = readPrincipals(members.get("principals"), scope);
  const context = readContextTemplates(members.get("context"), scope);
  const common = sourceAddressEntry(context);
  const routes: { route: MappedRoute; place: TreePlace }[] = [];
  const routePlaces = readItems(requireMember(place, members, "routes"));
  if (routePlaces.length > mostRoutes) report(place, "SET-FORMAT", `routes: more than ${mostRoutes}`);
  for (const item of routePlaces.slice(0, mostRoutes)) {
    const route = readRoute(item, { scope, common, allowsAnonymous });
    if (route !== undefined) routes.push({ route, place: item });
  }
  const mayBeAnonymous = allowsAnonymous || routes.some(({ route }) => route.allowsAnonymous);
  if (routePlaces.length === 0) {
    const at = members.get("routes");
    if (at !== undefined) report(at, "MAP-ROUTE", "there is no route, so every request would be denied");
  } else if (!members.has("principals") && !mayBeAnonymous) {
    report(place, "MAP-PRINCIPAL", "there are neither `principals` nor `anonymous` routes, so nobody could pass");
  }
  const trie = new RouteTrie();
  reportCoveredRoutes(routes, trie);
  const requestHeaders = readRequestHeaders(members.get("requestHeaders"), scope);
  const removeHeaders = readHeaderNames(members.get("removeHeaders"));
  const readsHosts = routes.some(({ route }) => route.hosts.length > 0);
  return {
    policySet: readPolicySet(members.get("policySet")),
    timeoutMs: readTimeout(members.get("timeoutMs")),
    tellsReasons: readDeniedBody(members.get("deniedBody")),
    principals,
    requestHeaders,
    removeHeaders,
    routes: routes.map(({ route }) => route),
    trie,
    headersRead: scope.headers,
    queryRead: scope.query,
    readsHosts,
  };
}

/** Whether a set of the name is served is for those to tell who serve. */
function readPolicySet(place: TreePlace | undefined): string {
  const name = readText(place) ?? "";
  if (place !== undefined && name !== "" && !isPolicySetName(name)) {
    report(place, "SET-FORMAT", `${quote(name)} is no name of a policy set`);
  }
  return name;
}

function readTimeout(place: TreePlace | undefined): number {
  if (place === undefined) return usualTimeoutMs;
  const value = place.node.kind === "number" && /^[0-9]{1,6}$/.test(place.node.text) ? Number(place.node.text) : 0;
  if (value >= 1 && value <= longestTimeoutMs) return value;
  report(place, "SET-FORMAT", `must be a whole number from 1 to ${longestTimeoutMs}`);
  return usualTimeoutMs;
}

function readDeniedBody(place: TreePlace | undefined): boolean {
  const text = readText(place);
  if (place !== undefined && text !== undefined && text !== "plain" && text !== "reason") {
    report(place, "SET-FORMAT", "must be `plain` or `reason`");
  }
  return text === "reason";
}

function readRequestHeaders(
  place: TreePlace | undefined,
  scope: ReturnType<typeof templateScope>,
): Mapping["requestHeaders"] {
  return readEntries(place).flatMap(([name, value]) => {
    checkHeaderName(value, name);
    const template = readTemplate(value, scope, { captures: undefined, allowsPrincipal: true });
    return template === undefined ? [] : [{ name, value: template }];
  });
}

function readHeaderNames(place: TreePlace | undefined): readonly string[] {
  return readReferences(place).map(({ text, place: at }) => {
    checkHeaderName(at, text);
    return text;
  });
}

/** Reports a header that Envoy does not let through: pseudo headers, `host`, upper case. */
function checkHeaderName(place: TreePlace, name: string): void {
  if (headerName.test(name) && name !== "host") return;
  const lower = name.toLowerCase();
  const meant = headerName.test(lower) && lower !== "host" ? `: write ${quote(lower)}` : "";
  report(place, "MAP-HEADER", `${quote(name)} is no header that can be set or removed${meant}`);
}
