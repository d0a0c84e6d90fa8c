/**
 * Globs over UTF-16 units (STR-4), the one form in which every text test of a policy becomes comparable: action, resource, String, ARN,
 * Bool and Binary tests. Variables are replaced before; what is left is units and wildcards.
 */
import { isAllStars, splitArnFields } from "../policy/document/arn.js";
import type { DocumentVersion } from "../policy/document/document.js";
import { plainTokens, resourceTokens } from "../policy/document/pattern-cover.js";
import { parseTemplate, type TemplatePart } from "../policy/document/template.js";
import type { GlobToken } from "../policy/document/token-relations.js";
import { lowerAscii, lowerCaseUnit } from "../text/fold.js";

/** A set of texts: all that the places spell. */
export interface Glob {
  /** Equal globs have equal numbers. */
  readonly id: number;
  readonly places: readonly GlobToken[];
  /** Before the first wildcard; the empty text where a folded place comes first. */
  readonly prefix: string;
  /** After the last wildcard; likewise. */
  readonly suffix: string;
  /** What it spells between its stars, where each of them takes whatever comes and there is no other wildcard. */
  readonly between: readonly string[] | undefined;
}

/**
 * What a variable is in a region: its text, a list, which has no value and takes no default (VAR-9), open (the key of the variable,
 * folded), or undefined where the key is missing (VAR-5).
 */
export type VariableValue = { readonly text: string } | { readonly list: true } | { readonly open: string } | undefined;

/** Resolves a variable; the default of VAR-6 is applied by whoever builds a glob. */
export type VariableLookup = (key: string) => VariableValue;

/**
 * A text with variables as a glob; `nothing` if a variable has no value (VAR-5, VAR-7); else the open keys if some are open, with the text
 * as it is told: what is known stands in it.
 */
export type Resolved =
  | { readonly glob: Glob }
  | { readonly nothing: true }
  | { readonly open: readonly string[]; readonly told: string };

const star: GlobToken = { kind: "star", crossing: true };

/** The text and nothing else. */
export function literalGlob(text: string): Glob {
  return globOf(unitsOf(text));
}

/** Every text whose lower case is that of the text, unit by unit. */
export function foldedGlob(text: string): Glob {
  return globOf(text.split("").map((unit) => ({ kind: "folded", text: unit.toLowerCase() })));
}

/** The texts below a prefix. */
export function prefixGlob(prefix: string): Glob {
  return globOf([...unitsOf(prefix), star]);
}

const mostGlobs = 200_000;
const interned = new Map<string, Glob>();
/** What patterns without variables spell, by how they are read: every world asks again. */
const plain = new Map<string, Resolved>();
let count = 0;

/** A glob of places; the same one for the same places. */
export function globOf(places: readonly GlobToken[]): Glob {
  let key = "";
  for (const place of places) {
    if (place.kind === "char") key += place.text;
    else key += `\\${kindMarks[place.kind]}${"text" in place ? place.text : place.crossing ? "+" : "-"}`;
    if (place.kind === "char" && place.text === "\\") key += "\\";
  }
  const known = interned.get(key);
  if (known !== undefined) return known;
  const first = places.findIndex(({ kind }) => kind !== "char");
  const last = places.findLastIndex(({ kind }) => kind !== "char");
  const text = (from: number, to: number): string =>
    places
      .slice(from, to)
      .map((place) => (place.kind === "char" ? place.text : ""))
      .join("");
  const glob = {
    id: ++count,
    places,
    prefix: text(0, first < 0 ? places.length : first),
    suffix: text(last + 1, places.length),
    between:
      isAnything(places[first]) && isAnything(places[last]) ? spelledBetween(places.slice(first + 1, last)) : undefined,
  };
  if (interned.size >= mostGlobs) {
    interned.clear();
    plain.clear();
  }
  interned.set(key, glob);
  return glob;
}

/** The texts between stars; undefined where another wildcard is among them. */
function spelledBetween(places: readonly GlobToken[]): readonly string[] | undefined {
  const texts = [""];
  for (const place of places) {
    if (place.kind === "char") texts.push((texts.pop() ?? "") + place.text);
    else if (isAnything(place)) texts.push("");
    else return undefined;
  }
  return texts.filter((text) => text !== "");
}

const kindMarks = { variable: "v", folded: "f", one: "?", star: "*" } as const;

const tellings = new WeakMap<Glob, string>();

/** The glob as a pattern of a 2012-10-17 document. */
export function tellGlob(glob: Glob): string {
  let told = tellings.get(glob);
  if (told === undefined) {
    told = tellPlaces(glob.places);
    tellings.set(glob, told);
  }
  return told;
}

function tellPlaces(places: readonly GlobToken[]): string {
  return places
    .map((place) => {
      if (place.kind === "star") return "*";
      if (place.kind === "one") return "?";
      return place.text === "*" || place.text === "?" ? `\${${place.text}}` : place.text;
    })
    .join("")
    .replaceAll(/\$\{(?![*?$]\})/g, "${$}{");
}

/** Whether a glob holds one text alone. */
export function isLiteral({ places, prefix }: Glob): boolean {
  return prefix.length === places.length;
}

/** Every text. */
export const anyText: Glob = globOf([star]);

/** Every ARN: `arn`, five colons, anything (RES-3, ARN-3). */
export const anyArn: Glob = globOf([...unitsOf("arn"), ...Array.from({ length: 5 }, () => [unitOf(":"), star]).flat()]);

/** A value of StringLike (STR-3). */
export function likeGlob(value: string, version: DocumentVersion, lookup: VariableLookup): Resolved {
  return resolve(parseTemplate(value, version), lookup, plainTokens);
}

/** A value of StringEquals, whose wildcards are ordinary characters (STR-2). */
export function equalGlob(value: string, version: DocumentVersion, lookup: VariableLookup): Resolved {
  return resolve(parseTemplate(value, version), lookup, unitsOf);
}

/** Reads a pattern, once if it has no variables. `how`: what else the result depends on. */
function readOnce(pattern: string, how: string, read: () => Resolved): Resolved {
  if (pattern.includes("$")) return read();
  const key = `${how} ${pattern}`;
  let found = plain.get(key);
  if (found === undefined) {
    found = read();
    if (plain.size >= mostGlobs) plain.clear();
    plain.set(key, found);
  }
  return found;
}

/** A value of ARN operators (ARN-2, ARN-4, ARN-5); the sixth field takes the colons that are left. */
export function arnGlob(value: string, version: DocumentVersion, lookup: VariableLookup): Resolved {
  return readOnce(value, "arn", () => readArn(value, version, lookup));
}

function readArn(value: string, version: DocumentVersion, lookup: VariableLookup): Resolved {
  if (isAllStars(value)) return { glob: anyArn };
  let field = 0;
  const resolved = resolve(
    parseTemplate(value, version),
    lookup,
    (text) =>
      text.split("").map((unit): GlobToken => {
        if (unit === ":" && field < 5) field++;
        const crossing = field === 5;
        if (unit === "*") return { kind: "star", crossing };
        return unit === "?" ? { kind: "one", crossing } : unitOf(unit);
      }),
    // What is substituted splits no fields (ARN-4), and no field but the sixth holds a colon.
    (text) => (field < 5 && text.includes(":") ? undefined : unitsOf(text)),
  );
  if (!("glob" in resolved) || field === 5) return resolved;
  if (!value.endsWith("*")) return { nothing: true };
  const missing = Array.from({ length: 5 - field }, (_, index): GlobToken[] => [
    unitOf(":"),
    { kind: "star", crossing: field + index === 4 },
  ]);
  return { glob: globOf([...resolved.glob.places, ...missing.flat()]) };
}

/** A resource pattern that is not all stars (RES-5 to RES-7, VAR-11); `padded` as in policies of a requester. */
export function resourceGlob(
  pattern: string,
  version: DocumentVersion,
  padded: boolean,
  lookup: VariableLookup,
): Resolved {
  return readOnce(pattern, padded ? "padded" : "exact", () => readResource(pattern, version, padded, lookup));
}

/** All that a resource pattern matches, whatever its variables hold: undefined if it matches nothing. */
export function widestResourceGlob(pattern: string, version: DocumentVersion, padded: boolean): Glob | undefined {
  const tokens = resourceTokens(pattern, version, padded);
  return tokens && globOf(tokens.map((token) => (token.kind === "variable" ? star : token)));
}

function readResource(pattern: string, version: DocumentVersion, padded: boolean, lookup: VariableLookup): Resolved {
  const fields = [...splitArnFields(pattern)];
  // Variables stand in the sixth field alone (VAR-11), under their names as they are written (CTX-11).
  const [rest] = fields.splice(5, 1, "");
  const head = resourceTokens(rest === undefined ? pattern : fields.join(":"), version, padded);
  if (head === undefined) return { nothing: true };
  const places = new Places();
  places.add(head);
  for (const part of parseTemplate(rest ?? "", version)) {
    if (part.kind === "text") places.add(plainTokens(part.text));
    else if (part.kind === "literal") places.add([unitOf(part.text)]);
    else if (!places.addVariable(part.key, part.default, lookup)) return { nothing: true };
  }
  return places.resolved();
}

/** The places of a text with variables, some of them open. */
class Places {
  private readonly places: GlobToken[] = [];
  private readonly open: string[] = [];
  private told = "";

  add(places: readonly GlobToken[]): void {
    // One by one: a call takes no more arguments than fit the stack.
    for (const place of places) this.places.push(place);
  }

  /** False if the variable has no value. */
  addVariable(
    key: string,
    fallback: string | undefined,
    lookup: VariableLookup,
    ofValue: (text: string) => readonly GlobToken[] | undefined = unitsOf,
  ): boolean {
    const value = lookup(key);
    if (value !== undefined && "open" in value) {
      this.open.push(value.open);
      this.told += tellPlaces(this.places);
      this.told += `\${${key}${fallback === undefined ? "" : `, '${fallback}'`}}`;
      this.places.length = 0;
      return true;
    }
    const text = variableText(value, fallback);
    const places = text === undefined ? undefined : ofValue(text);
    if (places === undefined) return false;
    this.add(places);
    return true;
  }

  resolved(): Resolved {
    if (this.open.length === 0) return { glob: globOf(this.places) };
    return { open: [...new Set(this.open)], told: this.told + tellPlaces(this.places) };
  }
}

/** An action pattern over folded action names (ACT-2 to ACT-6): prefix and name are matched apart. */
export function actionGlob(pattern: string): Glob {
  const folded = lowerAscii(pattern);
  if (isAllStars(folded)) return anyText;
  return globOf(plainTokens(folded).map((place) => ("crossing" in place ? { ...place, crossing: false } : place)));
}

/** Whether a glob holds a text. Two pointers do not do where wildcards differ: all places that are reached do (PIT-1). */
export function globHolds({ places, prefix, suffix, between }: Glob, text: string): boolean {
  const end = places.length;
  if (prefix.length === end) return text === prefix;
  if (text.length < prefix.length + suffix.length || !text.startsWith(prefix) || !text.endsWith(suffix)) return false;
  const last = end - suffix.length;
  const until = text.length - suffix.length;
  if (last === prefix.length + 1 && isAnything(places[prefix.length])) return true;
  if (between !== undefined) return holdsBetween(text, between, prefix.length, until);
  const reached = reachedPlaces(end + 1);
  reached.fill(0, prefix.length, last + 1);
  // Places are numbered with the unit that last reached them, one up: nothing is cleared between units.
  let low = prefix.length;
  reached[low] = 1;
  let high = low;
  while (isStar(places[high]) && high < last) reached[++high] = 1;
  for (let unitAt = prefix.length; unitAt < until; unitAt++) {
    const unit = text.charAt(unitAt);
    const now = unitAt - prefix.length + 1;
    let lowest = -1;
    let highest = -1;
    // From the last place back: what is reached now is not taken for what was reached before.
    for (let at = Math.min(high, last - 1); at >= low; at--) {
      if (reached[at] !== now) continue;
      const place = places[at];
      if (place === undefined || !takes(place, unit)) continue;
      let next = place.kind === "star" ? at : at + 1;
      reached[next] = now + 1;
      lowest = next;
      let anythingAt = isAnything(places[next]) ? next : -1;
      while (next < last && isStar(places[next])) {
        reached[++next] = now + 1;
        if (next < last && isAnything(places[next])) anythingAt = next;
      }
      highest = Math.max(highest, next);
      // What the places before such a star spell, the star spells too.
      if (anythingAt >= 0) {
        lowest = anythingAt;
        break;
      }
    }
    if (lowest < 0) return false;
    low = lowest;
    high = highest;
  }
  return reached[last] === until - prefix.length + 1;
}

/** Whether the texts stand behind each other between two places, whatever is around them: the first place of each does. */
function holdsBetween(text: string, between: readonly string[], from: number, until: number): boolean {
  let at = from;
  for (const one of between) {
    const found = text.indexOf(one, at);
    if (found < 0 || found + one.length > until) return false;
    at = found + one.length;
  }
  return true;
}

let buffer = new Uint32Array(256);

function reachedPlaces(count: number): Uint32Array {
  if (buffer.length < count) buffer = new Uint32Array(count * 2);
  return buffer;
}

function isStar(place: GlobToken | undefined): boolean {
  return place?.kind === "star";
}

/** Whether a place is a star that takes whatever comes, colons too. */
export function isAnything(place: GlobToken | undefined): boolean {
  return place?.kind === "star" && place.crossing;
}

/** Whether a place can stand for a unit. */
export function takes(place: GlobToken, unit: string): boolean {
  if (place.kind === "folded") return lowerCaseUnit(unit) === place.text;
  if (place.kind !== "one" && place.kind !== "star") return place.text === unit;
  return place.crossing || unit !== ":";
}

/** Whether a text without case is spelt by units alone, each for itself (STR-1). */
export function foldsByUnit(text: string): boolean {
  return !/[σςΣİ]|\u0307/.test(text) && text.toLowerCase().length === text.length;
}

function resolve(
  parts: readonly TemplatePart[],
  lookup: VariableLookup,
  ofText: (text: string) => readonly GlobToken[],
  ofValue: (text: string) => readonly GlobToken[] | undefined = unitsOf,
): Resolved {
  const places = new Places();
  for (const part of parts) {
    if (part.kind === "text") places.add(ofText(part.text));
    else if (part.kind === "literal") places.add([unitOf(part.text)]);
    else if (!places.addVariable(part.key, part.default, lookup, ofValue)) return { nothing: true };
  }
  return places.resolved();
}

/** Undefined where a variable has no value (VAR-5 to VAR-9). */
function variableText(
  value: Exclude<VariableValue, { readonly open: string }>,
  fallback: string | undefined,
): string | undefined {
  if (value !== undefined && "list" in value) return undefined;
  if (value !== undefined && value.text !== "") return value.text;
  return fallback ?? value?.text;
}

function unitOf(unit: string): GlobToken {
  return { kind: "char", text: unit };
}

function unitsOf(text: string): GlobToken[] {
  return text.split("").map(unitOf);
}
