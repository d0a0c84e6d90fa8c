/** Options of the form `KEY=VALUE` that may be repeated. */

import { quote } from "../text/quote.js";
import type { Tag } from "../text/tag.js";
import { refuse } from "./command-error.js";

/** Context keys with their values: a repeated key has several. Names ignore case (COND-7). */
export function contextOf(flag: string, texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, string[]>();
  const spellings = new Map<string, string>();
  for (const { key, value } of texts.map((text) => split(flag, text))) {
    const spelling = spellings.get(key.toLowerCase()) ?? key;
    spellings.set(key.toLowerCase(), spelling);
    context.set(spelling, [...(context.get(spelling) ?? []), value]);
  }
  return context;
}

/** Tags; a tag has one value. */
export function tagsOf(flag: string, texts: readonly string[]): readonly Tag[] {
  const tags = texts.map((text) => split(flag, text));
  for (const [index, { key }] of tags.entries()) {
    const first = tags.findIndex((tag) => tag.key.toLowerCase() === key.toLowerCase());
    if (first < index) throw refuse(`${flag}: tag ${quote(key)} is given twice`);
  }
  return tags;
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function split(flag: string, text: string): Tag {
  const at = text.indexOf("=");
  if (at < 1) throw refuse(`${flag}: ${quote(text)} is not of the form KEY=VALUE`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}
