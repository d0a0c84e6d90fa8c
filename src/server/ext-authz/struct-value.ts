/** `google.protobuf.Struct` from the wire into plain values: what filters of Envoy say about a request. */
import { EntryField } from "../../wire/authorization-fields.js";
import { WireError, type WireReader } from "../../wire/wire-reader.js";
import { StructField, StructListField, StructValueField } from "./check-fields.js";

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
    if (reader.field !== StructField.Fields) continue;
    const entry = reader.message();
    let key = "";
    let value: StructValue = null;
    while (entry.next()) {
      if (entry.field === EntryField.Key) key = entry.once().text();
      else if (entry.field === EntryField.Value) value = readValue(entry.once().message(), depth);
    }
    if (members.has(key)) throw new WireError("a member of a structure occurs twice");
    members.set(key, value);
  }
  return members;
}

function readValue(reader: WireReader, depth: number): StructValue {
  let value: StructValue | undefined;
  while (reader.next()) {
    if (reader.field > StructValueField.ListValue) continue;
    if (value !== undefined) throw new WireError("a value of a structure occurs twice");
    value = readKind(reader, depth);
  }
  return value ?? null;
}

function readKind(reader: WireReader, depth: number): StructValue {
  switch (reader.field) {
    case StructValueField.NumberValue:
      return reader.double();
    case StructValueField.StringValue:
      return reader.text();
    case StructValueField.BoolValue:
      return reader.number() !== 0;
    case StructValueField.StructValue:
      return readStruct(reader.message(), depth + 1);
    case StructValueField.ListValue:
      return readList(reader.message(), depth + 1);
    default:
      return null;
  }
}

function readList(reader: WireReader, depth: number): readonly StructValue[] {
  if (depth > deepest) throw new WireError("a structure is nested too deep");
  const items: StructValue[] = [];
  while (reader.next()) {
    if (reader.field === StructListField.Values) items.push(readValue(reader.message(), depth));
  }
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
