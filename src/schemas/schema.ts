/**
 * Pieces of JSON Schema (draft-07). Members come from the tables by which the readers read, so that a member that a reader learns
 * does not compile until its schema says what it is.
 */

/** A schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** A text that is not empty. */
export const text: Schema = { type: "string", minLength: 1 };

/** A text that may be empty. */
export const anyText: Schema = { type: "string" };

/** `true` or `false`. */
export const boolean: Schema = { type: "boolean" };

/** A text, a number or a boolean. */
export const scalar: Schema = { type: ["string", "number", "boolean"] };

/** Texts under free names. */
export const tags: Schema = mapOf(anyText);

/** An object with these members and no others but `more`, whose names and schemas are those of a table of its own. */
export function objectOf<Name extends string>(
  members: readonly Name[],
  properties: Readonly<Record<Name, Schema>>,
  keywords: Schema & { readonly required?: readonly Name[] } = {},
  more: readonly (readonly [string, Schema])[] = [],
): Schema {
  const ordered = Object.fromEntries([...members.map((name) => [name, properties[name]] as const), ...more]);
  return { type: "object", properties: ordered, additionalProperties: false, ...keywords };
}

/** An object whose members have free names. */
export function mapOf(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}

/** A list. */
export function listOf(items: Schema, keywords: Schema = {}): Schema {
  return { type: "array", items, ...keywords };
}

/** One value, or a list of such. */
export function oneOrMany(one: Schema, keywords: Schema = {}): Schema {
  return { anyOf: [one, listOf(one, keywords)] };
}

/** One of a few words. */
export function oneOf(words: readonly string[]): Schema {
  return { enum: words };
}

/** Exactly one of these members has to be there. */
export function exactlyOne(names: readonly string[]): Schema {
  return { oneOf: names.map((name) => ({ required: [name] })) };
}

/** At least one of these members has to be there. */
export function someOf(names: readonly string[]): Schema {
  return { anyOf: names.map((name) => ({ required: [name] })) };
}

/** At most one of the two may be there. */
export function notBoth(one: string, other: string): Schema {
  return { not: { required: [one, other] } };
}

/** With a sentence that editors show. */
export function described(description: string, schema: Schema): Schema {
  return { description, ...schema };
}

/** A text of this form. */
export function textLike(pattern: RegExp): Schema {
  return { type: "string", pattern: pattern.source };
}

/** A word for a pattern, in any case. */
export function anyCase(word: string): string {
  return word.replace(/[A-Za-z]/g, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
}

/** A reference to a definition of the same schema. */
export function ref(name: string): Schema {
  return { $ref: `#/definitions/${name}` };
}
