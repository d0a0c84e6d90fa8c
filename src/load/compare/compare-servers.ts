/**
 * Two servers under the same traffic: equal rates in open loops, in turns of half a second. By the latency of a call, its p99, and, where
 * both run on this machine, the processor time of the server's main thread a call.
 */
import { arrivalsAt } from "../driver/arrivals.js";
import { type LoadClock, realClock } from "../driver/clock.js";
import { drive } from "../driver/drive.js";
import type { ThreadTime } from "../driver/machine-signals.js";
import type { LoadTarget } from "../driver/target.js";
import { settledRate } from "../measure/settled-rate.js";
import { type Judgement, judgePairs, type PairingTerms, type Slice } from "./paired.js";

/** A server. */
export interface ComparedServer {
  readonly target: LoadTarget;
  /** What its main thread had so far. */
  readonly time: () => ThreadTime | undefined;
}

/** How servers are compared. */
export interface ServersTerms extends PairingTerms {
  /** Calls a second; undefined: seven tenths of what the slower one has with sixteen callers, since at capacity queues are compared. */
  readonly rate: number | undefined;
  readonly arrivals: "poisson" | "uniform";
  readonly seed: string;
  readonly mostInFlight: number;
  /** Hears of every slice. */
  readonly onSlice?: (slices: number) => void;
}

/** What came of it. */
export interface ComparedServers {
  readonly judged: readonly Judgement[];
  /** What was compared, in the order of `judged`. */
  readonly kinds: readonly string[];
  readonly rate: number;
  /** Calls that failed, of both. */
  readonly failed: number;
}

const usualShare = 0.7;
const sliceMs = 500;
/** A p99 of fewer calls is one of them. */
const leastCalls = 1000;
const drainMs = 1000;

/** Compares. Throws where nothing is answered. */
export async function compareServers(
  old: ComparedServer,
  next: ComparedServer,
  terms: ServersTerms,
  clock: LoadClock = realClock,
): Promise<ComparedServers> {
  const { onSlice = () => {} } = terms;
  const rate = terms.rate ?? usualShare * (await slowerRate([old, next], clock));
  if (!(rate > 0)) throw new Error("nothing was answered");
  const durationMs = Math.max(sliceMs, (leastCalls / rate) * 1000);
  const knowsTime = old.time() !== undefined && next.time() !== undefined;
  let slices = 0;
  let failed = 0;
  const measure = async (server: ComparedServer): Promise<Slice> => {
    const { arrivals, seed, mostInFlight } = terms;
    // Of a pair both sides have the same gaps.
    const gaps = arrivalsAt(arrivals, rate, `${seed} ${slices >> 1}`);
    const before = server.time();
    const loop = { kind: "open", arrivals: gaps, mostInFlight } as const;
    const { tally } = await drive(server.target, clock, { loop, durationMs, drainMs });
    const used = (server.time()?.cpuS ?? 0) - (before?.cpuS ?? 0);
    failed += tally.errorCount + tally.skipped + tally.unfinished;
    onSlice(++slices);
    const latency = [tally.latency.quantile(0.5), tally.latency.quantile(0.99)];
    return (knowsTime ? [...latency, used / Math.max(1, tally.sent)] : latency).map((one) => Math.max(one, 1e-9));
  };
  for (const server of [old, next]) await measure(server);
  slices = 0;
  failed = 0;
  const judged = await judgePairs((side) => measure(side === "old" ? old : next), terms);
  const kinds = ["latency of a call", "p99 of a call", ...(knowsTime ? ["processor time of a call"] : [])];
  return { judged, kinds, rate, failed };
}

async function slowerRate(servers: readonly ComparedServer[], clock: LoadClock): Promise<number> {
  const rates: number[] = [];
  for (const { target } of servers) {
    rates.push(await settledRate(target, { warmUpMs: 0, drainMs }, clock));
  }
  return Math.min(...rates);
}
