/**
 * Reads JSON text into a tree, strictly (DOC-1, DOC-2): what `JSON.parse` repairs or forgets (repeated
 * members, lone surrogates) is refused here with its place. Not recursive: nesting costs no stack.
 */
import type { Finding } from "./finding.js";
import { readJsonNumber, readJsonString, type TextCursor } from "./json-scalar.js";
import { type MemberNames, memberNames, offsetOfKey } from "./member-names.js";
import { quote } from "./quote.js";
import type { SourceText } from "./source-text.js";
import { deepestNesting, mostReaderFindings, type TreeMember, type TreeNode, type TreeObject } from "./tree.js";

/** How strictly to read. */
export interface JsonReaderOptions {
  /** Levels of objects and arrays that are accepted; at most, and by default, 64. */
  readonly maxDepth?: number;
  /**
   * Members whose objects the tree does not keep but reads again whenever somebody looks into them. Most of a large policy set is
   * documents, each of which is looked into once: kept as nodes, 100,000 statements are 200 MB for the garbage collector to move.
   */
  readonly defers?: (key: string) => boolean;
  /**
   * Whether a further value may follow one; by default none may (DOC-1). A text of several values is read as the list of them.
   */
  readonly mayFollow?: (value: TreeNode) => boolean;
}

/** Longer objects are kept even if they are members to defer, so that looking into one again is never dear. */
const longestDeferred = 1 << 16;

/**
 * Reads one JSON value that fills the whole text. Returns undefined iff it added a finding: a
 * repeated member, a lone surrogate or a control character lets the reader go on, so that one run
 * shows them all; any other error ends it.
 */
export function readJson(
  source: SourceText,
  findings: Finding[],
  options: JsonReaderOptions = {},
): TreeNode | undefined {
  const before = findings.length;
  const reader = new JsonReader(source, findings, options);
  const tree = reader.advance(Number.POSITIVE_INFINITY);
  return findings.length === before && tree !== "open" ? tree : undefined;
}

/** As `readJson`, for long texts: pauses after every so many values, so that the thread can do something else. */
export async function readJsonInSteps(
  source: SourceText,
  findings: Finding[],
  valuesInStep: number,
  pause: () => Promise<void>,
): Promise<TreeNode | undefined> {
  const before = findings.length;
  const reader = new JsonReader(source, findings);
  let step = reader.advance(valuesInStep);
  while (step === "open") {
    await pause();
    step = reader.advance(valuesInStep);
  }
  return findings.length === before ? step : undefined;
}

interface ObjectFrame extends MemberNames {
  readonly kind: "object";
  readonly offset: number;
  key: string;
  keyOffset: number;
}

interface ArrayFrame {
  readonly kind: "array";
  readonly offset: number;
  readonly items: TreeNode[];
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quotationMark = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const slash = 0x2f;
const digit0 = 0x30;
const digit9 = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const byteOrderMark = 0xfeff;

/** A value, or `open` when a container was entered that needs its first value, or undefined after an error. */
type Step = TreeNode | "open" | undefined;

/** An object whose members are read out of the text at each look. INVARIANT: the text was read before and nothing is wrong with it. */
class DeferredObject implements TreeObject {
  readonly kind = "object";

  constructor(
    private readonly source: SourceText,
    readonly offset: number,
    readonly endOffset: number,
  ) {}

  get members(): readonly TreeMember[] {
    const { source, offset } = this;
    const object = new JsonReader(source, [], {}, offset).advance(Number.POSITIVE_INFINITY);
    return typeof object === "object" && object.kind === "object" ? object.members : [];
  }
}

class JsonReader implements TextCursor {
  readonly text: string;
  at: number;
  private readonly stack: (ObjectFrame | ArrayFrame)[] = [];
  private readonly most: number;
  private readonly maxDepth: number;
  private readonly defers: JsonReaderOptions["defers"];
  private readonly mayFollow: JsonReaderOptions["mayFollow"];
  private readonly earlier: TreeNode[] = [];

  /** A reader of the whole text, or of the one value that begins at `from`. */
  constructor(
    private readonly source: SourceText,
    private readonly findings: Finding[],
    { maxDepth = deepestNesting, defers, mayFollow }: JsonReaderOptions = {},
    private readonly from?: number,
  ) {
    this.text = source.text;
    this.at = from ?? 0;
    this.most = findings.length + mostReaderFindings;
    this.maxDepth = Math.min(maxDepth, deepestNesting);
    this.defers = defers;
    this.mayFollow = mayFollow;
  }

  /** Reads at most so many values; `open` says that there are more. */
  advance(most: number): Step {
    if (this.text.charCodeAt(0) === byteOrderMark)
      return this.fail(0, "byte-order mark before the value: save the file as UTF-8 without BOM");
    for (let count = 0; count < most; count++) {
      const step = this.readValue();
      if (step === undefined) return undefined;
      if (step === "open") continue;
      const done = this.attach(step);
      if (done === undefined) return undefined;
      if (done !== "open") return done;
    }
    return "open";
  }

  /** Adds a finding and lets the reader go on, unless the text has too many already. */
  note(offset: number, message: string, rule = "DOC-1", fix?: string): boolean {
    const advice = fix === undefined ? {} : { fix };
    this.findings.push({ ...this.source.positionAt(offset), rule, severity: "error", message, ...advice });
    return this.findings.length < this.most;
  }

  fail(offset: number, message: string, fix?: string): undefined {
    this.note(offset, message, "DOC-1", fix);
    return undefined;
  }

  private readValue(): Step {
    this.skipBlanks();
    const { text, at } = this;
    const code = text.charCodeAt(at);
    if (code === quotationMark) {
      const value = readJsonString(this);
      return value === undefined ? undefined : { kind: "string", offset: at, endOffset: this.at, value };
    }
    if (code === openBrace) return this.openObject();
    if (code === openBracket) return this.openArray();
    if (code === minus || (code >= digit0 && code <= digit9)) {
      const number = readJsonNumber(this);
      return number === undefined ? undefined : { kind: "number", offset: at, endOffset: this.at, text: number };
    }
    return this.readWord();
  }

  private openObject(): Step {
    const offset = this.at;
    if (this.stack.length >= this.maxDepth) return this.failDepth();
    this.at++;
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) === closeBrace) {
      this.at++;
      return { kind: "object", offset, endOffset: this.at, members: [] };
    }
    const frame: ObjectFrame = { kind: "object", offset, key: "", keyOffset: 0, ...memberNames() };
    this.stack.push(frame);
    return this.readKey(frame) ? "open" : undefined;
  }

  private openArray(): Step {
    const offset = this.at;
    if (this.stack.length >= this.maxDepth) return this.failDepth();
    this.at++;
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) === closeBracket) {
      this.at++;
      return { kind: "array", offset, endOffset: this.at, items: [] };
    }
    this.stack.push({ kind: "array", offset, items: [] });
    return "open";
  }

  private failDepth(): undefined {
    return this.fail(this.at, `nesting is deeper than ${this.maxDepth} levels`);
  }

  /** Puts a finished value where it belongs and closes what ends after it. `open` asks for the next value. */
  private attach(finished: TreeNode): Step {
    let value = finished;
    for (;;) {
      const frame = this.stack.at(-1);
      this.skipBlanks();
      const code = this.text.charCodeAt(this.at);
      if (frame === undefined) return this.finish(value);
      if (frame.kind === "object") {
        if (value.kind === "object" && this.defers?.(frame.key)) value = this.deferred(value);
        frame.members.push({ key: frame.key, keyOffset: frame.keyOffset, value });
        if (code === comma) return this.nextKey(frame) ? "open" : undefined;
        if (code !== closeBrace) return this.failUnexpected("where `,` or `}` belongs");
        this.at++;
        value = { kind: "object", offset: frame.offset, endOffset: this.at, members: frame.members.slice() };
      } else {
        frame.items.push(value);
        if (code === comma) return this.nextItem() ? "open" : undefined;
        if (code !== closeBracket) return this.failUnexpected("where `,` or `]` belongs");
        this.at++;
        value = { kind: "array", offset: frame.offset, endOffset: this.at, items: frame.items.slice() };
      }
      this.stack.pop();
    }
  }

  /** A value outside of every container: the last one, or one that others may follow. */
  private finish(value: TreeNode): Step {
    if (this.isAtEnd()) {
      if (this.earlier.length === 0) return value;
      return {
        kind: "array",
        offset: this.earlier[0]?.offset ?? 0,
        endOffset: this.at,
        items: [...this.earlier, value],
      };
    }
    if (this.mayFollow?.(value) !== true) return this.failUnexpected("after the value");
    this.earlier.push(value);
    return "open";
  }

  private isAtEnd(): boolean {
    return this.at === this.text.length || this.from !== undefined;
  }

  private deferred(object: TreeObject): TreeObject {
    const { offset, endOffset } = object;
    return endOffset - offset > longestDeferred ? object : new DeferredObject(this.source, offset, endOffset);
  }

  private nextKey(frame: ObjectFrame): boolean {
    const commaAt = this.at++;
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) !== closeBrace) return this.readKey(frame);
    this.fail(commaAt, "trailing comma before `}`", "leave the comma out");
    return false;
  }

  private nextItem(): boolean {
    const commaAt = this.at++;
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) !== closeBracket) return true;
    this.fail(commaAt, "trailing comma before `]`", "leave the comma out");
    return false;
  }

  private readKey(frame: ObjectFrame): boolean {
    const keyOffset = this.at;
    if (this.text.charCodeAt(keyOffset) !== quotationMark) {
      this.failUnexpected("where a member name in double quotes belongs");
      return false;
    }
    const key = readJsonString(this);
    if (key === undefined) return false;
    const first = offsetOfKey(frame, key);
    if (first !== undefined && !this.noteDuplicate(key, keyOffset, first)) return false;
    frame.key = key;
    frame.keyOffset = keyOffset;
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) !== colon) {
      this.failUnexpected("where `:` belongs");
      return false;
    }
    this.at++;
    return true;
  }

  private noteDuplicate(key: string, keyOffset: number, first: number): boolean {
    const { line, column } = this.source.positionAt(first);
    return this.note(
      keyOffset,
      `duplicate member ${quote(key)}, first at line ${line}, column ${column}`,
      "DOC-2",
      "leave one of the two out",
    );
  }

  private readWord(): TreeNode | undefined {
    const { text, at: offset } = this;
    for (const word of ["true", "false", "null"]) {
      if (!text.startsWith(word, offset) || isWordCharacter(text.charCodeAt(offset + word.length))) continue;
      this.at += word.length;
      if (word === "null") return { kind: "null", offset, endOffset: this.at };
      return { kind: "boolean", offset, endOffset: this.at, value: word === "true" };
    }
    return this.failUnexpected("where a value belongs");
  }

  private failUnexpected(where: string): undefined {
    const { text, at } = this;
    if (at >= text.length) return this.fail(at, `the text ends ${where}`);
    const next = text.charCodeAt(at + 1);
    if (text.charCodeAt(at) === slash && (next === slash || next === 0x2a)) {
      return this.fail(at, "comments are not part of JSON", "leave it out, or write YAML, which has comments");
    }
    let end = at;
    while (isWordCharacter(text.charCodeAt(end)) && end < at + 40) end++;
    const found = end > at ? text.slice(at, end) : String.fromCodePoint(text.codePointAt(at) ?? 0);
    const fix = found === "'" ? "write double quotes" : undefined;
    return this.fail(at, `unexpected ${quote(found)} ${where}`, fix);
  }

  private skipBlanks(): void {
    const { text } = this;
    let { at } = this;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) break;
      at++;
    }
    this.at = at;
  }
}

function isWordCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= digit0 && code <= digit9);
}
