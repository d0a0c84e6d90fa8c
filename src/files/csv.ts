/** Comma-separated values (RFC 4180): reading them, and writing cells that no spreadsheet takes for a formula. */

/** One record and the line that it begins on. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The records of a text; undefined if a quoted cell does not end. */
export function readCsv(text: string): readonly CsvRecord[] | undefined {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let startLine = 1;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      const quoted = quotedCell(text, at);
      if (quoted === undefined) return undefined;
      ({ cell, end: at } = quoted);
      line += cell.split("\n").length - 1;
    } else {
      const end = nextSeparator(text, at);
      cell = text.slice(at, end);
      at = end;
    }
    cells.push(cell);
    const separator = text[at];
    if (separator === ",") {
      at++;
      // A comma at the very end has an empty cell behind it.
      if (at === text.length) cells.push("");
      continue;
    }
    if (separator === "\r" && text[at + 1] === "\n") at++;
    at++;
    if (cells.length > 1 || cells[0] !== "") records.push({ line: startLine, cells });
    cells = [];
    line++;
    startLine = line;
  }
  if (cells.length > 0) records.push({ line: startLine, cells });
  return records;
}

function nextSeparator(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x0a || code === 0x0d) return at;
  }
  return text.length;
}

function quotedCell(text: string, start: number): { readonly cell: string; readonly end: number } | undefined {
  let cell = "";
  for (let at = start + 1; ; ) {
    const end = text.indexOf('"', at);
    if (end < 0) return undefined;
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return { cell, end: nextSeparator(text, end + 1) };
    cell += '"';
    at = end + 2;
  }
}

/** A cell of CSV: in quotes where it has to be, with an apostrophe before what a spreadsheet would run. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n\t']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
