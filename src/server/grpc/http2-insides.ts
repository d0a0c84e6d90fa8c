/**
 * What lies below grpc-js: the HTTP/2 servers that it makes and the options that it makes them with. grpc-js has settings for
 * some of them only, so this file reaches past its interface; it is the one place that does, and throws where the inside is not as
 * expected, so that a limit never goes missing unnoticed.
 */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream, ServerOptions } from "node:http2";
import { Server as SocketServer } from "node:net";
import type { Server } from "@grpc/grpc-js";

/** Gives the HTTP/2 servers of every later bind these options. */
export function setHttp2Options(grpc: Server, options: ServerOptions): void {
  const common: unknown = Reflect.get(grpc, "commonServerOptions");
  if (typeof common !== "object" || common === null || !("maxSessionMemory" in common)) {
    throw new Error("grpc-js: no common options of its HTTP/2 servers");
  }
  Object.assign(common, options);
}

/** The HTTP/2 servers of a bound server; one for each address that its name stands for. */
export function http2ServersOf(grpc: Server): readonly Http2Server[] {
  const servers: unknown = Reflect.get(grpc, "http2Servers");
  const found = servers instanceof Map ? [...servers.keys()].filter(isHttp2Server) : [];
  if (found.length === 0) throw new Error("grpc-js: no HTTP/2 server after binding");
  return found;
}

/**
 * Lets `serve` have the streams that it takes, and grpc-js all others. grpc-js still counts those that it does not see, so that a
 * connection with calls on it is not idle. INVARIANT: before anyone else listens for streams.
 */
export function takeStreams(
  grpc: Server,
  server: Http2Server,
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean,
): void {
  const count: unknown = Reflect.get(grpc, "onStreamOpened");
  const [handle, ...more] = server.listeners("stream");
  if (typeof count !== "function" || handle === undefined || more.length > 0) {
    throw new Error("grpc-js: not one listener for streams that are counted");
  }
  server.removeAllListeners("stream");
  server.on("stream", (stream, headers, ...rest) => {
    // It may have ended with its session before anyone was told of it; grpc-js throws where it answers one.
    if (stream.destroyed) return;
    if (serve(stream, headers)) Reflect.apply(count, grpc, [stream]);
    else Reflect.apply(handle, server, [stream, headers, ...rest]);
  });
}

/** Both kinds of HTTP/2 server listen at sockets. */
function isHttp2Server(value: unknown): value is Http2Server {
  return value instanceof SocketServer && "updateSettings" in value;
}
