/** Text that fits the terminal: broken at spaces, further lines indented. */

/** Columns of standard output; 80 where it is no terminal. */
export function outputWidth(): number {
  return Math.max(process.stdout.columns ?? 80, 40);
}

/** Lines of at most `width` columns, all but the first begun with `indent` spaces; what has no spaces is left whole. */
export function wrapped(text: string, width: number, indent = 0): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
