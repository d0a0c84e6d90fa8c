/**
 * The policies that a simulation case carries (VEC-2), each parsed as the type it stands for.
 */

import type { Reading } from "../policy/formats/policy-reading.js";
import { readDocument, readDocumentMember, readPolicyMember } from "../policy/formats/policy-reading.js";
import {
  type AccountPolicies,
  accountPolicyMembers,
  type CarriedPolicies,
  carriedPolicies,
  carriedPolicyMembers,
  type NamedPolicy,
  type PolicyLevels,
} from "../policy/policy-set.js";
import { type ControlRow, type ControlType, controlTypes } from "../question/layers.js";
import type { Members, TreePlace } from "../text/tree-place.js";
import { readAnyText, readEntries, readItems, readMembers, requireMember } from "../text/tree-place.js";

/** The policies of one case; levels run from the root down. */
export interface CasePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly groups: readonly NamedPolicy[];
  readonly groupCount: number;
  /** Each under the name of its type. */
  readonly carried: CarriedPolicies;
  readonly session: readonly NamedPolicy[];
  readonly resource: NamedPolicy | undefined;
  readonly endpoint: NamedPolicy | undefined;
  /** Of the requester's account; no levels means that the type is not enabled (SCP-1). */
  readonly requesterAccount: AccountPolicies;
  /** Of the account that owns the resource. */
  readonly ownerAccount: AccountPolicies;
}

/** The members of the policies of a case, besides those of organizations. */
export const casePolicyMembers = ["identity", "groups", "session", "resource", "endpoint"] as const;

/** Its members with one policy that the requester carries. */
export const caseCarriedMembers: readonly string[] = carriedPolicyMembers.map(([, type]) => type);

/** Its members with the policies of organizations: levels from the root down. */
export const caseControlMembers: readonly string[] = accountPolicyMembers.map(([, type]) => `${type}s`);

/** The members of an identity policy of a case. */
export const caseIdentityMembers = ["name", "document"] as const;

/** Reads the member `policies` of a case. Documents under the request's `sessionPolicies` follow those of `session`. */
export function readCasePolicies(
  reading: Reading,
  place: TreePlace,
  requestSessions: readonly TreePlace[],
  resourceType: "resource" | "trust",
): CasePolicies | undefined {
  const members = readMembers(place, [...casePolicyMembers, ...caseCarriedMembers, ...caseControlMembers]);
  if (members === undefined) return undefined;
  const groups = readEntries(members.get("groups"));
  const session = members.get("session");
  const sessions = session === undefined ? [] : session.node.kind === "array" ? readItems(session) : [session];
  return {
    identity: readNamed(reading, members.get("identity")),
    groups: groups.flatMap(([, group]) => readNamed(reading, group)),
    groupCount: groups.length,
    carried: carriedPolicies((_, type) => readPolicyMember(reading, members.get(type), type, type)),
    session: [...sessions, ...requestSessions].map((item, index) => ({
      name: `session[${index}]`,
      document: readDocument(reading, item, "session"),
    })),
    resource: readPolicyMember(reading, members.get("resource"), resourceType, "resource"),
    endpoint: readPolicyMember(reading, members.get("endpoint"), "endpoint", "endpoint"),
    requesterAccount: readControls(reading, members, "requester"),
    ownerAccount: readControls(reading, members, "owner"),
  };
}

/** The types whose levels are those of the requester's or of the owner's account. */
function readControls(reading: Reading, members: Members, bindsBy: ControlRow["bindsBy"]): AccountPolicies {
  const policies: { -readonly [Member in keyof AccountPolicies]: AccountPolicies[Member] } = {};
  for (const [member, type] of accountPolicyMembers) {
    if (controlTypes[type].bindsBy !== bindsBy) continue;
    const levels = readLevels(reading, members.get(`${type}s`), type);
    if (levels.length > 0) policies[member] = levels;
  }
  return policies;
}

function readNamed(reading: Reading, place: TreePlace | undefined): readonly NamedPolicy[] {
  return readItems(place).flatMap((item) => {
    const members = readMembers(item, caseIdentityMembers);
    if (members === undefined) return [];
    const namePlace = requireMember(item, members, "name");
    const name = namePlace && readAnyText(namePlace);
    const document = readDocumentMember(reading, item, members, "identity");
    return name === undefined ? [] : [{ name, document }];
  });
}

function readLevels(reading: Reading, place: TreePlace | undefined, type: ControlType): PolicyLevels {
  return readItems(place).map((level, depth) =>
    readItems(level).map((item, index) => ({
      name: `${type}s[${depth}][${index}]`,
      document: readDocument(reading, item, type),
    })),
  );
}
