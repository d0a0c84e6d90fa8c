/**
 * What an axis is made of: texts as they are given, and patterns of the policy language over what is known: principals of the directory,
 * actions of the catalogue and of the set, resources of the set. A pattern that finds nothing is refused: it would pass for "nobody may".
 */
import { readFile } from "node:fs/promises";
import { fileFailure } from "../files/file-failure.js";
import { actionGlob, type Glob, globHolds, likeGlob, type Resolved, resourceGlob } from "../globs/glob.js";
import type { PolicySetListing } from "../image/policy-set-listing.js";
import { parseArn } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { parseRequester } from "../policy/requester.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { lowerAscii } from "../text/fold.js";
import { quote } from "../text/quote.js";
import { loadCatalogue, loadWholeCatalogue } from "../validate/catalogue/load-catalogue.js";
import { refusal } from "./matrix-error.js";

/** The values of one axis as somebody gave them: texts, patterns, `@FILE`. */
export interface GivenAxes {
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** Texts, sorted as UTF-8, each once. */
export interface MatrixAxes extends GivenAxes {
  /** Patterns of actions were looked up without a catalogue. */
  readonly isCatalogueMissing: boolean;
  /** Principals that were named and that the directory does not know. */
  readonly unknownPrincipals: readonly string[];
}

/** What patterns range over. */
export interface AxisSources {
  readonly listing: PolicySetListing;
  readonly profile: PolicySet["profile"];
  /** Whoever patterns of principals may mean. */
  readonly principals: readonly string[];
}

/** The axes of a matrix. Rejects with MatrixError, which names the flag. */
export async function readAxes(given: GivenAxes, sources: AxisSources): Promise<MatrixAxes> {
  const principals = new Set<string>();
  const unknown = new Set<string>();
  const directory = new Set(sources.principals);
  for (const value of await valuesOf("--principals", given.principals)) {
    const found = choose(
      "--principals",
      value,
      likeGlob(value, VERSION, noValue),
      sources.principals,
      "principal of the directory",
    );
    for (const text of found) {
      if (parseRequester(text, sources.profile) === undefined) {
        throw refusal(`--principals: ${quote(text)} is no ARN of a principal, no service and not \`anonymous\` (IN-2)`);
      }
      principals.add(text);
      if (!directory.has(text) && isOfDirectory(text, sources)) unknown.add(text);
    }
  }
  const resources = new Set<string>();
  for (const value of await valuesOf("--resources", given.resources)) {
    // By itself it is the request without a resource (RES-1), as everywhere one question is asked.
    const isNone = value === "*";
    const glob = resourceGlob(value, VERSION, false, noValue);
    const found = isNone
      ? [value]
      : choose("--resources", value, glob, sources.listing.resources, "known resource of the set");
    for (const text of found) {
      if (!isNone && parseArn(text) === undefined) {
        throw refusal(`--resources: ${quote(text)} is neither an ARN of six fields nor \`*\` (IN-6)`);
      }
      resources.add(text);
    }
  }
  const actions = await readActions(await valuesOf("--actions", given.actions), sources.listing.actions);
  return {
    principals: sorted(principals),
    actions: sorted(actions.texts),
    resources: sorted(resources),
    isCatalogueMissing: actions.isCatalogueMissing,
    unknownPrincipals: sorted(unknown),
  };
}

const VERSION = "2012-10-17";
const noValue = (): undefined => undefined;

/** Lines of a file count each as a value; blank ones and those that begin with `#` do not. */
async function valuesOf(flag: string, given: readonly string[]): Promise<readonly string[]> {
  const values: string[] = [];
  for (const value of given) {
    if (!value.startsWith("@")) values.push(value);
    else for (const line of await linesOf(flag, value.slice(1))) values.push(line);
  }
  for (const value of values) {
    if (value === "") throw refusal(`${flag}: a text is empty`);
    // Neither the wire nor a file could hold it.
    if (/\p{Surrogate}|\0/u.test(value)) throw refusal(`${flag}: ${quote(value)} is no Unicode text`);
  }
  return values;
}

async function linesOf(flag: string, path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error: unknown) {
    const reason = error instanceof TypeError ? "is not UTF-8" : fileFailure(error);
    throw refusal(`${flag}: ${quote(path)} cannot be read: ${reason}`, error);
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

/** The text itself, or what a pattern finds among the candidates. */
function choose(
  flag: string,
  value: string,
  resolved: Resolved,
  candidates: readonly string[],
  what: string,
): readonly string[] {
  if (!/[*?$]/.test(value)) return [value];
  if (!("glob" in resolved)) throw refusal(`${flag}: ${quote(value)} has a variable, which has no value here`);
  const text = literalText(resolved.glob);
  if (text !== undefined) return [text];
  const found = candidates.filter((candidate) => globHolds(resolved.glob, candidate));
  if (found.length === 0) throw refusal(`${flag}: ${quote(value)} matches no ${what}`);
  return found;
}

/** The one text of a glob without wildcards. */
function literalText({ places }: Glob): string | undefined {
  const units = places.map((place) => (place.kind === "char" ? place.text : undefined));
  return units.includes(undefined) ? undefined : units.join("");
}

/** Whether a directory would have to list it: sessions go by their roles, and services, providers and strangers by themselves. */
function isOfDirectory(text: string, { profile, listing }: AxisSources): boolean {
  const requester = parseRequester(text, profile);
  if (requester === undefined || requester.kind === "anonymous" || requester.kind === "service") return false;
  if (requester.kind !== "session") return true;
  const ending = `/${requester.name}`;
  return !listing.principals.some(
    ({ kind, arn }) => kind === "role" && arn.endsWith(ending) && parseArn(arn)?.account === requester.account,
  );
}

/** Names that differ in case only are one action (ACT-2), spelled as the catalogue does, else as it came first. */
async function readActions(
  values: readonly string[],
  named: readonly string[],
): Promise<{ readonly texts: readonly string[]; readonly isCatalogueMissing: boolean }> {
  const chosen = new Map<string, string>();
  const patterns = values.filter((value) => /[*?]/.test(value));
  const catalogue = patterns.length === 0 ? [] : await catalogueActions(patterns);
  const candidates = new Map<string, string>();
  for (const action of [...(catalogue ?? []), ...named]) {
    const folded = lowerAscii(action);
    if (!candidates.has(folded)) candidates.set(folded, action);
  }
  for (const value of values) {
    if (!/[*?]/.test(value)) {
      if (!/^[^:]+:[^:]+$/.test(value)) {
        throw refusal(`--actions: ${quote(value)} is not of the form \`service:Name\` (ACT-1)`);
      }
      const folded = lowerAscii(value);
      if (!chosen.has(folded)) chosen.set(folded, candidates.get(folded) ?? value);
      continue;
    }
    const glob = actionGlob(value);
    const isAll = glob.places.every(({ kind }) => kind === "star");
    let count = 0;
    for (const [folded, action] of candidates) {
      if (!isAll && !globHolds(glob, folded)) continue;
      chosen.set(folded, action);
      count++;
    }
    const where = catalogue === undefined ? "the set (there is no catalogue)" : "the catalogue or the set";
    if (count === 0) throw refusal(`--actions: ${quote(value)} matches no action of ${where}`);
  }
  return { texts: [...chosen.values()], isCatalogueMissing: catalogue === undefined };
}

/** Every action of the services that patterns may mean; undefined where there is no catalogue. */
async function catalogueActions(patterns: readonly string[]): Promise<readonly string[] | undefined> {
  const prefixes = patterns.map((pattern) => lowerAscii(pattern.split(":")[0] ?? ""));
  const isAny = prefixes.some((prefix) => /[*?]/.test(prefix));
  const catalogue = await (isAny ? loadWholeCatalogue() : loadCatalogue(prefixes));
  if (catalogue === undefined) return undefined;
  const services = isAny ? [...catalogue.prefixes] : [...new Set(prefixes)];
  return services.flatMap((prefix) =>
    [...(catalogue.service(prefix)?.actions.values() ?? [])].map(({ name }) => `${prefix}:${name}`),
  );
}

function sorted(texts: Iterable<string>): readonly string[] {
  return [...texts].sort(compareUtf8);
}
