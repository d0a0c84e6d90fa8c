/**
 * Verdict's own format (`examples/README.md`): one object whose members declare parts of a policy
 * set. Each section has its reader; this file knows which members there are.
 */

import type { TreePlace } from "../../text/tree-place.js";
import { readItems, readMembers, readText, report } from "../../text/tree-place.js";
import type { Reading } from "./policy-reading.js";
import { readDocumentMember } from "./policy-reading.js";
import { readAccounts, readOrganization } from "./verdict-organization.js";
import { readOwners } from "./verdict-owners.js";
import { readFederatedUsers, readGroups, readRoles, readUsers } from "./verdict-principals.js";
import { readEndpoints, readMandatoryResourcePolicies, readResources } from "./verdict-resources.js";

/** The members of a Verdict file; an object with any of them is one. */
export const verdictMembers = [
  "profile",
  "organization",
  "accounts",
  "policies",
  "users",
  "groups",
  "roles",
  "federatedUsers",
  "resources",
  "endpoints",
  "mandatoryResourcePolicies",
  "owners",
] as const;

/** The members of a managed policy. */
export const managedPolicyMembers = ["arn", "name", "document", "documentFile"] as const;

/** Adds what a Verdict file declares. `profile` was read before, because documents depend on it. */
export function readVerdictFile(reading: Reading, file: TreePlace): void {
  const members = readMembers(file, verdictMembers);
  if (members === undefined) return;
  readOrganization(reading, members.get("organization"));
  readAccounts(reading, members.get("accounts"));
  for (const item of readItems(members.get("policies"))) readManagedPolicy(reading, item);
  readUsers(reading, members.get("users"));
  readGroups(reading, members.get("groups"));
  readRoles(reading, members.get("roles"));
  readFederatedUsers(reading, members.get("federatedUsers"));
  readResources(reading, members.get("resources"));
  readEndpoints(reading, members.get("endpoints"));
  readMandatoryResourcePolicies(reading, members.get("mandatoryResourcePolicies"));
  readOwners(reading, members.get("owners"));
}

/** A bare document: a managed policy without ARN, named after its file. */
export function readBarePolicy(reading: Reading, file: TreePlace): void {
  const fileName = file.source.file.slice(file.source.file.lastIndexOf("/") + 1);
  const name = fileName.replace(/\.[^.]*$/, "");
  const document = readDocumentMember(reading, file, new Map([["document", file]]), "any");
  reading.declarations.policies.push({
    place: file,
    arn: undefined,
    name,
    policy: { name, document },
    isIdentityPolicy: false,
  });
}

function readManagedPolicy(reading: Reading, place: TreePlace): void {
  const members = readMembers(place, managedPolicyMembers);
  if (members === undefined) return;
  const arn = readText(members.get("arn"));
  const name = readText(members.get("name")) ?? arn?.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);
  const document = readDocumentMember(reading, place, members, "any");
  if (name === undefined || name === "") {
    if (!members.has("arn")) report(place, "SET-FORMAT", "missing member `arn` (or `name`)");
    return;
  }
  if (arn !== undefined && !/^arn(:[^:]*){4}:./.test(arn)) {
    report(members.get("arn") ?? place, "SET-FORMAT", "must be an ARN");
    return;
  }
  reading.declarations.policies.push({
    place: members.get("arn") ?? place,
    arn,
    name,
    policy: { name: arn ?? name, document },
    isIdentityPolicy: false,
  });
}
