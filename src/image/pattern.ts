/**
 * Patterns as programs: texts with wildcards and variables become bytes in which values above every UTF-8 byte stand for
 * stars, single characters and variables. What kind of program it is decides how the matcher runs it.
 */
import {
  NO_PROBE,
  ONE,
  ONE_IN_FIELD,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  PROBE_AT_END,
  PROBE_HIGH_FACTOR,
  PROBE_LENGTH,
  PROBE_LOW_FACTOR,
  STAR,
  STAR_IN_FIELD,
  VARIABLE,
  VARIABLE_DEFAULT_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_LIST,
  VARIABLE_SIZE,
  VARIABLE_SLOT_AT,
} from "../../assembly/format/layout.js";
import { PatternFields } from "../../assembly/format/records.js";
import { isAllStars } from "../policy/document/arn.js";
import type { DocumentVersion } from "../policy/document/document.js";
import { parseTemplate, type TemplatePart } from "../policy/document/template.js";
import { joinBytes } from "../text/join-bytes.js";
import { utf8Bytes } from "../text/utf8.js";
import type { ByteWriter } from "./byte-writer.js";
import { wordAt } from "./hash.js";
import { recordType } from "./record.js";

const PATTERN = recordType(PatternFields);

/** One step of a program: bytes that mean themselves, a wildcard, or a variable with its default. */
export type Token =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "wildcard"; readonly byte: number }
  | { readonly kind: "variable"; readonly key: string; readonly default?: string; readonly inField: boolean };

/** A program before its variables have slots. `never` matches nothing, but its variables are still asked for (OUT-6). */
export interface Program {
  readonly kind: "never" | "tokens";
  readonly tokens: readonly Token[];
}

/** `inField`: stars and single characters stop at colons; `runOn`: but a star that ends a field does not (RES-6). */
interface FieldMode {
  readonly inField: boolean;
  readonly runOn: boolean;
}
const FREE: FieldMode = { inField: false, runOn: false };
const COLON = 0x3a;
const ASTERISK = 0x2a;
const QUESTION_MARK = 0x3f;

/** Takes a text with wildcards apart; everything but `*` and `?` is literal (ACT-7, STR-3). */
function pushText(tokens: Token[], text: string, mode: FieldMode, endsField: boolean): void {
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character !== "*" && character !== "?") continue;
    if (i > from) tokens.push({ kind: "literal", text: text.slice(from, i) });
    from = i + 1;
    const crosses = !mode.inField || (mode.runOn && endsField && i === text.length - 1);
    if (character === "*") tokens.push({ kind: "wildcard", byte: crosses ? STAR : STAR_IN_FIELD });
    else tokens.push({ kind: "wildcard", byte: mode.inField ? ONE_IN_FIELD : ONE });
  }
  if (from < text.length) tokens.push({ kind: "literal", text: text.slice(from) });
}

function pushParts(tokens: Token[], parts: readonly TemplatePart[], mode: FieldMode, wildcards: boolean): void {
  for (const part of parts) {
    if (part.kind === "variable") tokens.push({ ...part, inField: mode.inField });
    else if (part.kind === "literal" || !wildcards) tokens.push({ kind: "literal", text: part.text });
    else pushText(tokens, part.text, mode, false);
  }
}

/** A resource pattern (RES-2 to RES-8, VAR-11). Missing fields are taken as `*`, as identity policies have it (RES-7b). */
export function resourceProgram(text: string, version: DocumentVersion): Program {
  const tokens: Token[] = [];
  if (isAllStars(text)) return { kind: "tokens", tokens: [{ kind: "wildcard", byte: STAR }] };
  if (hasPlainFields(text)) {
    // Most patterns: no wildcard has to mind a colon, so the text need not be taken apart field by field.
    pushText(tokens, text, FREE, false);
    return { kind: "tokens", tokens };
  }
  let at = 0;
  for (let field = 0; field < 5; field++) {
    const colon = text.indexOf(":", at);
    const end = colon < 0 ? text.length : colon;
    pushText(tokens, text.slice(at, end), { inField: true, runOn: true }, true);
    if (colon < 0) {
      if (!text.endsWith("*")) {
        for (let missing = field; missing < 5; missing++) {
          tokens.push({ kind: "literal", text: ":" }, { kind: "wildcard", byte: STAR });
        }
      }
      return { kind: "tokens", tokens };
    }
    tokens.push({ kind: "literal", text: ":" });
    at = colon + 1;
  }
  pushParts(tokens, parseTemplate(text.slice(at), version), FREE, true);
  return { kind: "tokens", tokens };
}

/** Whether the first five fields hold no wildcard, and nothing in the text can be a variable. */
function hasPlainFields(text: string): boolean {
  let colons = 0;
  for (let i = 0; i < text.length && colons < 5; i++) {
    const unit = text.charCodeAt(i);
    if (unit === COLON) colons++;
    else if (unit === ASTERISK || unit === QUESTION_MARK) return false;
  }
  return colons === 5 && !text.includes("${");
}

/** A pattern of ArnLike: six fields that no wildcard leaves; variables are found before the fields are (ARN-2, ARN-4, ARN-5). */
export function arnProgram(text: string, version: DocumentVersion): Program {
  if (isAllStars(text)) return { kind: "tokens", tokens: [{ kind: "wildcard", byte: STAR }] };
  const tokens: Token[] = [];
  let colons = 0;
  for (const part of parseTemplate(text, version)) {
    if (part.kind === "variable") tokens.push({ ...part, inField: colons < 5 });
    else if (part.kind === "literal") tokens.push(part);
    else colons = pushArnText(tokens, part.text, colons);
  }
  if (colons >= 5) return { kind: "tokens", tokens };
  if (!text.endsWith("*")) return { kind: "never", tokens };
  for (; colons < 5; colons++) {
    tokens.push({ kind: "literal", text: ":" }, { kind: "wildcard", byte: colons === 4 ? STAR : STAR_IN_FIELD });
  }
  return { kind: "tokens", tokens };
}

function pushArnText(tokens: Token[], text: string, colonsBefore: number): number {
  let colons = colonsBefore;
  let at = 0;
  while (colons < 5) {
    const colon = text.indexOf(":", at);
    pushText(tokens, text.slice(at, colon < 0 ? text.length : colon), { inField: true, runOn: false }, false);
    if (colon < 0) return colons;
    tokens.push({ kind: "literal", text: ":" });
    colons++;
    at = colon + 1;
  }
  pushText(tokens, text.slice(at), FREE, false);
  return colons;
}

/** A pattern of StringLike: no fields (STR-3). */
export function likeProgram(text: string, version: DocumentVersion): Program {
  const tokens: Token[] = [];
  pushParts(tokens, parseTemplate(text, version), FREE, true);
  return { kind: "tokens", tokens };
}

/** A value of StringEquals and its relatives: wildcards are ordinary characters (STR-2). */
export function equalsProgram(text: string, version: DocumentVersion): Program {
  const tokens: Token[] = [];
  pushParts(tokens, parseTemplate(text, version), FREE, false);
  return { kind: "tokens", tokens };
}

/** An action name or prefix: lower-cased already, no fields, no variables (ACT-3, ACT-10). */
export function actionProgram(text: string): Program {
  const tokens: Token[] = [];
  pushText(tokens, text, FREE, false);
  return { kind: "tokens", tokens };
}

/** The keys of a program's variables. */
export function variablesOf(program: Program): readonly string[] {
  return program.tokens.flatMap((token) => (token.kind === "variable" ? [token.key] : []));
}

/** Orders every run of wildcards: single characters first, then one star. Stars absorb each other. */
function normalise(tokens: readonly Token[]): Token[] {
  const result: Token[] = [];
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind !== "wildcard") {
      const last = result.at(-1);
      if (token.kind === "literal" && last?.kind === "literal") {
        result[result.length - 1] = { kind: "literal", text: last.text + token.text };
      } else if (token.kind !== "literal" || token.text !== "") result.push(token);
      i++;
      continue;
    }
    let star = 0;
    for (let next = tokens[i]; next?.kind === "wildcard"; next = tokens[++i]) {
      if (next.byte === STAR || (next.byte === STAR_IN_FIELD && star === 0)) star = next.byte;
      if (next.byte === ONE || next.byte === ONE_IN_FIELD) result.push(next);
    }
    if (star !== 0) result.push({ kind: "wildcard", byte: star });
  }
  return result;
}

/** Whether a star that stops at colons comes after one that does not: then greedy matching would be wrong (PIT-1). */
function mixesStars(tokens: readonly Token[]): boolean {
  const firstFree = tokens.findIndex((token) => token.kind === "wildcard" && token.byte === STAR);
  return (
    firstFree >= 0 && tokens.slice(firstFree).some((token) => token.kind === "wildcard" && token.byte === STAR_IN_FIELD)
  );
}

const NO_BYTES = new Uint8Array(0);

/** A program ready to be written: kind, bytes, and how many literal bytes it begins and ends with. */
export interface EncodedPattern {
  readonly kind: PatternKind;
  readonly bytes: Uint8Array;
  readonly prefix: number;
  readonly suffix: number;
}

/** Gives the bytes of a variable's token. */
export type VariableEncoder = (key: string, fallback: string | undefined, inField: boolean) => readonly number[];

/** Turns a program into bytes. */
export function encodePattern(program: Program, variable: VariableEncoder): EncodedPattern {
  const tokens = normalise(program.tokens);
  const first = tokens[0];
  if (program.kind === "never") {
    const variables = tokens.flatMap((token) =>
      token.kind === "variable" ? variable(token.key, token.default, token.inField) : [],
    );
    return { kind: PatternKind.Never, bytes: Uint8Array.from(variables), prefix: 0, suffix: 0 };
  }
  if (tokens.length === 0) return { kind: PatternKind.Exact, bytes: NO_BYTES, prefix: 0, suffix: 0 };
  if (first?.kind === "literal" && tokens.length === 1) {
    const bytes = utf8Bytes(first.text);
    return { kind: PatternKind.Exact, bytes, prefix: bytes.length, suffix: 0 };
  }
  if (first?.kind === "wildcard" && first.byte === STAR && tokens.length === 1) {
    return { kind: PatternKind.Any, bytes: NO_BYTES, prefix: 0, suffix: 0 };
  }
  const second = tokens[1];
  if (first?.kind === "literal" && tokens.length === 2 && second?.kind === "wildcard" && second.byte === STAR) {
    const bytes = utf8Bytes(first.text);
    return { kind: PatternKind.Prefix, bytes, prefix: bytes.length, suffix: 0 };
  }
  const pieces = tokens.map((token) =>
    token.kind === "literal"
      ? utf8Bytes(token.text)
      : token.kind === "wildcard"
        ? Uint8Array.of(token.byte)
        : Uint8Array.from(variable(token.key, token.default, token.inField)),
  );
  const last = tokens.at(-1);
  const hasVariables = tokens.some((token) => token.kind === "variable");
  const kind = mixesStars(tokens) ? PatternKind.States : hasVariables ? PatternKind.Template : PatternKind.Glob;
  return {
    kind,
    bytes: joinBytes(pieces),
    prefix: first?.kind === "literal" ? (pieces[0]?.length ?? 0) : 0,
    suffix: last?.kind === "literal" ? (pieces.at(-1)?.length ?? 0) : 0,
  };
}

/** Writes a pattern and gives its offset. */
export function writeEncoded(writer: ByteWriter, { kind, bytes, prefix, suffix }: EncodedPattern): number {
  const isGlob = kind === PatternKind.Glob;
  const bytesAt = isGlob ? PATTERN.size : PATTERN_BYTES_AT;
  const at = writer.reserve(bytesAt + bytes.length);
  const head = kind | (bytes.length << PATTERN_KIND_BITS);
  if (isGlob) writer.setRecord(at, PATTERN, { head, prefixLength: prefix, suffixLength: suffix });
  else writer.setWord(at, head);
  writer.setBytes(at + bytesAt, bytes);
  return at;
}

/** Writes a program and gives its offset. */
export function writePattern(writer: ByteWriter, program: Program, variable: VariableEncoder): number {
  return writeEncoded(writer, encodePattern(program, variable));
}

/** The bytes of a variable: its slot, whether its key is a list, and the text that stands in for it, 0 for none. */
export function variableToken(slot: number, isList: boolean, fallbackAt: number, inField: boolean): readonly number[] {
  const token = new Uint8Array(VARIABLE_SIZE);
  const fields = new DataView(token.buffer);
  token[0] = inField ? VARIABLE_IN_FIELD : VARIABLE;
  fields.setUint32(VARIABLE_SLOT_AT, isList ? slot | VARIABLE_LIST : slot, true);
  fields.setUint32(VARIABLE_DEFAULT_AT, fallbackAt, true);
  return [...token];
}

/**
 * What a text has to have if it is to match, as one word that is compared before the pattern is read (see NO_PROBE in
 * layout.ts): the last eight literal bytes, or where the pattern does not end in so many, the last eight before the first wildcard.
 */
export function probeOf({ kind, bytes, prefix, suffix }: EncodedPattern): number {
  if (kind === PatternKind.Never) return NO_PROBE;
  if (suffix >= PROBE_LENGTH) return probe(bytes, bytes.length - PROBE_LENGTH, PROBE_AT_END);
  if (prefix < PROBE_LENGTH) return NO_PROBE;
  const place = Math.min(prefix - PROBE_LENGTH, PROBE_AT_END - 1);
  return probe(bytes, place, place);
}

function probe(bytes: Uint8Array, from: number, place: number): number {
  const low = wordAt(bytes, from);
  const high = wordAt(bytes, from + 4);
  const hash = Math.imul(low, PROBE_LOW_FACTOR) + Math.imul(high, PROBE_HIGH_FACTOR);
  // INVARIANT: should this ever come to NO_PROBE, the pattern is read at once, as if it had no probe.
  return ((hash & 0xffffff00) | place) >>> 0;
}

/** Whether a name without fields or variables matches; for joining action patterns at compile time. */
export function matchesName(program: Program, text: string): boolean {
  if (program.kind === "never") return false;
  let pattern = "";
  for (const token of program.tokens) {
    // Action names hold no NUL or SOH, so these two can stand for the wildcards.
    pattern += token.kind === "literal" ? token.text : token.kind === "wildcard" && token.byte === STAR ? "\0" : "\x01";
  }
  let at = 0;
  let position = 0;
  let star = -1;
  let mark = 0;
  while (position < text.length) {
    const wanted = pattern[at];
    if (wanted === "\0") {
      star = ++at;
      mark = position;
    } else if (wanted !== undefined && (wanted === "\x01" || wanted === text[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star;
      position = ++mark;
    } else return false;
  }
  while (pattern[at] === "\0") at++;
  return at === pattern.length;
}
