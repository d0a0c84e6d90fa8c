/**
 * The condition keys that the documents of an image read. A key is one name ignoring case; each spelling of it has a slot,
 * and slots are numbered in the order of their spellings, which is the order answers list them in (OUT-6).
 */
import { DERIVED_COUNT, Derived, KEY_CLOCK, KEY_DERIVED, NONE } from "../../assembly/format/layout.js";
import { KeyFields, SlotFields } from "../../assembly/format/records.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { foldText } from "../text/fold.js";
import type { Tag } from "../text/tag.js";
import type { ByteWriter } from "./byte-writer.js";
import { hashBytes } from "./hash.js";
import { recordType } from "./record.js";
import { type Table, type TableEntry, writeHashTable } from "./table.js";

const KEY = recordType(KeyFields);
const SLOT = recordType(SlotFields);

/** The derived keys by name, in the order of `Derived` (section 10). */
const DERIVED_NAMES: Readonly<Record<keyof typeof Derived, string>> = {
  PrincipalArn: "aws:PrincipalArn",
  PrincipalAccount: "aws:PrincipalAccount",
  PrincipalType: "aws:PrincipalType",
  UserId: "aws:userid",
  UserName: "aws:username",
  PrincipalOrgId: "aws:PrincipalOrgID",
  PrincipalOrgPaths: "aws:PrincipalOrgPaths",
  PrincipalIsAwsService: "aws:PrincipalIsAWSService",
  PrincipalServiceName: "aws:PrincipalServiceName",
  PrincipalServiceNamesList: "aws:PrincipalServiceNamesList",
  ResourceAccount: "aws:ResourceAccount",
  ResourceOrgId: "aws:ResourceOrgID",
  ResourceOrgPaths: "aws:ResourceOrgPaths",
  CurrentTime: "aws:CurrentTime",
  EpochTime: "aws:EpochTime",
};
const derivedByName = new Map(Object.values(DERIVED_NAMES).map((name, index) => [foldText(name), index]));
const CLOCK_KEYS = [DERIVED_NAMES.CurrentTime, DERIVED_NAMES.EpochTime];
const PRINCIPAL_TAG = "aws:PrincipalTag/";
const RESOURCE_TAG = "aws:ResourceTag/";

/** Keys that are lists by definition, whatever the number of their values (CTX-14). */
const LIST_KEYS: ReadonlySet<string> = new Set(
  [
    "aws:TagKeys",
    "aws:PrincipalOrgPaths",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:VpceOrgPaths",
    "aws:CalledVia",
    "aws:PrincipalServiceNamesList",
    "sts:TransitiveTagKeys",
  ].map(foldText),
);

/** Keys whose values an enforcing call has to give as addresses, if some policy reads them (CTX-16). */
const SOURCE_IP = foldText("aws:SourceIp");
const VPC_SOURCE_IP = foldText("aws:VpcSourceIp");

/** Whether a key is a list by definition: under a plain operator and as a variable it never matches (COND-9, VAR-9). */
export function isListKey(key: string): boolean {
  return LIST_KEYS.has(foldText(key));
}

/** Whether the engine derives this key, so that a caller may not set it (CTX-1). */
export function isDerivedKey(key: string): boolean {
  const folded = foldText(key);
  return derivedByName.has(folded) || folded.startsWith("aws:principaltag/") || folded.startsWith("aws:resourcetag/");
}

/** Every key with its slots. */
export interface ContextKeys {
  readonly slotCount: number;
  /** How many of them stand for what policies ask. */
  readonly readCount: number;
  /** The slot of the names of the service that asks; NONE where no statement names a service (PRN-9). */
  readonly serviceNamesSlot: number;
  /** The slot of a spelling that was collected. */
  slotOf(spelling: string): number;
  /** Directory tags as (slot or NONE, value, whole key): what TagView holds. */
  tagSlots(tags: readonly Tag[], prefix: "principal" | "resource"): readonly TagSlot[];
  write(writer: ByteWriter): KeyTables;
}

/** One tag value for one slot. */
export interface TagSlot {
  readonly slot: number;
  readonly value: string;
  readonly key: string;
}

/** Where the tables of `write` are. */
export interface KeyTables {
  readonly keys: Table;
  readonly slotsAt: number;
  readonly derivedAt: number;
  /** A bit for each derived key that a policy reads; the clock's other key, which only feeds it, and a service's names have none. */
  readonly derivedMask: number;
  readonly longestKey: number;
  /** The records of the keys of CTX-16 that policies read, 0 for one that none reads. */
  readonly sourceIpKeyAt: number;
  readonly vpcSourceIpKeyAt: number;
}

/** Numbers the spellings that policies use, and that under which services are looked for where some statement names one. */
export function numberKeys(used: ReadonlySet<string>, namesServices: boolean): ContextKeys {
  const spellings = new Set(used);
  // The clock's two keys tell each other (CTX-12), so both have slots if one is read.
  if ([...used].some((key) => CLOCK_KEYS.some((clock) => foldText(clock) === foldText(key)))) {
    for (const key of CLOCK_KEYS) if (![...used].some((other) => foldText(other) === foldText(key))) spellings.add(key);
  }
  const readCount = spellings.size;
  if (namesServices) spellings.add(DERIVED_NAMES.PrincipalServiceNamesList);
  const sorted = [...spellings].sort(compareUtf8);
  const slots = new Map(sorted.map((spelling, slot) => [spelling, slot]));
  const keys = new Map<string, number[]>();
  for (const [slot, spelling] of sorted.entries()) {
    const folded = foldText(spelling);
    const list = keys.get(folded);
    if (list === undefined) keys.set(folded, [slot]);
    else list.push(slot);
  }
  return {
    slotCount: sorted.length,
    readCount,
    serviceNamesSlot: (namesServices ? slots.get(DERIVED_NAMES.PrincipalServiceNamesList) : undefined) ?? NONE,
    slotOf: (spelling) => {
      const slot = slots.get(spelling);
      if (slot === undefined) throw new Error(`context key ${spelling} was not collected`);
      return slot;
    },
    tagSlots: (tags, kind) => tagSlots(tags, kind === "principal" ? PRINCIPAL_TAG : RESOURCE_TAG, keys, sorted),
    write: (writer) => writeKeys(writer, sorted, keys, new Set([...used].map(foldText))),
  };
}

/** CTX-11: for each slot the tag whose key is spelled as its tag key is, else the first in code-point order. */
function tagSlots(
  tags: readonly Tag[],
  prefix: string,
  keys: ReadonlyMap<string, readonly number[]>,
  spellings: readonly string[],
): TagSlot[] {
  const result: TagSlot[] = [];
  const byKey = new Map<string, { key: string; value: string }[]>();
  for (const tag of tags) {
    const key = prefix + tag.key;
    const folded = foldText(key);
    const same = byKey.get(folded);
    if (same === undefined) byKey.set(folded, [{ key, value: tag.value }]);
    else same.push({ key, value: tag.value });
  }
  for (const [folded, candidates] of byKey) {
    candidates.sort((a, b) => compareUtf8(a.key, b.key));
    const used = new Set<string>();
    for (const slot of keys.get(folded) ?? []) {
      const tagKey = spellings[slot]?.slice(prefix.length);
      const chosen = candidates.find(({ key }) => key.slice(prefix.length) === tagKey) ?? candidates[0];
      if (chosen === undefined) continue;
      used.add(chosen.key);
      result.push({ slot, ...chosen });
    }
    for (const candidate of candidates) if (!used.has(candidate.key)) result.push({ slot: NONE, ...candidate });
  }
  return result;
}

function writeKeys(
  writer: ByteWriter,
  sorted: readonly string[],
  keys: ReadonlyMap<string, readonly number[]>,
  read: ReadonlySet<string>,
): KeyTables {
  const slotsAt = writer.reserve(sorted.length * SLOT.size);
  const spellings = sorted.map((spelling) => writer.text(spelling));
  const derivedAt = writer.reserve(DERIVED_COUNT * 4);
  const entries: TableEntry[] = [];
  let longestKey = 0;
  let derivedMask = 0;
  const records = new Map<string, number>();
  for (const [folded, slots] of keys) {
    const textAt = writer.text(folded);
    const bytes = writer.textBytes(textAt).slice();
    longestKey = Math.max(longestKey, bytes.length);
    const derived = derivedByName.get(folded);
    const isClock = derived === Derived.CurrentTime || derived === Derived.EpochTime;
    const flags = (isDerivedKey(folded) ? KEY_DERIVED : 0) | (isClock ? KEY_CLOCK : 0);
    const record = writer.record(KEY, { textAt, flags, slotCount: slots.length }, slots.length * 4);
    writer.setWords(record + KEY.size, slots);
    for (const slot of slots)
      writer.setRecord(slotsAt + slot * SLOT.size, SLOT, { textAt: spellings[slot] ?? 0, keyAt: record });
    if (derived !== undefined) writer.setWord(derivedAt + derived * 4, record);
    if (derived !== undefined && read.has(folded)) derivedMask |= 1 << derived;
    records.set(folded, record);
    entries.push({ hash: hashBytes(bytes), record });
  }
  const sourceIpKeyAt = records.get(SOURCE_IP) ?? 0;
  const vpcSourceIpKeyAt = records.get(VPC_SOURCE_IP) ?? 0;
  const table = writeHashTable(writer, entries);
  return { keys: table, slotsAt, derivedAt, derivedMask, longestKey, sourceIpKeyAt, vpcSourceIpKeyAt };
}
