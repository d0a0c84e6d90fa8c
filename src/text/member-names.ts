/**
 * Finds repeated member names of one object (DOC-2) while a reader goes along. Most objects of
 * policies have a handful of members, for which a scan is faster than a map.
 */
import type { TreeMember } from "./tree.js";

const longestScan = 8;

/** The members of one object so far. */
export interface MemberNames {
  readonly members: TreeMember[];
  /** Key to offset of the first `tabledCount` members; absent while a scan over `members` is enough. */
  table: Map<string, number> | undefined;
  tabledCount: number;
}

/** Makes the record for an object that has no members yet. */
export function memberNames(): MemberNames {
  return { members: [], table: undefined, tabledCount: 0 };
}

/** Where the object already has this key, or undefined. The caller pushes the member afterwards. */
export function offsetOfKey(names: MemberNames, key: string): number | undefined {
  const { members } = names;
  if (members.length <= longestScan) {
    for (const member of members) if (member.key === key) return member.keyOffset;
    return undefined;
  }
  names.table ??= new Map();
  for (; names.tabledCount < members.length; names.tabledCount++) {
    const member = members[names.tabledCount];
    if (member !== undefined && !names.table.has(member.key)) names.table.set(member.key, member.keyOffset);
  }
  return names.table.get(key);
}
