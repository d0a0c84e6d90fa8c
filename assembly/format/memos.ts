// What is remembered of earlier look-ups, and how many places there are for it. Places are few: another thing takes the place of an
// earlier one. When each memo counts, a stamp in it says; the table in README.md has them all.
import { ListedEntry } from "./work-views";

/** Keys met lately: requests repeat a handful of names, so most are found by comparing bytes instead of hashing. */
export const KEY_CACHE_COUNT: u32 = 64;
export const KEY_CACHE_ENTRY: u32 = 64;

/**
 * Entries that one request may list; of requests with more, every key is looked up at once. The list is searched
 * from its beginning for every key that a policy reads, so it must stay short.
 */
export const LISTED_PLACES: u32 = 64;
export const LISTED_ENTRY_SIZE: u32 = 8;
if (offsetof<ListedEntry>() != LISTED_ENTRY_SIZE) ERROR("ListedEntry is not 8 bytes");

/** The entry at a place of a list. */
export function listedEntry(list: usize, index: u32): ListedEntry {
  return changetype<ListedEntry>(list + index * LISTED_ENTRY_SIZE);
}

/** Whether the resource of the request in hand matches a statement. */
@unmanaged
export class MatchMemo {
  statement: u32; // address
  stamp: u32; // epoch × 2 + 1 if it matches
}

/**
 * Statements whose resource test is remembered while one request is decided and answered. More than 64 share
 * places: a memo that was overwritten costs a second test, never a wrong answer, because the statement is
 * compared.
 */
export const MATCH_MEMO_COUNT: u32 = 64;
export const MATCH_MEMO_SIZE: u32 = 8;
if (offsetof<MatchMemo>() != MATCH_MEMO_SIZE) ERROR("MatchMemo is not 8 bytes");

// Rows of a table repeat few principals and actions. Places are powers of two, and an index takes the
// place of its low bits: consecutive indices never compete.
const PRINCIPAL_PLACES: u32 = 256;
const ACTION_PLACES: u32 = 256;
const CONTEXT_PLACES: u32 = 64;
// A context with more entries that some policy reads is read anew by every row: rare, and its rows are not the
// ones that repeat most.
export const MOST_ENTRIES: u32 = 16;

/** A principal that the directory knows. A memo counts only while its call is the one in hand. */
@unmanaged
export class PrincipalMemo {
  call: u32;
  index: u32;
  recordAt: u32;
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
export function listedEntriesOf(memo: ContextMemo): u32 {
  return u32(changetype<usize>(memo)) + offsetof<ContextMemo>();
}
