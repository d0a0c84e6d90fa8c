// Principal elements of resource, trust and endpoint policies: who is named and how specifically (PRN-1 to PRN-15), and
// who is exempted by NotPrincipal (NPR-1 to NPR-5).

import { slotState } from "../context/context";
import { isPresent, nextValue } from "../context/slots";
import { equalBytes } from "../format/bytes";
import {
  CLASS_ACCOUNT,
  CLASS_EXACT,
  CLASS_ISSUER,
  CLASS_WILDCARD,
  EntryKind,
  IMAGE_GENERIC_PROFILE,
  NONE,
  PRINCIPAL_ROOT_ISSUER,
  PRINCIPAL_SERVICE_LINKED,
  RequesterKind,
  STATEMENT_DENY,
  STATEMENT_NOT_PRINCIPAL,
  TEXT_BYTES_AT,
} from "../format/layout";
import { principalEntriesOf } from "../format/statement-lists";
import { AccountView, ImageHeader, PrincipalEntryView, StatementView } from "../format/views";
import { USER_ID_PREFIX } from "../format/words";
import { Binding, Requester } from "../format/work-views";

// Links of a NotPrincipal chain (NPR-2).
const LINK_ACCOUNT: u32 = 1;
const LINK_ISSUER: u32 = 2;
const LINK_SELF: u32 = 4;

/** Whether a text of the image is this range, character by character (PRN-8); nothing equals a text that is not there. */
function equalsText(image: usize, textAt: u32, at: u32, length: u32): bool {
  if (textAt == 0 || length == 0) return false;
  const text: usize = image + textAt;
  return load<u32>(text) == length && equalBytes(text + TEXT_BYTES_AT, at, length);
}

/** User, Role, Session, FederatedUser or Root: a requester that IAM of some account knows. */
export function isIamRequester(r: Requester): bool {
  return r.kind >= <u32>RequesterKind.Root && r.kind <= <u32>RequesterKind.FederatedUser;
}

/** Whether the permissions boundary of the issuer binds the requester (EVAL-3). */
export function boundaryBinds(r: Requester): bool {
  if (r.boundaryPoolAt == 0 || r.kind == RequesterKind.Root || !isIamRequester(r)) return false;
  return (r.flags & (PRINCIPAL_SERVICE_LINKED | PRINCIPAL_ROOT_ISSUER)) == 0;
}

/** Whether an entry is the account of the requester: by id within its partition, or by canonical user id. */
function namesAccount(b: Binding, directory: usize, r: Requester, entry: PrincipalEntryView): bool {
  const image: usize = b.image;
  if (!isIamRequester(r)) return false;
  // A canonical user id names the account that has it, in whatever partition (PRN-11).
  if (entry.kind == EntryKind.CanonicalUser) {
    if (r.factsAt == 0) return false;
    const canonicalAt: u32 = changetype<AccountView>(directory + r.factsAt).canonicalIdAt;
    if (canonicalAt == 0) return false;
    const canonical: usize = directory + canonicalAt;
    return equalsText(image, entry.textAt, u32(canonical + TEXT_BYTES_AT), load<u32>(canonical));
  }
  if (entry.partitionAt != 0 && !equalsText(image, entry.partitionAt, r.partitionAt, r.partitionLength)) return false;
  return equalsText(image, entry.textAt, r.accountAt, r.accountLength);
}

/** The match class of one entry, 0 if it does not name the requester. */
function classOf(b: Binding, directory: usize, r: Requester, entry: PrincipalEntryView): u32 {
  const image: usize = b.image;
  switch (entry.kind) {
    case EntryKind.Everyone:
      return CLASS_WILDCARD; // PRN-3
    // PRN-4: the root user is the account itself.
    case EntryKind.Account:
    case EntryKind.CanonicalUser:
      if (!namesAccount(b, directory, r, entry)) return 0;
      return r.kind == RequesterKind.Root ? CLASS_EXACT : CLASS_ACCOUNT;
    // PRN-5; of a federated user it is the issuer (PRN-7).
    case EntryKind.User:
      if (r.kind == RequesterKind.User && equalsText(image, entry.textAt, r.arnAt, r.arnLength)) return CLASS_EXACT;
      return r.kind == RequesterKind.FederatedUser && equalsText(image, entry.textAt, r.issuerAt, r.issuerLength)
        ? CLASS_ISSUER
        : 0;
    case EntryKind.Role:
      if (r.kind != RequesterKind.Role && r.kind != RequesterKind.Session) return 0;
      return equalsText(image, entry.textAt, r.issuerAt, r.issuerLength) ? CLASS_ISSUER : 0;
    // PRN-7: sessions of either kind by their own ARN.
    case EntryKind.Session:
      return r.kind == RequesterKind.Session && equalsText(image, entry.textAt, r.arnAt, r.arnLength) ? CLASS_EXACT : 0;
    case EntryKind.FederatedUser:
      return r.kind == RequesterKind.FederatedUser && equalsText(image, entry.textAt, r.arnAt, r.arnLength)
        ? CLASS_EXACT
        : 0;
    case EntryKind.UniqueId:
      if (!equalsText(image, entry.textAt, r.uniqueIdAt, r.uniqueIdLength)) return 0;
      if (r.kind == RequesterKind.User) return isUserId(image, entry.textAt) ? CLASS_EXACT : 0;
      if (r.kind != RequesterKind.Role && r.kind != RequesterKind.Session) return 0;
      return isUserId(image, entry.textAt) ? 0 : CLASS_ISSUER;
    case EntryKind.Service:
      if (r.kind != RequesterKind.Service) return 0;
      if (equalsText(image, entry.textAt, r.arnAt, r.arnLength)) return CLASS_EXACT;
      return listsService(b, entry.textAt) ? CLASS_EXACT : 0;
    // PRN-14: the provider itself, not the sessions that it lets in.
    case EntryKind.Federated:
      return r.kind == RequesterKind.Provider && equalsText(image, entry.textAt, r.arnAt, r.arnLength)
        ? CLASS_EXACT
        : 0;
    default:
      return unreachable(); // an entry that this file does not know must not name nobody: its Deny would not fire
  }
}

/**
 * Whether the service that asks has this name too (PRN-9). Its own is the only one that the engine derives, so that there are others only
 * where a what-if question tells them (CTX-1).
 */
function listsService(b: Binding, textAt: u32): bool {
  const slot: u32 = changetype<ImageHeader>(usize(b.image)).serviceNamesSlot;
  if (slot == NONE) return false;
  const state = slotState(b, slot);
  if (!isPresent(b, state)) return false;
  if (state.count == 1) return equalsText(b.image, textAt, state.firstAt, state.firstLength);
  for (let value: u64 = nextValue(state.entryAt, state.entryEnd, 0); value != 0; ) {
    if (equalsText(b.image, textAt, u32(value >> 32), u32(value))) return true;
    value = nextValue(state.entryAt, state.entryEnd, usize(value >> 32) + u32(value));
  }
  return false;
}

/** Whether a unique id is a user's (`AIDA…`) and not a role's (`AROA…`); PRN-10. */
function isUserId(image: usize, textAt: u32): bool {
  return load<u32>(image + textAt, TEXT_BYTES_AT) == USER_ID_PREFIX;
}

/** One of the entries that a statement lists: a count and their offsets are at `entries`. */
function entryAt(b: Binding, entries: usize, index: u32): PrincipalEntryView {
  return changetype<PrincipalEntryView>(usize(b.image) + load<u32>(entries + 4 + index * 4));
}

/**
 * The principal test of a statement: 0 if it fails, else the highest match class (PRN-15). `directory` is the image that
 * the requester's facts are in.
 */
export function principalClass(b: Binding, directory: usize, r: Requester, statement: StatementView): u32 {
  if ((statement.flags & STATEMENT_NOT_PRINCIPAL) != 0)
    return notPrincipalHolds(b, directory, r, statement) ? CLASS_WILDCARD : 0;
  const entries = principalEntriesOf(statement);
  let highest: u32 = 0;
  // One entry is enough, of whatever member (PRN-2).
  const count: u32 = load<u32>(entries);
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(b, entries, i);
    // Classes are bits in the order of PRN-15, so the greatest number is the highest class.
    const found = classOf(b, directory, r, entry);
    if (found > highest) highest = found;
  }
  return highest;
}

/** Whether the requester is not exempted (NPR-1): some link of its chain is not listed (NPR-2), or NPR-3 applies. */
function notPrincipalHolds(b: Binding, directory: usize, r: Requester, statement: StatementView): bool {
  // In AWS a boundary makes such a Deny apply to everybody whom it binds (NPR-3); elsewhere there is no such
  // surprise.
  const generic = (changetype<ImageHeader>(usize(b.image)).flags & IMAGE_GENERIC_PROFILE) != 0;
  if (!generic && (statement.flags & STATEMENT_DENY) != 0 && boundaryBinds(r)) return true;
  const entries = principalEntriesOf(statement);
  let listed: u32 = 0;
  const count: u32 = load<u32>(entries);
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(b, entries, i);
    // NotPrincipal with `*` exempts everybody, whatever else is listed.
    if (entry.kind == EntryKind.Everyone) return false;
    listed |= linkOf(b, directory, r, entry);
  }
  return (listed & neededLinks(r)) != neededLinks(r) || neededLinks(r) == 0;
}

/**
 * The links that all have to be listed for the exemption to hold (NPR-2): naming a session without its role and
 * account exempts nobody.
 */
function neededLinks(r: Requester): u32 {
  switch (r.kind) {
    case RequesterKind.Root:
      return LINK_ACCOUNT;
    case RequesterKind.User:
      return LINK_ACCOUNT | LINK_SELF;
    case RequesterKind.Role:
      return LINK_ACCOUNT | LINK_ISSUER;
    case RequesterKind.Session:
      return LINK_ACCOUNT | LINK_ISSUER | LINK_SELF;
    case RequesterKind.FederatedUser:
      // The issuing root user is listed with its account.
      return (r.flags & PRINCIPAL_ROOT_ISSUER) != 0 ? LINK_ACCOUNT | LINK_SELF : LINK_ACCOUNT | LINK_ISSUER | LINK_SELF;
    case RequesterKind.Service: // NPR-4
    case RequesterKind.Provider:
      return LINK_SELF;
    case RequesterKind.Anonymous:
      return 0; // exempted by nothing but "*"
    default:
      return unreachable();
  }
}

/** Which link of the requester's chain an entry lists. */
function linkOf(b: Binding, directory: usize, r: Requester, entry: PrincipalEntryView): u32 {
  if (entry.kind == EntryKind.Account || entry.kind == EntryKind.CanonicalUser) {
    return namesAccount(b, directory, r, entry) ? LINK_ACCOUNT : 0;
  }
  // Only the id of a user names a link of the chain; ids of roles are compared as text and list nothing.
  if (entry.kind == EntryKind.UniqueId && r.kind != RequesterKind.User) return 0; // ids stay text (PRN-10)
  const found = classOf(b, directory, r, entry);
  return found == CLASS_EXACT ? LINK_SELF : found == CLASS_ISSUER ? LINK_ISSUER : 0;
}
