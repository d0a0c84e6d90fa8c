// The names that random cases are made of. Few and alike, so that requests and policies meet, and nearly meet.

import type { Random } from "../kit/random.js";
import type { Profile } from "../oracle/simulation-case.js";

/** The accounts and the partition that one policy set is about. */
export interface World {
  readonly profile: Profile;
  readonly partition: string;
  readonly accounts: readonly [string, string];
}

/** A world: mostly AWS, sometimes a house with its own account names (GEN-1, GEN-4). */
export function generateWorld(random: Random): World {
  const aws = { partition: "aws", accounts: ["111122223333", "444455556666"] } as const;
  if (random.chance(0.85)) return { profile: "aws", ...aws };
  if (random.chance(0.5)) return { profile: "generic", ...aws };
  return { profile: "generic", partition: "acme", accounts: ["acct-1", "acct-2"] };
}

/** Texts that names, tags, values and paths share. */
export const TEXTS = [
  "alice",
  "Alice",
  "bob",
  "deployer",
  "blue",
  "Blue",
  "a",
  "b",
  "ab",
  "x",
  "prod",
  "prod-1",
  "a/b",
  "a:b",
  "aaab",
  "",
];

/** Texts with characters of two, three and four bytes, of several foldings, and with meaning elsewhere. */
export const ODD_TEXTS = [
  "é",
  "É",
  "日本",
  "😀",
  "a😀b",
  "e\u0301",
  "ı",
  "i",
  "I",
  "İ",
  "ſ",
  "s",
  "S",
  "\u212a",
  "k",
  "K",
  "ß",
  "ẞ",
  "σ",
  "ς",
  "Σ",
  "ǆ",
  "ǅ",
  "Ǆ",
  "𐐀",
  "𐐨",
  "*",
  "?",
  "**",
  "a*b",
  "a?b",
  "$",
  "${aws:username}",
  "${*}",
  "${",
  "}",
  "'",
  "\n",
  "\u0000",
  "\u2028",
  "\u007f",
  "a b",
  " ",
  "__proto__",
  "constructor",
  "\uffff",
  "\u{10ffff}",
];

/** A text, odd ones now and then. */
export function generateText(random: Random): string {
  return random.chance(0.8) ? random.pick(TEXTS) : random.pick(ODD_TEXTS);
}

/** The text with some of its letters in the other case. */
export function otherCase(random: Random, text: string): string {
  const swaps: Readonly<Record<string, string>> = { i: "ı", I: "ı", s: "ſ", S: "ſ", k: "\u212a", K: "\u212a" };
  return Array.from(text, (character) => {
    if (random.chance(0.03)) return swaps[character] ?? character;
    if (!random.chance(0.4)) return character;
    return character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase();
  }).join("");
}
