// What the rows of a table share, worked out once a call: the directory's record for a principal, the patterns that match an
// action, the slots that a context fills. Rows name texts by index, so an index met before needs no reading, no hashing and
// no look-up. Places are few; a later index takes the place of an earlier one.
import { isAscii } from "./bytes";
import { findKey, isDerived, RANK_OWN, setKeyValues } from "./slots";
import { KeyView } from "./views";
import { Binding, Question } from "./work-views";

const PRINCIPAL_PLACES: u32 = 256;
const ACTION_PLACES: u32 = 256;
const CONTEXT_PLACES: u32 = 64;
const MOST_FILLS: u32 = 16;

/** A principal that the directory knows. A memo counts only while its call is the one in hand. */
@unmanaged
export class PrincipalMemo {
  call: u32;
  index: u32;
  recordAt: u32;
  reserved: u32;
}

/** An action that some policy spells out. */
@unmanaged
export class ActionMemo {
  call: u32;
  index: u32;
  colon: u32; // from the beginning of the text
  service: u32;
  serviceMask: u32;
  anyMask: u32;
  matchedAt: u32;
  matchedCount: u32;
}

/** A context whose entries all have the usual shape; ContextFill records follow. */
@unmanaged
export class ContextMemo {
  call: u32;
  index: u32;
  count: u32;
  hasDerived: u32; // some entry names a key that the engine derives
}

/** What one entry of a context gives its key. */
@unmanaged
class ContextFill {
  keyRecord: u32;
  keyAt: u32;
  keyLength: u32;
  valueAt: u32;
  valueLength: u32;
  entryAt: u32;
  entryEnd: u32;
  reserved: u32;
}

const ACTIONS_AT: u32 = PRINCIPAL_PLACES * offsetof<PrincipalMemo>();
const CONTEXTS_AT: u32 = ACTIONS_AT + ACTION_PLACES * offsetof<ActionMemo>();
const CONTEXT_PLACE_SIZE: u32 = offsetof<ContextMemo>() + MOST_FILLS * offsetof<ContextFill>();

/** Bytes of all memos of one caller. */
export const TABLE_MEMOS_SIZE: u32 = CONTEXTS_AT + CONTEXT_PLACES * CONTEXT_PLACE_SIZE;

/** The place of a principal. */
export function principalMemo(memosAt: u32, index: u32): PrincipalMemo {
  return changetype<PrincipalMemo>(usize(memosAt) + (index & (PRINCIPAL_PLACES - 1)) * offsetof<PrincipalMemo>());
}

/** The place of an action. */
export function actionMemo(memosAt: u32, index: u32): ActionMemo {
  return changetype<ActionMemo>(usize(memosAt) + ACTIONS_AT + (index & (ACTION_PLACES - 1)) * offsetof<ActionMemo>());
}

/** The place of a context. */
export function contextMemo(memosAt: u32, index: u32): ContextMemo {
  return changetype<ContextMemo>(usize(memosAt) + CONTEXTS_AT + (index & (CONTEXT_PLACES - 1)) * CONTEXT_PLACE_SIZE);
}

/** Gives the slots what a remembered context gives them; only where no what-if value can count. */
export function fillFromMemo(b: Binding, memo: ContextMemo): void {
  let at: usize = changetype<usize>(memo) + offsetof<ContextMemo>();
  for (let i: u32 = 0; i < memo.count; i++, at += offsetof<ContextFill>()) {
    const fill = changetype<ContextFill>(at);
    const key = changetype<KeyView>(usize(fill.keyRecord));
    setKeyValues(
      b,
      key,
      RANK_OWN,
      fill.keyAt,
      fill.keyLength,
      1,
      fill.valueAt,
      fill.valueLength,
      fill.entryAt,
      fill.entryEnd,
    );
  }
}

/**
 * Remembers a context that was read without an error, if every entry is `0a L 0a K key 12 V 0a N value` with lengths
 * below 128 and all of it is ASCII; other contexts are read anew by every row.
 */
export function rememberContext(b: Binding, memo: ContextMemo, call: u32, index: u32, start: usize, length: u32): void {
  memo.call = 0;
  memo.count = 0;
  memo.hasDerived = 0;
  if (!isAscii(start, length)) return;
  const end: usize = start + length;
  let at: usize = start;
  while (at < end) {
    if (end - at < 8 || load<u8>(at) != 0x0a) return;
    const size: u32 = load<u8>(at, 1);
    const entryAt: usize = at + 2;
    at = entryAt + size;
    if (size < 6 || size > 127 || at > end || load<u8>(entryAt) != 0x0a) return;
    const keyLength: u32 = load<u8>(entryAt, 1);
    if (keyLength + 6 > size) return;
    const list: usize = entryAt + 2 + keyLength;
    const valueLength: u32 = load<u8>(list, 3);
    if (load<u8>(list) != 0x12 || u32(load<u8>(list, 1)) != valueLength + 2 || load<u8>(list, 2) != 0x0a) return;
    if (keyLength + valueLength + 6 != size) return;
    const key = findKey(b, entryAt + 2, keyLength);
    if (key == null) continue;
    if (isDerived(key)) {
      memo.hasDerived = 1;
      continue;
    }
    if (memo.count == MOST_FILLS) return;
    const fill = changetype<ContextFill>(
      changetype<usize>(memo) + offsetof<ContextMemo>() + memo.count * offsetof<ContextFill>(),
    );
    fill.keyRecord = u32(changetype<usize>(key));
    fill.keyAt = u32(entryAt) + 2;
    fill.keyLength = keyLength;
    fill.valueAt = u32(list) + 4;
    fill.valueLength = valueLength;
    fill.entryAt = u32(entryAt);
    fill.entryEnd = u32(at);
    memo.count++;
  }
  memo.index = index;
  memo.call = call;
}

/** Remembers what an action came to, if the image lists its patterns. */
export function rememberAction(b: Binding, memo: ActionMemo, call: u32, index: u32, q: Question): void {
  memo.call = call;
  memo.index = index;
  memo.colon = q.colonAt - q.actionAt;
  memo.service = b.service;
  memo.serviceMask = b.serviceMask;
  memo.anyMask = b.anyMask;
  memo.matchedAt = b.matchedAt;
  memo.matchedCount = b.matchedCount;
}

/** Binds a remembered action. */
export function bindFromMemo(b: Binding, memo: ActionMemo): void {
  b.service = memo.service;
  b.serviceMask = memo.serviceMask;
  b.anyMask = memo.anyMask;
  b.matchedAt = memo.matchedAt;
  b.matchedCount = memo.matchedCount;
}
