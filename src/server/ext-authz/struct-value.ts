/** `google.protobuf.Struct` from the wire into plain values: what filters of Envoy say about a request. */
import { WireError, type WireReader } from "./wire-reader.js";

/** A value of a Struct; members are a map, so `__proto__` is a name like any other. */
export type StructValue = null | boolean | number | string | readonly StructValue[] | StructMembers;

/** The members of a Struct. */
export type StructMembers = ReadonlyMap<string, StructValue>;

const deepest = 32;

/** Reads a Struct; throws WireError for repeated members and deep nesting. */
export function readStruct(reader: WireReader, depth = 1): StructMembers {
  if (depth > deepest) throw new WireError("a structure is nested too deep");
  const members = new Map<string, StructValue>();
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const entry = reader.message();
    let key = "";
    let value: StructValue = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.once().text();
      else if (entry.field === 2) value = readValue(entry.once().message(), depth);
    }
    if (members.has(key)) throw new WireError("a member of a structure occurs twice");
    members.set(key, value);
  }
  return members;
}

function readValue(reader: WireReader, depth: number): StructValue {
  let value: StructValue | undefined;
  while (reader.next()) {
    if (reader.field > 6) continue;
    if (value !== undefined) throw new WireError("a value of a structure occurs twice");
    value = readKind(reader, depth);
  }
  return value ?? null;
}

function readKind(reader: WireReader, depth: number): StructValue {
  switch (reader.field) {
    case 2:
      return reader.double();
    case 3:
      return reader.text();
    case 4:
      return reader.number() !== 0;
    case 5:
      return readStruct(reader.message(), depth + 1);
    case 6:
      return readList(reader.message(), depth + 1);
    default:
      return null;
  }
}

function readList(reader: WireReader, depth: number): readonly StructValue[] {
  if (depth > deepest) throw new WireError("a structure is nested too deep");
  const items: StructValue[] = [];
  while (reader.next()) if (reader.field === 1) items.push(readValue(reader.message(), depth));
  return items;
}

/** The texts of a claim: a list gives several. Undefined for objects, lists of them and numbers that lost digits. */
export function textsOfValue(value: StructValue | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const items: readonly StructValue[] = Array.isArray(value) ? value : [value];
  const texts: string[] = [];
  for (const item of items) {
    if (typeof item === "string") texts.push(item);
    else if (typeof item === "boolean") texts.push(String(item));
    // Beyond 2^53 a Struct no longer tells neighbouring integers apart, so it names nobody.
    else if (typeof item === "number" && Number.isFinite(item) && Math.abs(item) <= Number.MAX_SAFE_INTEGER)
      texts.push(String(item));
    else return undefined;
  }
  return texts;
}
