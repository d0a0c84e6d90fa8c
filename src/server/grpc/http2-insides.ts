/**
 * What lies below grpc-js: the HTTP/2 servers that it makes and the options that it makes them with. grpc-js has settings for
 * some of them only, so this file reaches past its interface; it is the one place that does, and throws where the inside is not as
 * expected, so that a limit never goes missing unnoticed. What only makes calls faster is left alone instead.
 */
import type { Http2Server, Http2Session, ServerHttp2Stream, ServerOptions } from "node:http2";
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
 * Gives the one options object with which grpc-js begins every answer the member `endStream`. Node.js copies the options of each answer
 * and adds it, for which V8 (Node 20) makes a hidden class of its own every time: 0.6 µs of a call and more than half of what a call
 * leaves in old memory.
 */
export function completeAnswerOptions(server: Http2Server): void {
  const complete = (stream: ServerHttp2Stream): void => {
    const { respond } = stream;
    stream.respond = (headers, options) => {
      if (options !== undefined && !("endStream" in options) && Object.isExtensible(options)) {
        options.endStream = false;
        server.off("stream", complete);
      }
      respond.call(stream, headers, options);
    };
  };
  // Some calls are answered by the first who hears of them, with other options.
  server.prependListener("stream", complete);
}

/**
 * Puts the streams of a session into tables of the same kind that are young, and says how many there are. Node.js keeps them in a Map
 * and, before they have a number, in a Set, which is where calls come and go fastest: see `OpenStreams` for what that costs, a quarter
 * of what a server can do. Whoever looks a stream up asks the session for its table each time, and a session without such a table
 * stays as it is.
 */
export function renewStreamTables(session: Http2Session): number {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === "state");
  const state: unknown = symbol && Reflect.get(session, symbol);
  if (typeof state !== "object" || state === null) return 0;
  const streams: unknown = Reflect.get(state, "streams");
  const pending: unknown = Reflect.get(state, "pendingStreams");
  if (types.isMap(streams)) renew(state, "streams", streams, Map.prototype.entries.call(streams));
  if (types.isSet(pending)) renew(state, "pendingStreams", pending, Set.prototype.values.call(pending));
  return types.isMap(streams) ? streams.size : 0;
}

/** INVARIANT: a copy is put in the place of a table only if it is one of the same class. */
function renew(state: object, member: string, table: object, entries: Iterable<unknown>): void {
  if (typeof table.constructor !== "function") return;
  const young: unknown = Reflect.construct(table.constructor, [entries]);
  const isAlike = typeof young === "object" && Reflect.getPrototypeOf(young ?? {}) === Reflect.getPrototypeOf(table);
  if (isAlike) Reflect.set(state, member, young);
}
