/**
 * Connections that have just been accepted. The system hands over all that are waiting in one turn of the event loop, some hundred in a
 * flood, and a session for each takes tens of milliseconds: a few become sessions in a turn, and where sessions end in floods, later.
 */
import type { Server, Socket } from "node:net";
import { goOnReading, holdReading } from "../node-workarounds/stop-reading.js";
import { RateBucket } from "./rate-bucket.js";

/** About a millisecond or two. */
const SESSIONS_A_TURN = 8;
/** Sessions that may end in a flood before newcomers wait. */
const FLOODS = { burst: 32, perSecond: 16 };
/** How long newcomers wait then, and for how long after the last flood: who floods, comes again at once. */
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
  private greeted = 0;
  private isGoingOn = false;
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
    const isWary = now < this.waryUntilMs;
    const isFree = !isWary && this.waiting.length === 0 && this.greeted < SESSIONS_A_TURN;
    if (isFree || !holdReading(socket)) this.begin(socket);
    else {
      // A reset that nobody hears of would end the process.
      socket.on("error", () => {});
      this.waiting.push({ socket, dueAtMs: isWary ? now + WAIT_MS : now });
    }
    this.goOn();
  }

  private begin(socket: Socket): void {
    this.greeted++;
    // It may have given way to later ones, or left.
    if (socket.destroyed) return;
    for (const listener of this.greet) if (listener instanceof Function) Reflect.apply(listener, this.server, [socket]);
  }

  /** Sees to it that there is a next turn while there is something to do in it. */
  private goOn(): void {
    if (this.isGoingOn) return;
    const [next] = this.waiting;
    if (next === undefined && this.greeted === 0) return;
    this.isGoingOn = true;
    const waitMs = this.greeted > 0 || next === undefined ? 0 : next.dueAtMs - performance.now();
    if (waitMs > 0) setTimeout(() => this.turn(), waitMs);
    else setImmediate(() => this.turn());
  }

  private turn(): void {
    this.isGoingOn = false;
    this.greeted = 0;
    const now = performance.now();
    let [next] = this.waiting;
    while (next !== undefined && next.dueAtMs <= now && this.greeted < SESSIONS_A_TURN) {
      this.waiting.shift();
      goOnReading(next.socket);
      this.begin(next.socket);
      [next] = this.waiting;
    }
    this.goOn();
  }
}
