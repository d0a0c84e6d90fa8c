// The resource side of a question: the request's ARN taken apart, its owner account, what the directory knows about it,
// and the special rules of section 15 that it falls under.

import { byteMask, clearRecord, equalBytes, hashBytes, lowerByte, MASK_REACH } from "../format/bytes";
import {
  ErrorCode,
  Hook,
  IMAGE_GENERIC_PROFILE,
  LONGEST_RESOURCE,
  PRINCIPAL_OWN_FACTS,
  RESOURCE_EXACT,
  RESOURCE_TRUST,
  TABLE_REACH,
  TEXT_BYTES_AT,
  Text,
} from "../format/layout";
import { countProbe, findRecord, findStraggler, tableEntry } from "../format/table";
import { EndpointView, HookView, ImageHeader, OwnerView, ResourceView } from "../format/views";
import { ARN, ASTERISK, COLON, IAM_PREFIX, KEY_PATH, KMS_PREFIX, S3, SLASH, STS_PREFIX } from "../format/words";
import { Binding, Owner, Question, Requester } from "../format/work-views";
import { isAny, matchPattern } from "../pattern/glob";

const FNV_PRIME: u32 = 0x01000193;

/** Splits the resource at its first five colons (RES-3); gives an ErrorCode unless it is `*` or an ARN (IN-6). */
export function readResource(q: Question): u32 {
  if (q.resourceLength > u32(LONGEST_RESOURCE)) return ErrorCode.LongResource;
  return isResource(q) ? ErrorCode.None : ErrorCode.Resource;
}

/** Whether the request is for no resource at all (RES-9). */
export function isResourceless(q: Question): bool {
  return q.resourceLength == 1 && load<u8>(q.resourceAt) == ASTERISK;
}

/** Whether the text is `*` or has six fields, the first of them `arn`; notes where the fields are. */
function isResource(q: Question): bool {
  if (q.resourceLength == 0) return false;
  if (isResourceless(q)) return true;
  if (q.resourceLength < 8 || load<u32>(q.resourceAt) != ARN) return false;
  // Most ARNs have their first five colons within 64 bytes; the second to the fifth are what follows "arn:".
  // The four lowest bits are those of `arn:`, whose colon is the first of the five.
  let colons = byteMask(q.resourceAt, q.resourceLength, <u8>COLON) & ~0xf;
  if (popcnt(colons) < 4) return q.resourceLength > MASK_REACH && readLongResource(q);
  q.serviceAt = q.resourceAt + u32(ctz(colons)) + 1;
  colons &= colons - 1;
  q.serviceLength = q.resourceAt + u32(ctz(colons)) - q.serviceAt;
  colons &= colons - 1;
  q.accountAt = q.resourceAt + u32(ctz(colons)) + 1;
  colons &= colons - 1;
  q.restAt = q.resourceAt + u32(ctz(colons)) + 1;
  q.accountLength = q.restAt - 1 - q.accountAt;
  return true;
}

/** As `isResource` byte by byte, for ARNs whose fifth colon is beyond 64 bytes. */
function readLongResource(q: Question): bool {
  const end: usize = usize(q.resourceAt) + q.resourceLength;
  let field: u32 = 1;
  let start: usize = usize(q.resourceAt) + 4;
  for (let at: usize = start; at < end; at++) {
    if (load<u8>(at) != COLON) continue;
    field++;
    if (field == 3) {
      q.serviceAt = u32(start);
      q.serviceLength = u32(at - start);
    } else if (field == 5) {
      q.accountAt = u32(start);
      q.accountLength = u32(at - start);
      q.restAt = u32(at + 1);
      return true;
    }
    start = at + 1;
  }
  return false;
}

/** Finds record, owner account, facts, endpoint and hooks; gives an ErrorCode (XACC-5). */
export function resolveOwner(b: Binding, q: Question, r: Requester, owner: Owner): u32 {
  clearRecord(changetype<usize>(owner), offsetof<Owner>());
  const image: usize = b.image;
  const header = changetype<ImageHeader>(image);
  owner.recordAt = findResource(image, header, q);
  owner.accountAt = q.ownerAt;
  owner.accountLength = q.ownerLength;
  if (q.ownerLength != 0) owner.source = Text.OwnerQuestion;
  if (owner.recordAt != 0) {
    const record = changetype<ResourceView>(image + owner.recordAt);
    owner.flags = record.flags;
    owner.factsAt = record.factsAt;
    if ((record.flags & RESOURCE_TRUST) == 0 || isSts(q)) owner.poolAt = record.poolAt;
    if (owner.accountLength == 0 && record.accountAt != 0) {
      owner.accountAt = u32(image) + record.accountAt + TEXT_BYTES_AT;
      owner.accountLength = load<u32>(image + record.accountAt);
      owner.source = Text.OwnerResource;
      owner.sourceTextAt = record.arnAt;
    }
  }
  if (owner.accountLength == 0 && (header.ownerServices & serviceBit(q)) != 0) findOwner(b, q, header, owner);
  if (owner.accountLength == 0) {
    // The account of the ARN, else the requester is taken to ask for something of its own account (XACC-5).
    owner.accountAt = q.accountLength != 0 ? q.accountAt : r.accountAt;
    owner.accountLength = q.accountLength != 0 ? q.accountLength : r.accountLength;
    if (owner.accountLength == 0) return ErrorCode.UnknownOwner;
    if (q.accountLength != 0) owner.source = Text.OwnerArn;
  }
  owner.same = u32(
    r.accountLength == owner.accountLength && equalBytes(r.accountAt, owner.accountAt, owner.accountLength),
  );
  // A requester with facts of its own (a simulation case) does not speak for the owner's side.
  // Facts of the account of the requester are those of the owner where both are the same account: one look-up
  // less.
  const sharesFacts: bool = owner.same != 0 && (r.flags & PRINCIPAL_OWN_FACTS) == 0;
  if (owner.factsAt == 0) {
    owner.factsAt = sharesFacts ? r.factsAt : findAccount(image, owner.accountAt, owner.accountLength);
  }
  if (q.endpointLength != 0) {
    const hash = hashBytes(header.hashSeed, q.endpointAt, q.endpointLength);
    const found = findRecord(image, header.endpointsAt, header.endpointsMask, hash, q.endpointAt, q.endpointLength);
    if (found != 0) owner.endpointPoolAt = changetype<EndpointView>(image + found).poolAt;
  }
  owner.hooks = findHooks(b, q, header);
  return ErrorCode.None;
}

/** Takes the account of the first pattern that the resource matches: it is the most specific one. */
function findOwner(b: Binding, q: Question, header: ImageHeader, owner: Owner): void {
  if (isResourceless(q)) return;
  const image: usize = b.image;
  const service: u32 = serviceBit(q);
  for (let i: u32 = 0; i < header.ownerCount; i++) {
    const view = changetype<OwnerView>(image + header.ownersAt + i * offsetof<OwnerView>());
    if ((view.services & service) == 0) continue;
    if (!matchPattern(b, view.patternAt, q.resourceAt, q.resourceLength)) continue;
    owner.accountAt = u32(image) + view.accountAt + TEXT_BYTES_AT;
    owner.accountLength = load<u32>(image + view.accountAt);
    owner.source = Text.OwnerPattern;
    owner.sourceTextAt = view.textAt;
    return;
  }
}

/** The directory's facts about an account, 0 if it knows none. */
export function findAccount(image: usize, at: u32, length: u32): u32 {
  const header = changetype<ImageHeader>(image);
  if (header.accountsAt == 0) return 0;
  const hash = hashBytes(header.hashSeed, at, length);
  return findRecord(image, header.accountsAt, header.accountsMask, hash, at, length);
}

/** One of 32 bits for the resource's service: most requests are for services that the directory has no resources of. */
function serviceBit(q: Question): u32 {
  const length: u32 = q.serviceLength;
  if (length == 0) return 1;
  const first: u32 = load<u8>(q.serviceAt);
  const last: u32 = load<u8>(usize(q.serviceAt) + length - 1);
  return 1 << ((length + first * 3 + last * 5) & 31);
}

/** The record of the resource or of the longest subtree that holds it, 0 if there is none. One pass, one hash. */
function findResource(image: usize, header: ImageHeader, q: Question): u32 {
  // A bit that is set for another service costs the pass below and nothing else.
  if ((header.resourceServices & serviceBit(q)) == 0) return 0;
  let hash: u32 = header.hashSeed;
  let longest: u32 = 0;
  const start: usize = q.resourceAt;
  for (let i: u32 = 0; i < q.resourceLength; i++) {
    const byte: u32 = load<u8>(start + i);
    // A subtree ends before a separator, so that `bucket/a` does not cover `bucket/ab`. The hash of every prefix
    // falls out of the one pass.
    if (byte == SLASH || byte == COLON) {
      const found = findPrefix(image, header, start, i, hash, false);
      if (found != 0) longest = found;
    }
    hash = (hash ^ byte) * FNV_PRIME;
  }
  const exact = findPrefix(image, header, start, q.resourceLength, hash, true);
  return exact != 0 ? exact : longest;
}

/**
 * The record whose ARN is exactly this prefix; `whole`: the prefix is the resource itself, which also an exact
 * record matches.
 */
function findPrefix(image: usize, header: ImageHeader, at: usize, length: u32, hash: u32, whole: bool): u32 {
  for (let step: u32 = 0; step < u32(TABLE_REACH); step++) {
    countProbe();
    const entry = tableEntry(image + header.resourcesAt, (hash + step) & header.resourcesMask);
    const recordAt: u32 = entry.recordAt;
    if (recordAt == 0) return 0;
    if (entry.hash == hash) {
      const record = changetype<ResourceView>(image + recordAt);
      const text: usize = image + record.arnAt;
      const fits: bool = whole || (record.flags & RESOURCE_EXACT) == 0;
      if (fits && load<u32>(text) == length && equalBytes(text + TEXT_BYTES_AT, at, length)) return recordAt;
    }
  }
  const found = findStraggler(image, header.resourcesAt, header.resourcesMask, at, length, false);
  if (found == 0 || whole) return found;
  return (changetype<ResourceView>(image + found).flags & RESOURCE_EXACT) == 0 ? found : 0;
}

/** The action's first four characters, lower-cased: a prefix of three letters and its colon, if it is one. */
function shortPrefix(q: Question): u32 {
  return q.actionLength < 4 ? 0 : load<u32>(q.actionAt) | 0x202020; // a colon has this bit, no letter loses by it
}

/** Whether the action is one of sts, the only ones that consult a trust policy. */
function isSts(q: Question): bool {
  return shortPrefix(q) == STS_PREFIX;
}

/** The rules of section 15 that action and resource fall under, a bit for each Hook. */
function findHooks(b: Binding, q: Question, header: ImageHeader): u32 {
  let hooks: u32 = 0;
  let first: u32 = header.hookCount - header.ownHookCount;
  if ((header.flags & IMAGE_GENERIC_PROFILE) == 0) {
    const prefix = shortPrefix(q);
    if (prefix == STS_PREFIX || prefix == IAM_PREFIX || prefix == KMS_PREFIX) first = 0;
    // The resource is what tells: `kms:` actions without a key are decided like any other.
    if (isKey(q)) hooks = 1 << Hook.Mandatory; // SVC-2; without a key nothing is mandatory (SVC-3)
  }
  // The rules of section 15 are for actions of these three services, so every other action passes over them; rules
  // of a set (GEN-6) are looked at whatever the action.
  if (first == header.hookCount) return hooks;
  const action: usize = usize(b.arenaAt) + b.arenaUsed;
  for (let i: u32 = 0; i < q.actionLength; i++) store<u8>(action + i, lowerByte(load<u8>(usize(q.actionAt) + i)));
  for (let i: u32 = first; i < header.hookCount; i++) {
    const rule = changetype<HookView>(usize(b.image) + header.hooksAt + i * offsetof<HookView>());
    // Set by an earlier rule: a second one can add nothing.
    if ((hooks & (1 << rule.hook)) != 0) continue;
    if (!matchPattern(b, rule.actionAt, action, q.actionLength)) continue;
    if (rule.resourceAt != 0 && !matchesResource(b, rule.resourceAt, q)) continue;
    hooks |= 1 << rule.hook;
  }
  return hooks;
}

/** A question without a resource falls under a rule for any resource only. */
function matchesResource(b: Binding, patternAt: u32, q: Question): bool {
  if (isResourceless(q)) return isAny(b, patternAt);
  return matchPattern(b, patternAt, q.resourceAt, q.resourceLength);
}

/** Whether the resource is a KMS key: `arn:…:kms:…:…:key/…`. */
function isKey(q: Question): bool {
  if (q.restAt == 0 || load<u32>(q.serviceAt) != KMS_PREFIX) return false;
  const end: usize = usize(q.resourceAt) + q.resourceLength;
  return end - q.restAt >= 4 && load<u32>(q.restAt) == KEY_PATH;
}

/** Whether the resource belongs to S3 (SVC-9). */
export function isS3(q: Question): bool {
  return q.serviceLength == 2 && load<u16>(q.serviceAt) == S3;
}
