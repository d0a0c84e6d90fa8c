/** The streams of a listener that are open, and what is remembered of each while it is. Knows no limits. */
import type { ServerHttp2Stream } from "node:http2";

/** A stream that is open. */
export class OpenStream {
  place = 0;
  /** When somebody first looked at it: most are closed before anyone does. */
  seenAtMs: number | undefined;
  /** When the server was first seen to have ended it. */
  endedAtMs: number | undefined;

  constructor(
    readonly stream: ServerHttp2Stream,
    /** It belongs to a method that streams. */
    readonly mayStayOpen: boolean,
  ) {}

  /** Whether the caller has sent everything. */
  get hasArrived(): boolean {
    // Asking for the state is a call into nghttp2.
    return this.stream.readableEnded || this.stream.state.remoteClose === 1;
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

  /** INVARIANT: it was added and not removed since. */
  remove({ place }: OpenStream): void {
    const last = this.list.pop();
    if (last === undefined || last.place === place) return;
    this.list[place] = last;
    last.place = place;
  }

  /** All of them; any may be removed meanwhile. */
  all(): readonly OpenStream[] {
    return [...this.list];
  }
}
