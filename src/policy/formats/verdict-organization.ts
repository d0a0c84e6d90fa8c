/**
 * The sections `organization` and `accounts` of a Verdict file: the tree of units with the policies
 * attached to each node, and the policies attached to accounts themselves.
 */

import { controlTypes } from "../../question/layers.js";
import { quote } from "../../text/quote.js";
import type { Members, TreePlace } from "../../text/tree-place.js";
import {
  readItems,
  readMembers,
  readReference,
  readReferences,
  readText,
  report,
  requireMember,
} from "../../text/tree-place.js";
import { type AccountPolicies, accountPolicyMembers } from "../policy-set.js";
import { isAccountId } from "../requester.js";
import type { ControlPolicies, OrganizationNode, PolicyReference } from "./declaration.js";
import type { Reading } from "./policy-reading.js";
import { readPolicyReferences } from "./policy-reading.js";

/** The members of an organization. */
export const organizationMembers = ["id", "managementAccount", "root"] as const;

/** The members of accounts and of nodes of an organization that attach policies to them. */
export const controlMembers = accountPolicyMembers.map(([member]) => member);

/** The other members of an account. */
export const accountMembers = ["id", "canonicalId"] as const;

/** The other members of a node of an organization. */
export const unitMembers = ["id", "name", "accounts", "units"] as const;

/** Adds the organization of a file. */
export function readOrganization(reading: Reading, place: TreePlace | undefined): void {
  const members = place && readMembers(place, organizationMembers);
  if (place === undefined || members === undefined) return;
  const id = readId(place, members);
  const managementAccount = readReference(members.get("managementAccount"));
  const rootPlace = requireMember(place, members, "root");
  const root = rootPlace && readNode(reading, rootPlace);
  if (id === undefined || root === undefined) return;
  reading.declarations.organizations.push({ place: members.get("id") ?? place, id, managementAccount, root });
}

/** Adds the accounts of a file. */
export function readAccounts(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, [...accountMembers, ...controlMembers]);
    if (members === undefined) continue;
    const id = readId(item, members);
    const canonicalId = readText(members.get("canonicalId"));
    const controlPolicies = readControlPolicies(reading, members);
    if (id === undefined) continue;
    const idPlace = members.get("id") ?? item;
    if (isAccountId(id)) {
      reading.declarations.accounts.push({ place: idPlace, id, canonicalId, controlPolicies });
    } else {
      report(idPlace, "SET-FORMAT", `${quote(id)} is not an account id`);
    }
  }
}

// The recursion is bounded by the nesting that the readers of JSON and YAML accept.
function readNode(reading: Reading, place: TreePlace): OrganizationNode | undefined {
  const members = readMembers(place, [...unitMembers, ...controlMembers]);
  if (members === undefined) return undefined;
  readText(members.get("name"));
  const id = readId(place, members);
  const accounts = readReferences(members.get("accounts")).filter((account) => {
    const valid = isAccountId(account.text);
    if (!valid) report(account.place, "SET-FORMAT", `${quote(account.text)} is not an account id`);
    return valid;
  });
  const controlPolicies = readControlPolicies(reading, members);
  const units = readItems(members.get("units")).flatMap((unit) => readNode(reading, unit) ?? []);
  return id === undefined ? undefined : { place: members.get("id") ?? place, id, accounts, units, controlPolicies };
}

function readControlPolicies(reading: Reading, members: Members): ControlPolicies["controlPolicies"] {
  const read = new Map<keyof AccountPolicies, readonly PolicyReference[]>();
  for (const [member, type] of accountPolicyMembers) {
    const place = members.get(member);
    if (place === undefined) continue;
    const { fullAccess } = controlTypes[type];
    if (!fullAccess.isImplied) warnWhenEmpty(place, fullAccess.name);
    read.set(member, readPolicyReferences(reading, place, type));
  }
  return read;
}

// SCP-2: a level without documents blocks, while AWS attaches full access when a policy type is enabled.
function warnWhenEmpty(place: TreePlace, fullAccess: string): void {
  if (place.node.kind !== "array" || place.node.items.length > 0) return;
  const message = `an empty list allows nothing: leave the member out or write \`${fullAccess}\``;
  report(place, "SCP-2", message, "warning");
}

/** Ids become parts of organization paths (CTX-9), so they hold no slash. */
function readId(place: TreePlace, members: Members): string | undefined {
  const idPlace = requireMember(place, members, "id");
  const id = readText(idPlace);
  if (idPlace === undefined || id === undefined || /^[^/\s]+$/.test(id)) return id;
  report(idPlace, "SET-FORMAT", `${quote(id)} is not an id: it holds a slash or a blank`);
  return undefined;
}
