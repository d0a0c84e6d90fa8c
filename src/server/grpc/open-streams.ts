/** The streams of a listener that are open, and what is remembered of each while it is. Knows no limits. */
import type { ServerHttp2Stream } from "node:http2";
import type { ConnectionShare } from "./connection-share.js";

/** What a guard knows about methods that are not simple calls behind the gate. */
export interface MethodKind {
  /** Whether its calls may stay open: messages stream in either direction. */
  readonly streams: boolean;
  /** Whether callers send as many messages as they like. */
  readonly takesMessages: boolean;
  /** Whether no gate is before it. */
  readonly isOpenToAll: boolean;
}

/** A stream that is open. */
export class OpenStream {
  /** Negative once it was removed. */
  place = 0;
  /** When somebody first looked at it: most are closed before anyone does. */
  seenAtMs: number | undefined;
  /** When the server was first seen to have ended it. */
  endedAtMs: number | undefined;
  /** When its answer was first seen to be there, not taken. */
  untakenSinceMs: number | undefined;

  constructor(
    readonly stream: ServerHttp2Stream,
    readonly share: ConnectionShare,
    readonly kind: MethodKind | undefined,
  ) {}

  /** Whether the caller has sent everything. */
  get hasArrived(): boolean {
    // Asking for the state is a call into nghttp2.
    return this.stream.readableEnded || this.stream.state.remoteClose === 1;
  }

  /** Whether nothing is being decided for it, as far as can be told at no cost. */
  get isIdle(): boolean {
    return this.kind?.streams === true || !this.stream.readableEnded;
  }

  /** Whether an answer waits for its caller. */
  get isUntaken(): boolean {
    const { stream } = this;
    return stream.writableLength > 0 || (stream.writableEnded && !stream.writableFinished);
  }
}

/**
 * All of them, in no order. A list with places that are used again, because a Map whose keys come and go makes a table of its own
 * every few dozen of them, and in V8 each table holds the next one: once one has grown old, all that was in the later ones grows old
 * with it, and collecting it took a quarter of the time of a call (Node 20).
 */
export class OpenStreams {
  private readonly list: OpenStream[] = [];

  /** How many there are. */
  get count(): number {
    return this.list.length;
  }

  add(opened: OpenStream): void {
    opened.place = this.list.length;
    this.list.push(opened);
  }

  /** Gives false if it was removed before. INVARIANT: it was added. */
  remove(opened: OpenStream): boolean {
    const { place } = opened;
    if (place < 0) return false;
    opened.place = -1;
    const last = this.list.pop();
    if (last === undefined || last === opened) return true;
    this.list[place] = last;
    last.place = place;
    return true;
  }

  /** All of them; any may be removed meanwhile. */
  all(): readonly OpenStream[] {
    return [...this.list];
  }
}
