/**
 * A gRPC client for measuring that costs almost nothing: HTTP/2 frames written and read by hand over one socket, headers sent as they
 * were prepared, answers not decoded. grpc-js as a client saturates before the server that it should measure; h2load sends one body
 * only. Calls can be due at a fixed rate, whether or not earlier ones were answered. What it does not expect is an error.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

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

interface Call {
  readonly messageIndex: number;
  readonly startedAt: number;
  /** What is still to be sent. */
  unsent: Buffer;
  window: number;
  readonly received: Buffer[];
}

enum Frame {
  Data,
  Headers,
  Priority,
  Reset,
  Settings,
  PushPromise,
  Ping,
  GoAway,
  WindowUpdate,
}
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const FRAME_HEADER = 9;
const MAX_FRAME = 16_384;
const DEFAULT_WINDOW = 65_535;
const LARGE_WINDOW = 2 ** 31 - 1;
const SETTING_HEADER_TABLE_SIZE = 1;
const SETTING_ENABLE_PUSH = 2;
const SETTING_INITIAL_WINDOW = 4;

/** A connection that runs loads. */
export class LoadClient {
  private readonly calls = new Map<number, Call>();
  private waiting: number[] = [];
  private unread: Buffer = Buffer.alloc(0);
  private nextStream = 1;
  private sendWindow = DEFAULT_WINDOW;
  private initialWindow = DEFAULT_WINDOW;
  private receivedBytes = 0;
  private failure: Error | undefined;
  private onDone: (call: Call) => void = () => {};
  private onFailure: (error: Error) => void = () => {};

  private constructor(private readonly socket: Socket) {
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
  static async connect(address: string): Promise<LoadClient> {
    const unix = address.startsWith("unix:") ? address.slice("unix:".length) : undefined;
    const [host = "", port = ""] = address.split(/:(?=\d+$)/);
    const socket = unix === undefined ? connect(Number(port), host) : connect(unix);
    await once(socket, "connect");
    const client = new LoadClient(socket);
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

  /** Keeps `inFlight` calls under way until the time is over, or sends by the clock. */
  run(load: Load): Promise<LoadRun> {
    return load.callsPerSecond === undefined ? this.runClosed(load) : this.runOpen(load, load.callsPerSecond);
  }

  /** Sends by the clock. */
  private runOpen(load: Load, callsPerSecond: number): Promise<LoadRun> {
    const head = headersOf(load.path);
    const latenciesMs: number[] = [];
    const start = performance.now();
    const due = Math.floor((load.durationMs / 1000) * callsPerSecond);
    let sent = 0;
    return new Promise((resolve, reject) => {
      this.onFailure = reject;
      this.onDone = (call) => {
        latenciesMs.push(performance.now() - call.startedAt);
        load.onAnswer?.(call.messageIndex, messageOf(call.received));
        if (latenciesMs.length < due) return;
        clearInterval(timer);
        resolve({ calls: latenciesMs.length, elapsedMs: performance.now() - start, latenciesMs });
      };
      const timer = setInterval(() => {
        const now = performance.now();
        this.socket.cork();
        for (; sent < due && start + (sent / callsPerSecond) * 1000 <= now; sent++) {
          const messageIndex = sent % load.messages.length;
          const dueAt = start + (sent / callsPerSecond) * 1000;
          this.send(head, load.messages[messageIndex] ?? Buffer.alloc(0), messageIndex, dueAt);
        }
        this.socket.uncork();
      }, 1);
    });
  }

  private runClosed(load: Load): Promise<LoadRun> {
    const head = headersOf(load.path);
    const latenciesMs: number[] = [];
    const most = load.calls ?? Number.POSITIVE_INFINITY;
    const start = performance.now();
    let sent = 0;
    return new Promise((resolve, reject) => {
      const send = (): boolean => {
        if (sent >= most || performance.now() - start >= load.durationMs) return false;
        const messageIndex = sent++ % load.messages.length;
        this.send(head, load.messages[messageIndex] ?? Buffer.alloc(0), messageIndex);
        return true;
      };
      this.onFailure = reject;
      this.onDone = (call) => {
        latenciesMs.push(performance.now() - call.startedAt);
        try {
          load.onAnswer?.(call.messageIndex, messageOf(call.received));
        } catch (error: unknown) {
          reject(error);
          return;
        }
        if (!send() && this.calls.size === 0) {
          resolve({ calls: latenciesMs.length, elapsedMs: performance.now() - start, latenciesMs });
        }
      };
      if (this.failure !== undefined) reject(this.failure);
      this.socket.cork();
      for (let count = 0; count < load.inFlight; count++) send();
      this.socket.uncork();
    });
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.destroy();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.onFailure(error);
  }

  private send(head: Buffer, message: Buffer, messageIndex: number, startedAt = performance.now()): void {
    const stream = this.nextStream;
    this.nextStream += 2;
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const call: Call = {
      messageIndex,
      startedAt,
      unsent: Buffer.concat([prefix, message]),
      window: this.initialWindow,
      received: [],
    };
    this.calls.set(stream, call);
    this.socket.write(frame(Frame.Headers, END_HEADERS, stream, head));
    if (this.waiting.length > 0 || !this.sendData(stream, call)) this.waiting.push(stream);
  }

  /** Sends what the windows let through; true if that was everything. */
  private sendData(stream: number, call: Call): boolean {
    while (call.unsent.length > 0) {
      const length = Math.min(call.unsent.length, call.window, this.sendWindow, MAX_FRAME);
      if (length <= 0) return false;
      const last = length === call.unsent.length;
      this.socket.write(frame(Frame.Data, last ? END_STREAM : 0, stream, call.unsent.subarray(0, length)));
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
      case Frame.GoAway:
        throw new Error(`the server ended ${type === Frame.Reset ? "a call" : "the connection"}`);
      default:
    }
    if ((type === Frame.Data || type === Frame.Headers) && (flags & END_STREAM) !== 0 && call !== undefined) {
      this.calls.delete(stream);
      this.onDone(call);
    }
  }

  private takeSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING_INITIAL_WINDOW) continue;
      const window = payload.readUInt32BE(at + 2);
      for (const call of this.calls.values()) call.window += window - this.initialWindow;
      this.initialWindow = window;
    }
    this.socket.write(frame(Frame.Settings, ACK, 0, Buffer.alloc(0)));
    this.sendWaiting();
  }
}

function frame(type: Frame, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEADER);
  return bytes;
}

function windowUpdate(increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(Frame.WindowUpdate, 0, 0, payload);
}

/** HPACK without tables or Huffman codes: indexed fields of the static table, then literals. */
function headersOf(path: string): Buffer {
  const literal = (name: Buffer, value: string): Buffer =>
    Buffer.concat([name, Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat([
    Buffer.from([0x83, 0x86]), // :method POST, :scheme http
    literal(Buffer.from([0x04]), path),
    literal(Buffer.from([0x01]), "localhost"), // :authority
    literal(Buffer.from([0x0f, 0x10]), "application/grpc"), // content-type
    literal(Buffer.concat([Buffer.from([0x00, 2]), Buffer.from("te")]), "trailers"),
  ]);
}

/** The one message of an answer; a call that failed has none. */
function messageOf(received: readonly Buffer[]): Buffer {
  const bytes = received.length === 1 && received[0] !== undefined ? received[0] : Buffer.concat(received);
  if (bytes.length < 5 || bytes.readUInt32BE(1) !== bytes.length - 5) throw new Error("the call failed");
  return bytes.subarray(5);
}
