/**
 * JSON Lines out of a file or a stream: read as they come and never held as a whole, each with its number. Lines end at LF only: U+2028
 * is data (section 21, DOC-13).
 */
import type { Finding } from "../text/finding.js";
import { readJson } from "../text/json-reader.js";
import { type SourceText, sourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import { maxFileBytes } from "./sources.js";

/** The bytes of a line with its LF, and its number from 1. */
export interface TextLine {
  readonly number: number;
  readonly bytes: Buffer;
  /** It has more bytes than a line may have, and `bytes` are none of them. */
  readonly isTooLong?: true;
}

/** A JSON text with where it stands, or what makes it unreadable. */
export type JsonText =
  | { readonly node: TreeNode; readonly source: SourceText }
  | { readonly unreadable: readonly Finding[] };

/**
 * The lines of a stream, those together that came together: whoever answers each run before asking for the next keeps up with a stream
 * that is still being written, and has a batch wherever there is one. A line that is too long is told as soon as it is, and its rest is
 * passed over.
 */
export async function* lineRuns(stream: AsyncIterable<unknown>): AsyncGenerator<readonly TextLine[]> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  let isPassedOver = false;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    const run: TextLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      if (!isPassedOver) run.push({ number, bytes: Buffer.concat([...pending, chunk.subarray(start, end + 1)]) });
      pending = [];
      pendingBytes = 0;
      number++;
      isPassedOver = false;
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (isPassedOver || pendingBytes > maxFileBytes) {
      if (!isPassedOver) run.push({ number, bytes: Buffer.alloc(0), isTooLong: true });
      isPassedOver = true;
      pending = [];
      pendingBytes = 0;
    }
    if (run.length > 0) yield run;
  }
  if (pendingBytes > 0) yield [{ number, bytes: Buffer.concat(pending) }];
}

/** Whether there is nothing on a line. */
export function isBlankLine({ bytes, isTooLong }: TextLine): boolean {
  return isTooLong !== true && bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** What is wrong with a line that is too long. */
export function tooLongLine({ number }: TextLine): string {
  return `line ${number} has more than ${maxFileBytes} bytes`;
}

/** Parses the JSON text that begins on a line of the named file. */
export function parseJsonLine(file: string, line: TextLine): JsonText {
  const { number, bytes } = line;
  const findings: Finding[] = [];
  const refusal = (message: string): JsonText => ({
    unreadable: [{ file, line: number, column: 1, rule: "SET-ENCODING", severity: "error", message }],
  });
  if (line.isTooLong === true) return refusal(tooLongLine(line));
  if (bytes.length > maxFileBytes) return refusal(`the text has more than ${maxFileBytes} bytes: use JSON Lines`);
  let text: string;
  try {
    // Without its line feed, so that a text that ends too early ends on its line.
    const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length;
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    return refusal("the text is not valid UTF-8");
  }
  const source = fromLine(sourceText(file, text), number);
  const node = readJson(source, findings);
  return node === undefined ? { unreadable: findings } : { node, source };
}

/** A text that begins at a later line of its file. */
function fromLine(source: SourceText, first: number): SourceText {
  if (first === 1) return source;
  return {
    file: source.file,
    text: source.text,
    positionAt(offset) {
      const position = source.positionAt(offset);
      return { ...position, line: position.line + first - 1 };
    },
  };
}
