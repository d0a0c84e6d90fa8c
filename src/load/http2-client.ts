/**
 * A gRPC client for measuring that costs almost nothing: HTTP/2 frames written and read by hand over one socket, headers sent as they
 * were prepared, answers not decoded. grpc-js as a client saturates before the server that it should measure; h2load sends one body
 * only. Calls can be due at a fixed rate, whether or not earlier ones were answered. What it does not expect is an error.
 */
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  ACK,
  type CallHeaders,
  END_HEADERS,
  END_STREAM,
  FRAME_HEADER,
  Frame,
  frame,
  grpcStatusOf,
  headersOf,
  windowUpdate,
} from "./http2-frames.js";
import { untilOpen } from "./until-open.js";

/** What a run sends. */
export interface Load {
  readonly path: string;
  /** Serialised messages, sent one after the other, again and again. */
  readonly messages: readonly Buffer[];
  readonly inFlight: number;
  /** When to stop sending; calls in flight are waited for. */
  readonly durationMs: number;
  /** Or after so many calls. */
  readonly calls?: number;
  /** Calls that are due in a second, whether or not earlier ones were answered: latencies count from when a call was due. */
  readonly callsPerSecond?: number;
  /** Sees every answer with the index of its message. */
  readonly onAnswer?: (index: number, response: Buffer) => void;
}

/** What came of a run. */
export interface LoadRun {
  readonly calls: number;
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
}

/** TLS towards the server; PEM. */
export interface ClientTls {
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly serverName?: string | undefined;
}

/** How a server is reached. */
export interface ClientTerms {
  readonly tls?: ClientTls | undefined;
  readonly token?: string | undefined;
}

/** Hears of calls: the number that the caller gave, the status by its name, and what was received. */
export interface CallListener {
  onDone(number: number, status: string, received: readonly Buffer[]): void;
  onFailure(error: Error): void;
}

interface Call {
  readonly number: number;
  readonly startedAt: number;
  /** What is still to be sent. */
  unsent: Buffer;
  window: number;
  received: Buffer[];
  /** Of a stream that stays open: hears of each message. */
  readonly onMessage: ((message: Buffer) => void) | undefined;
}

const MAX_FRAME = 16_384;
const DEFAULT_WINDOW = 65_535;
const LARGE_WINDOW = 2 ** 31 - 1;
const SETTING_HEADER_TABLE_SIZE = 1;
const SETTING_ENABLE_PUSH = 2;
const SETTING_MAX_STREAMS = 3;
const SETTING_INITIAL_WINDOW = 4;

/** A connection that runs loads. */
export class LoadClient {
  private readonly calls = new Map<number, Call>();
  private waiting: number[] = [];
  /** Calls for which the connection has no place yet, in order. */
  private held: { readonly head: Buffer; readonly call: Call }[] = [];
  private heldAt = 0;
  private mostStreams = Number.POSITIVE_INFINITY;
  private unread: Buffer = Buffer.alloc(0);
  private nextStream = 1;
  private sendWindow = DEFAULT_WINDOW;
  private initialWindow = DEFAULT_WINDOW;
  private receivedBytes = 0;
  private failure: Error | undefined;
  private isSettled = false;
  /** Hears of calls and of the end of the connection. */
  listener: CallListener = { onDone: () => {}, onFailure: () => {} };

  private constructor(
    private readonly socket: Socket,
    private readonly headers: CallHeaders,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      try {
        this.read(chunk);
      } catch (error: unknown) {
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the server closed the connection")));
  }

  /** Connects to `host:port` or `unix:PATH`. */
  static async connect(address: string, { tls, token }: ClientTerms = {}): Promise<LoadClient> {
    const unix = address.startsWith("unix:") ? address.slice("unix:".length) : undefined;
    const [bracketed = "", port = ""] = address.split(/:(?=\d+$)/);
    const host = bracketed.replace(/^\[(.*)\]$/, "$1");
    const socket = await openSocket(unix === undefined ? { host, port: Number(port) } : { path: unix }, host, tls);
    const authority = tls?.serverName ?? (unix === undefined ? address : "localhost");
    const client = new LoadClient(socket, { isSecure: tls !== undefined, token, authority });
    const settings = [
      [SETTING_HEADER_TABLE_SIZE, 0],
      [SETTING_ENABLE_PUSH, 0],
      [SETTING_INITIAL_WINDOW, LARGE_WINDOW],
    ];
    const payload = Buffer.alloc(settings.length * 6);
    for (const [index, [id = 0, value = 0]] of settings.entries()) {
      payload.writeUInt16BE(id, index * 6);
      payload.writeUInt32BE(value, index * 6 + 2);
    }
    socket.write(
      Buffer.concat([
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        frame(Frame.Settings, 0, 0, payload),
        windowUpdate(LARGE_WINDOW - DEFAULT_WINDOW),
      ]),
    );
    return client;
  }

  /** The headers of calls of a method, made once. */
  headersOf(path: string): Buffer {
    return headersOf(path, this.headers);
  }

  /** Calls that the connection has no place for yet (`MAX_CONCURRENT_STREAMS` of the server). */
  get callsHeld(): number {
    return this.held.length - this.heldAt;
  }

  /** Keeps `inFlight` calls under way until the time is over, or sends by the clock. */
  run(load: Load): Promise<LoadRun> {
    return load.callsPerSecond === undefined ? this.runClosed(load) : this.runOpen(load, load.callsPerSecond);
  }

  /** Sends by the clock. */
  private runOpen(load: Load, callsPerSecond: number): Promise<LoadRun> {
    const head = this.headersOf(load.path);
    const latenciesMs: number[] = [];
    const start = performance.now();
    const due = Math.floor((load.durationMs / 1000) * callsPerSecond);
    let sent = 0;
    return new Promise((resolve, reject) => {
      this.listen(reject, (call) => {
        latenciesMs.push(performance.now() - call.startedAt);
        load.onAnswer?.(call.number, messageOf(call.received));
        if (latenciesMs.length < due) return;
        clearInterval(timer);
        resolve({ calls: latenciesMs.length, elapsedMs: performance.now() - start, latenciesMs });
      });
      const timer = setInterval(() => {
        const now = performance.now();
        this.cork();
        for (; sent < due && start + (sent / callsPerSecond) * 1000 <= now; sent++) {
          const messageIndex = sent % load.messages.length;
          const dueAt = start + (sent / callsPerSecond) * 1000;
          this.call(head, load.messages[messageIndex] ?? Buffer.alloc(0), messageIndex, dueAt);
        }
        this.uncork();
      }, 1);
    });
  }

  private runClosed(load: Load): Promise<LoadRun> {
    const head = this.headersOf(load.path);
    const latenciesMs: number[] = [];
    const most = load.calls ?? Number.POSITIVE_INFINITY;
    const start = performance.now();
    let sent = 0;
    return new Promise((resolve, reject) => {
      const send = (): boolean => {
        if (sent >= most || performance.now() - start >= load.durationMs) return false;
        const messageIndex = sent++ % load.messages.length;
        this.call(head, load.messages[messageIndex] ?? Buffer.alloc(0), messageIndex);
        return true;
      };
      this.listen(reject, (call) => {
        latenciesMs.push(performance.now() - call.startedAt);
        load.onAnswer?.(call.number, messageOf(call.received));
        if (!send() && this.calls.size === 0 && this.callsHeld === 0) {
          resolve({ calls: latenciesMs.length, elapsedMs: performance.now() - start, latenciesMs });
        }
      });
      if (this.failure !== undefined) reject(this.failure);
      this.cork();
      for (let count = 0; count < load.inFlight; count++) send();
      this.uncork();
    });
  }

  private onCall: ((call: Call) => void) | undefined;

  private listen(reject: (error: Error) => void, onCall: (call: Call) => void): void {
    this.onCall = (call) => {
      try {
        onCall(call);
      } catch (error: unknown) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const onDone = (_number: number, status: string): void => reject(new Error(`the call failed: ${status}`));
    this.listener = { onDone, onFailure: reject };
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.destroy();
  }

  /** Keeps what is sent until `uncork`. */
  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.listener.onFailure(error);
  }

  /** Sends a call; the listener hears of its end under the number. */
  call(head: Buffer, message: Buffer, number: number, startedAt = performance.now()): void {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const unsent = Buffer.concat([prefix, message]);
    this.open(head, { number, startedAt, unsent, window: this.initialWindow, received: [], onMessage: undefined });
  }

  /** Opens a stream that stays open; gives how a message is sent on it. The listener hears of its end under the number. */
  stream(head: Buffer, number: number, onMessage: (message: Buffer) => void): (message: Buffer) => void {
    const call: Call = {
      number,
      startedAt: performance.now(),
      unsent: Buffer.alloc(0),
      window: this.initialWindow,
      received: [],
      onMessage,
    };
    const stream = this.begin(head, call);
    return (message) => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.length, 1);
      const isBlocked = call.unsent.length > 0;
      call.unsent = Buffer.concat([call.unsent, prefix, message]);
      if (isBlocked) return;
      if (!this.sendData(stream, call)) this.waiting.push(stream);
    };
  }

  private open(head: Buffer, call: Call): void {
    if (this.calls.size >= this.mostStreams) {
      this.held.push({ head, call });
      return;
    }
    const stream = this.begin(head, call);
    if (this.waiting.length > 0 || !this.sendData(stream, call)) this.waiting.push(stream);
  }

  private begin(head: Buffer, call: Call): number {
    const stream = this.nextStream;
    this.nextStream += 2;
    call.window = this.initialWindow;
    this.calls.set(stream, call);
    this.socket.write(frame(Frame.Headers, END_HEADERS, stream, head));
    return stream;
  }

  /** Sends calls that had to wait for a place. */
  private openHeld(): void {
    while (this.heldAt < this.held.length && this.calls.size < this.mostStreams) {
      const next = this.held[this.heldAt++];
      if (next !== undefined) this.open(next.head, next.call);
    }
    if (this.heldAt === this.held.length) {
      this.held = [];
      this.heldAt = 0;
    }
  }

  /** Sends what the windows let through; true if that was everything. */
  private sendData(stream: number, call: Call): boolean {
    while (call.unsent.length > 0) {
      const length = Math.min(call.unsent.length, call.window, this.sendWindow, MAX_FRAME);
      if (length <= 0) return false;
      const isLast = length === call.unsent.length && call.onMessage === undefined;
      this.socket.write(frame(Frame.Data, isLast ? END_STREAM : 0, stream, call.unsent.subarray(0, length)));
      call.unsent = call.unsent.subarray(length);
      call.window -= length;
      this.sendWindow -= length;
    }
    return true;
  }

  /** Goes on with calls in their order, as far as the connection's window reaches: a queue may be tens of thousands long. */
  private sendWaiting(): void {
    const blocked: number[] = [];
    let next = 0;
    for (; next < this.waiting.length && this.sendWindow > 0; next++) {
      const stream = this.waiting[next] ?? 0;
      const call = this.calls.get(stream);
      if (call !== undefined && !this.sendData(stream, call)) blocked.push(stream);
    }
    if (next > 0) this.waiting = [...blocked, ...this.waiting.slice(next)];
  }

  private read(chunk: Buffer): void {
    this.socket.cork();
    const bytes = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + FRAME_HEADER + length;
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      this.take(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, stream, bytes.subarray(at + FRAME_HEADER, end));
      at = end;
    }
    this.unread = bytes.subarray(at);
    if (this.held.length > 0) this.openHeld();
    this.socket.uncork();
  }

  private take(type: Frame, flags: number, stream: number, payload: Buffer): void {
    const call = this.calls.get(stream);
    switch (type) {
      case Frame.Data:
        call?.received.push(payload);
        this.receivedBytes += payload.length;
        if (this.receivedBytes > 2 ** 29) {
          this.socket.write(windowUpdate(this.receivedBytes));
          this.receivedBytes = 0;
        }
        if (call?.onMessage !== undefined) takeMessages(call, call.onMessage);
        break;
      case Frame.Settings:
        if ((flags & ACK) === 0) this.takeSettings(payload);
        break;
      case Frame.Ping:
        if ((flags & ACK) === 0) this.socket.write(frame(Frame.Ping, ACK, 0, payload));
        break;
      case Frame.WindowUpdate:
        if (stream === 0) this.sendWindow += payload.readUInt32BE(0);
        else if (call !== undefined) call.window += payload.readUInt32BE(0);
        this.sendWaiting();
        break;
      case Frame.Reset:
        if (call !== undefined) this.end(stream, call, "CANCELLED");
        return;
      case Frame.GoAway:
        throw new Error("the server ended the connection");
      default:
    }
    if ((type === Frame.Data || type === Frame.Headers) && (flags & END_STREAM) !== 0 && call !== undefined) {
      const isWhole = call.received.length > 0 && call.onMessage === undefined;
      this.end(stream, call, isWhole ? "OK" : type === Frame.Headers ? grpcStatusOf(payload) : "UNKNOWN");
    }
  }

  private end(stream: number, call: Call, status: string): void {
    this.calls.delete(stream);
    if (this.onCall !== undefined && status === "OK") this.onCall(call);
    else this.listener.onDone(call.number, status, call.received);
  }

  private takeSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      const id = payload.readUInt16BE(at);
      if (id === SETTING_MAX_STREAMS) this.mostStreams = value;
      if (id !== SETTING_INITIAL_WINDOW) continue;
      for (const call of this.calls.values()) call.window += value - this.initialWindow;
      this.initialWindow = value;
    }
    this.socket.write(frame(Frame.Settings, ACK, 0, Buffer.alloc(0)));
    this.isSettled = true;
    this.sendWaiting();
  }

  /** Waits until the server said what it takes. */
  async settled(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (!this.isSettled) {
      if (this.failure !== undefined) throw this.failure;
      if (performance.now() > until) throw new Error("what listens there does not speak HTTP/2");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

async function openSocket(
  place: { readonly host: string; readonly port: number } | { readonly path: string },
  host: string,
  tls: ClientTls | undefined,
): Promise<Socket> {
  if (tls === undefined) {
    const socket = connectSocket(place);
    await untilOpen(socket, "connect");
    return socket;
  }
  const pem = (text: string | Uint8Array | undefined) => (text === undefined ? undefined : Buffer.from(text));
  const name = tls.serverName ?? ("path" in place ? "localhost" : host);
  const material = { ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key) };
  const given = Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined));
  const socket = connectTls({
    ...place,
    ...given,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ALPNProtocols: ["h2"],
  });
  await untilOpen(socket, "secureConnect");
  return socket;
}

/** Hands over whole messages of a stream. */
function takeMessages(call: Call, onMessage: (message: Buffer) => void): void {
  let bytes = call.received.length === 1 ? (call.received[0] ?? Buffer.alloc(0)) : Buffer.concat(call.received);
  while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
    const end = 5 + bytes.readUInt32BE(1);
    onMessage(bytes.subarray(5, end));
    bytes = bytes.subarray(end);
  }
  call.received = bytes.length === 0 ? [] : [bytes];
}

/** The one message of an answer; a call that failed has none. */
export function messageOf(received: readonly Buffer[]): Buffer {
  const bytes = received.length === 1 && received[0] !== undefined ? received[0] : Buffer.concat(received);
  if (bytes.length < 5 || bytes.readUInt32BE(1) !== bytes.length - 5)
    throw new Error("what it answers is no gRPC message");
  return bytes.subarray(5);
}
