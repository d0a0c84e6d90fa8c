/** Advice about policy variables: each is a condition key, and one that no request has is never filled in (VAR-3, VAR-5). */
import { parseTemplate } from "../policy/document/template.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { globalKey, globalKeyNames } from "./catalogue/condition-keys.js";
import { knownKey, serviceOfKey } from "./known-key.js";
import {
  advise,
  type PlacedStatement,
  type PlacedText,
  placedPatterns,
  placedValues,
  type Subject,
} from "./subject.js";

/** Adds what there is to say about the variables of a statement. */
export function adviseVariables(subject: Subject, placed: PlacedStatement): void {
  const values = placed.statement.conditions.flatMap((_, index) => placedValues(subject, placed, index));
  for (const place of [...placedPatterns(placed, "Resource"), ...values]) {
    for (const key of variableKeys(place.text, subject)) adviseVariable(subject, place, key);
  }
}

/** The keys of the variables in a text. */
export function variableKeys(text: string, { document }: Pick<Subject, "document">): readonly string[] {
  return parseTemplate(text, document.version).flatMap((part) => (part.kind === "variable" ? [part.key] : []));
}

function adviseVariable(subject: Subject, place: PlacedText, key: string): void {
  // Outside of AWS the keys are the team's own.
  if (subject.profile !== "aws" || knownKey(subject, key) !== undefined) return;
  const shown = quote(`\${${key}}`);
  if (!key.includes(":")) {
    const meant = closestName(`aws:${key}`, globalKeyNames());
    const fix = meant === undefined ? "write `${prefix:name}`" : `write \`\${${meant}}\``;
    advise(subject, "LINT-VARIABLE", "warning", place, `${shown} is no policy variable: its key has no prefix`, fix);
    return;
  }
  const service = serviceOfKey(subject, key);
  if (!key.toLowerCase().startsWith("aws:") && service === undefined) return;
  const slashAt = key.indexOf("/");
  const head = slashAt < 0 ? key : key.slice(0, slashAt + 1);
  const names = service?.keys.filter(({ name }) => !/[$<]/.test(name)).map(({ name }) => name) ?? globalKeyNames();
  const family = globalKey(`${key.replace(/\/$/, "")}/tag`);
  const meant = family === undefined ? closestName(head, names) : `${family.name}key`;
  const tag = family === undefined && meant?.endsWith("/") === true && slashAt >= 0 ? key.slice(slashAt + 1) : "";
  // AWS has keys that are younger than the table.
  if (meant === undefined && service === undefined) return;
  const cause = `${shown} is never filled in: no request has the key`;
  advise(subject, "LINT-VARIABLE", "warning", place, cause, meant && `write \`\${${meant}${tag}}\``);
}
