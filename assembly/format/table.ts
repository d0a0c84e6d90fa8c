// Look-ups in the image's open-addressed hash tables. Entries are (hash, record offset); every record begins with
// the offset of its text, so a hit is always confirmed byte by byte. Who is not found within reach is looked for in a sorted list, so
// that no choice of texts makes a look-up long.
import { compareBytes, compareLowered, equalBytes, equalLowered } from "./bytes";
import { DEBUG_PROBES_AT, TABLE_REACH, TEXT_BYTES_AT } from "./layout";
import { TableEntryView } from "./views";

/** The entry at a place of a table. */
export function tableEntry(table: usize, place: u32): TableEntryView {
  return changetype<TableEntryView>(table + place * offsetof<TableEntryView>());
}

/** Offset of the record whose text is exactly this range, or 0. */
export function findRecord(image: usize, tableAt: u32, mask: u32, hash: u32, at: usize, length: u32): u32 {
  // An image without such records has no table; offset 0 is the header.
  if (tableAt == 0) return 0;
  const table: usize = image + tableAt;
  for (let step: u32 = 0; step < u32(TABLE_REACH); step++) {
    countProbe();
    const entry = tableEntry(table, (hash + step) & mask);
    const record: u32 = entry.recordAt;
    // An empty place ends the search: whoever hashes to an earlier place and found none would stand here.
    if (record == 0) return 0;
    if (entry.hash == hash) {
      const text: usize = image + load<u32>(image + record);
      if (load<u32>(text) == length && equalBytes(text + TEXT_BYTES_AT, at, length)) return record;
    }
  }
  return findStraggler(image, tableAt, mask, at, length, false);
}

/** As `findRecord` for tables of lower-cased texts: the range is compared with its ASCII letters lower-cased. */
export function findLowered(image: usize, tableAt: u32, mask: u32, hash: u32, at: usize, length: u32): u32 {
  if (tableAt == 0) return 0;
  const table: usize = image + tableAt;
  for (let step: u32 = 0; step < u32(TABLE_REACH); step++) {
    countProbe();
    const entry = tableEntry(table, (hash + step) & mask);
    const record: u32 = entry.recordAt;
    if (record == 0) return 0;
    if (entry.hash == hash) {
      const text: usize = image + load<u32>(image + record);
      if (load<u32>(text) == length && equalLowered(at, text + TEXT_BYTES_AT, length)) return record;
    }
  }
  return findStraggler(image, tableAt, mask, at, length, true);
}

/**
 * The first record of a table's sorted list whose text is this range, 0 if there is none. Reached only where
 * TABLE_REACH places are full, which takes texts that were made to share a hash: then a look-up costs a logarithm,
 * not the number of such texts.
 */
export function findStraggler(image: usize, tableAt: u32, mask: u32, at: usize, length: u32, lowered: bool): u32 {
  const list: usize = image + tableAt + (usize(mask) + 1) * offsetof<TableEntryView>();
  const count: u32 = load<u32>(list);
  let low: u32 = 0;
  let high: u32 = count;
  let found: u32 = 0;
  while (low < high) {
    countProbe();
    // INVARIANT: the list is sorted by length, then bytes, so that most comparisons are of two numbers.
    const middle: u32 = (low + high) >> 1;
    const record: u32 = load<u32>(list + 4 + middle * 4);
    const text: usize = image + load<u32>(image + record);
    let order: i32 = i32(load<u32>(text)) - i32(length);
    if (order == 0) {
      const bytes: usize = text + TEXT_BYTES_AT;
      order = lowered ? -compareLowered(at, bytes, length) : compareBytes(bytes, length, at, length);
      if (order == 0) found = record;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return found;
}

/** Counts, in the debug build, an entry that a look-up reads. */
export function countProbe(): void {
  if (!ASC_NO_ASSERT) store<u64>(DEBUG_PROBES_AT, load<u64>(DEBUG_PROBES_AT) + 1);
}
