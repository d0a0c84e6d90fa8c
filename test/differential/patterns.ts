// Patterns made out of the very texts that they will meet: some match, many nearly match. Every pattern is one that a
// strict validator accepts (RES-7, RES-16, VAR-2, VAR-12, ARN-5).
import { coversSixFields, isAllStars, looksLikeArnPattern, splitArnFields } from "../../src/policy/document/arn.js";
import { parseTemplate, type TemplateProblem } from "../../src/policy/document/template.js";
import type { Random } from "../kit/random.js";
import { spoil, swapAsciiCase } from "./targets.js";
import { generateText, otherCase } from "./world.js";

/** What patterns may draw on besides the text they are made of. */
export interface PatternSource {
  /** The condition keys of the request, with their values. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The document has policy variables (DOC-4). */
  readonly hasVariables: boolean;
}

/** A pattern of Action or NotAction (section 4). */
export function generateActionPattern(random: Random, action: string): string {
  const [prefix = "s3", name = "Get"] = /^[^:]+:[^:]+$/.test(action) ? action.split(":") : [];
  const pattern = random.weighted<() => string>([
    [10, () => random.pick(["*", "*", "**"])],
    [20, () => `${prefix}:*`],
    [25, () => action],
    [25, () => `${prefix}:${globOf(random, name, "")}`],
    [5, () => `${globOf(random, prefix, "")}:${globOf(random, name, "")}`],
    [
      10,
      () =>
        `${prefix}:${random.pick(["Get*", "*Object", "Assume*", "?ecrypt", "Read", "Send*", "*Role", "PutObject"])}`,
    ],
    [3, () => `${random.pick(["s3express", "sqs", "s3", "sts"])}:${name}`],
    [2, () => `${prefix}:${random.pick(["$" + "{aws:username}", "a b", "Get.bject", "[G]etObject"])}`],
  ])();
  const text = random.chance(0.15) ? swapAsciiCase(random, pattern) : pattern;
  const [first = "", second = "", ...more] = text.split(":");
  return isAllStars(text) || (first !== "" && second !== "" && more.length === 0) ? text : "*";
}

/** A pattern of Resource or NotResource; `padded` types take incomplete ARNs (section 5). */
export function generateResourcePattern(
  random: Random,
  resource: string,
  source: PatternSource,
  padded: boolean,
): string {
  const base = resource === "*" ? "arn:aws:s3:::depot/x" : resource;
  if (random.chance(resource === "*" ? 0.6 : 0.12)) return random.pick(["*", "*", "*", "**", "***"]);
  if (random.chance(0.02)) return random.pick(["?*", "*?*", "a*", "???*", "arn*", "*:*", "?rn:*", "arn:*:*:*:*:*"]);
  const fields = base.startsWith("arn:") ? [...splitArnFields(base)] : ["arn", "aws", "s3", "", "", "depot"];
  const early = fields
    .slice(0, 5)
    .map((field, index) => (random.chance(index === 0 ? 0.03 : 0.16) ? fieldGlob(random, field) : field));
  const last = random.chance(0.25) ? (fields[5] ?? "") : templateOf(random, fields[5] ?? "", source);
  const whole = [...early, last];
  const cut = random.chance(0.12) ? random.between(1, 5) : 6;
  let pattern = whole.slice(0, cut).join(":");
  if (random.chance(0.04)) pattern = pattern.replace(/:[^:]*:/, random.pick(["*:", ":*", "*", ":**:"]));
  if (cut < 6 && (!padded || random.chance(0.5)) && !pattern.endsWith("*")) pattern += "*";
  return isResourcePattern(pattern, source.hasVariables, padded) ? pattern : random.chance(0.5) ? "*" : "arn:*";
}

/** A value for StringLike, or for any operator that takes variables (section 9). */
export function templateOf(random: Random, text: string, source: PatternSource): string {
  const made = random.weighted<() => string>([
    [40, () => globOf(random, text, "*?")],
    [25, () => (source.hasVariables ? withVariable(random, text, source) : text)],
    [15, () => (source.hasVariables ? withEscapes(random, text) : globOf(random, text, "*?"))],
    [8, () => spoil(random, text)],
    [4, () => otherCase(random, text)],
    [4, () => `${text}${random.pick(["*", "?", "**", "*?"])}`],
    [4, () => generateText(random)],
  ])();
  return isTemplate(made, source.hasVariables) ? made : "*";
}

/** A value for ARN operators (section 8.7). */
export function generateArnValue(random: Random, text: string, source: PatternSource): string {
  if (random.chance(0.06)) return random.pick(["*", "**", "arn:*", "arn:aws:*"]);
  const whole = source.hasVariables && random.chance(0.08) ? withVariable(random, text, source) : "";
  if (whole !== "" && isArnValue(whole, true)) return whole;
  const fields = [...splitArnFields(text.startsWith("arn:") ? text : "arn:aws:s3:::depot/x")];
  const made = fields.map((field, index) => {
    if (random.chance(0.7)) return field;
    return index === 5 || random.chance(0.2) ? templateOf(random, field, source) : fieldGlob(random, field);
  });
  let value = made.join(":");
  if (random.chance(0.06)) value = `${made.slice(0, random.between(1, 5)).join(":")}*`;
  if (random.chance(0.03)) value = value.replace(/:[^:]*:/, random.pick(["*:", "*"]));
  return isArnValue(value, source.hasVariables) ? value : "arn:*";
}

/** Tells whether a text is a template without mistakes (VAR-2, VAR-6, VAR-12). */
export function isTemplate(text: string, hasVariables: boolean): boolean {
  const problems: TemplateProblem[] = [];
  parseTemplate(text, hasVariables ? "2012-10-17" : "2008-10-17", problems);
  return problems.length === 0;
}

function isResourcePattern(pattern: string, hasVariables: boolean, padded: boolean): boolean {
  if (isAllStars(pattern)) return true;
  const last = splitArnFields(pattern)[5] ?? "";
  if (hasVariables && pattern.slice(0, pattern.length - last.length).includes("$" + "{")) return false;
  if (!isTemplate(last, hasVariables) || !looksLikeArnPattern(pattern)) return false;
  return padded || coversSixFields(pattern);
}

/** Short patterns are accepted: most match nothing (ARN-5). */
function isArnValue(value: string, hasVariables: boolean): boolean {
  return isTemplate(value, hasVariables);
}

/** A field of an ARN with wildcards, which may run on if a star ends it (RES-5, RES-6). */
function fieldGlob(random: Random, field: string): string {
  // Fields of ARNs in conditions may hold any text, but half a character is none.
  const at = /[^ -~]/.test(field) ? field.length : random.below(field.length + 1);
  return random.pick([
    () => "*",
    () => "*",
    () => "**",
    () => `${field.slice(0, at)}*`,
    () => `${field.slice(0, at)}*${field.slice(at + random.below(3))}`,
    () => `*${field.slice(at)}`,
    () => `${field.slice(0, at)}?${field.slice(at + 1)}`,
    () => `${field}*`,
    () => `${field}?`,
    () => "",
  ])();
}

/** The text with pieces of it replaced by wildcards; `keeps` names those characters that stay as they are. */
function globOf(random: Random, text: string, keeps: string): string {
  let characters = Array.from(text);
  for (let count = random.between(0, 3); count > 0; count--) {
    const at = random.below(characters.length + 1);
    const length = random.below(Math.min(4, characters.length - at + 1));
    const inserted = random.weighted([
      [6, ["*"]],
      [4, Array.from({ length }, () => "?")],
      [1, ["*", "*"]],
      [1, ["*", "?"]],
      [1, ["?"]],
    ]);
    if (keeps !== "" && random.chance(0.05)) continue;
    characters = [...characters.slice(0, at), ...inserted, ...characters.slice(at + length)];
  }
  return characters.join("");
}

/** `${*}`, `${?}` and `${$}` for characters that would mean something (VAR-8). */
function withEscapes(random: Random, text: string): string {
  const characters = Array.from(text);
  const at = random.below(characters.length + 1);
  const escaped = characters.map((character) =>
    character === "*" || character === "?" || character === "$" ? `$\{${character}}` : character,
  );
  if (random.chance(0.3)) escaped.splice(at, 1, random.pick(["$" + "{*}", "$" + "{?}", "$" + "{$}", "*"]));
  return escaped.join("");
}

/** The text with a piece replaced by a variable: one whose value is that piece, where there is one. */
function withVariable(random: Random, text: string, { values }: PatternSource): string {
  const keys = [...values.keys()].filter((key) => !/[\s,${}'*?]/.test(key) && key !== "");
  const fitting = keys.filter((key) => {
    const [value = "", ...more] = values.get(key) ?? [];
    return more.length === 0 && value !== "" && text.includes(value);
  });
  const several = keys.filter(
    (key) => (values.get(key) ?? []).length > 1 && text.includes(values.get(key)?.[0] ?? " "),
  );
  const empty = keys.filter((key) => values.get(key)?.join("\n") === "");
  const name = random.weighted<() => string>([
    [fitting.length > 0 ? 12 : 0, () => random.pick(fitting)],
    [empty.length > 0 ? 5 : 0, () => random.pick(empty)],
    [several.length > 0 ? 4 : 0, () => random.pick(several)],
    [keys.length > 0 ? 3 : 0, () => random.pick(keys)],
    [
      2,
      () => random.pick(["aws:username", "aws:PrincipalTag/team", "own:missing", "aws:userid", "aws:ResourceTag/Team"]),
    ],
  ])();
  const value =
    (values.get(name) ?? [])[0] ??
    Array.from(text)
      .slice(random.below(text.length + 1))
      .join("");
  const written = random.chance(0.2) ? otherCase(random, name) : name;
  // A key whose value is empty has its default too (VAR-6).
  const piece = value === "" ? Array.from(text).slice(random.below(3)).join("") : value;
  const fallback = random.pick([piece, piece, "", "blue", "*", "a,b"]).replace(/['}]/g, "");
  const variable = random.chance(value === "" ? 0.7 : 0.35)
    ? `$\{${written}${random.pick([", ", ",", ",  "])}'${fallback}'}`
    : `$\{${written}}`;
  if (value === "" && piece !== "" && random.chance(0.7)) {
    return `${text.slice(0, text.length - piece.length)}${variable}`;
  }
  const at = value === "" ? -1 : text.indexOf(value);
  if (at < 0) return random.pick([variable, `${text}${variable}`, `${variable}${text}`, `${variable}*`]);
  return `${text.slice(0, at)}${variable}${text.slice(at + value.length)}${random.chance(0.15) ? "*" : ""}`;
}
