/** A server of the authorization service that answers what a test tells it to, right or wrong. */
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { authorizationMethod } from "./proto-file.js";
import { atEnd } from "./serving.js";

/** A message, decoded. */
export type Message = Readonly<Record<string, unknown>>;

/** A call that the server was sent. */
export interface SeenCall {
  readonly method: string;
  readonly request: Message;
  /** How many questions it holds. */
  readonly count: number;
  readonly metadata: Metadata;
  /** The connection that it came over. */
  readonly peer: string;
  readonly cancelled: Promise<void>;
}

/** A gRPC status that ends a call. */
export interface Ending {
  readonly code: number;
  readonly details: string;
}

/** What the server does with a call: bytes or a message to answer, a status to end it with, or nothing at all. */
export type Behave = (call: SeenCall) => Buffer | Message | Ending | undefined;

/** A server that behaves as told, and every call that it saw. */
export interface FakeService {
  readonly address: string;
  readonly seen: readonly SeenCall[];
  /** Ends every connection at once, as a crash does. */
  die(): void;
}

/** Starts one; it ends with the tests of the file. Port 0 lets the system choose. */
export async function fakeService(
  behave: Behave,
  port = 0,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<FakeService> {
  const server = new Server();
  const seen: SeenCall[] = [];
  const see = (
    method: string,
    call: ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
    bytes: Buffer,
  ) => {
    const request: Message = { ...authorizationMethod(method).requestDeserialize(bytes) };
    const count = Array.isArray(request.requests) ? request.requests.length : 1;
    const cancelled = new Promise<void>((resolve) => call.once("cancelled", resolve));
    const one = { method, request, count, metadata: call.metadata, peer: call.getPeer(), cancelled };
    seen.push(one);
    return behave(one);
  };
  const unary =
    (method: string) =>
    (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
      const does = see(method, call, call.request);
      if (does === undefined) return;
      if (isEnding(does)) answer(Object.assign(new Error(does.details), does));
      else answer(null, asBytes(method, does));
    };
  const stream = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    let hasAnswered = false;
    call.on("error", () => {});
    call.on("data", (bytes: Buffer) => {
      const does = see("StreamAuthorize", call, bytes);
      if (does === undefined) return;
      if (isEnding(does)) call.emit("error", Object.assign(new Error(does.details), does));
      else call.write(asBytes("StreamAuthorize", does));
      hasAnswered = true;
    });
    // A server that never answered hangs to the end.
    call.on("end", () => hasAnswered && call.end());
  };
  const asIs = (bytes: Buffer): Buffer => bytes;
  const methods = ["Authorize", "BatchAuthorize", "StreamAuthorize"].map((name) => {
    const { path, requestStream, responseStream } = authorizationMethod(name);
    const codecs = {
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    return [name, { path, requestStream, responseStream, ...codecs }] as const;
  });
  server.addService(Object.fromEntries(methods), {
    Authorize: unary("Authorize"),
    BatchAuthorize: unary("BatchAuthorize"),
    StreamAuthorize: stream,
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, at) => (error === null ? resolve(at) : reject(error)));
  });
  atEnd(() => server.forceShutdown());
  return { address: `127.0.0.1:${bound}`, seen, die: () => server.forceShutdown() };
}

/** Allows everything, in the form that was asked for. */
export function allowing({ method, request, count }: SeenCall): Message {
  if (method === "Authorize") {
    return { outcome: "ALLOWED", decision: request.detail === "OUTCOME" ? undefined : { outcome: "ALLOWED" } };
  }
  return request.detail === "OUTCOME"
    ? { outcomes: new Array(count).fill("ALLOWED") }
    : { decisions: new Array(count).fill({ outcome: "ALLOWED" }) };
}

function isEnding(does: Buffer | Message | Ending): does is Ending {
  return "code" in does && "details" in does;
}

function asBytes(method: string, does: Buffer | Message): Buffer {
  return Buffer.isBuffer(does) ? does : authorizationMethod(method).responseSerialize(does);
}
