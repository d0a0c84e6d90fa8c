/**
 * Watches the connections of an HTTP/2 server: counts them, ends those that flood it with control frames, and resets calls
 * whose request does not arrive in time. Sees frames, no messages.
 */
import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { HeaderMemory } from "../../node-workarounds/header-memory.js";
import { stopReading } from "../../node-workarounds/stop-reading.js";
import { renewStreamTables } from "../../node-workarounds/stream-tables.js";
import { isInUse } from "../../node-workarounds/workarounds.js";
import { Newcomers } from "../newcomers.js";
import { type OpenConnection, OpenConnections, spareConnections } from "../open-connections.js";
import { type Rate, RateBucket } from "../rate-bucket.js";
import { ArrivingMessages } from "./arriving-messages.js";
import { keepDeadlines } from "./call-deadline.js";
import { givingWay, strangerGivingWay } from "./call-places.js";
import { ConnectionShare } from "./connection-share.js";
import { DeadSessions } from "./dead-sessions.js";
import { LeavingConnections, mostLeaving } from "./leaving-connections.js";
import { type MethodKind, OpenStream, OpenStreams } from "./open-streams.js";

/** What a connection may do. */
export interface ConnectionLimits {
  /** Open connections; then an idle one gives way, or who comes is closed. */
  readonly maxConnections: number;
  /** Calls that are open on all connections together; then idle ones give way, or who comes is refused. */
  readonly maxOpenCalls: number;
  /** How long the request of a call may take to arrive. */
  readonly requestTimeoutMs: number;
  /** Bytes that messages may hold together before they have arrived whole. */
  readonly maxArrivingBytes: number;
  /** Methods that stream or are open to everyone, by their paths. */
  readonly methods: ReadonlyMap<string, MethodKind>;
}

/** What a guard has turned away, for metrics. */
export interface GuardCounts {
  refusedConnections: number;
  floodedConnections: number;
  /** Calls beyond the number that may be open. */
  refusedCalls: number;
  timedOutCalls: number;
  /** Calls that gave way: to others, or because what has arrived of messages, or answers that nobody takes, held too much memory. */
  crowdedOutCalls: number;
}

// Clients of fast networks ping once a round trip to measure the bandwidth; a flood is a hundred times that. A burst is gone through
// without a pause, while everybody else waits.
const PINGS = { burst: 3000, perSecond: 2000 };
// A client sends its settings once, and perhaps changes its mind.
const SETTINGS = { burst: 100, perSecond: 10 };
const MAX_SWEEP_MS = 500;
/** Streams that are open to everyone, such as health watches. */
const OPEN_TO_ALL = { perConnection: 4, strangers: 256 };
/** An answer of which nothing was taken for so long may give way to other calls. */
const UNTAKEN_MS = 2000;
/** So many calls give way to one that needs their memory. */
const UNTAKEN_AT_ONCE = 4;
/** How long a caller may keep its half of a call open after the server has ended its own. */
const LEAVE_MS = 500;
/** How long a connection that flooded is kept, unread: it can read why it ends, and does not come back at once. */
const FLOODED_MS = 3000;
/** How many request timeouts a call may last in all: then its answer is not being taken. */
const LONGEST_CALL = 6;
/**
 * A connection's tables of streams are renewed after so many streams at least, and so many for each that is open: a collection of the
 * whole heap makes them old, and what comes after them until they are renewed as well.
 */
const RENEW_AFTER = 64;
const RENEW_AFTER_EACH = 4;
/** Connections that may have a large window; 64 MiB in all, whoever takes nothing of what has come. */
const MOST_WIDE = 64;

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
  private readonly headerMemory = new HeaderMemory();
  private readonly renewsTables = isInUse("stream-tables");
  /** Connections that have not become sessions yet count as well: a client may never say anything. */
  private readonly open: OpenConnections<ConnectionShare>;
  /** Those that gave way. */
  private readonly leaving = new LeavingConnections();
  /** The connection that is about to become a session. */
  private arrived: Socket | undefined;
  private readonly shares = new Set<ConnectionShare>();
  private wideCount = 0;
  /** The oldest first. */
  private readonly openToAll = new Set<OpenStream>();
  private readonly arriving: ArrivingMessages;
  private readonly dead = new DeadSessions();
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly limits: ConnectionLimits) {
    this.open = new OpenConnections(limits.maxConnections, (connection) => this.dismiss(connection));
    this.arriving = new ArrivingMessages(limits.maxArrivingBytes, () => void this.counts.crowdedOutCalls++);
    const everyMs = Math.max(1, Math.min(MAX_SWEEP_MS, limits.requestTimeoutMs / 4));
    this.sweeper = setInterval(() => this.sweep(), everyMs);
    this.sweeper.unref();
  }

  /** Watches a server from its first connection on. */
  watch(server: Http2Server): void {
    server.maxConnections = this.limits.maxConnections + mostLeaving + spareConnections;
    server.on("drop", () => void this.counts.refusedConnections++);
    keepDeadlines(server);
    const arrive = (socket: Socket): void => {
      this.arrived = socket;
    };
    server.prependListener("connection", arrive);
    server.prependListener("secureConnection", arrive);
    const newcomers = new Newcomers(server);
    // Node.js ends a session by itself where more is asked of it than HTTP/2 allows. Callers that only vanish are no flood.
    server.on("sessionError", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_HTTP2_ERROR") newcomers.flooded();
    });
    server.on("session", (session) => {
      const known = this.open.of(this.arrived);
      const share = this.watchSession(session, newcomers);
      if (known !== undefined) known.occupant = share;
    });
    // Before it becomes a session: it has a place of its own, or none.
    server.prependListener("connection", (socket: Socket) => {
      if (this.open.add(socket) !== undefined) this.counts.refusedConnections++;
    });
  }

  /** How many connections are open. */
  get connections(): number {
    return this.open.count;
  }

  /** Ends the watch, and connections that are left. */
  close(): void {
    clearInterval(this.sweeper);
    for (const socket of this.open.sockets) socket.destroy();
    this.leaving.close();
  }

  /** Ends calls whose answers nobody takes, the oldest first; gives how many. */
  endUntaken(): number {
    const now = performance.now();
    const patienceMs = Math.min(UNTAKEN_MS, this.limits.requestTimeoutMs);
    const since = ({ untakenSinceMs = now, share }: OpenStream): number =>
      Math.max(untakenSinceMs, share.quietSinceMs ?? now);
    const stalled = this.streams
      .all()
      .filter((opened) => now - since(opened) >= patienceMs)
      .sort((left, right) => since(left) - since(right))
      .slice(0, UNTAKEN_AT_ONCE);
    for (const opened of stalled) this.crowdOut(opened);
    return stalled.length;
  }

  /** Ends a connection that gave way: one with open calls at once, so that their callers know. */
  private dismiss({ socket, occupant }: OpenConnection<ConnectionShare>): void {
    if (occupant?.isBusy === true) socket.destroy();
    else this.leaving.add(socket, occupant, performance.now());
  }

  private watchSession(session: ServerHttp2Session, newcomers: Newcomers): ConnectionShare {
    this.dead.watch(session);
    const share = new ConnectionShare(session);
    const countPing = bucket(PINGS, () => end());
    this.shares.add(share);
    session.once("close", () => {
      this.shares.delete(share);
      if (share.isWide) this.wideCount--;
    });
    const end = (): void => {
      if (share.isEnding || session.destroyed) return;
      share.isEnding = true;
      this.counts.floodedConnections++;
      newcomers.flooded();
      // Once this is sent, no stream begins. A socket that is destroyed with bytes unread is reset, and the reason would be lost with them.
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      stopReading(session);
      setTimeout(() => {
        if (!session.destroyed) session.destroy(new Error("flood"), constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }, FLOODED_MS).unref();
    };
    let left = RENEW_AFTER;
    session.on("stream", (stream, headers) => {
      if (this.renewsTables && --left <= 0) left = Math.max(RENEW_AFTER, RENEW_AFTER_EACH * renewStreamTables(session));
      this.begin(stream, headers, share, end);
    });
    share.whenTalkative((isTalkative) => void session[isTalkative ? "on" : "off"]("ping", countPing));
    session.on("remoteSettings", bucket(SETTINGS, end));
    return share;
  }

  private begin(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    share: ConnectionShare,
    endSession: () => void,
  ): void {
    this.headerMemory.add();
    if (share.isEnding || (this.streams.count >= this.limits.maxOpenCalls && !this.makeRoom(share))) {
      this.counts.refusedCalls++;
      // What is refused this way was not begun: clients may ask again at once.
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const kind = this.limits.methods.get(headers[":path"] ?? "");
    const opened = new OpenStream(stream, share, kind);
    if (kind?.isOpenToAll === true && kind.streams && !this.admitToAll(opened)) {
      this.counts.refusedCalls++;
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      if (!share.refuse()) endSession();
      return;
    }
    this.streams.add(opened);
    share.open++;
    this.arriving.watch(stream, isCompressed(headers));
    if (kind?.streams === true) this.watchStreaming(opened, kind);
    // Told at the reset itself, before the stream is ended as if all had come. Calls that gave way were removed before.
    stream.once("aborted", () => {
      if (opened.place >= 0 && !stream.readableEnded && !share.takeBack()) endSession();
    });
    stream.on("close", () => {
      this.leave(opened);
      this.arriving.forget(stream);
      if (!share.ended(stream, kind?.isOpenToAll === true)) endSession();
      else if (share.isKnown && !share.isWide && this.wideCount < MOST_WIDE) this.widen(share);
    });
  }

  /** Whoever was let in once is likely to ask for more. */
  private widen(share: ConnectionShare): void {
    share.widen();
    if (share.isWide) this.wideCount++;
  }

  /** Streams that everyone may open are few. */
  private admitToAll(opened: OpenStream): boolean {
    const { share } = opened;
    if (share.openToAll >= OPEN_TO_ALL.perConnection) return false;
    if (!share.isKnown) {
      const oldest = strangerGivingWay(this.openToAll, OPEN_TO_ALL);
      if (oldest !== undefined) this.crowdOut(oldest);
    }
    share.openToAll++;
    this.openToAll.add(opened);
    return true;
  }

  private watchStreaming(opened: OpenStream, kind: MethodKind): void {
    const { stream } = opened;
    // Whoever keeps a stream without asking on it keeps others from it.
    if (kind.isOpenToAll && kind.takesMessages) {
      stream.on("data", () => {
        opened.seenAtMs = performance.now();
      });
    }
    // A caller that was refused holds no place until it leaves.
    stream.once("finish", () => {
      if (stream.sentHeaders?.["grpc-status"] === undefined || opened.hasArrived) return;
      if (!stream.closed) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
      this.leave(opened);
    });
  }

  private makeRoom(newcomer: ConnectionShare): boolean {
    const all = this.streams.all();
    for (const { stream, share, kind } of all)
      if (kind?.isOpenToAll !== true && isAnswering(stream)) share.acknowledge();
    const leaving = givingWay(all, newcomer);
    for (const opened of leaving) this.crowdOut(opened);
    return leaving.length > 0;
  }

  private crowdOut(opened: OpenStream): void {
    this.counts.crowdedOutCalls++;
    this.leave(opened);
    // Callers read RESOURCE_EXHAUSTED.
    opened.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Gives a place back, once. */
  private leave(opened: OpenStream): void {
    if (!this.streams.remove(opened)) return;
    opened.share.open--;
    if (this.openToAll.size > 0 && this.openToAll.delete(opened)) opened.share.openToAll--;
  }

  private sweep(): void {
    const now = performance.now();
    this.dead.sweep(now);
    this.leaving.sweep(now);
    for (const share of this.shares) share.look(now);
    for (const opened of this.streams.all()) this.look(opened, now);
  }

  private look(opened: OpenStream, now: number): void {
    const { stream, kind } = opened;
    if (stream.destroyed || stream.closed) return;
    opened.seenAtMs ??= now;
    opened.untakenSinceMs = opened.isUntaken ? (opened.untakenSinceMs ?? now) : undefined;
    if (stream.writableFinished && !opened.hasArrived) {
      opened.endedAtMs ??= now;
      // Its status has long been sent: this only tells the caller to send nothing more.
      if (now - opened.endedAtMs >= LEAVE_MS) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const { requestTimeoutMs } = this.limits;
    const ageMs = now - opened.seenAtMs;
    if (ageMs < requestTimeoutMs || (kind?.streams === true && !isIdleTalk(kind))) return;
    if (opened.hasArrived && ageMs <= LONGEST_CALL * requestTimeoutMs) return;
    this.counts.timedOutCalls++;
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

/** Whoever is open to everyone and takes messages is not kept open for nobody to send any. */
function isIdleTalk({ isOpenToAll, takesMessages }: MethodKind): boolean {
  return isOpenToAll && takesMessages;
}

/** Whether an answer has begun that is no refusal. */
function isAnswering({ headersSent, sentHeaders }: ServerHttp2Stream): boolean {
  return headersSent && sentHeaders?.["grpc-status"] === undefined;
}

function isCompressed(headers: IncomingHttpHeaders): boolean {
  const encoding = headers["grpc-encoding"];
  return encoding !== undefined && encoding !== "identity";
}

/** Calls back when more came than a rate and a burst allow. */
function bucket(rate: Rate, overflow: () => void): () => void {
  const left = new RateBucket(rate);
  return () => {
    if (!left.take()) overflow();
  };
}
