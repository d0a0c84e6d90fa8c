/**
 * The image's tables: records by the hash of their text. Hashes are fast and can be inverted, so whoever names users or actions can make
 * thousands of one hash; a record goes no further than a few entries from its own, and all that find no place are sorted.
 */
import { TABLE_REACH } from "../../assembly/format/layout.js";
import { TableEntryFields } from "../../assembly/format/records.js";
import type { ByteWriter } from "./byte-writer.js";
import { recordType } from "./record.js";

const TABLE_ENTRY = recordType(TableEntryFields);

/** A record, whose first word is the offset of its text, and the hash of that text. */
export interface TableEntry {
  readonly hash: number;
  readonly record: number;
}

/** Where a table is, 0 if it has no entries, and how many places it has less one. */
export interface Table {
  readonly at: number;
  readonly mask: number;
}

/** Writes a table. Of records with one text the first is found. */
export function writeHashTable(writer: ByteWriter, entries: readonly TableEntry[]): Table {
  if (entries.length === 0) return { at: 0, mask: 0 };
  let size = 4;
  while (size < entries.length * 2) size *= 2;
  const mask = size - 1;
  const at = writer.reserve(size * TABLE_ENTRY.size, 8);
  const stragglers: number[] = [];
  for (const { hash, record } of entries) {
    let step = 0;
    const placeAt = (): number => at + ((hash + step) & mask) * TABLE_ENTRY.size;
    while (step < TABLE_REACH && writer.word(placeAt() + TableEntryFields.recordAt) !== 0) step++;
    if (step === TABLE_REACH) {
      stragglers.push(record);
      continue;
    }
    writer.setRecord(placeAt(), TABLE_ENTRY, { hash, recordAt: record });
  }
  stragglers.sort((a, b) => compareStoredTexts(writer, a, b));
  // INVARIANT: entries are whole words, so what is appended follows them without a gap.
  writer.appendWords([stragglers.length, ...stragglers]);
  return { at, mask };
}

/** By length, then by bytes: the matcher's order. */
function compareStoredTexts(writer: ByteWriter, a: number, b: number): number {
  const one = writer.textBytes(writer.word(a));
  const other = writer.textBytes(writer.word(b));
  if (one.length !== other.length) return one.length - other.length;
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
