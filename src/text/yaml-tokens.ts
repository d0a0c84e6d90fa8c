/**
 * The front half of the YAML reader: text to the parser's tokens, with everything refused that must
 * not reach the composer, which is recursive and knows anchors, aliases and tags.
 */
import { type CST, Lexer, Parser } from "yaml";
import { quote } from "./quote.js";
import { deepestNesting } from "./tree.js";
import { bareSign, quoteText } from "./yaml-cure.js";

/** Adds one error at an offset of the text; rule `YAML` unless another is named. */
export type YamlError = (offset: number, message: string, rule?: string, fix?: string) => void;

/** Returns the tokens of the text, each reported to `error` if a policy set may not contain it. */
export function readYamlTokens(text: string, error: YamlError): readonly CST.Token[] {
  if (!checkCharacters(text, error)) return [];
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > deepestNesting && nestingOf(parser.stack) > deepestNesting) {
      error(
        parser.stack.findLast(isCollection)?.offset ?? parser.offset,
        `nesting is deeper than ${deepestNesting} levels`,
      );
      return tokens;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  let documents = 0;
  for (const token of tokens) {
    if (token.type === "directive") {
      error(token.offset, `directive ${quote(token.source)} is not accepted; ${quoteText("%")}`);
    }
    if (token.type === "document" && ++documents > 1) error(token.offset, "a second document begins");
    checkProperties(token, error);
  }
  return tokens;
}

// Control characters are refused before the lexer sees them: it marks its own lexemes with some.
function checkCharacters(text: string, error: YamlError): boolean {
  if (text.startsWith("\uFEFF")) {
    error(0, "byte-order mark before the value: save the file as UTF-8 without BOM");
    return false;
  }
  const found = /[^\t\n\r -\uD7FF\uE000-\u{10FFFF}]/u.exec(text);
  if (found === null) return true;
  const sort = found[0] < " " ? "control character" : "lone surrogate";
  error(found.index, `${sort} ${quote(found[0])} in the text`);
  return false;
}

function isCollection(token: CST.Token): boolean {
  return token.type === "block-map" || token.type === "block-seq" || token.type === "flow-collection";
}

function nestingOf(stack: readonly CST.Token[]): number {
  let depth = 0;
  for (const token of stack) if (isCollection(token)) depth++;
  return depth;
}

/** Reports anchors, aliases and tags. Recursion is bounded by the nesting, which is checked first. */
function checkProperties(token: CST.Token, error: YamlError): void {
  switch (token.type) {
    case "anchor":
      error(token.offset, `anchor ${quote(token.source)} is not accepted; ${quoteText("&")}`);
      return;
    case "tag":
      error(token.offset, `tag ${quote(token.source)} is not accepted; ${quoteText("!")}`);
      return;
    case "alias":
      error(token.offset, aliasMessage(token.source));
      return;
    case "document":
      for (const start of token.start) checkProperties(start, error);
      if (token.value !== undefined) checkProperties(token.value, error);
      return;
    case "block-scalar":
      for (const property of token.props) checkProperties(property, error);
      return;
    case "block-map":
    case "block-seq":
    case "flow-collection":
      for (const item of token.items) {
        const isKeyless = !item.key && !item.start.some(({ type }) => type === "anchor" || type === "tag");
        for (const start of item.start) {
          if (start.type === "explicit-key-ind" && isKeyless) error(start.offset, bareSign("?"));
          checkProperties(start, error);
        }
        if (item.key) checkProperties(item.key, error);
        for (const separator of item.sep ?? []) checkProperties(separator, error);
        if (item.value) checkProperties(item.value, error);
      }
      return;
    default:
      return;
  }
}

/** A pattern that begins with a star is what authors mean by what YAML takes for an alias. */
function aliasMessage(source: string): string {
  // A colon belongs to the name of an alias, although whoever writes `*: x` means a key.
  return /^\*:?$/.test(source) ? bareSign("*") : `alias ${quote(source)} is not accepted; ${quoteText("*")}`;
}
