// The context keys that the engine fills in (section 10): from requester, resource, directory and clock.

import { copyBytes } from "../format/bytes";
import { Derived, NONE, RequesterKind, TEXT_BYTES_AT } from "../format/layout";
import { AccountView, ImageHeader, KeyView, PrincipalView, ResourceView, TagView } from "../format/views";
import {
  ANONYMOUS,
  ANONYMOUS_8,
  CAPITAL_P,
  CAPITAL_R,
  CAPITAL_T,
  COLON,
  FALSE,
  PRINCIPAL_TAG_KEY,
  PRINCIPAL_TAG_KEY_8,
  PRINCIPAL_TAG_KEY_16,
  RESOURCE_TAG_KEY,
  RESOURCE_TAG_KEY_8,
  TRUE,
  TYPE_ACCOUNT,
  TYPE_ANONYMOUS,
  TYPE_ANONYMOUS_8,
  TYPE_ASSUMED_ROLE,
  TYPE_ASSUMED_ROLE_8,
  TYPE_FEDERATED_USER,
  TYPE_FEDERATED_USER_8,
  TYPE_SERVICE,
  TYPE_USER,
} from "../format/words";
import { Binding, Instant, Owner, Requester } from "../format/work-views";
import { EntryField, RequestField, ValuesField } from "../wire/fields";
import { entryField, nextField } from "../wire/reader";
import { parseInstant, writeInteger, writeIso } from "./instant";
import {
  findKey,
  isPresent,
  RANK_CLOCK,
  RANK_DERIVED,
  RANK_DIRECTORY,
  RANK_OWN,
  setKey,
  setKeyEntry,
  setNamedKey,
  slotAt,
} from "./slots";

/** The key record of a derived key, or null where no policy of the image reads it. */
function derivedKey(b: Binding, index: u32): KeyView | null {
  const header = changetype<ImageHeader>(usize(b.image));
  const at: u32 = load<u32>(usize(b.image) + header.derivedAt + index * 4);
  return at == 0 ? null : changetype<KeyView>(usize(b.image) + at);
}

/** Sets a derived key to a text, if some policy of the image reads the key. */
function setDerived(b: Binding, index: u32, at: usize, length: u32): void {
  const key = derivedKey(b, index);
  if (key != null) setKey(b, key, RANK_DERIVED, at, length);
}

/** Sets a derived key to a text of the image, if there is one. */
function setDerivedText(b: Binding, index: u32, image: usize, textAt: u32): void {
  if (textAt != 0) setDerived(b, index, image + textAt + TEXT_BYTES_AT, load<u32>(image + textAt));
}

/** Sets a derived key to a list that the image holds as a map entry on the wire. */
function setDerivedList(b: Binding, index: u32, image: usize, entryTextAt: u32, count: u32): void {
  const key = derivedKey(b, index);
  if (key == null || entryTextAt == 0 || count == 0) return;
  const at: usize = image + entryTextAt + TEXT_BYTES_AT;
  const length: u32 = load<u32>(image + entryTextAt);
  const values = entryField(at, length, EntryField.Value);
  const first = nextField(usize(values >> 32), usize(values >> 32) + u32(values), ValuesField.Values);
  const entry = b.entry;
  entry.keyAt = u32(at);
  entry.keyLength = 0; // a text of the engine has no name that another spelling could come before
  entry.count = count;
  entry.firstAt = u32(first >> 32);
  entry.firstLength = u32(first);
  entry.at = u32(at);
  entry.end = u32(at) + length;
  setKeyEntry(b, key, RANK_DERIVED, entry);
}

/** Copies bytes to the arena that lives as long as the request; gives their address. */
function compose(b: Binding, at: usize, length: u32): usize {
  const to: usize = usize(b.arenaAt) + b.arenaUsed;
  copyBytes(to, at, length);
  b.arenaUsed += length;
  return to;
}

/** Composes `head:tail`. */
function setJoined(b: Binding, index: u32, headAt: usize, headLength: u32, tailAt: usize, tailLength: u32): void {
  if (derivedKey(b, index) == null) return;
  const at = compose(b, headAt, headLength);
  store<u8>(usize(b.arenaAt) + b.arenaUsed++, COLON);
  compose(b, tailAt, tailLength);
  setDerived(b, index, at, headLength + 1 + tailLength);
}

/** Sets a derived key to a text of at most sixteen bytes, given as words. */
function setWord(b: Binding, index: u32, low: u64, high: u64, length: u32): void {
  if (derivedKey(b, index) == null) return;
  const at: usize = usize(b.arenaAt) + b.arenaUsed;
  // Sixteen bytes are written whatever the length: what is behind the text is free room of the arena.
  store<u64>(at, low);
  store<u64>(at, high, 8);
  b.arenaUsed += length;
  setDerived(b, index, at, length);
}

/** Fills every derived key that the image reads, but for the clock (CTX-3). A role without session has no `aws:userid` (EVAL-9). */
export function fillDerived(b: Binding, image: usize, r: Requester, owner: Owner): void {
  // Most images read none of them.
  if (changetype<ImageHeader>(usize(b.image)).derivedMask == 0) return;
  fillIdentity(b, r);
  // Only requesters that IAM of some account knows have an organization and are told apart from services (section 10).
  if (r.kind != RequesterKind.Service && r.kind != RequesterKind.Anonymous && r.kind != RequesterKind.Provider) {
    setWord(b, Derived.PrincipalIsAwsService, FALSE, 0, 5); // CTX-10
    if (r.factsAt != 0) {
      const facts = changetype<AccountView>(image + r.factsAt);
      setDerivedText(b, Derived.PrincipalOrgId, image, facts.organizationIdAt);
      setDerivedList(b, Derived.PrincipalOrgPaths, image, facts.pathsAt, facts.pathsCount); // CTX-9
    }
  }
  // CTX-8
  if (owner.accountLength != 0) setDerived(b, Derived.ResourceAccount, owner.accountAt, owner.accountLength);
  if (owner.factsAt != 0) {
    const facts = changetype<AccountView>(image + owner.factsAt);
    setDerivedText(b, Derived.ResourceOrgId, image, facts.organizationIdAt);
    setDerivedList(b, Derived.ResourceOrgPaths, image, facts.pathsAt, facts.pathsCount);
  }
}

/** The keys that say who asks, by the table of section 10 (CTX-5, CTX-6, CTX-7): a row for each kind of requester. */
function fillIdentity(b: Binding, r: Requester): void {
  switch (r.kind) {
    case RequesterKind.Root:
      setDerived(b, Derived.PrincipalArn, r.arnAt, r.arnLength);
      setDerived(b, Derived.PrincipalAccount, r.accountAt, r.accountLength);
      setWord(b, Derived.PrincipalType, TYPE_ACCOUNT, 0, 7);
      setDerived(b, Derived.UserId, r.accountAt, r.accountLength);
      break;
    case RequesterKind.User:
      setDerived(b, Derived.PrincipalArn, r.arnAt, r.arnLength);
      setDerived(b, Derived.PrincipalAccount, r.accountAt, r.accountLength);
      setWord(b, Derived.PrincipalType, TYPE_USER, 0, 4);
      if (r.uniqueIdLength != 0) setDerived(b, Derived.UserId, r.uniqueIdAt, r.uniqueIdLength);
      setDerived(b, Derived.UserName, r.nameAt, r.nameLength);
      break;
    case RequesterKind.Role:
    case RequesterKind.Session:
      setDerived(b, Derived.PrincipalArn, r.issuerAt, r.issuerLength); // CTX-4
      setDerived(b, Derived.PrincipalAccount, r.accountAt, r.accountLength); // CTX-5
      setWord(b, Derived.PrincipalType, TYPE_ASSUMED_ROLE, TYPE_ASSUMED_ROLE_8, 11);
      if (r.kind == RequesterKind.Session && r.uniqueIdLength != 0) {
        setJoined(b, Derived.UserId, r.uniqueIdAt, r.uniqueIdLength, r.nameAt, r.nameLength);
      }
      break;
    case RequesterKind.FederatedUser:
      setDerived(b, Derived.PrincipalArn, r.arnAt, r.arnLength);
      setDerived(b, Derived.PrincipalAccount, r.accountAt, r.accountLength);
      setWord(b, Derived.PrincipalType, TYPE_FEDERATED_USER, TYPE_FEDERATED_USER_8, 13);
      setJoined(b, Derived.UserId, r.accountAt, r.accountLength, r.nameAt, r.nameLength);
      break;
    case RequesterKind.Service:
      setWord(b, Derived.PrincipalType, TYPE_SERVICE, 0, 7);
      setWord(b, Derived.PrincipalIsAwsService, TRUE, 0, 4);
      setDerived(b, Derived.PrincipalServiceName, r.arnAt, r.arnLength);
      setDerived(b, Derived.PrincipalServiceNamesList, r.arnAt, r.arnLength);
      break;
    case RequesterKind.Anonymous:
      setWord(b, Derived.PrincipalAccount, ANONYMOUS, ANONYMOUS_8, 9);
      setWord(b, Derived.PrincipalType, TYPE_ANONYMOUS, TYPE_ANONYMOUS_8, 9);
      setWord(b, Derived.UserId, ANONYMOUS, ANONYMOUS_8, 9);
      break;
    case RequesterKind.Provider:
      break; // has none of these keys
    default:
      unreachable(); // keys that nobody fills in would be missing, which satisfies negated tests
  }
}

/** The caller's clock where a what-if call gave one, else the decision time (CTX-12). */
export function fillClock(b: Binding, now: i64): void {
  const header = changetype<ImageHeader>(usize(b.image));
  const wantsTime: bool = (header.derivedMask & (1 << Derived.CurrentTime)) != 0;
  const wantsEpoch: bool = (header.derivedMask & (1 << Derived.EpochTime)) != 0;
  if (!wantsTime && !wantsEpoch) return;
  // The compiler gives both keys slots if one of them is read, because a caller's value for one gives the other.
  const timeKey = derivedKey(b, Derived.CurrentTime);
  const epochKey = derivedKey(b, Derived.EpochTime);
  if (timeKey == null || epochKey == null) return;
  const time = slotAt(b, load<u32>(changetype<usize>(timeKey) + offsetof<KeyView>()));
  const epoch = slotAt(b, load<u32>(changetype<usize>(epochKey) + offsetof<KeyView>()));
  const hasTime: bool = isPresent(b, time);
  const hasEpoch: bool = isPresent(b, epoch);
  if ((hasTime || !wantsTime) && (hasEpoch || !wantsEpoch)) return;
  let seconds: i64 = now;
  if (hasTime || hasEpoch) {
    const given = hasTime ? time : epoch;
    const instant = changetype<Instant>(usize(b.instantAt));
    // A clock that cannot be read gives the other key no value: derived from a guess, it would be one.
    if (given.count != 1 || !parseInstant(given.firstAt, given.firstLength, instant) || instant.bigSign != 0) return;
    seconds = instant.seconds;
  }
  writeClock(b, seconds);
  if (b.clockIsoLength == 0) return;
  const at: usize = b.clockAt;
  if (!hasTime) setKey(b, timeKey, RANK_CLOCK, at, b.clockIsoLength);
  if (!hasEpoch) setKey(b, epochKey, RANK_CLOCK, at + 32, b.clockEpochLength);
}

/** Writes the clock's two texts; requests of the same second share them. */
function writeClock(b: Binding, seconds: i64): void {
  if (b.clockSeconds == seconds && b.clockEpochLength != 0) return;
  b.clockSeconds = seconds;
  b.clockIsoLength = writeIso(seconds, b.clockAt);
  b.clockEpochLength = writeInteger(seconds, usize(b.clockAt) + 32);
}

/** Tags of the directory: the issuer's for the kinds of requester that have them, and the resource's. */
export function fillDirectoryTags(b: Binding, image: usize, r: Requester, owner: Owner): void {
  if (r.recordAt != 0 && hasTags(r.kind)) {
    const record = changetype<PrincipalView>(image + r.recordAt);
    fillTags(b, image, record.tagCount, record.tagsAt);
  }
  if (owner.recordAt != 0) {
    const record = changetype<ResourceView>(image + owner.recordAt);
    fillTags(b, image, record.tagCount, record.tagsAt);
  }
}

/** Whether this kind of requester carries principal tags at all (CTX-3). */
export function hasTags(kind: u32): bool {
  return kind == RequesterKind.User || takesSessionTags(kind);
}

/**
 * Whether tags of a session count for this kind of requester: a role that asks without a session stands for a session of unknown name (EVAL-9).
 */
export function takesSessionTags(kind: u32): bool {
  return kind == RequesterKind.Session || kind == RequesterKind.Role || kind == RequesterKind.FederatedUser;
}

/** Tags know their slots in the image that lists them; in an overlay they are looked up by name. */
function fillTags(b: Binding, image: usize, count: u32, tagsAt: u32): void {
  // A tag of the directory knows its slot, in its own image: no name is hashed. The overlay numbers slots
  // otherwise.
  const home: bool = b.image == u32(image);
  for (let i: u32 = 0; i < count; i++) {
    const tag = changetype<TagView>(image + tagsAt + i * offsetof<TagView>());
    const text: usize = image + tag.textAt;
    if (!home) {
      const name: usize = image + tag.keyAt;
      const key = findKey(b, name + TEXT_BYTES_AT, load<u32>(name));
      if (key != null) setNamedKey(b, key, RANK_DIRECTORY, spanOf(name), spanOf(text));
      continue;
    }
    if (tag.slot == NONE) continue;
    const state = slotAt(b, tag.slot);
    if (state.stamp > b.epoch << 3) continue; // the request's own tag wins
    state.stamp = (b.epoch << 3) | RANK_DIRECTORY;
    state.count = 1;
    state.firstAt = u32(text + TEXT_BYTES_AT);
    state.firstLength = load<u32>(text);
    state.entryAt = 0;
    state.keyLength = 0;
  }
}

/** Address and length of a text of an image, as readers give them. */
function spanOf(text: usize): u64 {
  return (u64(text + TEXT_BYTES_AT) << 32) | u64(load<u32>(text));
}

/** Room in the arena that the other composed texts of one request may take. */
const ARENA_RESERVE: u32 = 32768;

/** Fills `aws:ResourceTag/…` or `aws:PrincipalTag/…` from the tag fields of a request; false if they are too many. */
export function fillRequestTags(b: Binding, message: usize, length: u32, field: u32): bool {
  const end: usize = message + length;
  let entry = nextField(message, end, field);
  while (entry != 0) {
    const entryAt: usize = usize(entry >> 32);
    const entryLength: u32 = u32(entry);
    const header = changetype<ImageHeader>(usize(b.image));
    // A key may take its own length and, folded, four times that; refusing is an error of the request (TooLarge),
    // while dropping a tag would change a decision.
    if (b.arenaUsed + 8 * header.longestKey + ARENA_RESERVE > b.arenaLength) return false;
    fillTag(
      b,
      entryField(entryAt, entryLength, EntryField.Key),
      entryField(entryAt, entryLength, EntryField.Value),
      field,
      entryAt,
    );
    entry = nextField(entryAt + entryLength, end, field);
  }
  return true;
}

/** One tag: its key is composed in the arena, in lower case for the look-up and then as the law spells it. */
function fillTag(b: Binding, name: u64, value: u64, field: u32, entryAt: usize): void {
  const header = changetype<ImageHeader>(usize(b.image));
  const nameLength: u32 = u32(name);
  if (nameLength > header.longestKey * 4) return;
  const key: usize = usize(b.arenaAt) + b.arenaUsed;
  let out: usize = key;
  if (field == RequestField.ResourceTags) {
    store<u64>(out, RESOURCE_TAG_KEY);
    store<u64>(out, RESOURCE_TAG_KEY_8, 8);
    out += 16;
  } else {
    store<u64>(out, PRINCIPAL_TAG_KEY);
    store<u64>(out, PRINCIPAL_TAG_KEY_8, 8);
    store<u8>(out, PRINCIPAL_TAG_KEY_16, 16);
    out += 17;
  }
  copyBytes(out, usize(name >> 32), nameLength);
  const keyLength: u32 = u32(out - key) + nameLength;
  // A key that no policy reads gives its room back, or a request with many tags would fill the arena with names
  // that nobody asks for.
  const used: u32 = b.arenaUsed;
  b.arenaUsed += keyLength; // the folding of the key goes behind it
  const record = findKey(b, key, keyLength);
  if (record == null) {
    b.arenaUsed = used;
    return;
  }
  // Tie-breaks between spellings look at the key as written: prefix as in the table of section 10.
  if (field == RequestField.ResourceTags) {
    store<u8>(key, CAPITAL_R, 4);
    store<u8>(key, CAPITAL_T, 12);
  } else {
    store<u8>(key, CAPITAL_P, 4);
    store<u8>(key, CAPITAL_T, 13);
  }
  setNamedKey(b, record, RANK_OWN, (u64(key) << 32) | u64(keyLength), value == 0 ? u64(entryAt) << 32 : value);
}
