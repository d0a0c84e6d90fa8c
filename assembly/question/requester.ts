// Who asks (IN-2): the directory's record for the text of a request, or what the spelling alone tells.

import { clearRecord, copyBytes, findByte, hashBytes } from "../format/bytes";
import {
  ErrorCode,
  IMAGE_GENERIC_PROFILE,
  LONGEST_PRINCIPAL,
  PRINCIPAL_SERVICE_LINKED,
  RequesterKind,
  TEXT_BYTES_AT,
} from "../format/layout";
import { PrincipalMemo } from "../format/memos";
import { findRecord } from "../format/table";
import { ImageHeader, PrincipalView, RoleNameView } from "../format/views";
import {
  ANONYMOUS,
  ANONYMOUS_8,
  ARN,
  ASSUMED_ROLE_PATH,
  ASSUMED_ROLE_PATH_8,
  ASTERISK,
  COLON,
  DOT,
  DOT_AMAZONAWS_COM,
  DOT_AMAZONAWS_COM_8,
  DOT_AMAZONAWS_COM_12,
  DOT_CN,
  FEDERATED_USER_PATH,
  FEDERATED_USER_PATH_8,
  IAM,
  IAM_FIELDS,
  LETTER_A,
  MINUS,
  OIDC_PROVIDER_PATH,
  OIDC_PROVIDER_PATH_8,
  QUESTION_MARK,
  ROLE_FIELD,
  ROLE_PATH,
  ROOT,
  SAML_PROVIDER_PATH,
  SAML_PROVIDER_PATH_8,
  SERVICE_ROLE_PATH,
  SERVICE_ROLE_PATH_8,
  SERVICE_ROLE_PATH_16,
  SLASH,
  SPACE,
  STS,
  USER_PATH,
  ZERO,
} from "../format/words";
import { Binding, Question, Requester } from "../format/work-views";

/**
 * Fills the requester from the principal's text; gives an ErrorCode. `federating`: the action is AssumeRoleWith…; `call`: the
 * call in hand, for what its rows share.
 */
export function resolveRequester(b: Binding, q: Question, r: Requester, federating: bool, call: u32): u32 {
  clearRecord(changetype<usize>(r), offsetof<Requester>());
  const at: usize = q.principalAt;
  const length: u32 = q.principalLength;
  if (length == 0) return ErrorCode.Principal;
  if (length > u32(LONGEST_PRINCIPAL)) return ErrorCode.LongPrincipal;
  r.arnAt = u32(at);
  r.arnLength = length;
  // Rows name their principal by index: the second row of a call with the same index needs no hash and no look-up.
  const memo = changetype<PrincipalMemo>(usize(q.principalMemoAt));
  if (q.principalMemoAt != 0 && memo.call == call && memo.index == q.principalIndex) {
    adoptRecord(b, r, memo.recordAt);
    return ErrorCode.None;
  }
  const image: usize = b.image;
  const header = changetype<ImageHeader>(image);
  const hash = hashBytes(header.hashSeed, at, length);
  const known = findRecord(image, header.principalsAt, header.principalsMask, hash, at, length);
  if (known != 0) {
    adoptRecord(b, r, known);
    if (q.principalMemoAt != 0) {
      memo.call = call;
      memo.index = q.principalIndex;
      memo.recordAt = known;
    }
    return ErrorCode.None;
  }
  // After the directory, like everything that is read from a spelling.
  if (length == 9 && load<u64>(at) == ANONYMOUS && load<u8>(at, 8) == ANONYMOUS_8) {
    r.kind = RequesterKind.Anonymous;
    return ErrorCode.None;
  }
  if (length > 4 && load<u32>(at) == ARN) return resolveArn(b, r, federating);
  // The two actions with a provider as their caller are asked by a provider, under its ARN or the name by which it is known (SVC-6).
  if (federating) {
    r.kind = RequesterKind.Provider;
    return ErrorCode.None;
  }
  if (!isServiceName(at, length, (header.flags & IMAGE_GENERIC_PROFILE) != 0)) return ErrorCode.Principal;
  r.kind = RequesterKind.Service;
  return ErrorCode.None;
}

/** Takes over what the directory says. */
function adoptRecord(b: Binding, r: Requester, recordAt: u32): void {
  const image: usize = b.image;
  const record = changetype<PrincipalView>(image + recordAt);
  r.kind = record.kind;
  r.flags = record.flags;
  r.known = 1;
  r.recordAt = recordAt;
  r.factsAt = record.factsAt;
  r.accountAt = textAt(image, record.accountAt);
  r.accountLength = textLength(image, record.accountAt);
  r.partitionAt = textAt(image, record.partitionAt);
  r.partitionLength = textLength(image, record.partitionAt);
  r.issuerAt = textAt(image, record.issuerAt);
  r.issuerLength = textLength(image, record.issuerAt);
  r.nameAt = textAt(image, record.nameAt);
  r.nameLength = textLength(image, record.nameAt);
  r.uniqueIdAt = textAt(image, record.uniqueIdAt);
  r.uniqueIdLength = textLength(image, record.uniqueIdAt);
  r.identityPoolAt = record.identityPoolAt;
  r.boundaryPoolAt = record.boundaryPoolAt;
  r.sessionPoolAt = record.sessionPoolAt;
}

/** Address of a text of the image, 0 for none. */
function textAt(image: usize, offset: u32): u32 {
  return offset == 0 ? 0 : u32(image) + offset + TEXT_BYTES_AT;
}

/** Length of a text of the image, 0 for none. */
function textLength(image: usize, offset: u32): u32 {
  return offset == 0 ? 0 : load<u32>(image + offset);
}

/** Whether the text at `at` starts with `length` bytes of a literal given as a little-endian word. */
function startsWith(at: usize, end: usize, word: u64, length: u32): bool {
  if (u32(end - at) < length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (u64(load<u8>(at + i)) != ((word >> (i * 8)) & 0xff)) return false;
  }
  return true;
}

/** Reads `arn:partition:iam|sts::account:rest` of an entity that the directory does not list. */
function resolveArn(b: Binding, r: Requester, federating: bool): u32 {
  const end: usize = usize(r.arnAt) + r.arnLength;
  const partition: usize = usize(r.arnAt) + 4;
  const partitionEnd = findByte(partition, end, COLON);
  const service: usize = partitionEnd + 1;
  if (partitionEnd == partition || service + 5 > end) return ErrorCode.Principal;
  const word: u32 = u32(load<u8>(service)) | (u32(load<u8>(service + 1)) << 8) | (u32(load<u8>(service + 2)) << 16);
  const isIam: bool = word == IAM;
  if ((!isIam && word != STS) || load<u8>(service, 3) != COLON || load<u8>(service, 4) != COLON) {
    return ErrorCode.Principal;
  }
  const account: usize = service + 5;
  const accountEnd = findByte(account, end, COLON);
  if (accountEnd == account || accountEnd >= end) return ErrorCode.Principal;
  r.partitionAt = u32(partition);
  r.partitionLength = u32(partitionEnd - partition);
  r.accountAt = u32(account);
  r.accountLength = u32(accountEnd - account);
  const rest: usize = accountEnd + 1;
  const generic: bool = (changetype<ImageHeader>(usize(b.image)).flags & IMAGE_GENERIC_PROFILE) != 0;
  const unresolved = isIam ? resolveIam(r, rest, end, federating, generic) : resolveSts(b, r, rest, end);
  if (unresolved != ErrorCode.None || r.kind == RequesterKind.Provider) return unresolved;
  // A requester is one concrete entity: `*` and `?` in its ARN would read as patterns further on, so they are
  // refused (IN-2).
  return hasWildcard(r.arnAt, r.arnLength) ? ErrorCode.WildcardPrincipal : ErrorCode.None;
}

/** Whether a text that should be one concrete ARN has a wildcard. */
function hasWildcard(at: usize, length: u32): bool {
  const end: usize = at + length;
  return findByte(at, end, ASTERISK) < end || findByte(at, end, QUESTION_MARK) < end;
}

/** What follows the account in an ARN of IAM: `root`, a user, a role or a provider (IN-2). */
function resolveIam(r: Requester, rest: usize, end: usize, federating: bool, generic: bool): u32 {
  r.issuerAt = r.arnAt;
  r.issuerLength = r.arnLength;
  if (end - rest == 4 && load<u32>(rest) == ROOT) {
    r.kind = RequesterKind.Root;
    return ErrorCode.None;
  }
  const isUser = startsWith(rest, end, USER_PATH, 5);
  if (isUser || startsWith(rest, end, ROLE_PATH, 5)) {
    r.kind = isUser ? RequesterKind.User : RequesterKind.Role;
    let name: usize = end;
    // INVARIANT: the prefix ends with a slash, so that the search ends. A path may have further ones; the name
    // stands behind the last.
    while (load<u8>(name - 1) != SLASH) name--;
    r.nameAt = u32(name);
    r.nameLength = u32(end - name);
    if (!isUser && !generic && isServiceLinked(rest + 5, end)) r.flags |= PRINCIPAL_SERVICE_LINKED;
    return name == end ? ErrorCode.Principal : ErrorCode.None;
  }
  const isProvider: bool =
    end - rest > 14 &&
    ((startsWith(rest, end, SAML_PROVIDER_PATH, 8) && startsWith(rest + 8, end, SAML_PROVIDER_PATH_8, 6)) ||
      (startsWith(rest, end, OIDC_PROVIDER_PATH, 8) && startsWith(rest + 8, end, OIDC_PROVIDER_PATH_8, 6)));
  if (!isProvider) return ErrorCode.Principal;
  if (!federating) return ErrorCode.ProviderAction;
  r.kind = RequesterKind.Provider;
  // A provider belongs to no account that could be the same as that of the owner.
  r.accountLength = 0;
  return ErrorCode.None;
}

/** Whether the text after `role/` is a path under `aws-service-role/` (IN-3). */
export function isServiceLinked(path: usize, end: usize): bool {
  return (
    end - path > 17 &&
    load<u64>(path) == SERVICE_ROLE_PATH &&
    load<u64>(path, 8) == SERVICE_ROLE_PATH_8 &&
    load<u8>(path, 16) == SERVICE_ROLE_PATH_16
  );
}

/** What follows the account in an ARN of STS: a session of a role or of a federated user (IN-2). */
function resolveSts(b: Binding, r: Requester, rest: usize, end: usize): u32 {
  if (startsWith(rest, end, ASSUMED_ROLE_PATH, 8) && startsWith(rest + 8, end, ASSUMED_ROLE_PATH_8, 5)) {
    const role: usize = rest + 13;
    const roleEnd = findByte(role, end, SLASH);
    // Exactly a role name and a session name: neither may be empty, and neither has a slash.
    if (roleEnd == role || roleEnd + 1 >= end || findByte(roleEnd + 1, end, SLASH) != end) return ErrorCode.Principal;
    return resolveSession(b, r, role, roleEnd, end);
  }
  if (startsWith(rest, end, FEDERATED_USER_PATH, 8) && startsWith(rest + 8, end, FEDERATED_USER_PATH_8, 7)) {
    const name: usize = rest + 15;
    if (name == end || findByte(name, end, SLASH) != end) return ErrorCode.Principal;
    r.kind = RequesterKind.FederatedUser;
    r.nameAt = u32(name);
    r.nameLength = u32(end - name);
    return ErrorCode.None;
  }
  return ErrorCode.Principal;
}

/** A session carries its role's policies; its ARN has no path, so roles are found by account and name (PRN-6). */
function resolveSession(b: Binding, r: Requester, role: usize, roleEnd: usize, end: usize): u32 {
  const image: usize = b.image;
  const header = changetype<ImageHeader>(image);
  // "partition:account:role" as the table of role names spells it.
  const key: usize = usize(b.arenaAt) + b.arenaUsed;
  copyBytes(key, r.partitionAt, r.partitionLength);
  let out: usize = key + r.partitionLength;
  store<u8>(out++, COLON);
  copyBytes(out, r.accountAt, r.accountLength);
  out += r.accountLength;
  store<u8>(out++, COLON);
  copyBytes(out, role, u32(roleEnd - role));
  out += roleEnd - role;
  const hash = hashBytes(header.hashSeed, key, u32(out - key));
  const found = findRecord(image, header.roleNamesAt, header.roleNamesMask, hash, key, u32(out - key));
  // The session carries what the role has; its own kind and name are set below.
  if (found != 0) adoptRecord(b, r, changetype<RoleNameView>(image + found).roleAt);
  else {
    // An unknown role has no path to know: its ARN is spelled without one (VEC-3).
    // Behind the key of the look-up, which is not needed any more but whose room is part of what is taken.
    const issuer: usize = out;
    const prefixLength: u32 = 4 + r.partitionLength; // "arn:partition"
    copyBytes(issuer, r.arnAt, prefixLength);
    out += prefixLength;
    store<u64>(out, IAM_FIELDS);
    out += 6;
    copyBytes(out, r.accountAt, r.accountLength);
    out += r.accountLength;
    store<u64>(out, ROLE_FIELD);
    out += 6;
    copyBytes(out, role, u32(roleEnd - role));
    out += roleEnd - role;
    r.issuerAt = u32(issuer);
    r.issuerLength = u32(out - issuer);
    b.arenaUsed = u32(out - b.arenaAt);
  }
  r.kind = RequesterKind.Session;
  r.nameAt = u32(roleEnd + 1);
  r.nameLength = u32(end - roleEnd - 1);
  return ErrorCode.None;
}

/** `name.amazonaws.com`, `name.amazonaws.com.cn`; in the generic profile any dotted name of letters, digits and dashes. */
function isServiceName(at: usize, length: u32, generic: bool): bool {
  const end: usize = at + length;
  let dots: u32 = 0;
  let label: usize = at;
  let plain: bool = true;
  for (let i: usize = at; i < end; i++) {
    const byte: u32 = load<u8>(i);
    if (byte == COLON || byte == SLASH || byte <= SPACE) return false;
    if (byte == DOT) {
      if (i == label) plain = false;
      dots++;
      label = i + 1;
    } else if (!((byte | 0x20) - LETTER_A < 26 || byte - ZERO < 10 || byte == MINUS)) plain = false;
  }
  // Outside AWS services have names of their own; a dotted name cannot be taken for any other kind of requester.
  if (generic && plain && dots > 0 && label < end) return true;
  const suffix: u32 = length > 17 && startsWith(end - 3, end, DOT_CN, 3) ? 3 : 0;
  if (length - suffix <= 14) return false;
  const amazon: usize = end - suffix - 14;
  return (
    load<u64>(amazon) == DOT_AMAZONAWS_COM &&
    load<u32>(amazon, 8) == DOT_AMAZONAWS_COM_8 &&
    load<u16>(amazon, 12) == DOT_AMAZONAWS_COM_12
  );
}
