/** HTTP/2 frames and header blocks as a measuring client writes them, and the little of them that it reads. */

/** Types of frames. */
export enum Frame {
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

/** Flags: of data and headers, of settings and pings, of headers. */
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
/** Bytes before the payload. */
export const FRAME_HEADER = 9;

/** A frame. */
export function frame(type: Frame, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEADER);
  return bytes;
}

/** Lets the other side send more on the connection. */
export function windowUpdate(increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(Frame.WindowUpdate, 0, 0, payload);
}

/** What the headers of a gRPC call say beside its path. */
export interface CallHeaders {
  readonly isSecure?: boolean;
  /** Sent as `authorization: Bearer …`. */
  readonly token?: string | undefined;
  readonly authority?: string;
}

/** HPACK without tables or Huffman codes: indexed fields of the static table, then literals. */
export function headersOf(
  path: string,
  { isSecure = false, token, authority = "localhost" }: CallHeaders = {},
): Buffer {
  const literal = (name: readonly number[] | Buffer, value: string): Buffer =>
    Buffer.concat([Buffer.from(name), length7(value.length), Buffer.from(value, "latin1")]);
  return Buffer.concat([
    Buffer.from([0x83, isSecure ? 0x87 : 0x86]), // :method POST, :scheme
    literal([0x04], path),
    literal([0x01], authority),
    literal([0x0f, 0x10], "application/grpc"), // content-type
    literal(Buffer.concat([Buffer.from([0x00, 2]), Buffer.from("te")]), "trailers"),
    ...(token === undefined ? [] : [literal([0x1f, 0x08], `Bearer ${token}`)]), // authorization, never indexed
  ]);
}

/** A length with a prefix of seven bits. */
function length7(length: number): Buffer {
  if (length < 127) return Buffer.from([length]);
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

const statusName = Buffer.from("grpc-status");
/** The same name in HPACK's Huffman code. */
const statusCoded = Buffer.from("9acac8b21234da8f", "hex");
/** Statuses of gRPC by their numbers. */
const statusNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** The name of the gRPC status in a block of trailers; digits are shorter plain than coded, so encoders leave them plain. */
export function grpcStatusOf(block: Buffer): string {
  for (const name of [statusCoded, statusName]) {
    const at = block.indexOf(name);
    if (at < 0) continue;
    const lengthAt = at + name.length;
    const length = block[lengthAt] ?? 0;
    const code = Number(block.toString("latin1", lengthAt + 1, lengthAt + 1 + length));
    return statusNames[code] ?? "UNKNOWN";
  }
  return "UNKNOWN";
}
