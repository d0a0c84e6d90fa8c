/**
 * Connections that have just been accepted. Who floods is turned away and comes again at once, and each session that is made for him takes
 * a millisecond of everybody's time: while sessions end in floods, newcomers wait a little before they become one.
 */
import type { Server, Socket } from "node:net";
import { goOnReading, holdReading } from "../node-workarounds/stop-reading.js";
import { RateBucket } from "./rate-bucket.js";

/** Sessions that may end in a flood before newcomers wait. */
const FLOODS = { burst: 32, perSecond: 16 };
/** How long newcomers wait then, and for how long after the last flood. */
const WAIT_MS = 100;
const WARY_MS = 2000;

interface Newcomer {
  readonly socket: Socket;
  readonly dueAtMs: number;
}

/** Those of one server, whose own listeners for connections, as many as there are now, are called for them in order. */
export class Newcomers {
  private readonly greet: readonly unknown[];
  /** In the order in which they came. */
  private readonly waiting: Newcomer[] = [];
  private readonly floods = new RateBucket(FLOODS);
  private waryUntilMs = 0;

  constructor(private readonly server: Server) {
    this.greet = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => this.add(socket));
  }

  /** A session has ended in a flood. */
  flooded(): void {
    if (!this.floods.take()) this.waryUntilMs = performance.now() + WARY_MS;
  }

  private add(socket: Socket): void {
    const now = performance.now();
    const waits = now < this.waryUntilMs || this.waiting.length > 0;
    if (!waits || !holdReading(socket)) {
      this.begin(socket);
      return;
    }
    // A reset that nobody hears of would end the process.
    socket.on("error", () => {});
    this.waiting.push({ socket, dueAtMs: now + WAIT_MS });
    if (this.waiting.length === 1) setTimeout(() => this.beginDue(), WAIT_MS);
  }

  private beginDue(): void {
    const now = performance.now();
    let [next] = this.waiting;
    while (next !== undefined && next.dueAtMs <= now) {
      this.waiting.shift();
      goOnReading(next.socket);
      this.begin(next.socket);
      [next] = this.waiting;
    }
    if (next !== undefined) setTimeout(() => this.beginDue(), next.dueAtMs - now);
  }

  private begin(socket: Socket): void {
    // It may have given way to later ones, or left.
    if (socket.destroyed) return;
    for (const listener of this.greet) if (listener instanceof Function) Reflect.apply(listener, this.server, [socket]);
  }
}
