/**
 * A gRPC server for methods whose messages stay bytes, on the HTTP/2 servers of a listener: framing, compression, size limits, one
 * message or many, back-pressure. It takes the streams of its methods; everybody else's are grpc-js's. A message is copied once on its
 * way, where grpc-js allocates it three times: see `message-buffers.ts` for what that costs.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { Metadata } from "@grpc/grpc-js";
import { MessageMemory } from "../../node-workarounds/message-memory.js";
import { ByteCall, ByteStreamCall, type CallFailure, type OpenCalls } from "./byte-call.js";
import type { GrpcService } from "./grpc-service.js";
import { MessageBuffers } from "./message-buffers.js";
import { type ArrivedMessage, MessageReader, nothing } from "./message-reader.js";
import { protocolStatus } from "./status.js";

/** A method under its path. */
interface Method {
  readonly path: string;
  readonly streams: boolean;
  run(call: ByteCall, answer: Answer): void;
}

/** INVARIANT: called once, when nobody reads the message of the call any more, whatever the answer. */
type Answer = (error: CallFailure | null, message?: Uint8Array | null, trailer?: Metadata) => void;

/**
 * Messages that are decompressed at once: a few hundred bytes may become as many as a message may have, and all that are begun hold what
 * they have come to.
 */
const MOST_INFLATING = 4;

/** The calls of one listener. */
export class ByteCalls {
  private readonly methods = new Map<string, Method>();
  private readonly buffers = new MessageBuffers();
  /** What was read from sockets, also of messages that are refused. */
  private readonly readMemory = new MessageMemory();
  private readonly open: OpenCalls = { count: 0 };
  /** Messages that are being decompressed, and those that wait for it. */
  private inflating = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    services: readonly GrpcService[],
    private readonly maxMessageBytes: number,
  ) {
    for (const service of services) this.add(service);
  }

  /** Serves a stream of one of its methods; gives false of any other. */
  serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const method = this.methods.get(headers[":path"] ?? "");
    if (method === undefined || !isGrpc(headers)) return false;
    if (method.streams) this.serveMany(method, stream, headers);
    else this.serveOne(method, new ByteCall(stream, headers, this.open), headers);
    return true;
  }

  private add({ definition, implementation }: GrpcService): void {
    for (const [name, { path, requestStream }] of Object.entries(definition)) {
      const handle = implementation[name];
      if (handle === undefined) continue;
      const run = (call: ByteCall, answer: Answer): void => void Reflect.apply(handle, implementation, [call, answer]);
      this.methods.set(path, { path, streams: requestStream, run });
    }
  }

  private serveOne(method: Method, call: ByteCall, headers: IncomingHttpHeaders): void {
    let first: ArrivedMessage | undefined;
    let isInflating = false;
    let isSecond = false;
    let isWhole = false;
    const settle = (): void => {
      if (isInflating || call.isOver()) return;
      if (isSecond) call.sendStatus(protocolStatus("secondMessage", method.path));
      else if (!isWhole) call.stream.resume();
      else if (first === undefined) call.sendStatus(protocolStatus("noMessage", method.path));
      else this.runOne(method, call, first);
    };
    const inflate = async (message: ArrivedMessage): Promise<void> => {
      isInflating = true;
      call.stream.pause();
      const bytes = await this.decompressed(call, message, headers);
      isInflating = false;
      if (bytes === undefined) return;
      first = { bytes, isCompressed: false, buffer: undefined };
      settle();
    };
    this.read(call, (message) => {
      if (first !== undefined) isSecond = true;
      else {
        first = message;
        if (message.isCompressed) void inflate(message);
      }
      if (isSecond) settle();
    });
    call.stream.on("end", () => {
      isWhole = true;
      settle();
    });
  }

  private runOne(method: Method, call: ByteCall, { bytes, buffer }: ArrivedMessage): void {
    call.request = bytes;
    const answer: Answer = (error, message, trailer) => {
      if (error === null) call.answer(message ?? nothing, trailer);
      else {
        call.fail(error, trailer);
        // What is refused comes as fast as it can be sent: it counts twice, so that the collector keeps up.
        this.readMemory.add(bytes.length);
      }
      // After a refusal too: who sends what is refused would have memory allocated each time.
      if (buffer !== undefined) this.buffers.giveBack(buffer);
    };
    guarded(call, () => method.run(call, answer));
  }

  private serveMany(method: Method, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const bytesOf = (message: ArrivedMessage, one: ByteCall) => this.decompressed(one, message, headers);
    const call = new ByteStreamCall(stream, headers, this.open, bytesOf, ({ buffer }) => {
      if (buffer !== undefined) this.buffers.giveBack(buffer);
    });
    this.read(call, (message) => call.arrive(message));
    guarded(call, () => method.run(call, () => {}));
  }

  private read(call: ByteCall, arrive: (message: ArrivedMessage) => void): void {
    const reader = new MessageReader(this.maxMessageBytes, this.buffers, {
      message: arrive,
      tooLarge: (length) => call.sendStatus(protocolStatus("tooLarge", `${length} vs ${this.maxMessageBytes}`)),
    });
    call.stream.on("data", (piece: Buffer) => {
      this.readMemory.add(piece.length);
      if (!call.isOver()) reader.take(piece);
    });
    call.once("cancelled", () => reader.stop());
  }

  /** The bytes of a compressed message; undefined where there are none, which its caller has been told. */
  private async decompressed(
    call: ByteCall,
    { bytes }: ArrivedMessage,
    headers: IncomingHttpHeaders,
  ): Promise<Buffer | undefined> {
    const encoding = headers["grpc-encoding"] ?? "identity";
    const decompress = encoding === "gzip" ? gunzipped : encoding === "deflate" ? inflated : undefined;
    if (encoding === "identity") return bytes;
    // The guard of the connection sees the same piece after this: a flag that there is not ends the call, whatever its encoding.
    await undefined;
    if (call.isOver()) return undefined;
    if (decompress === undefined) {
      call.sendStatus(protocolStatus("unknownEncoding", String(encoding)));
      return undefined;
    }
    try {
      return await this.inTurn(async () =>
        call.expire() ? undefined : await decompress(bytes, { maxOutputLength: this.maxMessageBytes }),
      );
    } catch (error: unknown) {
      const isTooLarge = error instanceof RangeError;
      call.sendStatus(
        isTooLarge ? protocolStatus("inflatesTooLarge", `${this.maxMessageBytes}`) : protocolStatus("corrupt"),
      );
      return undefined;
    }
  }

  private async inTurn<T>(inflate: () => Promise<T>): Promise<T> {
    if (this.inflating >= MOST_INFLATING) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.inflating++;
    try {
      return await inflate();
    } finally {
      // Whoever waits takes the place over.
      const next = this.waiting.shift();
      if (next === undefined) this.inflating--;
      else next();
    }
  }
}

const gunzipped = promisify(gunzip);
const inflated = promisify(inflate);

/** What grpc-js answers otherwise is 415. */
function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers["content-type"]?.startsWith("application/grpc") === true;
}

function guarded(call: ByteCall, work: () => void): void {
  try {
    work();
  } catch {
    call.sendStatus(protocolStatus("threw"));
  }
}
