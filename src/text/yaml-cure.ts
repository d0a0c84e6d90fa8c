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

/** The error with its cure, if its cause is known. */
export function cured(text: string, fault: YamlFault): ToldFault {
  const tabAt = tabInIndentation(text, fault.offset);
  if (tabAt !== undefined) return { offset: tabAt, message: "tabs are not allowed as indentation; indent with spaces" };
  const { offset, message } = fault;
  const sign = signOf(text, fault);
  if (sign === "?" && /^\?(?:[\s,\]}]|$)/.test(text.slice(offset, offset + 2)))
    return { offset, message: bareSign("?") };
  if (sign !== undefined) return { offset, message: `${message}; ${quoteText(sign)}` };
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

function tabInIndentation(text: string, offset: number): number | undefined {
  const lineAt = text.lastIndexOf("\n", offset - 1) + 1;
  const blanks = /^[ \t]*/.exec(text.slice(lineAt))?.[0] ?? "";
  const tabAt = blanks.indexOf("\t");
  return tabAt < 0 ? undefined : lineAt + tabAt;
}
