/**
 * A gRPC call on an HTTP/2 stream whose messages stay bytes: what its caller said, its deadline, its end, its answer. What is sent for
 * each end is what grpc-js sends, which a test compares.
 */
import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Metadata } from "@grpc/grpc-js";
import { timeoutMs } from "./call-deadline.js";
import { type ArrivedMessage, nothing } from "./message-reader.js";
import { type CallStatus, protocolStatus } from "./status.js";

/** What a handler may say of the end of a call. */
export interface CallFailure {
  readonly message?: string;
  readonly code?: unknown;
  readonly details?: unknown;
  readonly metadata?: Metadata | undefined;
}

type Status = Pick<CallStatus, "code" | "details">;

const answerHeaders = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,deflate,gzip",
  "grpc-encoding": "identity",
} as const;
const refusalHeaders = { ":status": 200, "content-type": "application/grpc+proto" } as const;
/** INVARIANT: nobody changes it. `endStream` is here for V8: Node.js copies the options and adds it otherwise. */
const answerOptions = { waitForTrailers: true, endStream: false };
const PREFIX = 5;

/** The calls of a listener that are not over. */
export interface OpenCalls {
  count: number;
}

/** The headers of a call as grpc-js shows them: lists of values, none that is no printable ASCII. */
export class CallHeaders {
  constructor(private readonly headers: IncomingHttpHeaders) {}

  /** The values under a name in lower case. */
  get(name: string): string[] {
    const values = this.headers[name];
    if (values === undefined) return [];
    return (typeof values === "string" ? [values] : values).filter((value) => /^[ -~]*$/.test(value));
  }

  set(name: string, value: string): void {
    this.headers[name] = value;
  }
}

/** One call. Emits `cancelled` once when it is over, however it ended: answered, too late, given up. */
export class ByteCall extends EventEmitter {
  readonly metadata: CallHeaders;
  /** Whether the call is over. */
  cancelled = false;
  /** The message of a call that has one. */
  request: Buffer = nothing;
  private deadline = Number.POSITIVE_INFINITY;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private hasBegun = false;
  private isEnding = false;

  constructor(
    readonly stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    private readonly calls: OpenCalls,
  ) {
    super();
    calls.count++;
    this.metadata = new CallHeaders(headers);
    // Every error comes with a close, and nothing more can be said on the stream.
    stream.on("error", () => {});
    stream.once("close", () => this.over());
    const timeout = headers["grpc-timeout"];
    if (timeout !== undefined) this.keepDeadline(String(timeout));
  }

  /** The caller's address and port. */
  getPeer(): string {
    const socket = this.stream.session?.socket;
    if (socket?.remoteAddress === undefined) return "unknown";
    return socket.remotePort === undefined ? socket.remoteAddress : `${socket.remoteAddress}:${socket.remotePort}`;
  }

  /** Whether other calls of the listener are not over. */
  get isOneOfMany(): boolean {
    return this.calls.count > 1;
  }

  /** In milliseconds since 1970. */
  getDeadline(): number {
    return this.deadline;
  }

  /** Sends the one answer and the status. */
  answer(message: Uint8Array, trailer: Metadata | undefined): void {
    if (this.isOver()) return;
    this.begin();
    this.endWith(protocolStatus("answered"), trailer, framed(message));
  }

  /** Sends the status of a failure: the handler's own, else UNKNOWN. */
  fail({ code, details, message = "Unknown Error", metadata }: CallFailure, trailer?: Metadata): void {
    const status = protocolStatus("threw");
    const hasCode = typeof code === "number" && Number.isInteger(code);
    const told = hasCode && typeof details === "string" ? details : message;
    this.sendStatus({ code: hasCode ? code : status.code, details: told }, trailer ?? metadata);
  }

  /** Sends a status: behind what was sent, or alone. Does nothing once the call is over. */
  sendStatus(status: Status, trailer?: Metadata): void {
    if (this.isOver()) return;
    if (this.hasBegun) {
      this.endWith(status, trailer);
      return;
    }
    this.stream.respond(
      { ...statusHeaders(status), ...refusalHeaders, ...trailer?.toHttp2Headers() },
      { endStream: true },
    );
    this.over();
  }

  /** Whether nobody waits for an answer any more. */
  isOver(): boolean {
    // A stream may be destroyed before it tells of its close.
    if (!this.cancelled && (this.stream.destroyed || this.stream.closed)) this.over();
    return this.cancelled;
  }

  /** Whether it is over or its time is, which it is told where its timer has not noticed yet. */
  expire(): boolean {
    if (this.isOver()) return true;
    if (this.deadline > Date.now()) return false;
    this.sendStatus(protocolStatus("expired"));
    return true;
  }

  protected begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.stream.respond(answerHeaders, answerOptions);
  }

  protected endWith(status: Status, trailer: Metadata | undefined, last?: Buffer): void {
    if (this.isEnding) {
      this.over();
      return;
    }
    this.isEnding = true;
    this.stream.once("wantTrailers", () => {
      this.stream.sendTrailers({ ...statusHeaders(status), ...trailer?.toHttp2Headers() });
      this.over();
    });
    this.stream.end(last);
  }

  private keepDeadline(timeout: string): void {
    const ms = timeoutMs(timeout);
    if (ms === undefined) {
      process.nextTick(() => this.sendStatus(protocolStatus("badTimeout", timeout)));
      return;
    }
    this.deadline = Date.now() + ms;
    this.deadlineTimer = setTimeout(() => this.sendStatus(protocolStatus("expired")), ms);
  }

  private over(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.calls.count--;
    clearTimeout(this.deadlineTimer);
    process.nextTick(() => this.emit("cancelled"));
    // What still comes is read and forgotten, else the stream would never end.
    this.stream.resume();
  }
}

/**
 * A call with as many messages in either direction as its two sides like. Emits `data`, `end`, `error` and `finish` beside `cancelled`,
 * as grpc-js's do: a message at a time while it is not paused, read from the stream no faster than they are taken.
 */
export class ByteStreamCall extends ByteCall {
  private readonly waiting: ArrivedMessage[] = [];
  private isPaused = false;
  private isInflating = false;
  private hasAll = false;
  private hasEnded = false;
  private current: ArrivedMessage | undefined;

  /** `bytesOf` gives undefined where it has refused the call; `finished` is told of messages that nobody reads any more. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    calls: OpenCalls,
    private readonly bytesOf: (message: ArrivedMessage, call: ByteCall) => Promise<Buffer | undefined>,
    private readonly finished: (message: ArrivedMessage) => void,
  ) {
    super(stream, headers, calls);
    this.on("error", (error: CallFailure) => this.fail(error));
    stream.on("end", () => {
      this.hasAll = true;
      this.take();
    });
  }

  /** A message has arrived. */
  arrive(message: ArrivedMessage): void {
    this.waiting.push(message);
    this.stream.pause();
    this.take();
  }

  /** Gives no more messages until it is resumed. */
  pause(): void {
    this.isPaused = true;
  }

  /** Gives the next message; nobody reads the last one any more. */
  resume(): void {
    this.isPaused = false;
    if (this.current !== undefined) this.finished(this.current);
    this.current = undefined;
    this.take();
  }

  /** Sends one of many answers; `taken` is called when it has left. */
  write(message: Uint8Array, taken: () => void): void {
    if (this.isOver()) return;
    this.begin();
    this.stream.write(framed(message), (error) => {
      if (error === null || error === undefined) taken();
    });
  }

  /** Sends the status after the last answer. */
  end(trailer: Metadata | undefined): void {
    if (this.isOver()) return;
    this.sendStatus(protocolStatus("answered"), trailer);
    this.emit("finish");
  }

  private take(): void {
    while (!this.isPaused && !this.isInflating && !this.isOver()) {
      const message = this.waiting.shift();
      if (message === undefined) {
        if (!this.hasAll) this.stream.resume();
        else if (!this.hasEnded) {
          this.hasEnded = true;
          this.emit("end");
        }
        return;
      }
      if (message.isCompressed) this.inflate(message);
      else this.give(message, message.bytes);
    }
  }

  private inflate(message: ArrivedMessage): void {
    this.isInflating = true;
    this.bytesOf(message, this).then((bytes) => {
      this.isInflating = false;
      if (bytes === undefined) return;
      this.give(message, bytes);
      this.take();
    });
  }

  private give(message: ArrivedMessage, bytes: Buffer): void {
    this.current = message;
    this.emit("data", bytes);
  }
}

function statusHeaders({ code, details }: Status): OutgoingHttpHeaders {
  return { "grpc-status": code, "grpc-message": encodeURI(details) };
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX);
  return frame;
}
