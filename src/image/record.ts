/**
 * Records of an image, written by the names of their fields. Who forgets a field, or names one that the record does not have, does not
 * compile; and there is no order in which two of them could be swapped.
 */

/** The fields of a kind of record, as an enum of `assembly/format/records.ts` lists them. */
type FieldOffsets = Readonly<Record<string, number | string>> & { readonly size: number };

/** One field; it ends where the next one begins. */
interface Field<Name extends string> {
  readonly name: Name;
  /** The word that it lies in, and where there, in bits. */
  readonly word: number;
  readonly shift: number;
  /** In bytes. */
  readonly width: number;
}

/** A kind of record: what lies where in it. */
export interface RecordType<Name extends string> {
  /** Bytes of the whole. */
  readonly size: number;
  readonly fields: readonly Field<Name>[];
}

/** A value for every field. Numbers are taken modulo 2³² in a field of four bytes; a field of eight takes a bigint. */
export type FieldValues<Name extends string> = Readonly<Record<Name, number | bigint>>;

/** The values of a record of this type. */
export type ValuesOf<Type> = Type extends RecordType<infer Name> ? FieldValues<Name> : never;

/** A kind of record from the offsets of its fields, which have to be in order. */
export function recordType<Offsets extends FieldOffsets>(
  offsets: Offsets,
): RecordType<Exclude<keyof Offsets, "size" | number | symbol>> {
  type Name = Exclude<keyof Offsets, "size" | number | symbol>;
  const isName = (name: string): name is Name => typeof offsets[name] === "number" && name !== "size";
  const names = Object.keys(offsets).filter(isName);
  const offsetOf = (name: Name | undefined): number => Number(name === undefined ? offsets.size : offsets[name]);
  const fields = names.map((name, place) => {
    const at = offsetOf(name);
    const width = offsetOf(names[place + 1]) - at;
    if (![1, 2, 4, 8].includes(width)) throw new Error(`records.ts: ${name} has ${width} bytes`);
    return { name, word: at >> 2, shift: (at & 3) * 8, width };
  });
  return { size: offsets.size, fields };
}

/**
 * Some fields of a kind of record, and the others. A large one is written in parts: objects of as many members as it has take longer to put
 * together than to write.
 */
export function splitType<Name extends string, Some extends Name>(
  { size, fields }: RecordType<Name>,
  names: readonly Some[],
): readonly [some: RecordType<Some>, others: RecordType<Exclude<Name, Some>>] {
  const wanted = new Set<string>(names);
  const isSome = (field: Field<Name>): field is Field<Name> & Field<Some> => wanted.has(field.name);
  const isOther = (field: Field<Name>): field is Field<Name> & Field<Exclude<Name, Some>> => !wanted.has(field.name);
  return [
    { size, fields: fields.filter(isSome) },
    { size, fields: fields.filter(isOther) },
  ];
}

/** Writes the fields of a record that begins at a word and is all zeros so far. */
export function writeFields<Name extends string>(
  words: Uint32Array,
  base: number,
  { fields }: RecordType<Name>,
  values: FieldValues<Name>,
): void {
  for (const { name, word, shift, width } of fields) {
    const value = values[name];
    if (typeof value === "bigint") writeLong(words, base + word, width, value);
    else if (width === 4) words[base + word] = value;
    else writePart(words, base + word, shift, width, value);
  }
}

function writeLong(words: Uint32Array, word: number, width: number, value: bigint): void {
  if (width !== 8) throw new Error(`a field of ${width} bytes takes a number`);
  words[word] = Number(BigInt.asUintN(32, value));
  words[word + 1] = Number(BigInt.asUintN(32, value >> 32n));
}

function writePart(words: Uint32Array, word: number, shift: number, width: number, value: number): void {
  if (width === 8 || value >>> (width * 8) !== 0) throw new Error(`${value} is no value of ${width} bytes`);
  words[word] = (words[word] ?? 0) | (value << shift);
}
