/**
 * The sections `resources`, `endpoints` and `mandatoryResourcePolicies` of a Verdict file.
 */

import { quote } from "../../text/quote.js";
import type { Members, TreePlace } from "../../text/tree-place.js";
import {
  readBoolean,
  readItems,
  readMembers,
  readTags,
  readText,
  report,
  requireMember,
} from "../../text/tree-place.js";
import { hasWildcard, parseArn } from "../document/arn.js";
import { isAccountId, parseRequester } from "../requester.js";
import type { Reading } from "./policy-reading.js";
import { readPolicyMember } from "./policy-reading.js";

/** The members of a resource. */
export const resourceMembers = ["arn", "account", "tags", "policy", "restrictPublicBuckets"] as const;

/** The members of an endpoint. */
export const endpointMembers = ["id", "account", "vpc", "policy"] as const;

/** The members of a pair of patterns (GEN-6). */
export const mandatoryResourcePolicyMembers = ["action", "resource"] as const;

/** Adds the resources of a file. */
export function readResources(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, resourceMembers);
    if (members === undefined) continue;
    const arnPlace = requireMember(item, members, "arn");
    const arn = readText(arnPlace);
    const account = readAccount(members);
    const tags = readTags(members.get("tags"));
    const policyPlace = members.get("policy");
    const isRole = arn !== undefined && parseRequester(arn, reading.declarations.profile)?.kind === "role";
    if (isRole && policyPlace !== undefined) {
      report(policyPlace, "SET-FORMAT", "the policy of a role is its `trustPolicy`: write it in `roles`");
      continue;
    }
    const policy = readPolicyMember(reading, policyPlace, "resource", arn ?? "");
    const restrictPublicBuckets = readBoolean(members.get("restrictPublicBuckets")) ?? false;
    if (arn === undefined || arnPlace === undefined) continue;
    const problem = problemOf(arn);
    if (problem !== undefined) {
      report(arnPlace, "SET-FORMAT", problem);
      continue;
    }
    reading.declarations.resources.push({ place: arnPlace, arn, account, tags, policy, restrictPublicBuckets });
  }
}

/** What is wrong with the ARN of an entry, in words that end in the cure. */
function problemOf(arn: string): string | undefined {
  const rest = parseArn(arn)?.rest;
  if (rest === undefined || rest === "") return `${quote(arn)} is not the ARN of a resource`;
  if (hasWildcard(arn)) {
    return "a resource has no wildcards: its ARN covers everything below it; `owners` takes patterns";
  }
  if (!/[/:]$/.test(arn)) return undefined;
  const bare = arn.replace(/[/:]+$/, "");
  return parseArn(bare) === undefined
    ? `${quote(arn)} is not the ARN of a resource`
    : `${quote(arn)} covers nothing below it: write ${quote(bare)}, which covers all that lies below it`;
}

/** Adds the endpoints of a file. */
export function readEndpoints(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, endpointMembers);
    if (members === undefined) continue;
    const id = readText(requireMember(item, members, "id"));
    const account = readAccount(members);
    const vpc = readText(members.get("vpc"));
    const policy = readPolicyMember(reading, members.get("policy"), "endpoint", id ?? "");
    if (id === undefined) continue;
    reading.declarations.endpoints.push({ place: members.get("id") ?? item, id, account, vpc, policy });
  }
}

/** Adds the pairs of patterns that demand a grant by the resource policy (GEN-6). */
export function readMandatoryResourcePolicies(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, mandatoryResourcePolicyMembers);
    if (members === undefined) continue;
    const action = readPattern(item, members, "action", ACTION_PATTERN, "an action pattern");
    const resource = readPattern(item, members, "resource", RESOURCE_PATTERN, "an ARN pattern or `*`");
    if (action !== undefined && resource !== undefined) {
      reading.declarations.mandatoryResourcePolicies.push({ action, resource });
    }
  }
}

/** ACT-4 to ACT-6: stars alone, or a prefix and a name. */
const ACTION_PATTERN = /^(\*+|[^:\s]+:[^:\s]+)$/;
/** RES-2, RES-7: stars alone, six fields, or fewer that end in a star. */
const RESOURCE_PATTERN = /^(\*+|arn(:[^:]*){4}:.*|arn:.*\*)$/s;

function readPattern(
  place: TreePlace,
  members: Members,
  name: string,
  pattern: RegExp,
  wanted: string,
): string | undefined {
  const member = requireMember(place, members, name);
  const text = readText(member);
  if (member === undefined || text === undefined || pattern.test(text)) return text;
  report(member, "SET-FORMAT", `${quote(text)} is not ${wanted}`);
  return undefined;
}

function readAccount(members: Members): string | undefined {
  const place = members.get("account");
  const account = readText(place);
  if (place === undefined || account === undefined || isAccountId(account)) return account;
  report(place, "SET-FORMAT", `${quote(account)} is not an account id`);
  return undefined;
}
