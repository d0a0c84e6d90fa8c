/** Some names of actions in order, and how lists of patterns part them: what the patterns match is found once. */
import { actionGlob, globHolds } from "../globs/glob.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { lowerAscii } from "../text/fold.js";

const mostPatterns = 20_000;

/** Names of which is known what patterns match, all in lower case. */
export interface KnownNames {
  readonly names: { readonly has: (name: string) => boolean };
  readonly matching: (pattern: string) => readonly string[];
}

/** Names that are parted again and again. */
export class NameTable {
  private readonly names: readonly string[];
  private readonly places = new Map<string, number>();
  /** Of names that are not known. */
  private readonly strange: number[] = [];
  private readonly matches = new Map<string, readonly number[]>();
  private readonly start: Int32Array;
  private readonly started: number;
  private readonly isStarted: ReadonlySet<string>;
  /** Of each name the last list that matched it. */
  private readonly marks: Int32Array;
  private mark = 0;

  /**
   * `isListed` and the lists of patterns in `always` part the names for everybody. `listedCount`: the names are all that are known, in
   * lower case, and so many of them, which come first, are listed.
   */
  constructor(
    names: readonly string[],
    isListed: (name: string) => boolean,
    always: Iterable<readonly string[]>,
    private readonly known: KnownNames,
    listedCount?: number,
  ) {
    this.names = listedCount === undefined ? names.map(lowerAscii) : names;
    this.marks = new Int32Array(names.length);
    const labels = new Int32Array(names.length).fill(1, 0, listedCount ?? 0);
    for (const [place, name] of this.names.entries()) {
      this.places.set(name, place);
      if (listedCount === undefined && !known.names.has(name)) this.strange.push(place);
      if (place >= (listedCount ?? 0) && isListed(name)) labels[place] = 1;
    }
    const seen = new Set<string>();
    this.started = this.part(labels, 2, always, seen);
    this.start = labels;
    this.isStarted = seen;
  }

  /** The places of names in groups that no list tells apart, in order. */
  groups(lists: Iterable<readonly string[]>): readonly (readonly number[])[] {
    const labels = this.start.slice();
    this.part(labels, this.started, lists, new Set(this.isStarted));
    const groups = new Map<number, number[]>();
    for (let place = 0; place < labels.length; place++) {
      const label = labels[place] ?? 0;
      const group = groups.get(label);
      if (group === undefined) groups.set(label, [place]);
      else group.push(place);
    }
    return [...groups.values()];
  }

  /** Gives names that a list parts from their like another label, and returns the next free one. */
  private part(labels: Int32Array, from: number, lists: Iterable<readonly string[]>, seen: Set<string>): number {
    let next = from;
    for (const patterns of lists) {
      if (patterns.some(isAllStars)) continue;
      const id = patterns.join("\n");
      if (seen.has(id)) continue;
      seen.add(id);
      const mark = ++this.mark;
      const moved = new Map<number, number>();
      for (const pattern of patterns) {
        for (const place of this.matching(lowerAscii(pattern))) {
          if (this.marks[place] === mark) continue;
          this.marks[place] = mark;
          const label = labels[place] ?? 0;
          const to = moved.get(label) ?? next++;
          moved.set(label, to);
          labels[place] = to;
        }
      }
    }
    return next;
  }

  private matching(pattern: string): readonly number[] {
    if (!hasWildcard(pattern)) {
      const place = this.places.get(pattern);
      return place === undefined ? [] : [place];
    }
    let found = this.matches.get(pattern);
    if (found === undefined) {
      const glob = actionGlob(pattern);
      found = [
        ...this.known.matching(pattern).flatMap((name) => this.places.get(name) ?? []),
        ...this.strange.filter((place) => globHolds(glob, this.names[place] ?? "")),
      ];
      if (this.matches.size >= mostPatterns) this.matches.clear();
      this.matches.set(pattern, found);
    }
    return found;
  }
}
