/**
 * The text of one file and the way from an offset in it to a line and a column. Knows no format.
 */
import type { SourcePosition } from "./finding.js";

/** Where the offsets of a text are, for those who need no more of it. */
export interface SourcePositions {
  readonly file: string;
  positionAt(offset: number): SourcePosition;
}

/** A text under the name that findings show. Offsets count UTF-16 units from 0. */
export interface SourceText extends SourcePositions {
  readonly text: string;
}

/** Makes a source text. The table of lines is built when the first position is asked for. */
export function sourceText(file: string, text: string): SourceText {
  let starts: readonly number[] | undefined;
  return {
    file,
    text,
    positionAt(offset) {
      starts ??= lineStarts(text);
      const line = lastAtOrBefore(starts, offset);
      return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
    },
  };
}

/**
 * The place of an offset as AWS counts it: LF, CRLF and a lone CR end a line (OUT-11). Both numbers count from 1; columns count
 * UTF-16 units.
 */
export function awsPositionAt(source: SourceText, offset: number): { readonly line: number; readonly column: number } {
  let starts = awsLineStarts.get(source);
  if (starts === undefined) {
    starts = [0, ...[...source.text.matchAll(/\r\n|\n|\r/g)].map((end) => end.index + end[0].length)];
    awsLineStarts.set(source, starts);
  }
  const line = lastAtOrBefore(starts, offset);
  // The text may itself begin further down in its file.
  return { line: source.positionAt(0).line + line, column: offset - (starts[line] ?? 0) + 1 };
}

const awsLineStarts = new WeakMap<SourceText, readonly number[]>();

// Lines end at LF only: a CR is the last column of its line, U+2028 is data (section 21, DOC-13).
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
