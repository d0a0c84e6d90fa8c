/** Who used which action last, how often, and what somebody did for the first time. */
import { compareUtf8 } from "../../text/compare-texts.js";
import type { Use } from "./use.js";

/** The uses of one action by one principal. */
export interface LastAccess {
  readonly principal: string;
  readonly service: string;
  readonly action: string | null;
  readonly lastUsed: string;
  readonly count: number;
  readonly allowed: number;
  readonly denied: number;
}

/** Something unusual: done for the first time, or refused again and again. */
export type Unusual =
  | {
      readonly principal: string;
      readonly firstSeen: "principal" | "action" | "network" | "hour";
      readonly value: string;
      readonly time: string;
      readonly event: string;
    }
  | {
      readonly principal: string;
      readonly burst: { readonly from: string; readonly to: string; readonly denied: number };
      readonly events: readonly string[];
    };

interface Counts {
  readonly service: string;
  readonly action: string | null;
  lastUsed: string;
  allowed: number;
  denied: number;
  first: First;
}

interface First {
  readonly time: string;
  readonly event: string;
}

/** What one principal did. */
interface Done {
  first: First;
  /** By action, and by service in front of a line feed where no action is known. */
  readonly actions: Map<string, Counts>;
  readonly networks: Map<string, First>;
  readonly hours: Map<string, First>;
  readonly denials: First[];
}

/** So many denials of one principal within so many milliseconds are a burst. */
const BURST_COUNT = 5;
const BURST_MS = 10 * 60_000;
/** Denials of one principal that are kept for bursts; of more the later ones are counted only. */
const MOST_DENIALS = 100_000;

/** Counts uses in any order. */
export class AccessTally {
  private readonly byPrincipal = new Map<string, Done>();
  /** Of all uses, as times. */
  first: string | undefined;
  last: string | undefined;
  /** Categories of events, as far as records tell them. */
  readonly categories = new Set<string>();

  /** Counts a use. */
  add(use: Use): void {
    const { principal, service, action, allowed, time, id } = use;
    if (this.first === undefined || time < this.first) this.first = time;
    if (this.last === undefined || time > this.last) this.last = time;
    if (use.category !== undefined) this.categories.add(use.category);
    let done = this.byPrincipal.get(principal);
    if (done === undefined) {
      const first = { time, event: id };
      done = { first, actions: new Map(), networks: new Map(), hours: new Map(), denials: [] };
      this.byPrincipal.set(principal, done);
    } else if (time < done.first.time) done.first = { time, event: id };
    const name = action ?? `${service}\n`;
    let counts = done.actions.get(name);
    if (counts === undefined) {
      counts = { service, action, lastUsed: "", allowed: 0, denied: 0, first: { time, event: id } };
      done.actions.set(name, counts);
    } else if (time < counts.first.time) counts.first = { time, event: id };
    counts[allowed ? "allowed" : "denied"]++;
    if (time > counts.lastUsed) counts.lastUsed = time;
    const { network } = use;
    if (network !== undefined) noteFirst(done.networks, network, time, id);
    noteFirst(done.hours, time.slice(11, 13), time, id);
    if (!allowed && done.denials.length < MOST_DENIALS) done.denials.push({ time, event: id });
  }

  /** A line for each principal and action, sorted. */
  *lines(): Generator<LastAccess> {
    for (const principal of [...this.byPrincipal.keys()].sort(compareUtf8)) {
      const actions = [...(this.byPrincipal.get(principal)?.actions.values() ?? [])];
      const key = ({ service, action }: Counts): string => `${service}\n${action ?? ""}`;
      for (const counts of actions.sort((left, right) => compareUtf8(key(left), key(right))))
        yield lineOf(principal, counts);
    }
  }

  /** The uses of an action by a principal; names of actions ignore case (ACT-2). */
  of(principal: string, action: string): LastAccess | undefined {
    const counts = this.byPrincipal.get(principal)?.actions.get(action);
    return counts && lineOf(principal, counts);
  }

  /** What happened for the first time at or after a time, and bursts of denials since, sorted by principal. */
  *unusualSince(since: string): Generator<Unusual> {
    for (const principal of [...this.byPrincipal.keys()].sort(compareUtf8)) {
      const done = this.byPrincipal.get(principal);
      if (done === undefined) continue;
      const isNew = done.first.time >= since;
      const byAction = [...done.actions.values()].flatMap(({ action, first }) =>
        action === null ? [] : [[action, first] as const],
      );
      const found = [
        ...firstsSince("action", byAction, since),
        // Whatever somebody new does is done for the first time.
        ...(isNew
          ? []
          : firstsSince(
              "hour",
              [...done.hours].map(([hour, first]) => [`${hour}:00`, first]),
              since,
            )),
        ...(isNew ? [] : firstsSince("network", done.networks, since)),
        ...firstsSince("principal", [[principal, done.first]], since),
      ];
      for (const one of found) yield { principal, ...one };
      yield* this.bursts(principal, since);
    }
  }

  private *bursts(principal: string, since: string): Generator<Unusual> {
    const list = (this.byPrincipal.get(principal)?.denials ?? [])
      .filter(({ time }) => time >= since)
      .sort((left, right) => compareUtf8(left.time, right.time));
    let start = 0;
    while (start < list.length) {
      let end = start + 1;
      while (end < list.length && isNear(list[end - 1], list[end])) end++;
      const [from, to] = [list[start], list[end - 1]];
      if (end - start >= BURST_COUNT && from !== undefined && to !== undefined) {
        const events = list.slice(start, end).map(({ event }) => event);
        yield { principal, burst: { from: from.time, to: to.time, denied: end - start }, events };
      }
      start = end;
    }
  }
}

function lineOf(principal: string, { service, action, lastUsed, allowed, denied }: Counts): LastAccess {
  return { principal, service, action, lastUsed, count: allowed + denied, allowed, denied };
}

function noteFirst(firsts: Map<string, First>, value: string, time: string, event: string): void {
  const known = firsts.get(value);
  if (known === undefined || time < known.time) firsts.set(value, { time, event });
}

function firstsSince(
  firstSeen: "principal" | "action" | "network" | "hour",
  firsts: Iterable<readonly [string, First]>,
  since: string,
): readonly Omit<Extract<Unusual, { readonly firstSeen: unknown }>, "principal">[] {
  return [...firsts]
    .filter(([, { time }]) => time >= since)
    .sort(([left], [right]) => compareUtf8(left, right))
    .map(([value, { time, event }]) => ({ firstSeen, value, time, event }));
}

/** Denials that follow one another as closely as those of a burst do on average. */
function isNear(earlier: First | undefined, later: First | undefined): boolean {
  return Date.parse(later?.time ?? "") - Date.parse(earlier?.time ?? "") <= BURST_MS / BURST_COUNT;
}
