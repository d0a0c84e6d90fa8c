/**
 * Simulation cases out of a file or standard input: a JSON array, one JSON object, or JSON Lines,
 * which are read as they come.
 */
import { extname } from "node:path";
import {
  isBlankLine,
  type JsonText,
  lineRuns,
  parseJsonLine,
  type TextLine,
  tooLongLine,
} from "../files/json-lines.js";
import { inputName, openInput } from "../files/piped-source.js";

/** One case before it is read, or what makes a part of the input unreadable. */
export type CaseText = JsonText;

/** Reads the cases of one input in order. Rejects if the input cannot be read at all. */
export async function* readCases(name: string): AsyncGenerator<CaseText> {
  const file = inputName(name);
  const lines = splitLines(openInput(name));
  const read: TextLine[] = [];
  // Not `for await`, which would end the lines when it is left.
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    read.push(next.value);
    if (!isBlankLine(next.value)) break;
  }
  const first = read.at(-1);
  if (first === undefined || isBlankLine(first)) return;
  const opening = parseJsonLine(file, first);
  const areLines = [".jsonl", ".ndjson"].includes(extname(file).toLowerCase());
  if (areLines || ("node" in opening && opening.node.kind === "object")) {
    yield opening;
    for await (const line of lines) if (!isBlankLine(line)) yield parseJsonLine(file, line);
    return;
  }
  for await (const line of lines) read.push(line);
  yield* wholeText(file, read, first);
}

/** A text over several lines. One that is no JSON and whose first line looks complete is taken for broken JSON Lines. */
function* wholeText(file: string, lines: readonly TextLine[], first: TextLine): Generator<CaseText> {
  const text = parseJsonLine(file, { number: 1, bytes: Buffer.concat(lines.map(({ bytes }) => bytes)) });
  const opening = first.bytes.toString("latin1").trim();
  if ("node" in text && text.node.kind === "array") {
    for (const node of text.node.items) yield { node, source: text.source };
  } else if ("node" in text || !opening.startsWith("{") || !opening.endsWith("}")) {
    yield text;
  } else {
    for (const line of lines) if (!isBlankLine(line)) yield parseJsonLine(file, line);
  }
}

/** Cases may stand in one text, so that a part of the input that is too long leaves nothing to read. */
async function* splitLines(stream: AsyncIterable<unknown>): AsyncGenerator<TextLine> {
  for await (const run of lineRuns(stream)) {
    for (const line of run) {
      if (line.isTooLong === true) throw new Error(tooLongLine(line));
      yield line;
    }
  }
}
