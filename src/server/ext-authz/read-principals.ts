/** Reads how a mapping recognises callers. */

import { parseRequester } from "../../policy/requester.js";
import { quote } from "../../text/quote.js";
import {
  type Members,
  readEntries,
  readItems,
  readMembers,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../../text/tree-place.js";
import type { PrincipalRule, PrincipalSource } from "./mapping.js";
import { captureNames, type PathTemplate, parsePathTemplate } from "./path-template.js";
import { headerName } from "./placeholder.js";
import { readTemplate, type TemplateScope } from "./read-template.js";
import { placeholdersOf, type ValueTemplate } from "./value-template.js";

/** Reads the rules in their order. */
export function readPrincipals(place: TreePlace | undefined, scope: TemplateScope): readonly PrincipalRule[] {
  return readItems(place).flatMap((item) => readRule(item, scope) ?? []);
}

/** The members of a rule that say where a principal comes from, of which it has one. */
export const sourceMembers = ["jwt", "spiffe", "header"] as const;

/** The members of a rule. */
export const principalRuleMembers = [...sourceMembers, "principal", "sessionTags"] as const;

/** The members of `jwt`. */
export const jwtMembers = ["payload", "issuer", "audience"] as const;

function readRule(place: TreePlace, scope: TemplateScope): PrincipalRule | undefined {
  const members = readMembers(place, principalRuleMembers);
  if (members === undefined) return undefined;
  const given = sourceMembers.filter((name) => members.has(name));
  if (given.length !== 1) {
    report(place, "MAP-PRINCIPAL", "must have one of `jwt`, `spiffe` and `header`");
    return undefined;
  }
  const source = readSource(members, scope);
  const principal = requireMember(place, members, "principal");
  if (source === undefined) return undefined;
  const captures = source.kind === "spiffe" ? captureNames(source.path) : [];
  const terms = { captures, allowsPrincipal: false };
  const template = readTemplate(principal, scope, terms);
  if (principal !== undefined && template !== undefined) checkPrincipal(principal, template);
  const sessionTags = readEntries(members.get("sessionTags")).flatMap(([key, value]) => {
    const tag = readTemplate(value, scope, terms);
    if (tag === undefined) return [];
    checkClaims(value, tag, source);
    return [[key, tag] as const];
  });
  if (principal !== undefined && template !== undefined) checkClaims(principal, template, source);
  return template === undefined ? undefined : { source, principal: template, sessionTags };
}

function readSource(members: Members, scope: TemplateScope): PrincipalSource | undefined {
  const [jwt, spiffe, header] = sourceMembers.map((name) => members.get(name));
  if (jwt !== undefined) return readJwt(jwt);
  if (spiffe !== undefined) return readSpiffe(spiffe);
  const name = readText(header);
  if (header === undefined || name === undefined) return undefined;
  if (!headerName.test(name)) {
    report(header, "MAP-HEADER", `${quote(name)} is no name of a header: names are lower case`);
    return undefined;
  }
  scope.headers.add(name);
  return { kind: "header", name };
}

function readJwt(place: TreePlace): PrincipalSource | undefined {
  const members = readMembers(place, jwtMembers);
  const payload = members && readText(requireMember(place, members, "payload"));
  if (members === undefined || payload === undefined) return undefined;
  return { kind: "jwt", payload, issuer: readText(members.get("issuer")), audience: readText(members.get("audience")) };
}

function readSpiffe(place: TreePlace): PrincipalSource | undefined {
  const text = readText(place);
  if (text === undefined) return undefined;
  const [, trustDomain, rest = ""] = /^spiffe:\/\/([a-z0-9._-]+)(\/.*)$/s.exec(text) ?? [];
  if (trustDomain === undefined) {
    report(place, "MAP-PRINCIPAL", "is no SPIFFE id: `spiffe://`, a trust domain in lower case and a path");
    return undefined;
  }
  const path: PathTemplate | { readonly refusal: string } = parsePathTemplate(rest);
  const refusal = "refusal" in path ? path.refusal : path.endsInSlash ? "ends in a slash" : undefined;
  if ("refusal" in path || refusal !== undefined) {
    report(place, "MAP-PATH", refusal ?? "");
    return undefined;
  }
  return { kind: "spiffe", trustDomain, path };
}

/** With a name in every placeholder the text has to be a requester (IN-2). */
function checkPrincipal(place: TreePlace, { pieces }: ValueTemplate): void {
  const [only, another] = pieces;
  if (only !== undefined && another === undefined && "placeholder" in only) return;
  const text = pieces.map((piece) => ("literal" in piece ? piece.literal : "x")).join("");
  const requester = parseRequester(text, "generic");
  if (requester === undefined)
    report(place, "MAP-PRINCIPAL", "is no ARN of a user, a role or a session, and no service");
  else if (requester.kind === "anonymous")
    report(place, "MAP-PRINCIPAL", "must not be `anonymous`: write `anonymous: true`");
}

function checkClaims(place: TreePlace, template: ValueTemplate, { kind }: PrincipalSource): void {
  if (kind === "jwt" || !placeholdersOf(template).some((placeholder) => placeholder.kind === "claim")) return;
  report(place, "MAP-PLACEHOLDER", "claims are known where the principal comes from a `jwt`");
}
