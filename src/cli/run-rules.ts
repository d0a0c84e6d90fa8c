/** The work of `verdict rules`: the law by its ids, and the rules that are ours. */
import { readFile } from "node:fs/promises";
import { semanticsFile } from "../artifacts.js";
import { fileFailure } from "../files/file-failure.js";
import { refuse } from "../terminal/command-error.js";
import { printJson, printLine } from "../terminal/terminal.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { isOwnRule, OWN_RULES, SEMANTICS } from "../validate/rules/help-uri.js";
import { ruleDescriptions } from "../validate/rules/rules.js";
import { clarifications, semanticRules } from "../validate/rules/semantics.js";

/** A rule as this command shows it. */
interface ShownRule {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly text: string;
  /** The document and the anchor in it, relative to the package's folder. */
  readonly helpUri: string;
}

/** Runs the command. An id that is no rule's is refused, with the one that was meant where that can be guessed. */
export async function rules(id: string | undefined, options: { readonly json?: boolean }): Promise<void> {
  const all = await shownRules();
  if (id === undefined) {
    if (options.json === true) await printJson(all.map(({ text: _, ...head }) => head));
    else await printList(all);
    return;
  }
  const rule = all.find((one) => one.id === id.toUpperCase());
  if (rule === undefined) throw refuse(unknownRule(id, all));
  if (options.json === true) {
    await printJson(rule);
    return;
  }
  await printLine({ text: rule.id, colour: "bold" }, ` (${rule.section})`);
  await printLine();
  for (const line of rule.text.split("\n")) await printLine(line);
  await printLine();
  await printLine({ text: rule.helpUri, colour: "dim" });
}

async function printList(all: readonly ShownRule[]): Promise<void> {
  let section = "";
  for (const rule of all) {
    if (rule.section !== section) {
      if (section !== "") await printLine();
      section = rule.section;
      await printLine({ text: section, colour: "bold" });
    }
    await printLine(`  ${rule.id.padEnd(9)} ${rule.title}`);
  }
}

function unknownRule(id: string, all: readonly ShownRule[]): string {
  const meant = closestName(
    id,
    all.map((rule) => rule.id),
  );
  return `verdict: ${quote(id)} is no rule${meant === undefined ? "; `verdict rules` lists them" : `; did you mean \`${meant}\`?`}`;
}

async function shownRules(): Promise<readonly ShownRule[]> {
  const document = await readFile(semanticsFile, "utf8").catch((error: unknown) => {
    throw refuse(`${semanticsFile}: cannot be read: ${fileFailure(error)}`, error);
  });
  const law = semanticRules(document).map(({ id, title, section, text }) => ({
    id,
    title,
    section,
    text: [text, ...clarifications(document, id)].join("\n\n"),
    helpUri: `${SEMANTICS}#${id}`,
  }));
  const own = Object.entries(ruleDescriptions)
    .filter(([id]) => isOwnRule(id))
    .map(([id, text]) => ({ id, title: text, section: ownSection(id), text, helpUri: `${OWN_RULES}#${id}` }));
  return [...law, ...own];
}

function ownSection(id: string): string {
  if (id === "YAML" || id.startsWith("SET-")) return "Formats of policy sets";
  return id.startsWith("MAP-") ? "Mapping files" : "Advice";
}
