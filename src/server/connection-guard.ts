/**
 * Watches the connections of an HTTP/2 server: counts them, ends those that flood it with control frames, and resets calls
 * whose request does not arrive in time. Sees frames, no messages.
 */
import { constants, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { ArrivingMessages } from "./arriving-messages.js";
import { DeadSessions } from "./dead-sessions.js";
import { HeaderLitter } from "./header-litter.js";
import { renewStreamTables } from "./http2-insides.js";
import { OpenStream, OpenStreams } from "./open-streams.js";

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
const MAX_SWEEP_MS = 500;
/** How long a caller may keep its half of a call open after the server has ended its own. */
const LEAVE_MS = 500;
/** How many request timeouts a call may last in all: then its answer is not being taken. */
const LONGEST_CALL = 6;
/**
 * A connection's tables of streams are renewed after so many streams at least, and so many for each that is open: a collection of the
 * whole heap makes them old, and what comes after them until they are renewed as well.
 */
const RENEW_AFTER = 64;
const RENEW_AFTER_EACH = 4;

/** The guard of one listener. */
export class ConnectionGuard {
  readonly counts: GuardCounts = {
    refusedConnections: 0,
    floodedConnections: 0,
    refusedCalls: 0,
    timedOutCalls: 0,
    crowdedOutCalls: 0,
  };
  private readonly streams = new OpenStreams();
  private readonly litter = new HeaderLitter();
  /** Connections that have not become sessions yet count as well: a client may never say anything. */
  private readonly sockets = new Set<Socket>();
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
      this.litter.add();
      if (this.streams.count >= this.limits.maxOpenCalls) {
        this.counts.refusedCalls++;
        // What is refused this way was not begun: clients may ask again at once.
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      const opened = new OpenStream(stream, this.limits.streamPaths.has(headers[":path"] ?? ""));
      this.streams.add(opened);
      this.arriving.watch(stream);
      stream.on("close", () => {
        this.streams.remove(opened);
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
    let left = RENEW_AFTER;
    session.on("stream", () => {
      if (--left > 0) return;
      left = Math.max(RENEW_AFTER, RENEW_AFTER_EACH * renewStreamTables(session));
    });
    session.on("ping", bucket(PINGS, end));
    session.on("remoteSettings", bucket(SETTINGS, end));
  }

  private sweep(): void {
    const now = performance.now();
    this.dead.sweep(now);
    for (const opened of this.streams.all()) this.look(opened, now);
  }

  private look(opened: OpenStream, now: number): void {
    const { stream, mayStayOpen } = opened;
    if (stream.destroyed || stream.closed) return;
    opened.seenAtMs ??= now;
    if (stream.writableFinished && !opened.hasArrived) {
      opened.endedAtMs ??= now;
      // Its status has long been sent: this only tells the caller to send nothing more.
      if (now - opened.endedAtMs >= LEAVE_MS) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const { requestTimeoutMs } = this.limits;
    const ageMs = now - opened.seenAtMs;
    if (mayStayOpen || ageMs < requestTimeoutMs) return;
    if (opened.hasArrived && ageMs <= LONGEST_CALL * requestTimeoutMs) return;
    this.counts.timedOutCalls++;
    stream.close(constants.NGHTTP2_CANCEL);
  }
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
