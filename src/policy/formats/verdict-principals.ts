/**
 * The sections `users`, `groups`, `roles` and `federatedUsers` of a Verdict file.
 */

import { quote } from "../../text/quote.js";
import type { Members, TreePlace } from "../../text/tree-place.js";
import {
  readItems,
  readMembers,
  readReference,
  readReferences,
  readTags,
  readText,
  report,
  requireMember,
} from "../../text/tree-place.js";
import { parseArn } from "../document/arn.js";
import { carriedPolicyMembers, type PrincipalKind } from "../policy-set.js";
import type { Requester } from "../requester.js";
import { isAccountId, parseRequester } from "../requester.js";
import type { EntityDeclaration } from "./declaration.js";
import type { Reading } from "./policy-reading.js";
import { readInlinePolicies, readPolicyMember, readPolicyReferences } from "./policy-reading.js";

const carriedMembers = carriedPolicyMembers.map(([member]) => member);
const entityMembers = ["arn", "id", "tags", "managedPolicies", "inlinePolicies"] as const;

/** The members of a user, beside the policies that it carries by a reference each. */
export const userMembers = [...entityMembers, "groups"] as const;

/** The members of a role, likewise. */
export const roleMembers = [...entityMembers, "trustPolicy"] as const;

/** The members of a group. */
export const groupMembers = ["arn", "managedPolicies", "inlinePolicies"] as const;

/** The members of a federated user. */
export const federatedUserMembers = ["arn", "issuer", "tags"] as const;

/** Adds the users of a file. */
export function readUsers(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, [...userMembers, ...carriedMembers]);
    const user = members && readEntity(reading, item, members, "user");
    if (user !== undefined) reading.declarations.users.push(user);
  }
}

/** Adds the roles of a file. */
export function readRoles(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, [...roleMembers, ...carriedMembers]);
    const role = members && readEntity(reading, item, members, "role");
    if (role !== undefined) reading.declarations.roles.push(role);
  }
}

/** Adds the groups of a file. */
export function readGroups(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, groupMembers);
    if (members === undefined) continue;
    const arnPlace = requireMember(item, members, "arn");
    const arn = readText(arnPlace);
    const managedPolicies = readPolicyReferences(reading, members.get("managedPolicies"), "identity");
    const inlinePolicies = readInlinePolicies(reading, members.get("inlinePolicies"));
    if (arn === undefined || arnPlace === undefined) continue;
    const group = parseGroupArn(arn);
    if (group === undefined) {
      report(arnPlace, "SET-FORMAT", `${quote(arn)} is not the ARN of a group`);
      continue;
    }
    reading.declarations.groups.push({ place: arnPlace, arn, ...group, managedPolicies, inlinePolicies });
  }
}

/** Adds the federated users of a file; they carry what their issuer carries (EVAL-3). */
export function readFederatedUsers(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, federatedUserMembers);
    if (members === undefined) continue;
    const named = readRequesterArn(reading, item, members, "federatedUser");
    const issuer = readReference(requireMember(item, members, "issuer"));
    const sessionTags = readTags(members.get("tags"));
    if (named === undefined || issuer === undefined) continue;
    reading.declarations.federatedUsers.push({ ...named, issuer, sessionTags });
  }
}

/** The account and name in the ARN of a group. */
export function parseGroupArn(arn: string): { readonly account: string; readonly name: string } | undefined {
  const fields = parseArn(arn);
  if (fields?.service !== "iam" || fields.region !== "" || !isAccountId(fields.account)) return undefined;
  const name = fields.rest.slice(fields.rest.lastIndexOf("/") + 1);
  return fields.rest.startsWith("group/") && name !== "" ? { account: fields.account, name } : undefined;
}

function readEntity(
  reading: Reading,
  place: TreePlace,
  members: Members,
  kind: "user" | "role",
): EntityDeclaration | undefined {
  const named = readRequesterArn(reading, place, members, kind);
  const rest = {
    uniqueId: readText(members.get("id")),
    tags: readTags(members.get("tags")),
    groups: readReferences(members.get("groups")),
    managedPolicies: readPolicyReferences(reading, members.get("managedPolicies"), "identity"),
    inlinePolicies: readInlinePolicies(reading, members.get("inlinePolicies")),
    carried: Object.fromEntries(carriedMembers.map((member) => [member, readReference(members.get(member))])),
    trustPolicy: readPolicyMember(reading, members.get("trustPolicy"), "trust", named?.arn ?? ""),
  };
  return named && { ...named, ...rest };
}

interface NamedRequester {
  readonly place: TreePlace;
  readonly arn: string;
  readonly requester: Requester;
}

const KIND_NAMES = { user: "a user", role: "a role", federatedUser: "a federated user" } as const;

function readRequesterArn(
  reading: Reading,
  place: TreePlace,
  members: Members,
  kind: PrincipalKind & keyof typeof KIND_NAMES,
): NamedRequester | undefined {
  const arnPlace = requireMember(place, members, "arn");
  const arn = readText(arnPlace);
  if (arnPlace === undefined || arn === undefined) return undefined;
  const requester = parseRequester(arn, reading.declarations.profile);
  if (requester?.kind === kind) return { place: arnPlace, arn, requester };
  report(arnPlace, "SET-FORMAT", `${quote(arn)} is not the ARN of ${KIND_NAMES[kind]}`);
  return undefined;
}
