/**
 * Simulation cases out of a file or standard input: a JSON array, one JSON object, or JSON Lines,
 * which are read as they come. Lines end at LF only: U+2028 is data (section 21, DOC-13).
 */
import { extname } from "node:path";
import { inputName, openInput } from "../files/piped-source.js";
import { maxFileBytes } from "../files/sources.js";
import type { Finding } from "../text/finding.js";
import { readJson } from "../text/json-reader.js";
import { type SourceText, sourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";

/** One case before it is read, or what makes a part of the input unreadable. */
export type CaseText =
  | { readonly node: TreeNode; readonly source: SourceText }
  | { readonly unreadable: readonly Finding[] };

/** Reads the cases of one input in order. Rejects if the input cannot be read at all. */
export async function* readCases(name: string): AsyncGenerator<CaseText> {
  const file = inputName(name);
  const lines = splitLines(openInput(name));
  const read: Line[] = [];
  // Not `for await`, which would end the lines when it is left.
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    read.push(next.value);
    if (!isBlank(next.value)) break;
  }
  const first = read.at(-1);
  if (first === undefined || isBlank(first)) return;
  const opening = parseLine(file, first);
  const areLines = [".jsonl", ".ndjson"].includes(extname(file).toLowerCase());
  if (areLines || ("node" in opening && opening.node.kind === "object")) {
    yield opening;
    for await (const line of lines) if (!isBlank(line)) yield parseLine(file, line);
    return;
  }
  for await (const line of lines) read.push(line);
  yield* wholeText(file, read, first);
}

/** A text over several lines. One that is no JSON and whose first line looks complete is taken for broken JSON Lines. */
function* wholeText(file: string, lines: readonly Line[], first: Line): Generator<CaseText> {
  const text = parseLine(file, { number: 1, bytes: Buffer.concat(lines.map(({ bytes }) => bytes)) });
  const opening = first.bytes.toString("latin1").trim();
  if ("node" in text && text.node.kind === "array") {
    for (const node of text.node.items) yield { node, source: text.source };
  } else if ("node" in text || !opening.startsWith("{") || !opening.endsWith("}")) {
    yield text;
  } else {
    for (const line of lines) if (!isBlank(line)) yield parseLine(file, line);
  }
}

/** The bytes of a line with its LF, and its number from 1. */
interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

function isBlank({ bytes }: Line): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

async function* splitLines(stream: AsyncIterable<unknown>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      yield { number: number++, bytes: Buffer.concat([...pending, chunk.subarray(start, end + 1)]) };
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maxFileBytes) throw new Error(`line ${number} has more than ${maxFileBytes} bytes`);
  }
  if (pendingBytes > 0) yield { number, bytes: Buffer.concat(pending) };
}

function parseLine(file: string, { number, bytes }: Line): CaseText {
  const findings: Finding[] = [];
  const refusal = (message: string): CaseText => ({
    unreadable: [{ file, line: number, column: 1, rule: "SET-ENCODING", severity: "error", message }],
  });
  if (bytes.length > maxFileBytes) return refusal(`the text has more than ${maxFileBytes} bytes: use JSON Lines`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
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
