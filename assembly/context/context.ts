// The request context on demand: a slot is looked for among the listed entries when a test or a variable asks for it, and the
// derived keys of section 10 are filled in together when the first of them is asked for.
import { equalLowered } from "../format/bytes";
import { countSearch } from "../format/counting";
import { TEXT_BYTES_AT } from "../format/layout";
import { listedEntry } from "../format/memos";
import { KeyView } from "../format/views";
import { Binding, SlotState } from "../format/work-views";
import { mayHaveKey, rankOf, takeApart } from "./context-entry";
import { fillClock, fillDerived, fillDirectoryTags } from "./derived";
import { findKey, isDerived, RANK_OWN, RANK_WHAT_IF_OWN, setKeyEntry, setSlotEntry, slotAt, slotRecord } from "./slots";

/** What the request in hand gives a slot; `isPresent` tells whether that is anything. */
export function slotState(b: Binding, slot: u32): SlotState {
  const state = slotAt(b, slot);
  if (b.listing != 0 && state.stamp >> 3 != b.epoch) findValues(b, slot, state);
  return state;
}

function findValues(b: Binding, slot: u32, state: SlotState): void {
  state.stamp = b.epoch << 3; // looked for; the lowest rank, so that whatever is found replaces it
  state.count = 0;
  const key = changetype<KeyView>(usize(b.image) + slotRecord(b, slot).keyAt);
  if (isDerived(key)) {
    // All of them together, in one pass over requester, owner and directory.
    if (b.derived == 0) deriveKeys(b);
    return;
  }
  countSearch(b);
  // No index over the list: at most 64 entries, told apart by the length of their keys before a byte is compared.
  const entry = b.entry;
  const folded: usize = usize(b.image) + key.textAt;
  const length: u32 = load<u32>(folded);
  for (let i: u32 = 0; i < b.listedCount; i++) {
    const listed = listedEntry(b.listedAt, i);
    if (!mayHaveKey(listed, length)) continue;
    takeApart(entry, listed);
    if (entry.keyLength != length || !equalLowered(entry.keyAt, folded + TEXT_BYTES_AT, length)) continue;
    setSlotEntry(b, slot, rankOf(listed), entry);
  }
}

/** Fills in every derived key: what a what-if call says of them, then directory and clock, which give way to that. */
function deriveKeys(b: Binding): void {
  b.derived = 1;
  const r = b.requester;
  const owner = b.owner;
  if (b.whatIf != 0) {
    const entry = b.entry;
    for (let i: u32 = 0; i < b.listedCount; i++) {
      const listed = listedEntry(b.listedAt, i);
      takeApart(entry, listed);
      const key = findKey(b, entry.keyAt, entry.keyLength);
      if (key == null || !isDerived(key)) continue;
      setKeyEntry(b, key, rankOf(listed) + RANK_WHAT_IF_OWN - RANK_OWN, entry);
    }
  }
  // After the what-if values, and with lower ranks: what is set already stays (CTX-12).
  fillDirectoryTags(b, b.image, r, owner);
  fillDerived(b, b.image, r, owner);
  fillClock(b, b.now);
}
