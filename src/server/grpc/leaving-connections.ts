/**
 * Connections that gave way to newcomers. Who opens more of them than there are places opens another as soon as one is closed, and each
 * costs a session: for everybody else that is a flood. So they are told to go, which whoever speaks gRPC does at once, and are closed
 * a little later; until then nothing is read from them, and they hold no place.
 */
import { constants } from "node:http2";
import type { Socket } from "node:net";
import { holdReading, stopReading } from "../../node-workarounds/stop-reading.js";
import type { ConnectionShare } from "./connection-share.js";

/** So many may be about to leave, each a descriptor and the memory of an idle session; then the first of them is closed at once. */
export const mostLeaving = 1024;
const LEAVE_MS = 3000;

/** Those of one listener. */
export class LeavingConnections {
  /** When each is closed; the first to be closed comes first. */
  private readonly dueAtMs = new Map<Socket, number>();
  /** One listener for all of them. */
  private readonly forget: (this: Socket) => void;

  constructor() {
    const { dueAtMs } = this;
    this.forget = function forget() {
      dueAtMs.delete(this);
    };
  }

  /** Tells one to go. INVARIANT: no call is open on it. */
  add(socket: Socket, share: ConnectionShare | undefined, nowMs: number): void {
    if (socket.destroyed) return;
    const [first] = this.dueAtMs.keys();
    if (first !== undefined && this.dueAtMs.size >= mostLeaving) this.end(first);
    this.dueAtMs.set(socket, nowMs + LEAVE_MS);
    socket.once("close", this.forget);
    if (share === undefined) {
      holdReading(socket);
      return;
    }
    share.isEnding = true;
    if (share.session.destroyed) return;
    // Callers may ask again elsewhere at once what they asked after this was sent.
    share.session.goaway(constants.NGHTTP2_NO_ERROR);
    stopReading(share.session);
  }

  /** Closes those whose time has come; to be called every second or so. */
  sweep(nowMs: number): void {
    for (const [socket, dueAtMs] of this.dueAtMs) {
      if (nowMs < dueAtMs) return;
      this.end(socket);
    }
  }

  /** Closes all of them. */
  close(): void {
    for (const socket of this.dueAtMs.keys()) this.end(socket);
  }

  private end(socket: Socket): void {
    this.dueAtMs.delete(socket);
    socket.destroy();
  }
}
