// Look-ups in the image's open-addressed hash tables. Entries are (hash, record offset); every record begins with
// the offset of its text, so a hit is always confirmed byte by byte.
import { equalBytes, equalLowered } from "./bytes";
import { TABLE_ENTRY_SIZE, TEXT_BYTES_AT } from "./layout";

/** Offset of the record whose text is exactly this range, or 0. */
export function findRecord(image: usize, tableAt: u32, mask: u32, hash: u32, at: usize, length: u32): u32 {
  if (tableAt == 0) return 0;
  const table: usize = image + tableAt;
  let place: u32 = hash & mask;
  while (true) {
    const entry: usize = table + place * TABLE_ENTRY_SIZE;
    const record: u32 = load<u32>(entry, 4);
    if (record == 0) return 0;
    if (load<u32>(entry) == hash) {
      const text: usize = image + load<u32>(image + record);
      if (load<u32>(text) == length && equalBytes(text + TEXT_BYTES_AT, at, length)) return record;
    }
    place = (place + 1) & mask;
  }
}

/** As `findRecord` for tables of lower-cased texts: the range is compared with its ASCII letters lower-cased. */
export function findLowered(image: usize, tableAt: u32, mask: u32, hash: u32, at: usize, length: u32): u32 {
  if (tableAt == 0) return 0;
  const table: usize = image + tableAt;
  let place: u32 = hash & mask;
  while (true) {
    const entry: usize = table + place * TABLE_ENTRY_SIZE;
    const record: u32 = load<u32>(entry, 4);
    if (record == 0) return 0;
    if (load<u32>(entry) == hash) {
      const text: usize = image + load<u32>(image + record);
      if (load<u32>(text) == length && equalLowered(at, text + TEXT_BYTES_AT, length)) return record;
    }
    place = (place + 1) & mask;
  }
}
