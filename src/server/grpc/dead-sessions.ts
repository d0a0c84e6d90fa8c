/**
 * Ends HTTP/2 sessions that are over without anyone noticing. After a breach of the protocol Node.js says goodbye and reads no
 * more, so that it never learns that the caller has gone; the connection would count against the limit until the keepalive ends.
 */
import type { ServerHttp2Session } from "node:http2";

/** A session is asked for a sign of life once, after so long without a byte from it. */
const QUIET_MS = 2000;
/** What a session that lives writes at once. */
const STUCK_MS = 3000;
/** Callers that live answer by then, however busy they are. */
const LOST_MS = 20_000;

interface Watched {
  bytesRead: number;
  /** Since when nothing came. */
  quietSinceMs: number;
  probe: { readonly sentAtMs: number; readonly bytesWritten: number } | undefined;
  /** Answered since it last said something. */
  isProven: boolean;
}

/** The sessions of a listener. */
export class DeadSessions {
  private readonly watched = new Map<ServerHttp2Session, Watched>();

  /** Watches a session until it closes. */
  watch(session: ServerHttp2Session): void {
    this.watched.set(session, { bytesRead: 0, quietSinceMs: performance.now(), probe: undefined, isProven: false });
    session.once("close", () => this.watched.delete(session));
  }

  /** Looks at all of them; to be called every second or so. */
  sweep(nowMs: number): void {
    for (const [session, watched] of this.watched) {
      if (session.destroyed) this.watched.delete(session);
      else look(session, watched, nowMs);
    }
  }
}

function look(session: ServerHttp2Session, watched: Watched, nowMs: number): void {
  const { bytesRead, bytesWritten } = session.socket;
  if (bytesRead !== watched.bytesRead) {
    watched.bytesRead = bytesRead;
    watched.quietSinceMs = nowMs;
    watched.probe = undefined;
    watched.isProven = false;
    return;
  }
  const { probe } = watched;
  if (probe === undefined) {
    if (!watched.isProven && nowMs - watched.quietSinceMs >= QUIET_MS) ask(session, watched, nowMs);
    return;
  }
  const waitedMs = nowMs - probe.sentAtMs;
  // A ping that was written may be answered late; one that cannot even be written belongs to a session that is over.
  const isStuck = bytesWritten === probe.bytesWritten && (session.state.outboundQueueSize ?? 0) > 0;
  if (waitedMs >= (isStuck ? STUCK_MS : LOST_MS)) session.destroy();
}

function ask(session: ServerHttp2Session, watched: Watched, nowMs: number): void {
  watched.probe = { sentAtMs: nowMs, bytesWritten: session.socket.bytesWritten };
  session.ping((error) => {
    if (error !== null || session.destroyed) return;
    watched.isProven = true;
    watched.probe = undefined;
    watched.bytesRead = session.socket.bytesRead;
  });
}
