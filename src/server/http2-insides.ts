/**
 * What lies below grpc-js: the HTTP/2 servers that it makes and the options that it makes them with. grpc-js has settings for
 * some of them only, so this file reaches past its interface; it is the one place that does, and throws where the inside is not as
 * expected, so that a limit never goes missing unnoticed. What only makes calls faster is left alone instead.
 */
import type { Http2Server, Http2Session, ServerOptions } from "node:http2";
import { Server as SocketServer } from "node:net";
import { types } from "node:util";
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

/** Both kinds of HTTP/2 server listen at sockets. */
function isHttp2Server(value: unknown): value is Http2Server {
  return value instanceof SocketServer && "updateSettings" in value;
}

/**
 * Puts the open streams of a session into a table of the same kind that is young. Node.js keeps them in a Map, which is where calls
 * come and go fastest: see `OpenStreams` for what that costs, a quarter of what a server can do. Whoever looks a stream up asks the
 * session for its table each time, and a session without such a table stays as it is.
 */
export function renewStreamTable(session: Http2Session): void {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === "state");
  const state: unknown = symbol && Reflect.get(session, symbol);
  if (typeof state !== "object" || state === null) return;
  const streams: unknown = Reflect.get(state, "streams");
  if (!types.isMap(streams) || typeof streams.constructor !== "function") return;
  const young: unknown = Reflect.construct(streams.constructor, [Map.prototype.entries.call(streams)]);
  if (types.isMap(young) && Reflect.getPrototypeOf(young) === Reflect.getPrototypeOf(streams)) {
    Reflect.set(state, "streams", young);
  }
}
