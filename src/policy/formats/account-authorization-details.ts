/**
 * The output of `aws iam get-account-authorization-details` as it comes: decoded or percent-encoded
 * documents, one page or several. Only default versions of managed policies count (TYPE-4).
 */

import type { PolicyType } from "../../question/layers.js";
import { quote } from "../../text/quote.js";
import type { Tag } from "../../text/tag.js";
import type { Members, TreePlace } from "../../text/tree-place.js";
import {
  distinctTags,
  readAnyText,
  readBoolean,
  readItems,
  readMembers,
  readReference,
  readReferences,
  readText,
  report,
  requireMember,
} from "../../text/tree-place.js";
import type { PolicyDocument } from "../document/document.js";
import { carriedPolicyMembers, type NamedPolicy } from "../policy-set.js";
import { accountOfArn, parseRequester } from "../requester.js";
import type { EntityDeclaration, PolicyReference } from "./declaration.js";
import type { Reading } from "./policy-reading.js";
import { readDocument, refusedDocument } from "./policy-reading.js";
import { parseGroupArn } from "./verdict-principals.js";
import { documentInText } from "./wrapped-document.js";

/** The lists of an export; an object with any of them is a page of one. */
export const exportLists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] as const;

/** Adds what one page of an export declares. */
export function readAccountAuthorizationDetails(reading: Reading, page: TreePlace): void {
  const members = presentMembers(page, [...exportLists, "IsTruncated", "Marker"]);
  if (members === undefined) return;
  reading.declarations.pages.push({
    place: page,
    isTruncated: readBoolean(members.get("IsTruncated")) ?? false,
    account: accountOfPage(members),
  });
  for (const item of readItems(members.get("UserDetailList"))) readUser(reading, item);
  for (const item of readItems(members.get("GroupDetailList"))) readGroup(reading, item);
  for (const item of readItems(members.get("RoleDetailList"))) readRole(reading, item);
  for (const item of readItems(members.get("Policies"))) readPolicy(reading, item);
}

/** The account of the first entity that is an account's own, empty if there is none. */
function accountOfPage(members: Members): string {
  for (const name of exportLists) {
    const list = members.get(name)?.node;
    for (const item of list?.kind === "array" ? list.items : []) {
      const arn = item.kind === "object" ? item.members.find(({ key }) => key === "Arn")?.value : undefined;
      const account = arn?.kind === "string" ? accountOfArn(arn.value) : "";
      if (account !== "" && account !== "aws") return account;
    }
  }
  return "";
}

/** What entities carry, each under its name here and in an export, which writes `PermissionsBoundary` for `permissionsBoundary`. */
const carriedMembers = carriedPolicyMembers.map(
  ([member]) => [member, member.charAt(0).toUpperCase() + member.slice(1)] as const,
);
const ENTITY_MEMBERS = [
  "Path",
  "Arn",
  "CreateDate",
  "AttachedManagedPolicies",
  ...carriedMembers.map(([, name]) => name),
  "Tags",
];
const USER_MEMBERS = [...ENTITY_MEMBERS, "UserName", "UserId", "UserPolicyList", "GroupList"];
const GROUP_MEMBERS = [
  "Path",
  "GroupName",
  "GroupId",
  "Arn",
  "CreateDate",
  "GroupPolicyList",
  "AttachedManagedPolicies",
];
const ROLE_MEMBERS = [
  ...ENTITY_MEMBERS,
  "RoleName",
  "RoleId",
  "AssumeRolePolicyDocument",
  "InstanceProfileList",
  "RolePolicyList",
  "RoleLastUsed",
];
const POLICY_MEMBERS = [
  "PolicyName",
  "PolicyId",
  "Arn",
  "Path",
  "DefaultVersionId",
  "AttachmentCount",
  "PermissionsBoundaryUsageCount",
  "IsAttachable",
  "Description",
  "CreateDate",
  "UpdateDate",
  "PolicyVersionList",
];
const VERSION_MEMBERS = ["Document", "VersionId", "IsDefaultVersion", "CreateDate"];

function readUser(reading: Reading, place: TreePlace): void {
  const members = presentMembers(place, USER_MEMBERS);
  if (members === undefined) return;
  const user = readEntity(reading, place, members, "user");
  if (user !== undefined) reading.declarations.users.push(user);
}

function readRole(reading: Reading, place: TreePlace): void {
  const members = presentMembers(place, ROLE_MEMBERS);
  if (members === undefined) return;
  const role = readEntity(reading, place, members, "role");
  const trust = requireMember(place, members, "AssumeRolePolicyDocument");
  const document = trust && readEncodedDocument(reading, trust, "trust");
  if (role === undefined || document === undefined) return;
  reading.declarations.roles.push({ ...role, trustPolicy: { name: role.arn, document } });
}

function readGroup(reading: Reading, place: TreePlace): void {
  const members = presentMembers(place, GROUP_MEMBERS);
  if (members === undefined) return;
  const managedPolicies = readAttachments(members);
  const inlinePolicies = readInline(reading, members.get("GroupPolicyList"));
  const arn = readReference(requireMember(place, members, "Arn"));
  if (arn === undefined) return;
  const group = parseGroupArn(arn.text);
  if (group === undefined) {
    report(arn.place, "SET-FORMAT", `${quote(arn.text)} is not the ARN of a group`);
    return;
  }
  reading.declarations.groups.push({ place: arn.place, arn: arn.text, ...group, managedPolicies, inlinePolicies });
}

function readPolicy(reading: Reading, place: TreePlace): void {
  const members = presentMembers(place, POLICY_MEMBERS);
  if (members === undefined) return;
  const arn = readReference(requireMember(place, members, "Arn"));
  const document = readDefaultVersion(reading, place, members);
  if (arn === undefined || document === undefined) return;
  reading.declarations.policies.push({
    place: arn.place,
    arn: arn.text,
    name: arn.text.slice(arn.text.lastIndexOf("/") + 1),
    policy: { name: arn.text, document },
    isIdentityPolicy: true,
  });
}

function readDefaultVersion(reading: Reading, place: TreePlace, members: Members): PolicyDocument | undefined {
  const defaultId = readText(members.get("DefaultVersionId"));
  const list = requireMember(place, members, "PolicyVersionList");
  if (list === undefined) return undefined;
  const defaults = readItems(list).flatMap((item) => {
    const version = presentMembers(item, VERSION_MEMBERS);
    if (version === undefined) return [];
    const id = readText(version.get("VersionId"));
    const isDefault = readBoolean(version.get("IsDefaultVersion"));
    return (isDefault ?? id === defaultId) ? [{ item, version, id }] : [];
  });
  const [found, second] = defaults;
  if (found === undefined || second !== undefined) {
    report(list, "SET-FORMAT", `${found === undefined ? "no version is" : "several versions are"} the default version`);
    return undefined;
  }
  if (found.id !== undefined && defaultId !== undefined && found.id !== defaultId) {
    report(
      found.item,
      "SET-FORMAT",
      `${quote(found.id)} is marked as default, but \`DefaultVersionId\` is ${quote(defaultId)}`,
    );
  }
  const document = requireMember(found.item, found.version, "Document");
  return document && readEncodedDocument(reading, document, "any");
}

function readEntity(
  reading: Reading,
  place: TreePlace,
  members: Members,
  kind: "user" | "role",
): EntityDeclaration | undefined {
  const arn = readReference(requireMember(place, members, "Arn"));
  const rest = {
    uniqueId: readText(members.get(kind === "user" ? "UserId" : "RoleId")),
    tags: readListedTags(members.get("Tags")),
    groups: readReferences(members.get("GroupList")),
    managedPolicies: readAttachments(members),
    inlinePolicies: readInline(reading, members.get(kind === "user" ? "UserPolicyList" : "RolePolicyList")),
    // A carried policy that the export has and nobody reads would not bind.
    carried: Object.fromEntries(
      carriedMembers.map(([member, name]) => [member, readCarried(members.get(name), `${name}Type`, `${name}Arn`)]),
    ),
    trustPolicy: undefined,
  };
  if (arn === undefined) return undefined;
  const requester = parseRequester(arn.text, reading.declarations.profile);
  if (requester?.kind === kind) return { place: arn.place, arn: arn.text, requester, ...rest };
  report(arn.place, "SET-FORMAT", `${quote(arn.text)} is not the ARN of a ${kind}`);
  return undefined;
}

function readCarried(place: TreePlace | undefined, typeMember: string, arnMember: string) {
  const members = place && presentMembers(place, [typeMember, arnMember]);
  if (place === undefined || members === undefined) return undefined;
  return readReference(requireMember(place, members, arnMember));
}

function readAttachments(members: Members): readonly PolicyReference[] {
  return readItems(members.get("AttachedManagedPolicies")).flatMap((item): readonly PolicyReference[] => {
    const attachment = presentMembers(item, ["PolicyName", "PolicyArn"]);
    const arn = attachment && readReference(requireMember(item, attachment, "PolicyArn"));
    return arn === undefined ? [] : [{ kind: "named", ...arn }];
  });
}

function readInline(reading: Reading, place: TreePlace | undefined): readonly NamedPolicy[] {
  return readItems(place).flatMap((item) => {
    const members = presentMembers(item, ["PolicyName", "PolicyDocument"]);
    if (members === undefined) return [];
    const name = readText(requireMember(item, members, "PolicyName"));
    const document = requireMember(item, members, "PolicyDocument");
    if (name === undefined || document === undefined) return [];
    return [{ name, document: readEncodedDocument(reading, document, "identity") }];
  });
}

function readListedTags(place: TreePlace | undefined): readonly Tag[] {
  const tags = readItems(place).flatMap((item) => {
    const members = presentMembers(item, ["Key", "Value"]);
    if (members === undefined) return [];
    const key = readText(requireMember(item, members, "Key"));
    const valuePlace = requireMember(item, members, "Value");
    const value = valuePlace && readAnyText(valuePlace);
    return key === undefined || value === undefined ? [] : [{ key, value, place: item }];
  });
  return distinctTags(tags);
}

/** AWS's API writes documents percent-encoded (RFC 3986), its command line decodes them. */
function readEncodedDocument(reading: Reading, place: TreePlace, type: PolicyType | "any"): PolicyDocument {
  if (place.node.kind !== "string") return readDocument(reading, place, type);
  const document = documentInText(place, place.node.value);
  return document === undefined ? refusedDocument : readDocument(reading, document, type);
}

/**
 * Members that are not null: exports write null for what they do not know. AWS and its SDKs add members
 * to their answers, so that one which is not known here is worth a warning and refuses nothing.
 */
function presentMembers(place: TreePlace, known: readonly string[]): Members | undefined {
  const members = readMembers(place, known, "warning");
  return members && new Map([...members].filter(([, member]) => member.node.kind !== "null"));
}
