/**
 * The directory as records: principals, accounts, resources and endpoints, with their pools and tags, and the tables that
 * requests find them by.
 */
import {
  ACCOUNT_HAS_SCPS,
  ACCOUNT_MANAGEMENT,
  PRINCIPAL_OWN_FACTS,
  PRINCIPAL_ROOT_ISSUER,
  PRINCIPAL_SERVICE_LINKED,
  RESOURCE_EXACT,
  RESOURCE_PUBLIC_POLICY,
  RESOURCE_RESTRICT_PUBLIC,
  RESOURCE_TRUST,
  RequesterKind,
} from "../../assembly/format/layout.js";
import {
  AccountFields,
  EndpointFields,
  OwnerFields,
  PrincipalFields,
  ResourceFields,
  RoleNameFields,
  TagFields,
} from "../../assembly/format/records.js";
import { hasWildcard, splitArnFields } from "../policy/document/arn.js";
import type {
  AccountFacts,
  DirectoryPrincipal,
  DirectoryResource,
  PolicySet,
  PrincipalKind,
} from "../policy/policy-set.js";
import { foldText } from "../text/fold.js";
import type { Tag } from "../text/tag.js";
import { utf8Bytes } from "../text/utf8.js";
import { EntryField } from "../wire/authorization-fields.js";
import { writeList } from "../wire/encode-question.js";
import { WireWriter } from "../wire/wire-writer.js";
import type { ByteWriter } from "./byte-writer.js";
import type { ContextKeys, TagSlot } from "./context-keys.js";
import { hashBytes, hashPrefix } from "./hash.js";
import { arnProgram, writePattern } from "./pattern.js";
import type { PoolWriter } from "./pools.js";
import { isPublicPolicy } from "./public-policy.js";
import { recordType } from "./record.js";
import { type Table, type TableEntry, writeHashTable } from "./table.js";

const ACCOUNT = recordType(AccountFields);
const ENDPOINT = recordType(EndpointFields);
const OWNER = recordType(OwnerFields);
const PRINCIPAL = recordType(PrincipalFields);
const RESOURCE = recordType(ResourceFields);
const ROLE_NAME = recordType(RoleNameFields);
const TAG = recordType(TagFields);

/** Where the directory's tables are. */
export interface DirectoryTables {
  readonly principals: Table;
  readonly roleNames: Table;
  readonly accounts: Table;
  readonly resources: Table;
  readonly endpoints: Table;
  /** A bit for each service that a resource of the directory belongs to. */
  readonly resourceServices: number;
  /** The owner patterns, and a bit for each service that some of them may match. */
  readonly owners: { readonly at: number; readonly count: number; readonly services: number };
  /** Bytes of the longest unique id or account, which the matcher composes texts from. */
  readonly longestId: number;
}

interface DirectoryWriter {
  readonly writer: ByteWriter;
  readonly keys: ContextKeys;
  readonly pools: PoolWriter;
  readonly facts: Map<AccountFacts, number>;
  readonly profile: PolicySet["profile"];
}

const KINDS: Readonly<Record<PrincipalKind, RequesterKind>> = {
  root: RequesterKind.Root,
  user: RequesterKind.User,
  role: RequesterKind.Role,
  session: RequesterKind.Session,
  federatedUser: RequesterKind.FederatedUser,
  service: RequesterKind.Service,
  provider: RequesterKind.Provider,
  anonymous: RequesterKind.Anonymous,
};

/** Writes every record and table of the directory. */
export function writeDirectory(
  writer: ByteWriter,
  keys: ContextKeys,
  pools: PoolWriter,
  set: PolicySet,
): DirectoryTables {
  const directory: DirectoryWriter = { writer, keys, pools, facts: new Map(), profile: set.profile };
  const accounts = set.accounts.map((facts) => entry(writer, facts.id, writeAccount(directory, facts)));
  const principals: TableEntry[] = [];
  const roleNames: TableEntry[] = [];
  const resources: TableEntry[] = [];
  const known = new Set(set.resources.map(({ arn }) => arn));
  let longestId = 0;
  for (const principal of set.principals) {
    const record = writePrincipal(directory, principal);
    principals.push(entry(writer, principal.arn, record));
    longestId = Math.max(longestId, (principal.uniqueId?.length ?? 0) * 3);
    if (principal.kind === "role") roleNames.push(roleName(writer, principal, record));
    const isEntity = principal.kind === "role" || principal.kind === "user";
    if (!isEntity || known.has(principal.arn)) continue;
    if (principal.trustPolicy === undefined && principal.tags.length === 0) continue;
    resources.push(resourceEntry(writer, principal.arn, writeEntityResource(directory, principal)));
  }
  for (const resource of set.resources) {
    resources.push(resourceEntry(writer, resource.arn, writeResource(directory, resource, set.profile)));
  }
  const endpoints = set.endpoints.map((endpoint) => {
    const idAt = writer.text(endpoint.id);
    const poolAt = endpoint.policy === undefined ? 0 : pools.write([endpoint.policy], true);
    return entry(writer, endpoint.id, writer.record(ENDPOINT, { idAt, poolAt }));
  });
  return {
    principals: writeHashTable(writer, principals),
    roleNames: writeHashTable(writer, roleNames),
    accounts: writeHashTable(writer, accounts),
    resources: writeHashTable(writer, resources),
    endpoints: writeHashTable(writer, endpoints),
    resourceServices: serviceBits([
      ...set.resources,
      ...(resources.length > set.resources.length ? set.principals : []),
    ]),
    owners: writeOwners(writer, set.owners),
    longestId,
  };
}

/** Writes the patterns that say whose resources are, in their order. */
function writeOwners(writer: ByteWriter, owners: PolicySet["owners"]): DirectoryTables["owners"] {
  const records = owners.map(({ pattern, account }) => ({
    textAt: writer.text(pattern),
    services: serviceBits([{ arn: pattern }]),
    patternAt: writePattern(writer, arnProgram(pattern, "2008-10-17"), () => []),
    accountAt: writer.text(account),
  }));
  return {
    at: records.length === 0 ? 0 : writer.records(OWNER, records),
    count: records.length,
    services: records.reduce((bits, { services }) => bits | services, 0) >>> 0,
  };
}

/** The matcher passes over the resource table for services that have no bit here; see `serviceBit` in assembly/question/owner.ts. */
function serviceBits(things: readonly { readonly arn: string }[]): number {
  let bits = 0;
  for (const { arn } of things) {
    const fields = splitArnFields(arn);
    if (fields.length < 3 && arn !== "*") return 0xffffffff; // covers every service below it
    if (hasWildcard(fields[2] ?? "")) return 0xffffffff;
    const service = utf8Bytes(fields[2] ?? "");
    const place = service.length === 0 ? 0 : service.length + (service[0] ?? 0) * 3 + (service.at(-1) ?? 0) * 5;
    bits |= 1 << (place & 31);
  }
  return bits >>> 0;
}

function entry(writer: ByteWriter, text: string, record: number): TableEntry {
  return { hash: hashBytes(writer.textBytes(writer.text(text))), record };
}

function resourceEntry(writer: ByteWriter, arn: string, record: number): TableEntry {
  return { hash: hashPrefix(writer.textBytes(writer.text(arn))), record };
}

/** Sessions find their role by `partition:account:name`; the table's record is that text and the role's offset. */
function roleName(writer: ByteWriter, { arn }: DirectoryPrincipal, record: number): TableEntry {
  const [, partition = "", , , account = "", rest = ""] = splitArnFields(arn);
  const text = `${partition}:${account}:${rest.slice(rest.lastIndexOf("/") + 1)}`;
  const textAt = writer.text(text);
  return entry(writer, text, writer.record(ROLE_NAME, { textAt, roleAt: record }));
}

function writeAccount(directory: DirectoryWriter, facts: AccountFacts): number {
  const known = directory.facts.get(facts);
  if (known !== undefined) return known;
  const { writer, pools } = directory;
  const scps = facts.serviceControlPolicies;
  const rcps = facts.resourceControlPolicies ?? [];
  // A level without documents is a level that allows nothing (SCP-2); RCP levels only deny, so they are one pool.
  const levels = (scps ?? []).map((level) => pools.write(level, false, true));
  // With levels there is a full access on each, which answers also where nothing else is attached (RCP-1).
  const rcpPoolAt = pools.write(rcps.flat(), true, rcps.length > 0);
  const paths = facts.organizationPaths;
  const at = writer.record(ACCOUNT, {
    idAt: writer.text(facts.id),
    flags: (facts.isManagementAccount ? ACCOUNT_MANAGEMENT : 0) | (levels.length > 0 ? ACCOUNT_HAS_SCPS : 0),
    canonicalIdAt: writer.optionalText(facts.canonicalId),
    organizationIdAt: writer.optionalText(facts.organizationId),
    pathsCount: paths.length,
    pathsAt: paths.length === 0 ? 0 : writer.appendBytes(wireList(paths)),
    scpCount: levels.length,
    scpsAt: levels.length === 0 ? 0 : writer.appendWords(levels),
    rcpPoolAt,
  });
  directory.facts.set(facts, at);
  return at;
}

/** A list as the wire has it in a context entry, so that the matcher reads all lists alike. */
function wireList(values: readonly string[]): Uint8Array {
  const list = new WireWriter("mark");
  writeList(list, EntryField.Value, values);
  return list.take();
}

function writeTags(writer: ByteWriter, tags: readonly TagSlot[]): number {
  const records = tags.map(({ slot, value, key }) => ({ slot, textAt: writer.text(value), keyAt: writer.text(key) }));
  return records.length === 0 ? 0 : writer.records(TAG, records);
}

/** The issuer's tags as the session's override them, ignoring case (CTX-11). */
function effectiveTags({ tags, sessionTags = [] }: DirectoryPrincipal): Tag[] {
  const overridden = new Set(sessionTags.map(({ key }) => foldText(key)));
  return [...tags.filter(({ key }) => !overridden.has(foldText(key))), ...sessionTags];
}

function writePrincipal(directory: DirectoryWriter, principal: DirectoryPrincipal): number {
  const { writer, keys, pools } = directory;
  const fields = splitArnFields(principal.arn);
  const isEntity = principal.kind === "user" || principal.kind === "role";
  const issuer = isEntity ? principal.arn : principal.issuerArn;
  const slots = keys.tagSlots(effectiveTags(principal), "principal");
  const boundary = principal.permissionsBoundary;
  // Pools come first, so that what a decision reads of a principal lies together: its pool, then texts, tags and record.
  const identityPoolAt = pools.write(principal.identityPolicies, false);
  const boundaryPoolAt = boundary === undefined ? 0 : pools.write([boundary], false);
  const sessionPoolAt = pools.write(principal.sessionPolicies ?? [], false);
  return writer.record(PRINCIPAL, {
    arnAt: writer.text(principal.arn),
    kind: KINDS[principal.kind],
    flags: flagsOf(issuer, directory.profile) | (principal.accountFacts === undefined ? 0 : PRINCIPAL_OWN_FACTS),
    accountAt: writer.optionalText(principal.account),
    partitionAt: fields.length === 6 ? writer.optionalText(fields[1]) : 0,
    issuerAt: writer.optionalText(issuer),
    nameAt: writer.optionalText(fields[5]?.slice(fields[5].lastIndexOf("/") + 1)),
    uniqueIdAt: writer.optionalText(principal.uniqueId),
    factsAt: principal.accountFacts === undefined ? 0 : writeAccount(directory, principal.accountFacts),
    identityPoolAt,
    boundaryPoolAt,
    sessionPoolAt,
    tagCount: slots.length,
    tagsAt: writeTags(writer, slots),
  });
}

/** What the issuer's ARN tells: a service-linked role (IN-3), or the root user of its account (EVAL-8). */
function flagsOf(issuer: string | undefined, profile: PolicySet["profile"]): number {
  const rest = issuer === undefined ? "" : (splitArnFields(issuer)[5] ?? "");
  if (rest === "root") return PRINCIPAL_ROOT_ISSUER;
  return profile === "aws" && rest.startsWith("role/aws-service-role/") ? PRINCIPAL_SERVICE_LINKED : 0;
}

/** A user or role as the resource of requests about it: its tags, and for a role its trust policy (SVC-4). */
function writeEntityResource(directory: DirectoryWriter, principal: DirectoryPrincipal): number {
  const { writer, keys, pools } = directory;
  const slots = keys.tagSlots(principal.tags, "resource");
  const trust = principal.trustPolicy;
  return writer.record(RESOURCE, {
    arnAt: writer.text(principal.arn),
    accountAt: writer.optionalText(principal.account),
    factsAt: 0,
    poolAt: trust === undefined ? 0 : pools.write([trust], true),
    flags: RESOURCE_EXACT | RESOURCE_TRUST,
    tagCount: slots.length,
    tagsAt: writeTags(writer, slots),
  });
}

function writeResource(directory: DirectoryWriter, resource: DirectoryResource, profile: PolicySet["profile"]): number {
  const { writer, keys, pools } = directory;
  const slots = keys.tagSlots(resource.tags, "resource");
  let flags = resource.restrictPublicBuckets && profile === "aws" ? RESOURCE_RESTRICT_PUBLIC : 0;
  if (resource.policy !== undefined && isPublicPolicy(resource.policy.document)) flags |= RESOURCE_PUBLIC_POLICY;
  return writer.record(RESOURCE, {
    arnAt: writer.text(resource.arn),
    accountAt: writer.optionalText(resource.account),
    factsAt: resource.accountFacts === undefined ? 0 : writeAccount(directory, resource.accountFacts),
    poolAt: resource.policy === undefined ? 0 : pools.write([resource.policy], true),
    flags,
    tagCount: slots.length,
    tagsAt: writeTags(writer, slots),
  });
}
