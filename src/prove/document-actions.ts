/**
 * One action for each way in which documents tell actions apart: names of the catalogue, names that only a document has, and names that
 * nobody has invented yet, found service by service. What one document tells is found once.
 */
import type { ActionIndex } from "../audit/action-index.js";
import { actionGlob, anyText, type Glob, globHolds } from "../globs/glob.js";
import { globsMeet } from "../globs/glob-pairs.js";
import { findText, type TextSet } from "../globs/solve-text.js";
import { textsOfLists } from "../globs/texts-apart.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import type { PolicyDocument } from "../policy/document/document.js";
import { lowerAscii } from "../text/fold.js";

/** With more ways to tell unnamed actions apart, what is asked of them is `unknown`. */
const mostInvented = 2_000;
/** Steps for the unnamed actions of some documents. */
const mostWork = 2_000_000;
/** So much text of answers about unnamed actions is kept, in UTF-16 units. */
const mostKept = 8_000_000;

/** An action element that is about some actions and not about others. */
interface Element {
  readonly literals: ReadonlySet<string>;
  /** Its patterns with wildcards in the name, by their service; those with wildcards in the service under the empty text. */
  readonly globs: ReadonlyMap<string, readonly Glob[]>;
}

/** What tells the unnamed actions of one service apart. */
interface Part {
  readonly id: string;
  /** By the places of the elements. */
  readonly lists: ReadonlyMap<number, readonly Glob[]>;
}

/** How one document tells actions apart. */
interface Telling {
  readonly elements: readonly Element[];
  /** The catalogue's names that it lists, as their places there, in the order in which the document comes to them. */
  readonly places: Int32Array;
  /** The class of each of those, from 1 on; all others are in class 0. */
  readonly classes: Int32Array;
  readonly classCount: number;
  /** Names that it has and the catalogue has not. */
  readonly strange: readonly string[];
  readonly parts: ReadonlyMap<string, Part>;
}

/** What was found of the unnamed actions of one service. */
interface Found {
  /** Undefined where there are too many, or the work was not enough. */
  readonly texts: readonly string[] | undefined;
  readonly price: number;
}

const noPart: Part = { id: "", lists: new Map() };
/** Under it stand patterns that are of no one service. */
const anyService = "";

/** The actions of documents. */
export class DocumentActions {
  private readonly tellings = new WeakMap<PolicyDocument, Telling>();
  private readonly found = new Map<string, Found>();
  private kept = 0;
  /** The catalogue's names by their places, in lower case. */
  private readonly names: readonly string[];
  private readonly placeOf: ReadonlyMap<string, number>;
  /** The places of what a pattern matches, by the names that `ActionIndex.matching` gives for it. */
  private readonly placesOf = new WeakMap<readonly string[], Int32Array>();
  /** A number for each name, 0 between two uses: as many as documents are looked at together. */
  private readonly numbers: Int32Array[] = [];

  /** `index`: of no set, with the catalogue's names. */
  constructor(private readonly index: ActionIndex) {
    this.names = [...index.names.keys()];
    this.placeOf = new Map(this.names.map((name, place) => [name, place]));
  }

  /** One action of some patterns for each way in which documents tell actions apart; undefined if there are too many. */
  of(documents: readonly PolicyDocument[], patterns: readonly string[]): readonly string[] | undefined {
    const tellings = documents.map((one) => this.tellingOf(one));
    const asked = [...new Set(patterns.map(lowerAscii))];
    const actions = this.listed(tellings, asked);
    const strange = this.strange(tellings, asked);
    const invented = this.invented(tellings, asked, new Set(strange));
    if (invented === undefined) return undefined;
    const unlisted = new Map<string, string>();
    for (const name of [...strange, ...invented]) {
      const id = tellings
        .map(({ elements }) => elements.map((one) => (isOf(one, name) ? "1" : "0")).join(""))
        .join(" ");
      if (!unlisted.has(id)) unlisted.set(id, name);
    }
    return unlisted.size > mostInvented ? undefined : [...actions, ...unlisted.values()];
  }

  /** Names of the catalogue, one for each way to tell them apart. */
  private listed(tellings: readonly Telling[], asked: readonly string[]): readonly string[] {
    const { names } = this;
    const isAll = asked.some(isAllStars);
    const wanted = isAll ? undefined : new Set(asked.flatMap((pattern) => [...this.placesMatching(pattern)]));
    const classesAt = tellings.map(({ places, classes }, index) => {
      const numbers = this.numbersFor(index);
      for (let at = 0; at < places.length; at++) numbers[places[at] ?? 0] = classes[at] ?? 0;
      return numbers;
    });
    const counts = tellings.map(({ classCount }) => classCount);
    const found = new Map<number, number>();
    const look = (place: number): void => {
      let id = 0;
      for (let index = 0; index < counts.length; index++) {
        id = id * (counts[index] ?? 0) + (classesAt[index]?.[place] ?? 0);
      }
      if (!found.has(id)) found.set(id, place);
    };
    for (const { places } of tellings) for (const place of places) if (wanted?.has(place) !== false) look(place);
    // One that no document comes to.
    for (const place of wanted ?? names.keys()) {
      if (classesAt.some((numbers) => numbers[place] !== 0)) continue;
      look(place);
      break;
    }
    for (const [index, { places }] of tellings.entries()) {
      const numbers = this.numbersFor(index);
      for (const place of places) numbers[place] = 0;
    }
    return [...found.values()].map((place) => this.index.names.get(names[place] ?? "") ?? "");
  }

  private numbersFor(index: number): Int32Array {
    const numbers = this.numbers[index] ?? new Int32Array(this.names.length);
    this.numbers[index] = numbers;
    return numbers;
  }

  /** Names that a document or a question has, and the catalogue has not. */
  private strange(tellings: readonly Telling[], asked: readonly string[]): readonly string[] {
    const named = asked.filter((text) => isName(text) && !this.index.names.has(text));
    const globs = asked.map(actionGlob);
    const isAsked = (name: string): boolean => globs.some((glob) => globHolds(glob, name));
    return [...new Set([...tellings.flatMap(({ strange }) => strange.filter(isAsked)), ...named])];
  }

  /** Names that nobody has, at least one for each way to tell them apart. */
  private invented(
    tellings: readonly Telling[],
    asked: readonly string[],
    strange: ReadonlySet<string>,
  ): readonly string[] | undefined {
    const wild = asked.filter(hasWildcard).map(actionGlob);
    if (wild.length === 0) return [];
    const services = new Set(tellings.flatMap(({ parts }) => [...parts.keys()]));
    services.delete(anyService);
    const everywhere = tellings.map(({ parts }) => parts.get(anyService) ?? noPart);
    const names: string[] = [];
    let work = mostWork;
    const add = (among: TextSet, parts: readonly Part[]): boolean => {
      const { texts, price } = this.textsOf(among, parts, strange);
      work -= price;
      if (texts === undefined || work < 0) return false;
      names.push(...texts);
      return true;
    };
    for (const service of services) {
      const own = actionGlob(`${service}:*`);
      const meeting = wild.filter((glob) => globsMeet(glob, own));
      if (meeting.length === 0) continue;
      const inside = meeting.includes(anyText) ? [[own]] : [[own], meeting];
      const parts = tellings.map((telling) => telling.parts.get(service) ?? noPart);
      if (!add({ inside, outside: [] }, [...parts, ...everywhere])) return undefined;
    }
    const others = wild.includes(anyText) ? [[anyAction]] : [[anyAction], wild];
    const outside = [...services].map((service) => actionGlob(`${service}:*`));
    return add({ inside: others, outside }, everywhere) ? names : undefined;
  }

  private textsOf(among: TextSet, parts: readonly Part[], strange: ReadonlySet<string>): Found {
    const start = `${among.inside.map(idsOf).join("&")}-${idsOf(among.outside)}`;
    // What is taken may be all that a pattern matches.
    const taken = [...strange].filter((name) =>
      among.inside.every((list) => list.some((glob) => globHolds(glob, name))),
    );
    const id = `${start} ${parts.map((part) => part.id).join("|")} ${taken.join(" ")}`;
    const known = this.found.get(id);
    if (known !== undefined) return known;
    const work = { left: mostWork };
    const lists = parts.flatMap((part) => [...part.lists.values()]);
    const texts = textsOfLists(among, lists, (set) => this.freeName(set, strange, work));
    const isWhole = work.left >= 0 && texts.length <= mostInvented;
    const found = { texts: isWhole ? texts : undefined, price: mostWork - work.left };
    this.kept += id.length + texts.join("").length;
    if (this.kept > mostKept) {
      this.found.clear();
      this.kept = id.length;
    }
    this.found.set(id, found);
    return found;
  }

  /** A name of a set that nobody has; undefined if there is none, or the work is used up. */
  private freeName(
    { inside, outside }: TextSet,
    strange: ReadonlySet<string>,
    work: { left: number },
  ): string | undefined {
    const taken: Glob[] = [];
    for (;;) {
      work.left -= 20;
      const found = work.left < 0 ? "unknown" : findText({ inside, outside: [...outside, ...taken] }, work);
      if (found === "unknown") work.left = -1;
      if (typeof found === "string") return undefined;
      const { text } = found;
      if (isName(text) && !this.index.names.has(text) && !strange.has(text)) return text;
      taken.push(actionGlob(text));
    }
  }

  private tellingOf(document: PolicyDocument): Telling {
    let found = this.tellings.get(document);
    if (found === undefined) {
      found = this.findTelling(document);
      this.tellings.set(document, found);
    }
    return found;
  }

  /** Where the names are that a pattern matches. */
  private placesMatching(pattern: string): Int32Array {
    const names = this.index.matching(pattern);
    let found = this.placesOf.get(names);
    if (found === undefined) {
      found = Int32Array.from(names, (name) => this.placeOf.get(name) ?? 0);
      this.placesOf.set(names, found);
    }
    return found;
  }

  private findTelling({ statements }: PolicyDocument): Telling {
    const lists = new Map<string, readonly string[]>();
    for (const { action } of statements) {
      const folded = [...new Set(action.patterns.map(lowerAscii))];
      if (!folded.some(isAllStars)) lists.set(folded.join("\n"), folded);
    }
    const classAt = this.numbersFor(0);
    const places: number[] = [];
    let last = 0;
    for (const patterns of lists.values()) {
      // A class that was made for this list is not parted by it once more.
      const lastBefore = last;
      const moved: number[] = [];
      for (const pattern of patterns) {
        for (const place of this.placesMatching(pattern)) {
          const from = classAt[place] ?? 0;
          if (from > lastBefore) continue;
          if (from === 0) places.push(place);
          moved[from] ??= ++last;
          classAt[place] = moved[from];
        }
      }
    }
    const classes = Int32Array.from(places, (place) => classAt[place] ?? 0);
    for (const place of places) classAt[place] = 0;
    const elements = [...lists.values()].map(elementOf);
    const literals = new Set(elements.flatMap((one) => [...one.literals]));
    const strange = [...literals].filter((name) => isName(name) && !this.index.names.has(name));
    return {
      elements,
      places: Int32Array.from(places),
      classes,
      classCount: last + 1,
      strange,
      parts: partsOf(elements),
    };
  }
}

const anyAction = actionGlob("*:*");

function elementOf(patterns: readonly string[]): Element {
  const globs = new Map<string, Glob[]>();
  for (const pattern of patterns.filter(hasWildcard)) {
    const glob = actionGlob(pattern);
    const colonAt = glob.prefix.indexOf(":");
    const service = colonAt < 0 ? anyService : glob.prefix.slice(0, colonAt);
    const own = globs.get(service);
    if (own === undefined) globs.set(service, [glob]);
    else own.push(glob);
  }
  return { literals: new Set(patterns.filter((pattern) => !hasWildcard(pattern))), globs };
}

function partsOf(elements: readonly Element[]): ReadonlyMap<string, Part> {
  const lists = new Map<string, Map<number, readonly Glob[]>>();
  for (const [place, { globs }] of elements.entries()) {
    for (const [service, list] of globs) {
      const own = lists.get(service) ?? new Map<number, readonly Glob[]>();
      own.set(place, list);
      lists.set(service, own);
    }
  }
  return new Map(
    [...lists].map(([service, own]) => [service, { id: [...own.values()].map(idsOf).join(";"), lists: own }]),
  );
}

function idsOf(globs: readonly Glob[]): string {
  return globs.map(({ id }) => id).join(" ");
}

/** Whether an element lists a name, in lower case. */
function isOf({ literals, globs }: Element, name: string): boolean {
  if (literals.has(name)) return true;
  const holds = (glob: Glob): boolean => globHolds(glob, name);
  const service = name.slice(0, name.indexOf(":"));
  return globs.get(service)?.some(holds) === true || globs.get(anyService)?.some(holds) === true;
}

/** ACT-1. */
function isName(text: string): boolean {
  return /^[^:*?]+:[^:*?]+$/.test(text);
}
