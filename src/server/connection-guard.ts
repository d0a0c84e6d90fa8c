/**
 * Watches the connections of an HTTP/2 server: counts them, ends those that flood it with control frames, and resets calls
 * whose request does not arrive in time. Sees frames, no messages.
 */
import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { ArrivingMessages } from "./arriving-messages.js";
import { DeadSessions } from "./dead-sessions.js";

/** What a connection may do. */
export interface ConnectionLimits {
  /** Open connections; further ones are closed as they come. */
  readonly maxConnections: number;
  /** Calls that are open on all connections together; further ones are refused. */
  readonly maxOpenCalls: number;
  /** How long the request of a call may take to arrive. */
  readonly requestTimeoutMs: number;
  /** Bytes that messages may hold together before they have arrived whole. */
  readonly maxArrivingBytes: number;
  /** Paths of methods that stream in either direction, whose calls may stay open. */
  readonly streamPaths: ReadonlySet<string>;
}

/** What a guard has turned away, for metrics. */
export interface GuardCounts {
  refusedConnections: number;
  floodedConnections: number;
  /** Calls beyond the number that may be open. */
  refusedCalls: number;
  timedOutCalls: number;
  /** Calls that were reset because the parts of messages held too much memory. */
  crowdedOutCalls: number;
}

// Clients of fast networks ping once a round trip to measure the bandwidth; a flood is a hundred times that.
const PINGS = { burst: 10_000, perSecond: 2000 };
// A client sends its settings once, and perhaps changes its mind.
const SETTINGS = { burst: 100, perSecond: 10 };
const MAX_SWEEP_MS = 1000;
/** How long a caller may keep its half of a call open after the server has ended its own. */
const LEAVE_MS = 500;
/** How many request timeouts a call may last in all: then its answer is not being taken. */
const LONGEST_CALL = 6;

/** The guard of one listener. */
export class ConnectionGuard {
  readonly counts: GuardCounts = {
    refusedConnections: 0,
    floodedConnections: 0,
    refusedCalls: 0,
    timedOutCalls: 0,
    crowdedOutCalls: 0,
  };
  private openCalls = 0;
  /** Connections that have not become sessions yet count as well: a client may never say anything. */
  private readonly sockets = new Set<Socket>();
  /** Calls whose requests may not have arrived, by age, oldest first. */
  private readonly calls = new Map<ServerHttp2Stream, number>();
  /** Calls whose requests have arrived, that is to say few: most calls are over before anyone looks. */
  private readonly answering = new Map<ServerHttp2Stream, number>();
  /** Calls that the server has ended, whose callers have not said that they are done. */
  private readonly ended = new Map<ServerHttp2Stream, number>();
  private readonly arriving: ArrivingMessages;
  private readonly dead = new DeadSessions();
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly limits: ConnectionLimits) {
    this.arriving = new ArrivingMessages(limits.maxArrivingBytes, () => void this.counts.crowdedOutCalls++);
    const everyMs = Math.max(1, Math.min(MAX_SWEEP_MS, limits.requestTimeoutMs / 4));
    this.sweeper = setInterval(() => this.sweep(), everyMs);
    this.sweeper.unref();
  }

  /** Watches a server from its first connection on. */
  watch(server: Http2Server): void {
    server.maxConnections = this.limits.maxConnections;
    server.on("drop", () => void this.counts.refusedConnections++);
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    server.on("session", (session) => this.watchSession(session));
    server.on("stream", (stream, headers) => {
      if (this.openCalls >= this.limits.maxOpenCalls) {
        this.counts.refusedCalls++;
        // What is refused this way was not begun: clients may ask again at once.
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      this.openCalls++;
      this.arriving.watch(stream);
      if (!this.limits.streamPaths.has(headers[":path"] ?? "")) this.calls.set(stream, performance.now());
      stream.once("finish", () => {
        if (!hasArrived(stream)) this.ended.set(stream, performance.now());
      });
      stream.once("close", () => {
        this.openCalls--;
        this.calls.delete(stream);
        this.ended.delete(stream);
        this.arriving.forget(stream);
      });
    });
  }

  /** How many connections are open. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Ends the watch, and connections that are left. */
  close(): void {
    clearInterval(this.sweeper);
    for (const socket of this.sockets) socket.destroy();
  }

  private watchSession(session: ServerHttp2Session): void {
    this.dead.watch(session);
    const end = (): void => {
      this.counts.floodedConnections++;
      if (!session.destroyed) session.destroy(new Error("flood"), constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    session.on("ping", bucket(PINGS, end));
    session.on("remoteSettings", bucket(SETTINGS, end));
  }

  private sweep(): void {
    const now = performance.now();
    this.dead.sweep(now);
    const { requestTimeoutMs } = this.limits;
    for (const [stream, endedAt] of this.ended) {
      if (now - endedAt < LEAVE_MS) break;
      this.ended.delete(stream);
      // Its status has long been sent: this only tells the caller to send nothing more.
      if (!stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
    }
    for (const [stream, startedAt] of this.answering) {
      if (stream.destroyed) this.answering.delete(stream);
      else if (now - startedAt > LONGEST_CALL * requestTimeoutMs) this.reset(stream);
    }
    for (const [stream, startedAt] of this.calls) {
      if (now - startedAt < requestTimeoutMs) return;
      this.calls.delete(stream);
      if (stream.destroyed) continue;
      if (hasArrived(stream)) this.answering.set(stream, startedAt);
      else this.reset(stream);
    }
  }

  private reset(stream: ServerHttp2Stream): void {
    this.answering.delete(stream);
    this.counts.timedOutCalls++;
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

/** A stream whose other half is closed has sent everything. */
function hasArrived(stream: ServerHttp2Stream): boolean {
  return stream.state.remoteClose === 1 || stream.readableEnded;
}

/** Calls back when more came than a rate and a burst allow. */
function bucket({ burst, perSecond }: typeof PINGS, overflow: () => void): () => void {
  let left = burst;
  let at = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - at) / 1000) * perSecond) - 1;
    at = now;
    if (left < 0) overflow();
  };
}
