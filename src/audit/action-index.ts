/**
 * The actions that a policy set and the catalogue name, and for a pattern names that nobody has invented yet: one for each way in which
 * the set's action elements can tell them apart.
 */
import { actionGlob, type Glob, globHolds, literalGlob } from "../classes/glob.js";
import { findText, type TextSet, type Work } from "../classes/solve-text.js";
import { textsApart } from "../classes/texts-apart.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { awsServiceRules } from "../policy/service-rules.js";
import { lowerAscii } from "../text/fold.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";

const anyAction = actionGlob("*:*");

/** With more ways to tell unnamed actions apart, what is asked of them is `unknown`. */
const mostInvented = 2_000;

/** The actions of a set. */
export class ActionIndex {
  /** Names by their lower case, as the catalogue spells them, else as the set does. */
  readonly names: ReadonlyMap<string, string>;
  /** The distinct patterns with wildcards of the set's statements, as they are spelled there, but those of stars alone. */
  readonly patterns: readonly string[];
  private readonly namesByPrefix = new Map<string, string[]>();
  private readonly matches = new Map<string, readonly string[]>();
  private readonly inventions = new Map<string, readonly string[] | undefined>();
  private readonly isAws: boolean;

  constructor(
    set: PolicySet,
    private readonly catalogue: Catalogue | undefined,
  ) {
    this.isAws = set.profile === "aws";
    const names = new Map<string, string>();
    const patterns = new Map<string, string>();
    for (const prefix of catalogue?.prefixes ?? []) {
      for (const [name, action] of catalogue?.service(prefix)?.actions ?? []) {
        names.set(`${prefix}:${name}`, `${prefix}:${action.name}`);
      }
    }
    for (const pattern of actionPatterns(set)) {
      const folded = lowerAscii(pattern);
      const known = patterns.get(folded);
      if (isAllStars(pattern)) continue;
      if (hasWildcard(pattern)) patterns.set(folded, known !== undefined && known < pattern ? known : pattern);
      else if (/^[^:]+:[^:]+$/.test(pattern) && !names.has(folded)) names.set(folded, pattern);
    }
    this.names = names;
    this.patterns = [...patterns.values()];
    for (const name of names.keys()) {
      const prefix = name.slice(0, name.indexOf(":") + 1);
      const list = this.namesByPrefix.get(prefix);
      if (list === undefined) this.namesByPrefix.set(prefix, [name]);
      else list.push(name);
    }
  }

  /** The named actions of a region: as they are told, by their lower case. */
  inRegion(patterns: readonly string[]): ReadonlyMap<string, string> {
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
    return actionIn(this.catalogue, action)?.accessLevel ?? null;
  }

  /**
   * Names in groups that statements and rules of AWS cannot tell apart. `elements`: the patterns of the action elements that matter,
   * one list an element.
   */
  alike(names: readonly string[], elements: Iterable<readonly string[]>): readonly (readonly string[])[] {
    const wanted = new Map<string, number[]>(names.map((name) => [lowerAscii(name), []]));
    let mark = 0;
    const put = (patterns: readonly string[]): void => {
      mark++;
      for (const pattern of patterns) {
        for (const name of this.among(pattern, wanted)) {
          const marks = wanted.get(name);
          if (marks !== undefined && marks.at(-1) !== mark) marks.push(mark);
        }
      }
    };
    const seen = new Set<string>();
    for (const patterns of elements) {
      const id = patterns.join("\n");
      if (seen.has(id)) continue;
      seen.add(id);
      put(patterns);
    }
    for (const { actions } of awsServiceRules) put(actions);
    put(["sts:*"]);
    const groups = new Map<string, string[]>();
    for (const name of names) {
      const id = `${actionIn(this.catalogue, name) !== undefined} ${(wanted.get(lowerAscii(name)) ?? []).join()}`;
      const group = groups.get(id);
      if (group === undefined) groups.set(id, [name]);
      else group.push(name);
    }
    return [...groups.values()];
  }

  /** Names that a pattern matches, of some; invented ones too. */
  private among(pattern: string, wanted: ReadonlyMap<string, unknown>): Iterable<string> {
    const folded = lowerAscii(pattern);
    if (isAllStars(folded)) return wanted.keys();
    if (!hasWildcard(folded)) return [folded];
    const known = this.matching(folded);
    const glob = actionGlob(folded);
    if (wanted.size < known.length) return [...wanted.keys()].filter((name) => globHolds(glob, name));
    const strange = [...wanted.keys()].filter((name) => !this.names.has(name) && globHolds(glob, name));
    return strange.length === 0 ? known : [...known, ...strange];
  }

  /**
   * Names that neither the set nor the catalogue has: in a pattern and the region, one for each way in which some patterns can match
   * them together. Undefined if there are too many ways.
   */
  invented(pattern: string, region: readonly string[], telling: readonly string[]): readonly string[] | undefined {
    const folded = [lowerAscii(pattern), region.map(lowerAscii), telling.map(lowerAscii)] as const;
    const id = JSON.stringify(folded);
    if (!this.inventions.has(id)) {
      const start = [[anyAction], [actionGlob(folded[0])], folded[1].map(actionGlob)];
      // Trust policies see actions of sts only (SVC-4).
      const globs = [...new Set([...folded[2], "sts:*"])].filter(hasWildcard).sort().map(actionGlob);
      const found = this.invent(start, globs);
      this.inventions.set(id, found && [...new Set([...found, ...this.unlisted(start, folded[2])])]);
    }
    return this.inventions.get(id);
  }

  /** What rules and `mandatoryResourcePolicies` name, but neither a statement of the set nor the catalogue. */
  private unlisted(start: readonly (readonly Glob[])[], telling: readonly string[]): readonly string[] {
    const ruled = this.isAws ? awsServiceRules.flatMap(({ actions }) => actions.map(lowerAscii)) : [];
    return [...ruled, ...telling].filter(
      (name) =>
        !hasWildcard(name) &&
        !this.names.has(name) &&
        start.every((globs) => globs.some((glob) => globHolds(glob, name))),
    );
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

/** Every pattern of an action element. */
function* actionPatterns(set: PolicySet): Generator<string> {
  for (const { action } of attachedStatements(set)) yield* action.patterns;
}
