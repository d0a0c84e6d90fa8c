// Actions (ACT-1 to ACT-11): a request's action is resolved once, to the set of all action patterns of the image that
// match it; a statement then only asks whether one of its pattern ids is in that set.

import { byteMask, hashLowered, lowerByte, lowerWord, MASK_REACH } from "../format/bytes";
import { countActionPattern, countNothing, countUseful } from "../format/counting";
import { ErrorCode, LONGEST_ACTION, STATEMENT_NOT_ACTION } from "../format/layout";
import { actionCountOf, actionsOf, isWide } from "../format/statement-lists";
import { findLowered } from "../format/table";
import { ActionGlobView, ActionView, ImageHeader, ServiceView, StatementView } from "../format/views";
import {
  ASSUME_ROLE_WITH_SAML,
  ASSUME_ROLE_WITH_SAML_8,
  ASSUME_ROLE_WITH_SAML_14,
  ASSUME_ROLE_WITH_WEB_IDENTITY,
  ASSUME_ROLE_WITH_WEB_IDENTITY_8,
  ASSUME_ROLE_WITH_WEB_IDENTITY_16,
  ASSUME_ROLE_WITH_WEB_IDENTITY_21,
  ASTERISK,
  COLON,
  QUESTION_MARK,
} from "../format/words";
import { Binding, Question } from "../format/work-views";
import { matchPattern } from "../pattern/glob";

/** Finds the colon of `prefix:Name`; gives an ErrorCode (ACT-1). */
export function readAction(q: Question): u32 {
  const length: u32 = q.actionLength;
  if (length <= MASK_REACH) {
    // One pass of vector comparisons instead of a loop with a branch a byte: most actions have less than 64 bytes.
    const wildcards = byteMask(q.actionAt, length, <u8>ASTERISK) | byteMask(q.actionAt, length, <u8>QUESTION_MARK);
    const colons = byteMask(q.actionAt, length, <u8>COLON);
    const colon: u32 = u32(ctz(colons));
    q.colonAt = q.actionAt + colon;
    const isAction: bool = wildcards == 0 && popcnt(colons) == 1 && colon > 0 && colon + 1 < length;
    return isAction ? ErrorCode.None : ErrorCode.Action;
  }
  if (length > u32(LONGEST_ACTION)) return ErrorCode.LongAction;
  return readLongAction(q) ? ErrorCode.None : ErrorCode.Action;
}

/** As `readAction` byte by byte, for actions that a mask of 64 bits does not hold. */
function readLongAction(q: Question): bool {
  const end: usize = usize(q.actionAt) + q.actionLength;
  let colon: usize = 0;
  for (let at: usize = q.actionAt; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte == ASTERISK || byte == QUESTION_MARK) return false;
    if (byte == COLON) {
      if (colon != 0) return false;
      colon = at;
    }
  }
  q.colonAt = u32(colon);
  return colon > usize(q.actionAt) && colon + 1 < end;
}

/** Whether the action is one of those that providers call (SVC-6): `sts:AssumeRoleWithSAML` or `…WithWebIdentity`. */
export function isFederating(q: Question): bool {
  return (q.actionLength == 22 || q.actionLength == 29) && isAssumeRoleWith(q);
}

/**
 * INVARIANT: the action has the length of one of the two; apart from their callers, so that the usual action costs
 * two comparisons.
 */
function isAssumeRoleWith(q: Question): bool {
  const at: usize = q.actionAt;
  if (q.actionLength == 22) {
    return (
      lowerWord(load<u64>(at)) == ASSUME_ROLE_WITH_SAML &&
      lowerWord(load<u64>(at, 8)) == ASSUME_ROLE_WITH_SAML_8 &&
      lowerWord(load<u64>(at, 14)) == ASSUME_ROLE_WITH_SAML_14
    );
  }
  return (
    lowerWord(load<u64>(at)) == ASSUME_ROLE_WITH_WEB_IDENTITY &&
    lowerWord(load<u64>(at, 8)) == ASSUME_ROLE_WITH_WEB_IDENTITY_8 &&
    lowerWord(load<u64>(at, 16)) == ASSUME_ROLE_WITH_WEB_IDENTITY_16 &&
    lowerWord(load<u64>(at, 21)) == ASSUME_ROLE_WITH_WEB_IDENTITY_21
  );
}

/**
 * Resolves the action of a question in the image: its service and the patterns that match it. True if the image lists them,
 * so that they stay where they are.
 */
export function bindAction(b: Binding, q: Question): bool {
  const image: usize = b.image;
  const header = changetype<ImageHeader>(image);
  // Case is nothing, in prefix and name (ACT-2); whether such an action exists is nobody's question here (ACT-11).
  const hash = hashLowered(header.hashSeed, q.actionAt, q.actionLength);
  const actionAt = findLowered(image, header.actionsAt, header.actionsMask, hash, q.actionAt, q.actionLength);
  if (actionAt != 0) {
    const action = changetype<ActionView>(image + actionAt);
    b.service = action.service;
    b.serviceMask = action.mask;
    b.anyMask = action.anyMask;
    b.matchedCount = action.count;
    // The ids stay in the image; nothing is copied for an action that some policy spells out.
    b.matchedAt = u32(image) + actionAt + offsetof<ActionView>();
    return true;
  }
  const prefixLength: u32 = q.colonAt - q.actionAt;
  const prefixHash = hashLowered(header.hashSeed, q.actionAt, prefixLength);
  const serviceAt = findLowered(image, header.servicesAt, header.servicesMask, prefixHash, q.actionAt, prefixLength);
  b.service = serviceAt == 0 ? 0 : changetype<ServiceView>(image + serviceAt).id;
  // An action that no policy spells out: its patterns are run. The lower-cased text is used up before anything
  // else is written to the arena.
  const lowered: usize = usize(b.arenaAt) + b.arenaUsed;
  for (let i: u32 = 0; i < q.actionLength; i++) store<u8>(lowered + i, lowerByte(load<u8>(usize(q.actionAt) + i)));
  b.matchedAt = b.matchedArenaAt;
  b.matchedCount = 0;
  b.serviceMask = serviceAt == 0 ? 0 : matchGlobs(b, serviceAt, lowered, prefixLength, q.actionLength);
  b.anyMask = matchGlobs(b, header.anyServiceAt, lowered, prefixLength, q.actionLength);
  return false;
}

/** Adds the patterns with wildcards of one service that match; gives their bits. */
function matchGlobs(b: Binding, serviceAt: u32, action: usize, prefixLength: u32, length: u32): u32 {
  const image: usize = b.image;
  const service = changetype<ServiceView>(image + serviceAt);
  let mask: u32 = 0;
  for (let i: u32 = 0; i < service.globCount; i++) {
    const glob = changetype<ActionGlobView>(image + service.globsAt + i * offsetof<ActionGlobView>());
    countActionPattern(b, glob);
    // Prefix and name are matched apart, each as a whole (ACT-6): no star reaches over the colon (ACT-4, ACT-5). In their programs all
    // but stars and question marks is literal (ACT-3, ACT-7), variables too (ACT-10).
    if (glob.prefixAt != 0 && !matchPattern(b, glob.prefixAt, action, prefixLength)) continue;
    if (!matchPattern(b, glob.nameAt, action + prefixLength + 1, length - prefixLength - 1)) continue;
    countUseful();
    // Bits are shared by patterns that are 32 apart: the filter only turns candidates away, and what it lets
    // through is checked (ACT-9).
    mask |= 1 << ((glob.patternId - service.firstPattern) & 31);
    store<u32>(usize(b.matchedAt) + b.matchedCount * 4, glob.patternId);
    b.matchedCount++;
  }
  countNothing();
  return mask;
}

/** Whether the action test of a statement holds: a listed pattern matches, or for NotAction none does (ACT-8). */
export function actionMatches(b: Binding, statement: StatementView): bool {
  const ids = actionsOf(statement);
  const count = actionCountOf(statement);
  const wide = isWide(statement);
  // NotAction turns the answer round at the end (ACT-8): a loop that ends early must not decide it.
  let listed: bool = false;
  for (let i: u32 = 0; i < b.matchedCount && !listed; i++) {
    listed = isListed(ids, count, wide, load<u32>(usize(b.matchedAt) + i * 4));
  }
  return listed != ((statement.flags & STATEMENT_NOT_ACTION) != 0);
}

/** Binary search in ascending ids. */
function isListed(ids: usize, count: u32, wide: bool, wanted: u32): bool {
  let low: u32 = 0;
  let high: u32 = count;
  while (low < high) {
    const middle: u32 = (low + high) >> 1;
    const id: u32 = wide ? load<u32>(ids + middle * 4) : <u32>load<u16>(ids + middle * 2);
    if (id == wanted) return true;
    if (id < wanted) low = middle + 1;
    else high = middle;
  }
  return false;
}
