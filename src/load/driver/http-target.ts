/** A running server over HTTP/1.1: one request at a time on each of some connections that stay open. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { untilOpen } from "../until-open.js";
import type { Calls } from "./calls.js";
import type { ServerPlace } from "./grpc-target.js";
import { connectAll, reconnectAll } from "./lanes.js";
import { type CallSink, type LoadTarget, noDecisions } from "./target.js";

/** Connects. Throws where nobody answers. */
export async function httpTarget(place: ServerPlace, calls: Calls): Promise<LoadTarget> {
  const target = new HttpTarget(place, calls);
  await target.connect();
  return target;
}

interface Waiting {
  readonly slot: number;
  readonly message: number;
}

class HttpTarget implements LoadTarget {
  readonly name: string;
  readonly decisions = noDecisions();
  readonly isAtOnce = false;
  readonly messages: number;
  readonly questionsPerCall = 1;
  sink: CallSink = { answered: () => {} };
  private lanes: Lane[] = [];
  private free: Lane[] = [];
  private queue: Waiting[] = [];
  private queueAt = 0;
  private readonly head: Buffer;

  constructor(
    private readonly place: ServerPlace,
    private readonly calls: Calls,
  ) {
    this.name = `${place.address}, HTTP`;
    this.messages = calls.count;
    const { address, token, tls } = place;
    const host = address.startsWith("unix:") ? "localhost" : (tls?.serverName ?? address);
    const authorization = token === undefined ? "" : `authorization: Bearer ${token}\r\n`;
    this.head = Buffer.from(`host: ${host}\r\ncontent-type: application/json\r\n${authorization}`);
  }

  get waiting(): number {
    return this.queue.length - this.queueAt;
  }

  send(slot: number, message: number): void {
    const lane = this.free.pop();
    if (lane === undefined) this.queue.push({ slot, message });
    else lane.send(slot, message);
  }

  flush(): void {}

  reset(): Promise<void> {
    return reconnectAll(this.fresh(), (lane) => lane.lost());
  }

  /** Throws where nobody answers. */
  connect(): Promise<void> {
    return connectAll(this.fresh(), () => this.close());
  }

  private fresh(): readonly Lane[] {
    for (const lane of this.lanes) lane.close();
    this.queue = [];
    this.queueAt = 0;
    const whenFree = (lane: Lane): void => {
      const next = this.queue[this.queueAt++];
      if (next !== undefined) {
        lane.send(next.slot, next.message);
        return;
      }
      this.queue = [];
      this.queueAt = 0;
      this.free.push(lane);
    };
    const answered = (slot: number, message: number, status: number, body: Buffer): void => {
      const failure =
        status === 200
          ? this.calls.judge(message, body, this.decisions)
          : status === 0
            ? "UNAVAILABLE"
            : `HTTP_${status}`;
      this.sink.answered(slot, failure);
    };
    this.lanes = Array.from(
      { length: this.place.connections },
      () => new Lane(this.place, this.head, this.calls, answered, whenFree),
    );
    this.free = [...this.lanes];
    return this.lanes;
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) lane.close();
  }
}

/** One connection. */
class Lane {
  private socket: Socket | undefined;
  private under: Waiting | undefined;
  private unread: Buffer = Buffer.alloc(0);
  private isClosed = false;

  constructor(
    private readonly place: ServerPlace,
    private readonly head: Buffer,
    private readonly calls: Calls,
    private readonly answered: (slot: number, message: number, status: number, body: Buffer) => void,
    private readonly whenFree: (lane: Lane) => void,
  ) {}

  async connect(): Promise<void> {
    const { address, tls } = this.place;
    const [bracketed = "", port = ""] = address.split(/:(?=\d+$)/);
    const host = bracketed.replace(/^\[(.*)\]$/, "$1");
    const where = address.startsWith("unix:") ? { path: address.slice("unix:".length) } : { host, port: Number(port) };
    const pem = (text: string | Uint8Array | undefined) => (text === undefined ? {} : { text: Buffer.from(text) });
    const socket =
      tls === undefined
        ? connect(where)
        : connectTls({
            ...where,
            ...(tls.ca === undefined ? {} : { ca: pem(tls.ca).text }),
            ...(tls.cert === undefined ? {} : { cert: pem(tls.cert).text }),
            ...(tls.key === undefined ? {} : { key: pem(tls.key).text }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          });
    await untilOpen(socket, tls === undefined ? "connect" : "secureConnect");
    if (this.isClosed) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.lost());
    this.socket = socket;
  }

  send(slot: number, message: number): void {
    this.under = { slot, message };
    if (this.socket === undefined) {
      setTimeout(() => this.end(0, Buffer.alloc(0)), 1);
      return;
    }
    const bytes = this.calls.bytesOf(message);
    // Request line, length, body: the headers that all requests share stand between.
    const bodyAt = bytes.indexOf("\r\n", bytes.indexOf("\r\n") + 2) + 2;
    this.socket.cork();
    this.socket.write(bytes.subarray(0, bodyAt));
    this.socket.write(this.head);
    this.socket.write("\r\n");
    this.socket.write(bytes.subarray(bodyAt));
    this.socket.uncork();
  }

  close(): void {
    this.isClosed = true;
    this.socket?.destroy();
  }

  private read(chunk: Buffer): void {
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    const headEnd = this.unread.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.unread.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.unread.length < end) return;
    const body = this.unread.subarray(headEnd + 4, end);
    this.unread = this.unread.subarray(end);
    this.end(Number(head.slice(9, 12)), body);
  }

  private end(status: number, body: Buffer): void {
    const { under } = this;
    this.under = undefined;
    if (under === undefined || this.isClosed) return;
    this.whenFree(this);
    this.answered(under.slot, under.message, status, body);
  }

  /** What was under way failed; tries until it is closed or connected. */
  lost(): void {
    this.socket = undefined;
    this.unread = Buffer.alloc(0);
    if (this.isClosed) return;
    this.end(0, Buffer.alloc(0));
    const retry = setTimeout(() => {
      if (!this.isClosed) this.connect().catch(() => this.lost());
    }, 100);
    retry.unref();
  }
}
