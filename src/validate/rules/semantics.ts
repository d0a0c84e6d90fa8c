/** `SEMANTICS.md` taken apart into its rules: each begins at an anchor that is its id and ends at the next anchor or heading. */

/** One rule of the law. */
export interface SemanticRule {
  /** Such as `COND-5`. */
  readonly id: string;
  /** Its name where it has one, else how its text begins, on one line. */
  readonly title: string;
  /** The chapter that it stands in, such as `7. Conditions: structure`. */
  readonly section: string;
  /** Its paragraphs and tables as they are written, without the anchor. */
  readonly text: string;
}

/** Ids of rules are capitals, a hyphen and a number; the other anchors of the document end a rule and begin none. */
const RULE = /^(?:- )?<a id="([A-Z]+-\d+)"><\/a>/;
const END = /^(?:- )?<a id=|^#/;
const LONGEST_TITLE = 90;

/** The rules in the order of the document. Whatever stands before the first anchor of a chapter belongs to none. */
export function semanticRules(document: string): readonly SemanticRule[] {
  const lines = document.split("\n");
  const rules: SemanticRule[] = [];
  let section = "";
  let isCode = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("```")) isCode = !isCode;
    if (isCode) continue;
    if (line.startsWith("#")) section = line.replace(/^#+ /, "");
    const id = RULE.exec(line)?.[1];
    if (id === undefined) continue;
    const text = textFrom(lines, index);
    rules.push({ id, title: titleOf(text, id) || section, section, text });
  }
  return rules;
}

/** How the last chapter reads the rule where its own text leaves room. */
export function clarifications(document: string, id: string): readonly string[] {
  const chapter = document.slice(document.indexOf("\n## 21."));
  return chapter
    .split("\n")
    .filter((line) => line.startsWith("- **"))
    .filter((line) => (/^- \*\*(.*?)\*\*/.exec(line)?.[1] ?? "").split(/[, ]+/).includes(id));
}

function textFrom(lines: readonly string[], first: number): string {
  const taken = [lines[first]?.replace(RULE, "") ?? ""];
  let isCode = false;
  for (const line of lines.slice(first + 1)) {
    if (line.startsWith("```")) isCode = !isCode;
    // Comments of code begin as headings do.
    if (!isCode && END.test(line)) break;
    taken.push(line);
  }
  return taken.join("\n").trim();
}

function titleOf(text: string, id: string): string {
  const bold = /^\*\*(.*?)\*\*/.exec(text)?.[1] ?? id;
  const name = bold
    .slice(id.length)
    .replace(/[.:]?$/, "")
    .trim();
  if (name !== "") return name;
  const rest = text.replace(/^\*\*.*?\*\*/, "").split(/\n\s*\n/)[0] ?? "";
  const sentence = rest.replaceAll(/\s+/g, " ").replace(/^[\s:]+/, "");
  if (sentence.length <= LONGEST_TITLE) return sentence;
  return `${sentence.slice(0, sentence.lastIndexOf(" ", LONGEST_TITLE))} …`;
}
