/** HTTP/2 spoken by hand, for what no client library would send. */
import { connect, type Socket } from "node:net";
import { until } from "./serving.js";

/** Frame types. */
export const Frame = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
/** Frame flags. */
export const Flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

/** One frame that the server sent. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection that has sent the preface and its settings, and acknowledges those of the server. */
export class RawConnection {
  readonly received: Received[] = [];
  closed = false;
  private unread: Buffer = Buffer.alloc(0);
  private readonly socket: Socket;

  constructor(
    port: number,
    private readonly greets = true,
  ) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
    this.socket.on("data", (chunk) => this.read(chunk));
    if (greets)
      this.write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(Frame.settings, 0, 0, Buffer.alloc(0)));
  }

  write(...chunks: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(chunks));
  }

  /** Whether what was written has left this process. */
  get isDrained(): boolean {
    return this.socket.writableLength === 0;
  }

  /** Reads no more, so that answers pile up at the other side. */
  stopReading(): void {
    this.socket.pause();
  }

  /** The code of the GOAWAY frame, once there is one. */
  get goAwayCode(): number | undefined {
    return this.received.find(({ type }) => type === Frame.goAway)?.payload.readUInt32BE(4);
  }

  /** Whether the server answered on a stream, in any way. */
  heardOf(stream: number): boolean {
    return this.received.some((one) => one.stream === stream);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    while (this.unread.length >= 9 && this.unread.length >= 9 + this.unread.readUIntBE(0, 3)) {
      const end = 9 + this.unread.readUIntBE(0, 3);
      const one = {
        type: this.unread[3] ?? 0,
        flags: this.unread[4] ?? 0,
        stream: this.unread.readUInt32BE(5),
        payload: this.unread.subarray(9, end),
      };
      this.unread = this.unread.subarray(end);
      this.received.push(one);
      if (this.greets && one.type === Frame.settings && (one.flags & Flag.ack) === 0)
        this.write(frame(Frame.settings, Flag.ack, 0));
    }
  }
}

/**
 * A call of a method whose message never comes whole, once the server has it: a stop waits for it. Streams will not do, which a stop ends
 * as soon as they are quiet.
 */
export async function callWithoutEnd(address: string, path: string): Promise<RawConnection> {
  const connection = new RawConnection(Number(new URL(`tcp://${address}`).port));
  connection.write(
    frame(Frame.headers, Flag.endHeaders, 1, headerBlock(callHeaders(path))),
    frame(Frame.data, 0, 1, Buffer.from([0, 0, 0, 0, 9])),
    frame(Frame.ping, 0, 0, Buffer.alloc(8)),
  );
  const isAnswered = () => connection.received.some(({ type, flags }) => type === Frame.ping && flags === Flag.ack);
  await until(isAnswered, "an answer to a ping behind the call");
  return connection;
}

/** A frame as bytes. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block without tables or Huffman codes; names that begin with a colon come first as HTTP/2 wants it. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).map(([name, value]) => literal(name, value)));
}

/** The headers of a call of a method. */
export function callHeaders(
  path: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  };
}

function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
