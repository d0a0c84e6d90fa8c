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
  lastUsed: string;
  allowed: number;
  denied: number;
}

interface First {
  readonly time: string;
  readonly event: string;
}

/** So many denials of one principal within so many milliseconds are a burst. */
const BURST_COUNT = 5;
const BURST_MS = 10 * 60_000;
/** Denials of one principal that are kept for bursts; of more the later ones are counted only. */
const MOST_DENIALS = 100_000;

/** Counts uses in any order. */
export class AccessTally {
  private readonly byPrincipal = new Map<string, Map<string, Counts>>();
  private readonly firsts = new Map<string, Map<string, First>>();
  private readonly denials = new Map<string, First[]>();
  /** Of all uses, as times. */
  first: string | undefined;
  last: string | undefined;

  /** Counts a use. */
  add(use: Use): void {
    const { principal, service, action, allowed, time, network, id } = use;
    if (this.first === undefined || time < this.first) this.first = time;
    if (this.last === undefined || time > this.last) this.last = time;
    const actions = this.byPrincipal.get(principal) ?? new Map<string, Counts>();
    this.byPrincipal.set(principal, actions);
    const name = `${service}\n${action ?? ""}`;
    const counts = actions.get(name) ?? { lastUsed: "", allowed: 0, denied: 0 };
    actions.set(name, counts);
    counts[allowed ? "allowed" : "denied"]++;
    if (time > counts.lastUsed) counts.lastUsed = time;
    this.noteFirst(principal, "principal", "", time, id);
    if (action !== null) this.noteFirst(principal, "action", action, time, id);
    if (network !== undefined) this.noteFirst(principal, "network", network, time, id);
    this.noteFirst(principal, "hour", `${time.slice(11, 13)}:00`, time, id);
    if (!allowed) {
      const list = this.denials.get(principal) ?? [];
      this.denials.set(principal, list);
      if (list.length < MOST_DENIALS) list.push({ time, event: id });
    }
  }

  /** A line for each principal and action, sorted. */
  *lines(): Generator<LastAccess> {
    for (const principal of [...this.byPrincipal.keys()].sort(compareUtf8)) {
      const actions = this.byPrincipal.get(principal) ?? new Map<string, Counts>();
      for (const name of [...actions.keys()].sort(compareUtf8)) {
        const [service = "", action = ""] = name.split("\n");
        const { lastUsed, allowed, denied } = actions.get(name) ?? { lastUsed: "", allowed: 0, denied: 0 };
        const count = allowed + denied;
        yield { principal, service, action: action === "" ? null : action, lastUsed, count, allowed, denied };
      }
    }
  }

  /** The uses of an action by a principal; names of actions ignore case (ACT-2). */
  of(principal: string, service: string, action: string): LastAccess | undefined {
    const counts = this.byPrincipal.get(principal)?.get(`${service}\n${action}`);
    if (counts === undefined) return undefined;
    const { lastUsed, allowed, denied } = counts;
    return { principal, service, action, lastUsed, count: allowed + denied, allowed, denied };
  }

  /** What happened for the first time at or after a time, and bursts of denials since, sorted by principal. */
  *unusualSince(since: string): Generator<Unusual> {
    for (const principal of [...this.firsts.keys()].sort(compareUtf8)) {
      const firsts = [...(this.firsts.get(principal) ?? [])].sort(([left], [right]) => compareUtf8(left, right));
      const own = firsts.find(([name]) => name === "principal\n");
      const isNew = own !== undefined && own[1].time >= since;
      for (const [name, { time, event }] of firsts) {
        const [firstSeen = "", value = ""] = name.split("\n");
        // Whatever somebody new does is done for the first time.
        if (time < since || (isNew && firstSeen !== "principal" && firstSeen !== "action")) continue;
        if (firstSeen === "principal") yield { principal, firstSeen, value: principal, time, event };
        else if (firstSeen === "action" || firstSeen === "network" || firstSeen === "hour") {
          yield { principal, firstSeen, value, time, event };
        }
      }
      yield* this.bursts(principal, since);
    }
  }

  private noteFirst(principal: string, kind: string, value: string, time: string, event: string): void {
    const firsts = this.firsts.get(principal) ?? new Map<string, First>();
    this.firsts.set(principal, firsts);
    const name = `${kind}\n${value}`;
    const known = firsts.get(name);
    if (known === undefined || time < known.time) firsts.set(name, { time, event });
  }

  private *bursts(principal: string, since: string): Generator<Unusual> {
    const list = (this.denials.get(principal) ?? [])
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

/** Denials that follow one another as closely as those of a burst do on average. */
function isNear(earlier: First | undefined, later: First | undefined): boolean {
  return Date.parse(later?.time ?? "") - Date.parse(earlier?.time ?? "") <= BURST_MS / BURST_COUNT;
}
