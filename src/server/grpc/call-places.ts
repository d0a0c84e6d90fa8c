/**
 * Who gives way where the places of a listener are taken: whoever was never let in before whoever was, who has most before who has
 * less, the oldest first, and only calls for which nothing is being decided.
 */
import type { ConnectionShare } from "./connection-share.js";
import type { OpenStream } from "./open-streams.js";

/** Looking through all calls takes a millisecond where there are many: it should free more than one place. */
const AT_ONCE = 16;

/** The calls that make room for one more on a connection; none where all others have a better right to their places. */
export function givingWay(all: readonly OpenStream[], newcomer: ConnectionShare): readonly OpenStream[] {
  const idle = new Map<ConnectionShare, OpenStream[]>();
  for (const opened of all) {
    if (!opened.isIdle) continue;
    const own = idle.get(opened.share);
    if (own === undefined) idle.set(opened.share, [opened]);
    else own.push(opened);
  }
  let biggest: ConnectionShare | undefined;
  for (const share of idle.keys()) if (biggest === undefined || comesBefore(share, biggest)) biggest = share;
  if (biggest === undefined) return [];
  const strangerGivesWay = !biggest.isKnown && newcomer.isKnown;
  if (biggest !== newcomer && !strangerGivesWay && biggest.open <= newcomer.open + 1) return [];
  const most = Math.min(AT_ONCE, Math.max(1, (biggest.open - newcomer.open) >> 1));
  return [...(idle.get(biggest) ?? [])].sort((left, right) => idOf(left) - idOf(right)).slice(0, most);
}

/** Streams that are open to everyone. */
export interface OpenToAllLimits {
  /** At once on a connection. */
  readonly perConnection: number;
  /** At once on all connections whose callers were never let in. */
  readonly strangers: number;
}

/** The stream that makes room for one more of those that are open to everyone, if one has to. */
export function strangerGivingWay(
  streams: Iterable<OpenStream>,
  { strangers }: OpenToAllLimits,
): OpenStream | undefined {
  let count = 0;
  let first: OpenStream | undefined;
  for (const opened of streams) {
    if (opened.share.isKnown) continue;
    count++;
    if (first === undefined || opened.share.openToAll > first.share.openToAll) first = opened;
  }
  return count >= strangers ? first : undefined;
}

function comesBefore(left: ConnectionShare, right: ConnectionShare): boolean {
  return left.isKnown === right.isKnown ? left.open > right.open : !left.isKnown;
}

/** Later streams of a connection have higher numbers. */
function idOf({ stream }: OpenStream): number {
  return stream.id ?? 0;
}
