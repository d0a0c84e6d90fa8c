/** Changes as a comment on a pull request, in Markdown: gained access first, at most 60,000 characters. */
import type { DiffLine } from "./diff.js";
import { questionJson } from "./question-json.js";
import { sidesInWords } from "./words.js";

/** What platforms take of one comment, with room to spare. */
const mostCharacters = 60_000;

const titles = {
  gained: "Gained",
  conditions: "Under other conditions",
  lost: "Lost",
  unknown: "Not decided",
} as const satisfies Record<DiffLine["change"], string>;

/** The comment; what does not fit is counted. */
export function diffComment(lines: readonly DiffLine[], counts: Readonly<Record<DiffLine["change"], number>>): string {
  if (lines.length === 0) return "## Access\n\nNo change: both policy sets answer every request alike.\n";
  const changes = ["gained", "conditions", "lost", "unknown"] as const;
  const head = changes.flatMap((change) =>
    counts[change] > 0 ? [`${counts[change]} ${titles[change].toLowerCase()}`] : [],
  );
  let text = `## Access: ${head.join(", ")}\n`;
  let left = lines.length;
  for (const change of changes) {
    const own = lines.filter((line) => line.change === change);
    if (own.length === 0) continue;
    const title = `\n### ${titles[change]}\n\n| principal | action | resource | before → now | example |\n|---|---|---|---|---|\n`;
    if (text.length + title.length > mostCharacters - 200) break;
    text += title;
    for (const line of own) {
      const row = rowOf(line);
      if (text.length + row.length > mostCharacters - 200) break;
      text += row;
      left--;
    }
  }
  return left === 0
    ? text
    : `${text}\n${left} further changes do not fit here: \`verdict audit diff --json\` has them all.\n`;
}

function rowOf({ principal, action, resource, accessLevel, before, after, gains, loses }: DiffLine): string {
  const [, now] = sidesInWords(before, after);
  const witness = gains ?? loses;
  const cells = [
    code(principal),
    `${code(action)}${accessLevel === null ? "" : ` (${accessLevel})`}`,
    code(resource),
    escaped(`${before?.access ?? "never"} → ${now}`),
    witness === undefined ? "" : code(JSON.stringify(questionJson(witness))),
  ];
  return `| ${cells.join(" | ")} |\n`;
}

/** As code, whatever it holds: nothing in a cell ends it or becomes markup. */
function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>|`*_[\]\\@#\r\n]/g, (unit) => `&#${unit.charCodeAt(0)};`);
}
