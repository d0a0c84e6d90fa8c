// What the rows of a table share, worked out once a call: the directory's record for a principal, the patterns that match an
// action, the entries of a context that some policy reads. Rows name texts by index, so an index met before needs no reading, no hashing and
// no look-up. Places are few; a later index takes the place of an earlier one.
import { isPlain, takeApart } from "../context/context-entry";
import { findKey } from "../context/slots";
import { ActionMemo, ContextMemo, listedEntriesOf, listedEntry, MOST_ENTRIES } from "../format/memos";
import { Binding, Question } from "../format/work-views";

/** Remembers the context that was just listed, if all of it is plain; other contexts are read anew by every row. */
export function rememberContext(b: Binding, memo: ContextMemo, call: u32, index: u32): void {
  // Not valid until all of it is kept: a return in between leaves an empty place, not half a context.
  memo.call = 0;
  memo.count = 0;
  const entry = b.entry;
  for (let i: u32 = 0; i < b.listedCount; i++) {
    const listed = listedEntry(b.listedAt, i);
    if (!isPlain(listed)) return;
    takeApart(entry, listed);
    // Keys that no policy reads are left out, so that later rows do not even list them.
    if (findKey(b, entry.keyAt, entry.keyLength) == null) continue;
    if (memo.count == MOST_ENTRIES) return;
    const kept = listedEntry(listedEntriesOf(memo), memo.count++);
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
