/**
 * What to do about a mistake of YAML whose cause is known: texts that begin with a sign which means something else there, and tabs. Takes
 * what the parser says and the text, gives the words for the author and the place that they are about.
 */
import { quote } from "./quote.js";

/** An error of the parser: its place, its class and its words. */
export interface YamlFault {
  readonly offset: number;
  readonly code: string;
  readonly message: string;
}

/** An error as it is told. */
export type ToldFault = Pick<YamlFault, "offset" | "message">;

/** The cure for a text that begins with a sign of YAML. */
export function quoteText(sign: string): string {
  return `a text that begins with ${quote(sign)} has to stand in quotes`;
}

/** A pattern that is nothing but a sign of YAML. */
export function bareSign(sign: string): string {
  return `a bare ${quote(sign)} is no text in YAML; quote it: ${quote(`"${sign}"`)}`;
}

/** What there is to say about all errors of a text: a few, each in another line, as most are consequences of the first one. */
export function toldFaults(file: string, text: string, faults: readonly YamlFault[]): readonly ToldFault[] {
  const [first] = faults;
  if (first === undefined) return [];
  const isOtherFormat = /\.[a-z0-9]+$/i.test(file) && !/\.(?:ya?ml|json)$/i.test(file);
  // Text behind the end of the document, twice.
  const isProse =
    faults.filter(({ message }) => message.startsWith("unexpected scalar token in YAML stream")).length > 1;
  if (isOtherFormat || isProse || faults.length > mostMistakes) return [{ offset: first.offset, message: noYaml }];
  const lines = new Map<number, ToldFault>();
  for (const fault of faults) {
    const told = cured(text, fault);
    if (told.message === tabMessage) return [told];
    const line = text.lastIndexOf("\n", told.offset - 1);
    if (!lines.has(line)) lines.set(line, told);
  }
  return [...lines.values()].slice(0, mostTold);
}

const mostTold = 3;
/** Nobody makes more mistakes in a file that was meant to be YAML. */
const mostMistakes = 20;
const noYaml = "from here on the text is neither JSON nor YAML: is it a file of policies?";
const tabMessage = "tabs are not allowed as indentation; indent with spaces";

/** What the commonest errors of the parser mean to somebody who does not know its words. */
const plainWords: readonly (readonly [words: RegExp, plain: string])[] = [
  [
    /^all mapping items must start at the same column/,
    "the line does not begin in the column of the other members of its mapping; indent it like them",
  ],
  [
    /^all sequence items must start at the same column/,
    "the line does not begin in the column of the other items of its list; indent it like them",
  ],
  [
    /^sequence item without - indicator/,
    "the line is indented like an item of the list above, but does not begin with `- `; indent it like the members around it",
  ],
  [
    /^a block sequence may not be used as an implicit map key/i,
    "the item is not indented like the others of its list; begin its `-` in their column",
  ],
  [/^implicit (?:map )?keys need to be/, "the line is no `name: value`; a colon and a blank belong between the two"],
  [
    /^nested mappings are not allowed in compact mappings/,
    "a second `: ` in the line; a text with `: ` in it or `:` at its end has to stand in quotes",
  ],
  [
    /^block collections are not allowed within flow collections/,
    "inside of `[…]` and `{…}` a text with `: ` in it or `:` at its end has to stand in quotes",
  ],
  [/^flow sequence in block collection must be/, "the list that begins with `[` has no `]`"],
  [/^flow map in block collection must be/, "the mapping that begins with `{` has no `}`"],
  [/^missing closing "quote/, 'the text in quotes has no closing `"`'],
  [/^missing closing 'quote/, "the text in quotes has no closing `'`"],
];

/** The error with its cure, if its cause is known. */
function cured(text: string, fault: YamlFault): ToldFault {
  const tabAt = tabInIndentation(text, fault.offset);
  if (tabAt !== undefined) return { offset: tabAt, message: tabMessage };
  const { offset, message } = fault;
  const sign = signOf(text, fault);
  if (sign === "?" && /^\?(?:[\s,\]}]|$)/.test(text.slice(offset, offset + 2)))
    return { offset, message: bareSign("?") };
  if (sign !== undefined) return { offset, message: `${message}; ${quoteText(sign)}` };
  const plain = plainWords.find(([words]) => words.test(message))?.[1];
  if (plain !== undefined) return { offset: firstWord(text, offset), message: plain };
  if (fault.code === "BLOCK_AS_IMPLICIT_KEY") {
    return { offset, message: `${message}; a text with \`: \` in it or \`:\` at its end has to stand in quotes` };
  }
  if (/[[\]{},]/.test(text.charAt(offset))) {
    const cure = "inside of `[…]` and `{…}` a text with `[`, `]`, `{`, `}` or `,` in it has to stand in quotes";
    return { offset, message: `${message}; ${cure}` };
  }
  return { offset, message };
}

/** The sign that the text at fault begins with, which its author means as part of the text. */
function signOf(text: string, { offset, code, message }: YamlFault): string | undefined {
  const here = text.charAt(offset);
  if (code === "BAD_SCALAR_START") return here;
  if (here === "?" && code === "BLOCK_AS_IMPLICIT_KEY") return here;
  if (here === "-" && message.startsWith("unexpected block-seq-ind")) return here;
  // The header of a block text is told at what comes behind it.
  if (code !== "UNEXPECTED_TOKEN") return undefined;
  return /[:\-?,[{]\s+([|>])[^\S\n]*$/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset))?.[1];
}

/** The first word of a line, for errors that stand at its beginning. */
function firstWord(text: string, offset: number): number {
  if (offset > 0 && text.charAt(offset - 1) !== "\n") return offset;
  const blanks = /^ */.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  return offset + blanks;
}

function tabInIndentation(text: string, offset: number): number | undefined {
  const lineAt = text.lastIndexOf("\n", offset - 1) + 1;
  const blanks = /^[ \t]*/.exec(text.slice(lineAt))?.[0] ?? "";
  const tabAt = blanks.indexOf("\t");
  return tabAt < 0 ? undefined : lineAt + tabAt;
}
