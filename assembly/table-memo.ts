// What the rows of a table share, worked out once a call: the directory's record for a principal, the patterns that match an
// action, the entries of a context that some policy reads. Rows name texts by index, so an index met before needs no reading, no hashing and
// no look-up. Places are few; a later index takes the place of an earlier one.
import { isPlain, LISTED_ENTRY_SIZE, listedEntry, takeApart } from "./entry";
import { findKey } from "./slots";
import { Binding, ContextEntry, Question } from "./work-views";

const PRINCIPAL_PLACES: u32 = 256;
const ACTION_PLACES: u32 = 256;
const CONTEXT_PLACES: u32 = 64;
const MOST_ENTRIES: u32 = 16;

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

/** A context whose entries all have the usual shape; ListedEntry records follow, of the keys that some policy reads. */
@unmanaged
export class ContextMemo {
  call: u32;
  index: u32;
  count: u32;
  addressDoubt: u32; // as in Binding
}

const ACTIONS_AT: u32 = PRINCIPAL_PLACES * offsetof<PrincipalMemo>();
const CONTEXTS_AT: u32 = ACTIONS_AT + ACTION_PLACES * offsetof<ActionMemo>();
const CONTEXT_PLACE_SIZE: u32 = offsetof<ContextMemo>() + MOST_ENTRIES * LISTED_ENTRY_SIZE;

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

/** The entries of a remembered context. */
export function entriesOf(memo: ContextMemo): u32 {
  return u32(changetype<usize>(memo)) + offsetof<ContextMemo>();
}

/** Remembers the context that was just listed, if all of it is plain; other contexts are read anew by every row. */
export function rememberContext(b: Binding, memo: ContextMemo, call: u32, index: u32): void {
  memo.call = 0;
  memo.count = 0;
  const entry = changetype<ContextEntry>(usize(b.entryAt));
  for (let i: u32 = 0; i < b.listedCount; i++) {
    const listed = listedEntry(b.listedAt, i);
    if (!isPlain(listed)) return;
    takeApart(entry, listed);
    if (findKey(b, entry.keyAt, entry.keyLength) == null) continue;
    if (memo.count == MOST_ENTRIES) return;
    const kept = listedEntry(entriesOf(memo), memo.count++);
    kept.at = listed.at;
    kept.shape = listed.shape;
  }
  memo.addressDoubt = b.addressDoubt;
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
