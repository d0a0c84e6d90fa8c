// The oracle asked about a small set: the directory is looked up here, by the rules of the semantics and nothing of the engine.
import { buildContext } from "../../oracle/build-context.js";
import { testHolds } from "../../oracle/condition.js";
import { evaluate } from "../../oracle/evaluate.js";
import { globTokens, matchGlob } from "../../oracle/glob.js";
import { parseOperator } from "../../oracle/operator.js";
import type { RequestContext } from "../../oracle/request-context.js";
import { isIamRequester, parseRequester } from "../../oracle/requester.js";
import { matchResourcePattern } from "../../oracle/resource-pattern.js";
import type { CaseRequest, SimulationCase } from "../../oracle/simulation-case.js";
import {
  A,
  ann,
  B,
  C,
  federated,
  managementAccount,
  organization,
  role,
  rootUnit,
  type SmallResource,
  type SmallSet,
  session,
} from "./small-set.js";

/** The decision time where the request sets none. */
export const SMALL_NOW_MS = Date.UTC(2025, 5, 1, 12, 0, 0);

/** One request, with all that a caller says. */
export interface SmallRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string | undefined;
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly resourceTags: Readonly<Record<string, string>>;
  readonly whatIf: boolean;
}

/** The listed entry that a resource falls under: the longest (design: it covers what is below it). */
export function entryOf(set: SmallSet, resource: string): SmallResource | undefined {
  const own = set.principals.find(
    ({ arn, trust, tags }) => arn === resource && (trust !== undefined || Object.keys(tags).length > 0),
  );
  if (own !== undefined) return { arn: own.arn, account: own.arn.split(":")[4] ?? "", tags: own.tags };
  return [...set.resources]
    .filter(({ arn }) => resource === arn || resource.startsWith(`${arn}/`) || resource.startsWith(`${arn}:`))
    .sort((left, right) => right.arn.length - left.arn.length)[0];
}

/**
 * Whose a resource is in a region: listed, by `owners`, by its ARN if the set knows the account, else the requester's own if he is of
 * the directory's accounts.
 */
export function regionOwner(set: SmallSet, resource: string, account: string | undefined): string | undefined {
  const said = entryOf(set, resource)?.account ?? ownerByPattern(set, resource);
  if (said !== undefined) return said;
  const named = resource.split(":")[4] ?? "";
  if (named === A || named === B) return named;
  if (account === managementAccount) return account;
  return account === C || account?.startsWith("99999999999") === true ? undefined : account;
}

/** Whose a decision takes it for (XACC-5). */
export function decisionOwner(set: SmallSet, resource: string, account: string | undefined): string | undefined {
  const said = entryOf(set, resource)?.account ?? ownerByPattern(set, resource);
  if (said !== undefined) return said;
  const named = resource.split(":")[4] ?? "";
  return named === "" ? account : named;
}

function ownerByPattern(set: SmallSet, resource: string): string | undefined {
  if (resource === "*") return undefined;
  const fields = resource.split(":");
  const own = [...fields.slice(0, 5), fields.slice(5).join(":")];
  return set.owners.find(({ pattern }) => {
    const parts = pattern.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")].every((part, index) =>
      matchGlob(globTokens(part), own[index] ?? ""),
    );
  })?.account;
}

/** The account of a principal's ARN. */
export function accountOf(principal: string): string | undefined {
  return principal.startsWith("arn:") ? principal.split(":")[4] : undefined;
}

const isInside = (set: SmallSet, account: string | undefined): boolean =>
  set.scps !== undefined && (account === A || account === managementAccount || (account === B && set.isBInside));

/** The case of a request: what the directory supplies, and the caller. */
export function caseOf(set: SmallSet, request: SmallRequest): SimulationCase {
  const { principal, action, resource, context, resourceTags, whatIf } = request;
  const account = accountOf(principal);
  const owner = request.resourceAccount ?? decisionOwner(set, resource, account);
  const entry = entryOf(set, resource);
  const ownArn = principal === session ? role : principal === federated && set.hasFederatedUser ? ann : principal;
  const own = set.principals.find(({ arn }) => arn === ownArn);
  const isKnownRole = own !== undefined && own.arn === role;
  const paths = (one: string | undefined) => (isInside(set, one) ? [`${organization}/${rootUnit}/`] : []);
  const levels = <T>(
    of: readonly (readonly T[])[] | undefined,
    one: string | undefined,
  ): readonly (readonly T[])[] | undefined => {
    if (of === undefined || !isInside(set, one)) return undefined;
    return one === A ? of : of.slice(0, 1);
  };
  const trust = set.principals.find(({ arn }) => arn === resource)?.trust;
  const policy = trust !== undefined ? (action.startsWith("sts:") ? trust : undefined) : entry?.policy;
  const scps = levels(set.scps, account);
  const rcps = levels(set.rcps, owner);
  const tags = entry?.tags ?? resourceTags;
  const asked: CaseRequest = {
    principal,
    action,
    resource,
    ...(owner === undefined ? {} : { resourceAccount: owner }),
    ...(own === undefined ? {} : { principalTags: own.tags }),
    resourceTags: tags,
    context,
    ...(principal === session && isKnownRole ? { principalIssuerArn: role } : {}),
    ...(principal === federated && set.hasFederatedUser ? { principalIssuerArn: ann } : {}),
    ...(own === undefined || principal === federated
      ? {}
      : {
          principalUniqueId:
            own.arn === role ? "AROASMALLWORLD" : `AIDA${(own.arn.split("/").at(-1) ?? "").toUpperCase()}`,
        }),
    ...(account !== undefined && isInside(set, account)
      ? { principalOrgId: organization, principalOrgPaths: paths(account) }
      : {}),
    ...(account === managementAccount && set.scps !== undefined ? { principalInManagementAccount: true } : {}),
    ...(owner === managementAccount && set.scps !== undefined ? { resourceInManagementAccount: true } : {}),
    ...(isInside(set, owner) ? { resourceOrgId: organization, resourceOrgPaths: paths(owner) } : {}),
  };
  return {
    profile: set.profile,
    ...(whatIf ? { whatIf } : {}),
    policies: {
      identity: (own?.policies ?? []).map((document, index) => ({ name: `own${index}`, document })),
      ...(own?.boundary === undefined ? {} : { boundary: own.boundary }),
      ...(policy === undefined ? {} : { resource: policy }),
      ...(scps === undefined ? {} : { scps }),
      ...(rcps === undefined ? {} : { rcps }),
    },
    request: asked,
  };
}

/** Whether the oracle allows the request. */
export function isAllowed(set: SmallSet, request: SmallRequest): boolean {
  return evaluate(caseOf(set, request), { nowMs: SMALL_NOW_MS }).decision === "allowed";
}

/** One entry of `when` as it is printed. */
export interface PrintedEntry {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
  readonly resource?: string;
  readonly holds: boolean;
}

/** Whether a request passes some inner list of `when`, read as a document of 2012-10-17. */
export function passesWhen(set: SmallSet, request: SmallRequest, when: readonly (readonly PrintedEntry[])[]): boolean {
  const context = contextFor(set, request);
  return when.some((way) => way.every((entry) => holds(entry, request.resource, context)));
}

function contextFor(set: SmallSet, request: SmallRequest): RequestContext {
  const { profile = "aws", request: asked, whatIf = false } = caseOf(set, request);
  const requester = parseRequester(asked, profile);
  const owner = asked.resourceAccount ?? (isIamRequester(requester) ? requester.account : "");
  return buildContext(asked, requester, owner, { whatIf, nowMs: SMALL_NOW_MS });
}

function holds(entry: PrintedEntry, resource: string, context: RequestContext): boolean {
  if (entry.resource !== undefined) {
    const reading = { padsMissingFields: true, hasVariables: true };
    return matchResourcePattern(entry.resource, resource, reading, context) === entry.holds;
  }
  const test = { operator: parseOperator(entry.operator ?? ""), key: entry.key ?? "", values: entry.values ?? [] };
  return testHolds(test, { hasVariables: true, effect: "Allow" }, context) === entry.holds;
}
