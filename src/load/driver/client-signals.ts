/**
 * Who holds the rate back: this process, the server, or nobody knows. Out of signals that cost nothing: delay of sends, how busy this thread
 * was, processor time that others took away, the processor time of a server on the same machine, and calls that decide nothing.
 */
import type { DrivenRun } from "./drive.js";
import type { MachineSignals } from "./machine-signals.js";
import type { Tally } from "./tally.js";

/** Who holds the rate back. */
export type Bottleneck = "client" | "server" | "unknown";

/** What this process and the way to a server can do: calls that decide nothing, as many as go. */
export interface Calibration {
  /** Calls a second. */
  readonly rate: number;
  /** How busy this thread was meanwhile. */
  readonly busyShare: number;
}

/** What somebody may read of the bottleneck. */
export interface BottleneckAnswer {
  readonly bottleneck: Bottleneck;
  /** In words. */
  readonly why: string;
}

const full = 0.9;
const serverFull = 0.8;
/** Of processor time: on a processor for two, the one with less waits for the other. */
const clearlyMore = 1.5;
const lagShare = 0.1;
/** Delays below are those of any event loop. */
const leastLagMs = 0.2;
const fewThrottled = 0.02;
const muchWaiting = 0.1;
const muchSteal = 0.02;
const someOthers = 0.1;
const someWaiting = 0.05;

/**
 * Whether others took processor time that this process or the server waited for: what fails meanwhile may hold on a quiet machine. Waiting
 * alone does not say so, since threads of one process wait for each other as well, nor do others on processors that nobody waits for.
 */
export function isDisturbed(signals: MachineSignals): boolean {
  const { clientWait, serverWait } = sharesOf(signals);
  const { othersCpus = 0, stealShare } = signals;
  return stealShare > muchSteal || (othersCpus > someOthers && Math.max(clientWait, serverWait) > someWaiting);
}

/**
 * Answers for one run. `isAtOnce`: deciding and sending share this thread. A server is full if it always has work, whether it gets a
 * processor for it or waits for one. On a processor that both share this process waits as well, but no longer than the server runs: then
 * the server holds the rate back if it takes clearly more. Whoever waited longer was held back by others, and learnt nothing.
 */
export function bottleneckOf(
  run: DrivenRun,
  signals: MachineSignals,
  isAtOnce: boolean,
  calibration: Calibration | undefined,
): BottleneckAnswer {
  const client = (why: string): BottleneckAnswer => ({ bottleneck: "client", why });
  const shares = sharesOf(signals);
  if (isAtOnce) {
    const held = heldBack(run, shares);
    if (held !== undefined) return client(held);
    return run.busyShare > full
      ? { bottleneck: "server", why: `deciding keeps this thread busy for ${percent(run.busyShare)} of the time` }
      : { bottleneck: "unknown", why: "nothing is full" };
  }
  const { server, serverWait } = shares;
  const isServerFull = server !== undefined && server + serverWait > serverFull;
  // Awake between two sends is no work.
  const work = Math.min(run.busyShare, shares.client);
  const isStarved = isServerFull && serverWait > server;
  if (isServerFull && server > clearlyMore * work && heldBack(run, shares, server, isStarved) === undefined)
    return { bottleneck: "server", why: serverText(server, serverWait) };
  const late = heldBack(run, shares, 0, isStarved) ?? lateText(run) ?? nullCallsText(run, calibration);
  if (late !== undefined) return client(late);
  if (server === undefined) return { bottleneck: "unknown", why: "the server's processor time is not known" };
  return isServerFull
    ? { bottleneck: "server", why: serverText(server, serverWait) }
    : {
        bottleneck: "unknown",
        why: `neither is full: this thread ${percent(run.busyShare)}, the server ${percent(server)}`,
      };
}

/** Shares of the elapsed time. */
interface Shares {
  readonly client: number;
  readonly clientWait: number;
  readonly throttled: number;
  readonly server: number | undefined;
  readonly serverWait: number;
}

function sharesOf({
  clientCpuS,
  clientWaitS = 0,
  serverCpuS,
  serverWaitS = 0,
  throttledShare,
  elapsedS,
}: MachineSignals): Shares {
  const share = (seconds: number): number => seconds / Math.max(elapsedS, 1e-9);
  return {
    client: share(clientCpuS),
    clientWait: share(clientWaitS),
    throttled: throttledShare,
    server: serverCpuS === undefined ? undefined : share(serverCpuS),
    serverWait: share(serverWaitS),
  };
}

/**
 * What kept this process from running, in words. `sharing`: the share of the time in which the server may have had its processor.
 * `isStarved`: the server waited for a processor longer than it had one, so that any delay looks small beside its latencies.
 */
function heldBack(
  { busyShare, tally }: DrivenRun,
  { client, clientWait, throttled }: Shares,
  sharing = 0,
  isStarved = false,
): string | undefined {
  if (throttled > fewThrottled)
    return `a control group kept this process from running for ${percent(throttled)} of the time`;
  // A schedule that was kept all the same shows that waiting did no harm.
  const isHarmed =
    tally.lag.summary().count === 0 || isLate(tally) || (isStarved && tally.lag.quantile(0.99) > leastLagMs);
  if (clientWait > sharing + muchWaiting && isHarmed)
    return `this thread waited for a processor for ${percent(clientWait)} of the time`;
  if (busyShare > 0.5 && client < 0.7 * (busyShare - sharing))
    return `this thread had work for ${percent(busyShare)} of the time and got ${percent(client)} of a processor`;
  return undefined;
}

function isLate(tally: Tally): boolean {
  const lag = tally.lag.quantile(0.99);
  return lag > leastLagMs && lag > lagShare * tally.latency.quantile(0.99);
}

/** How this process was late without being kept from running: by its own work. */
function lateText({ busyShare, tally }: DrivenRun): string | undefined {
  if (busyShare > full) return `this thread was busy for ${percent(busyShare)} of the time`;
  if (!isLate(tally)) return undefined;
  const [lag, p99] = [tally.lag.quantile(0.99), tally.latency.quantile(0.99)];
  return `sends were ${lag.toFixed(2)} ms late (p99), of ${p99.toFixed(2)} ms in all`;
}

function nullCallsText({ achieved }: DrivenRun, calibration: Calibration | undefined): string | undefined {
  if (calibration === undefined) return undefined;
  const ceiling = calibration.rate / Math.max(calibration.busyShare, 0.05);
  return achieved * 1.1 > ceiling
    ? `calls that decide nothing come to no more than ${Math.round(ceiling)} a second here`
    : undefined;
}

function serverText(server: number, wait: number): string {
  const waited = wait < muchWaiting ? "" : ` and waited for a processor for ${percent(wait)}`;
  return `the server's main thread was busy for ${percent(server)} of the time${waited}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
