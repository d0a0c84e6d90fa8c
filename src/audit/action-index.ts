/**
 * The actions that a policy set and the catalogue name, and for a pattern names that nobody has invented yet: one for each way in which
 * the set's action elements can tell them apart.
 */
import { actionGlob, type Glob, globHolds, literalGlob } from "../globs/glob.js";
import { globCovers, globsMeet } from "../globs/glob-pairs.js";
import { findText, type TextSet, type Work } from "../globs/solve-text.js";
import { textsApart } from "../globs/texts-apart.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { awsServiceRules } from "../policy/service-rules.js";
import { compareUtf8, sortedUtf8 } from "../text/compare-texts.js";
import { lowerAscii } from "../text/fold.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";
import { catalogueNames } from "./catalogue-names.js";
import { NameTable } from "./name-table.js";

const anyAction = actionGlob("*:*");

/** So many patterns are kept with what they match. */
const mostMatches = 20_000;

/** So many levels are kept. */
const mostLevels = 100_000;

/** With more ways to tell unnamed actions apart, what is asked of them is `unknown`. */
const mostInvented = 2_000;

/** An action or a pattern of actions that lines are about. */
export interface OrderedAction {
  readonly text: string;
  /** Where it stands among the named actions of its region; undefined for patterns. */
  readonly place: number | undefined;
  /** AWS's level. */
  readonly level: string | null;
}

/** What tells actions apart. */
interface Telling {
  readonly globs: readonly Glob[];
  readonly names: readonly string[];
}

/** The actions of a set. */
export class ActionIndex {
  /** Names by their lower case, as the catalogue spells them, else as the set does. */
  readonly names: ReadonlyMap<string, string>;
  /** The distinct patterns with wildcards of the set's statements, as they are spelled there, but those of stars alone. */
  readonly patterns: readonly string[];
  private readonly namesByPrefix: Map<string, readonly string[]>;
  private readonly matches = new Map<string, readonly string[]>();
  private readonly inventions = new Map<string, readonly string[] | undefined>();
  private readonly isAws: boolean;
  private readonly regions = new WeakMap<readonly string[], ReadonlyMap<string, string>>();
  private readonly orders = new WeakMap<readonly string[], readonly OrderedAction[]>();
  private readonly foldedLists = new WeakMap<ReadonlyMap<string, string>, readonly string[]>();
  private readonly levels = new Map<string, string | null>();
  private readonly tables = new WeakMap<readonly string[], NameTable>();
  private readonly tellings = new WeakMap<readonly string[], Telling>();

  constructor(
    set: PolicySet,
    private readonly catalogue: Catalogue | undefined,
  ) {
    this.isAws = set.profile === "aws";
    const listed = catalogueNames(catalogue);
    const names = new Map(listed.names);
    const patterns = new Map<string, string>();
    for (const pattern of new Set(actionPatterns(set))) {
      const folded = lowerAscii(pattern);
      const known = patterns.get(folded);
      if (isAllStars(pattern)) continue;
      if (hasWildcard(pattern)) patterns.set(folded, known !== undefined && known < pattern ? known : pattern);
      else if (/^[^:]+:[^:]+$/.test(pattern) && !names.has(folded)) names.set(folded, pattern);
    }
    this.names = names;
    this.patterns = [...patterns.values()];
    const own = [...names.keys()].slice(listed.names.size);
    this.namesByPrefix = new Map(listed.byPrefix);
    for (const name of own) {
      const prefix = name.slice(0, name.indexOf(":") + 1);
      this.namesByPrefix.set(prefix, [...(this.namesByPrefix.get(prefix) ?? []), name]);
    }
  }

  /** The named actions of a region: as they are told, by their lower case. */
  inRegion(patterns: readonly string[]): ReadonlyMap<string, string> {
    const found = this.regions.get(patterns) ?? this.findInRegion(patterns);
    this.regions.set(patterns, found);
    return found;
  }

  /** Actions of a region and the patterns of the set, `*` among them, in the order of lines. */
  inOrder(region: readonly string[]): readonly OrderedAction[] {
    let found = this.orders.get(region);
    if (found === undefined) {
      const named = this.inRegion(region);
      found = named === this.names ? this.allInOrder() : this.order([...named.values()], [...this.patterns, "*"]);
      this.orders.set(region, found);
    }
    return found;
  }

  private order(named: readonly string[], patterns: readonly string[], from = 0): readonly OrderedAction[] {
    const places = new Map(named.map((text, place) => [text, from + place]));
    const texts = [...places.keys(), ...patterns.filter((text) => !places.has(text))];
    return sortedUtf8(texts).map((text) => ({ text, place: places.get(text), level: this.accessLevel(text) }));
  }

  /** The catalogue's names stand in order already, and the others go between them. */
  private allInOrder(): readonly OrderedAction[] {
    const { spelled, levels, order } = catalogueNames(this.catalogue);
    const own = [...this.names.values()].slice(spelled.length);
    const all: OrderedAction[] = [];
    let next = 0;
    const addListed = (end: number): void => {
      for (; next < end; next++) {
        const place = order[next] ?? 0;
        all.push({ text: spelled[place] ?? "", place, level: levels[place] ?? null });
      }
    };
    for (const one of this.order(own, [...this.patterns, "*"], spelled.length)) {
      addListed(firstPast(one.text, order, spelled, next));
      all.push(one);
    }
    addListed(order.length);
    return all;
  }

  /** The named actions of a region in lower case, in the order of their places: one list as long as the region is the same. */
  foldedInRegion(region: readonly string[]): readonly string[] {
    const named = this.inRegion(region);
    let found = this.foldedLists.get(named);
    if (found === undefined) {
      found = [...named.keys()];
      this.foldedLists.set(named, found);
    }
    return found;
  }

  private findInRegion(patterns: readonly string[]): ReadonlyMap<string, string> {
    if (patterns.length === 1 && patterns.some(isAllStars)) return this.names;
    const found = new Map<string, string>();
    for (const pattern of patterns) {
      for (const name of this.matching(pattern)) found.set(name, this.names.get(name) ?? name);
      const folded = lowerAscii(pattern);
      if (!hasWildcard(pattern) && !found.has(folded)) found.set(folded, pattern);
    }
    return found;
  }

  /** The names that a pattern matches, in lower case. */
  matching(pattern: string): readonly string[] {
    const folded = lowerAscii(pattern);
    let found = this.matches.get(folded);
    if (found === undefined) {
      found = this.find(folded);
      if (this.matches.size >= mostMatches) this.matches.clear();
      this.matches.set(folded, found);
    }
    return found;
  }

  private find(pattern: string): readonly string[] {
    if (isAllStars(pattern)) return [...this.names.keys()];
    if (!hasWildcard(pattern)) return this.names.has(pattern) ? [pattern] : [];
    const glob = actionGlob(pattern);
    const colonAt = glob.prefix.indexOf(":");
    const among = colonAt < 0 ? this.names.keys() : (this.namesByPrefix.get(glob.prefix.slice(0, colonAt + 1)) ?? []);
    return [...among].filter((name) => globHolds(glob, name));
  }

  /** AWS's level of an action; null where the catalogue does not know it. */
  accessLevel(action: string): string | null {
    let level = this.levels.get(action);
    if (level === undefined) {
      level = actionIn(this.catalogue, action)?.accessLevel ?? null;
      if (this.levels.size >= mostLevels) this.levels.clear();
      this.levels.set(action, level);
    }
    return level;
  }

  /**
   * Names in groups that statements and rules of AWS cannot tell apart. `elements`: the patterns of the action elements that matter,
   * one list an element.
   */
  alike(names: readonly string[], elements: Iterable<readonly string[]>): readonly (readonly string[])[] {
    return this.placesAlike(names, elements).map((places) => places.map((place) => names[place] ?? ""));
  }

  /** Likewise as the places where the names stand. */
  placesAlike(names: readonly string[], elements: Iterable<readonly string[]>): readonly (readonly number[])[] {
    let table = this.tables.get(names);
    if (table === undefined) {
      const always = [...awsServiceRules.map(({ actions }) => actions), ["sts:*"]];
      const listed = catalogueNames(this.catalogue).names;
      const isListed = (name: string): boolean => listed.has(name) || actionIn(this.catalogue, name) !== undefined;
      const isWhole = names === this.foldedLists.get(this.names);
      table = new NameTable(names, isListed, always, this, isWhole ? listed.size : undefined);
      this.tables.set(names, table);
    }
    return table.groups(elements);
  }

  /**
   * Names that neither the set nor the catalogue has: in a pattern and the region, one for each way in which some patterns can match
   * them together. Undefined if there are too many ways.
   */
  invented(pattern: string, region: readonly string[], telling: readonly string[]): readonly string[] | undefined {
    const among = actionGlob(pattern);
    const start = [[anyAction], [among], region.map(actionGlob)];
    const { globs: all, names } = this.tellingOf(telling);
    // What meets no name of the pattern, or all of them, tells none apart.
    const globs = all.filter((glob) => globsMeet(glob, among) && !globCovers(glob, among));
    const unlisted = names.filter((name) => start.every((list) => list.some((glob) => globHolds(glob, name))));
    const id = JSON.stringify([among.id, region, globs.map((glob) => glob.id), unlisted]);
    if (!this.inventions.has(id)) {
      const found = this.invent(start, globs);
      this.inventions.set(id, found && [...new Set([...found, ...unlisted])]);
    }
    return this.inventions.get(id);
  }

  /** What tells actions apart: patterns, sorted, and names that neither a statement of the set nor the catalogue has. */
  private tellingOf(telling: readonly string[]): Telling {
    let found = this.tellings.get(telling);
    if (found === undefined) {
      const folded = [...new Set(telling.map(lowerAscii))];
      const ruled = this.isAws ? awsServiceRules.flatMap(({ actions }) => actions.map(lowerAscii)) : [];
      found = {
        // Trust policies see actions of sts only (SVC-4).
        globs: [...new Set([...folded, "sts:*"])].filter(hasWildcard).sort().map(actionGlob),
        names: [...ruled, ...folded].filter((name) => !hasWildcard(name) && !this.names.has(name)),
      };
      this.tellings.set(telling, found);
    }
    return found;
  }

  private invent(start: readonly (readonly Glob[])[], telling: readonly Glob[]): readonly string[] | undefined {
    const work = { left: 400_000 };
    const found = textsApart(start, telling, (set) => this.inventedName(set, work));
    return work.left > 0 && found.length <= mostInvented ? found : undefined;
  }

  private inventedName({ inside, outside }: TextSet, work: Work): string | undefined {
    const named: Glob[] = [];
    for (;;) {
      work.left -= 20;
      const found = work.left < 0 ? "unknown" : findText({ inside, outside: [...outside, ...named] }, work);
      if (typeof found === "string") return undefined;
      if (!this.names.has(found.text) && /^[^:]+:[^:]+$/.test(found.text)) return found.text;
      named.push(literalGlob(found.text));
    }
  }
}

/** Where a text would stand in an order of texts, from a place of it on. */
function firstPast(text: string, order: readonly number[], texts: readonly string[], from: number): number {
  let [low, high] = [from, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareUtf8(texts[order[middle] ?? 0] ?? "", text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every pattern of an action element. */
function* actionPatterns(set: PolicySet): Generator<string> {
  for (const { action } of attachedStatements(set)) yield* action.patterns;
}
