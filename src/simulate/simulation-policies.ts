/**
 * The policies that a simulation case carries (VEC-2), each parsed as the type it stands for.
 */

import type { Reading } from "../policy/formats/policy-reading.js";
import { readDocument, readDocumentMember, readPolicyMember } from "../policy/formats/policy-reading.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import type { PolicyType } from "../question/layers.js";
import type { TreePlace } from "../text/tree-place.js";
import { anyTextOf, entriesOf, itemsOf, membersOf, requiredMember } from "../text/tree-place.js";

/** The policies of one case; levels run from the root down. */
export interface CasePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly groups: readonly NamedPolicy[];
  readonly groupCount: number;
  readonly boundary: NamedPolicy | undefined;
  readonly session: readonly NamedPolicy[];
  readonly resource: NamedPolicy | undefined;
  readonly endpoint: NamedPolicy | undefined;
  readonly scps: readonly (readonly NamedPolicy[])[];
  readonly rcps: readonly (readonly NamedPolicy[])[];
}

/** The members of the policies of a case. */
export const casePolicyMembers = [
  "identity",
  "groups",
  "boundary",
  "session",
  "resource",
  "endpoint",
  "scps",
  "rcps",
] as const;

/** The members of an identity policy of a case. */
export const caseIdentityMembers = ["name", "document"] as const;

/** Reads the member `policies` of a case. Documents under the request's `sessionPolicies` follow those of `session`. */
export function readCasePolicies(
  reading: Reading,
  place: TreePlace,
  requestSessions: readonly TreePlace[],
  resourceType: "resource" | "trust",
): CasePolicies | undefined {
  const members = membersOf(place, casePolicyMembers);
  if (members === undefined) return undefined;
  const groups = entriesOf(members.get("groups"));
  const session = members.get("session");
  const sessions = session === undefined ? [] : session.node.kind === "array" ? itemsOf(session) : [session];
  return {
    identity: readNamed(reading, members.get("identity")),
    groups: groups.flatMap(([, group]) => readNamed(reading, group)),
    groupCount: groups.length,
    boundary: readPolicyMember(reading, members.get("boundary"), "boundary", "boundary"),
    session: [...sessions, ...requestSessions].map((item, index) => ({
      name: `session[${index}]`,
      document: readDocument(reading, item, "session"),
    })),
    resource: readPolicyMember(reading, members.get("resource"), resourceType, "resource"),
    endpoint: readPolicyMember(reading, members.get("endpoint"), "endpoint", "endpoint"),
    scps: readLevels(reading, members.get("scps"), "scp"),
    rcps: readLevels(reading, members.get("rcps"), "rcp"),
  };
}

function readNamed(reading: Reading, place: TreePlace | undefined): readonly NamedPolicy[] {
  return itemsOf(place).flatMap((item) => {
    const members = membersOf(item, caseIdentityMembers);
    if (members === undefined) return [];
    const namePlace = requiredMember(item, members, "name");
    const name = namePlace && anyTextOf(namePlace);
    const document = readDocumentMember(reading, item, members, "identity");
    return name === undefined ? [] : [{ name, document }];
  });
}

function readLevels(reading: Reading, place: TreePlace | undefined, type: PolicyType & ("scp" | "rcp")) {
  return itemsOf(place).map((level, depth) =>
    itemsOf(level).map((item, index) => ({
      name: `${type}s[${depth}][${index}]`,
      document: readDocument(reading, item, type),
    })),
  );
}
