// One caller's private memory: where the records of the request in hand lie. Laid out by `layOutScratch`, cleared once for
// each image, then reused request after request without clearing: epochs tell what is current.
import { LONGEST_RESOURCE } from "./layout";
import {
  KEY_CACHE_COUNT,
  KEY_CACHE_ENTRY,
  LISTED_ENTRY_SIZE,
  LISTED_PLACES,
  MATCH_MEMO_COUNT,
  MATCH_MEMO_SIZE,
  TABLE_MEMOS_SIZE,
} from "./memos";
import { ImageHeader } from "./views";
import { Binding, ContextEntry, Instant, Owner, Question, Requester, SlotState, Work, Writer } from "./work-views";

// Room for what a request composes: keys of tags, ARNs of sessions, lower-cased actions. The base covers the
// composed texts, whose parts are bounded by LONGEST_PRINCIPAL and LONGEST_ACTION; folding a key takes up to four
// bytes a character.
const ARENA_BASE: u32 = 65536;

/**
 * Fixed records at the start of a scratch region. Everything behind them has a size that depends on the image.
 *
 *   ├ Scratch ┼ Work ┼ Question ×2 ┼ Requester ┼ Owner ┼ Writer ┼ Binding ┼ Instant ┼ clock ┼ ContextEntry ┤
 *   ├ listed entries ┼ match memos ┼ key cache ┼ memos of a table ┤                        fixed sizes
 *   ├ slots ┼ memos of tests ┼ asked ┼ missing ┼ matched patterns ┼ arena ┤                sized by the image
 *   ├ positions ┤                                                      not cleared: written before it is read
 */
@unmanaged
export class Scratch {
  image: u32; // what this region was laid out for
  epoch: u32;
  work: Work;
  question: Question;
  spareQuestion: Question; // the same request once more, as the overlay's context is filled from it
  requester: Requester;
  owner: Owner;
  writer: Writer;
  binding: Binding;
  overlay: Binding | null; // that of the session policies which came with the item in hand (EVAL-8)
  call: u32; // never 0, another one for every call that decides something
  tableMemosAt: u32;
  prefetched: u32; // what reading ahead came to; nobody asks
}

/** Records begin at multiples of 16, so that no load of a vector or of 64 bits crosses a cache line by chance. */
function aligned(size: u32): u32 {
  return (size + 15) & ~15;
}

/** Bytes that requests against this image need. */
export function scratchLength(image: usize): u32 {
  return layOut(0, image);
}

/** Clears a region and writes its records. */
export function layOutScratch(at: usize, image: usize): void {
  memory.fill(at, 0, layOut(0, image) - positionsLength());
  layOut(at, image);
}

/** One byte a position of the longest resource, and one for the end (see `matchStates`). */
function positionsLength(): u32 {
  return aligned(LONGEST_RESOURCE + 8);
}

/**
 * Walks through the region; writes the addresses unless `at` is 0. Gives the length. One walk for both, so that
 * what is measured is what is laid out.
 */
function layOut(at: usize, image: usize): u32 {
  const header = changetype<ImageHeader>(image);
  const arenaLength: u32 = ARENA_BASE + header.longestKey * 16;
  let next: u32 = aligned(offsetof<Scratch>());
  const work: u32 = next;
  next += aligned(offsetof<Work>());
  const question: u32 = next;
  next += aligned(offsetof<Question>());
  const spareQuestion: u32 = next;
  next += aligned(offsetof<Question>());
  const requester: u32 = next;
  next += aligned(offsetof<Requester>());
  const owner: u32 = next;
  next += aligned(offsetof<Owner>());
  const writer: u32 = next;
  next += aligned(offsetof<Writer>());
  const binding: u32 = next;
  next += aligned(offsetof<Binding>());
  const instant: u32 = next;
  next += aligned(offsetof<Instant>());
  const clock: u32 = next;
  next += 64;
  const entry: u32 = next;
  next += aligned(offsetof<ContextEntry>());
  const ownList: u32 = next;
  next += LISTED_PLACES * LISTED_ENTRY_SIZE;
  const matchMemos: u32 = next;
  next += MATCH_MEMO_COUNT * MATCH_MEMO_SIZE;
  const keyCache: u32 = next;
  next += KEY_CACHE_COUNT * KEY_CACHE_ENTRY;
  const tableMemos: u32 = next;
  next += aligned(TABLE_MEMOS_SIZE);
  const slots: u32 = next;
  next += aligned(header.slotCount * offsetof<SlotState>());
  const memos: u32 = next;
  next += aligned(header.memoCount * 4);
  const asked: u32 = next;
  next += aligned(header.slotCount * 4);
  const missing: u32 = next;
  next += aligned(header.slotCount * 4);
  const matched: u32 = next;
  next += aligned(header.patternCount * 4);
  const arena: u32 = next;
  next += aligned(arenaLength);
  const positions: u32 = next;
  next += positionsLength();
  if (at == 0) return next;
  const scratch = changetype<Scratch>(at);
  const base: u32 = u32(at);
  scratch.image = u32(image);
  scratch.work = changetype<Work>(at + work);
  scratch.question = changetype<Question>(at + question);
  scratch.spareQuestion = changetype<Question>(at + spareQuestion);
  scratch.requester = changetype<Requester>(at + requester);
  scratch.owner = changetype<Owner>(at + owner);
  scratch.writer = changetype<Writer>(at + writer);
  scratch.binding = changetype<Binding>(at + binding);
  scratch.tableMemosAt = base + tableMemos;
  const b = scratch.binding;
  b.image = u32(image);
  b.slotsAt = base + slots;
  b.memosAt = base + memos;
  b.matchedArenaAt = base + matched;
  b.arenaAt = base + arena;
  b.arenaLength = arenaLength;
  b.positionsAt = base + positions;
  b.instantAt = base + instant;
  b.clockAt = base + clock;
  b.entry = changetype<ContextEntry>(at + entry);
  b.ownListAt = base + ownList;
  b.requester = scratch.requester;
  b.owner = scratch.owner;
  b.matchMemosAt = base + matchMemos;
  b.keyCacheAt = base + keyCache;
  b.askedAt = base + asked;
  b.missingAt = base + missing;
  return next;
}
