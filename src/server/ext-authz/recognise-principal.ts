/** Who sent a request, by the rules of a mapping. Trusts what Envoy verified, and headers only where the mapping says so. */

import { parseRequester } from "../../policy/requester.js";
import type { Tag } from "../../text/tag.js";
import { isUncertain } from "./arn-template.js";
import type { PrincipalRule, PrincipalSource } from "./mapping.js";
import { capturesOf, type PathTemplate } from "./path-template.js";
import type { Placeholder, RequestValues } from "./placeholder.js";
import type { StructMembers, StructValue } from "./struct-value.js";
import { fillText, type ValueTemplate } from "./value-template.js";

/** A caller. */
export interface RecognisedCaller {
  readonly principal: string;
  readonly sessionTags: readonly Tag[];
  readonly claims: StructMembers | undefined;
}

/**
 * The first rule that takes the request names its caller; undefined where nobody can be named. An identity that no rule takes,
 * or that does not fill the rule in, is not `anonymous`: it is nobody.
 */
export function recognisePrincipal(
  rules: readonly PrincipalRule[],
  values: RequestValues,
  allowsAnonymous: boolean,
): RecognisedCaller | undefined {
  let showsIdentity = false;
  for (const rule of rules) {
    const shown = identityOf(rule.source, values);
    if (shown === "nothing") continue;
    showsIdentity = true;
    if (shown !== "another") return callerOf(rule, { ...values, ...shown });
  }
  return allowsAnonymous && !showsIdentity ? { principal: "anonymous", sessionTags: [], claims: undefined } : undefined;
}

/** What a template of the principal may refer to. */
type Identity = Partial<Pick<RequestValues, "claims" | "captures">>;

function identityOf(source: PrincipalSource, values: RequestValues): Identity | "nothing" | "another" {
  switch (source.kind) {
    case "jwt": {
      const claims = values.facts.metadata(jwtFilter)?.get(source.payload);
      if (claims === undefined) return "nothing";
      return claims instanceof Map && isMeant(claims, source) ? { claims } : "another";
    }
    case "spiffe": {
      const { sourcePrincipal } = values.facts;
      if (sourcePrincipal === "") return "nothing";
      const captures = spiffeCaptures(sourcePrincipal, source.trustDomain, source.path);
      return captures === undefined ? "another" : { captures };
    }
    case "header":
      return values.headers.has(source.name) ? {} : "nothing";
  }
}

const jwtFilter = "envoy.filters.http.jwt_authn";

function isMeant(
  claims: StructMembers,
  { issuer, audience }: Extract<PrincipalSource, { readonly kind: "jwt" }>,
): boolean {
  if (issuer !== undefined && claims.get("iss") !== issuer) return false;
  const audiences: StructValue | undefined = claims.get("aud");
  if (audience === undefined || audiences === audience) return true;
  return Array.isArray(audiences) && audiences.includes(audience);
}

/** SPIFFE ids are compared as they are: there are no escapes, no dot segments and no empty ones in them. */
function spiffeCaptures(
  id: string,
  trustDomain: string,
  template: PathTemplate,
): ReadonlyMap<string, string> | undefined {
  const prefix = `spiffe://${trustDomain}/`;
  if (!id.startsWith(prefix)) return undefined;
  const segments = id.slice(prefix.length).split("/");
  if (segments.some((segment) => !/^[A-Za-z0-9._-]+$/.test(segment) || /^\.{1,2}$/.test(segment))) return undefined;
  const { parts, rest } = template;
  if (rest === undefined ? segments.length !== parts.length : segments.length <= parts.length) return undefined;
  const fits = parts.every((part, index) => part.kind === "capture" || part.text === segments[index]);
  return fits ? capturesOf(template, segments) : undefined;
}

function callerOf({ principal, sessionTags }: PrincipalRule, values: RequestValues): RecognisedCaller | undefined {
  const name = fillPrincipal(principal, values);
  if (name === undefined) return undefined;
  const tags: Tag[] = [];
  for (const [key, template] of sessionTags) {
    const value = fillText(template, values, (text, placeholder) => !isUncertain(text, placeholder));
    // A session without the tag would have the role's own instead, which another caller may share.
    if (value === undefined) return undefined;
    tags.push({ key, value });
  }
  return { principal: name, sessionTags: tags, claims: values.claims };
}

function fillPrincipal(template: ValueTemplate, values: RequestValues): string | undefined {
  const [only, another] = template.pieces;
  if (only === undefined) return undefined;
  const isWhole = another === undefined;
  const accepts = (value: string, placeholder: Placeholder): boolean =>
    !isUncertain(value, placeholder) && (isWhole || /^[^\s:/*?\p{C}]+$/u.test(value));
  const text = fillText(template, values, accepts);
  if (text === undefined || parseRequester(text, "generic") === undefined) return undefined;
  // A value that is a whole principal is an entity: no caller names itself `anonymous` or a service.
  return isWhole && !text.startsWith("arn:") && "placeholder" in only ? undefined : text;
}
