/**
 * The HTTP listener: binds one address, guards it (rights, sizes, times, numbers) and hands requests to routes. Stops after
 * the requests in flight. Knows nothing of policies.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { AccessGate } from "../../access/access-gate.js";
import { type ListenAddress, listenAddressText } from "../../access/listen-address.js";
import type { TlsMaterial } from "../../access/tls-material.js";
import { requestIdOf } from "../../ask/decided-call.js";
import type { HttpObserver } from "../../observe/metrics/http-observer.js";
import { quote } from "../../text/quote.js";
import { defaultSocketMode, removeSocket, removeStaleSocket, withSocketMode } from "../unix-socket.js";
import { callerShare } from "./caller-share.js";
import { CallerTurns } from "./caller-turns.js";
import { httpCallFacts } from "./http-call-facts.js";
import { HttpError, httpFailureOf } from "./http-error.js";
import { HttpTraffic } from "./http-traffic.js";
import { ObservedRequest } from "./observed-request.js";
import { BodyBudget, crowded, type HeldBody, readBody } from "./read-body.js";
import { jsonReply, type Reply } from "./reply.js";
import { RequestLines } from "./request-line.js";
import { findRoute, type Route } from "./route.js";

/** What a listener is started with. */
export interface HttpListenerOptions {
  readonly listen: ListenAddress;
  readonly routes: readonly Route[];
  readonly gate: AccessGate;
  readonly maxBodyBytes: number;
  readonly drainTimeoutMs: number;
  /** TLS; without it the listener is plain. */
  readonly tls?: TlsMaterial | undefined;
  /** Mode bits of a unix socket. Default 0600. */
  readonly socketMode?: number;
  /** Connections at once; then an idle one gives way, or who comes is closed. Default 4096. */
  readonly maxConnections?: number;
  /** Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** How long a request may take to arrive. Default 20 s. */
  readonly requestTimeoutMs?: number;
  /** A connection without requests is closed after so long; 0 never. Default 5 min. */
  readonly idleTimeoutMs?: number;
  /** Hears of the beginning and the end of every request. */
  readonly observer?: HttpObserver | undefined;
  /** Hears of failures that callers see as `internal error` only. */
  readonly onInternalError?: (error: unknown) => void;
}

const defaults = {
  maxConnections: 4096,
  maxHeaderBytes: 16 << 10,
  requestTimeoutMs: 20_000,
  idleTimeoutMs: 300_000,
} as const;
/** Largest bodies that may be in memory at once. */
const bodiesAtOnce = 4;
/** As JSON a body takes some thirty times its bytes, so one large body is worked on at a time. The budget bounds how many wait. */
const largeBodyBytes = 256 << 10;
const oneLargeBody = {
  atOnce: 1,
  mostWaiting: Number.POSITIVE_INFINITY,
  refusal: () => crowded(),
};
/** A connection on which nothing moves for so long while a request is answered is closed. */
const stalledMs = 60_000;
/** How often connections are looked through for those that take too long, at least. */
const sweepMs = 1000;

/** A listener that listens. */
export class HttpListener {
  /** Where it listens, with the port that the system chose. */
  readonly address: string;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly server: Server,
    private readonly traffic: HttpTraffic,
    private readonly listen: ListenAddress,
    private readonly drainTimeoutMs: number,
    private readonly unfollowTls: (() => void) | undefined,
  ) {
    this.address = listenAddressText(listen);
  }

  /** Binds and serves. Rejects if the address cannot be bound. */
  static async start(options: HttpListenerOptions): Promise<HttpListener> {
    const { listen, tls } = options;
    const server = serverWithin(options);
    // By default Node.js forgets what comes after 2,000 headers; bytes bound them here, and a forgotten one may be the second of its name.
    server.maxHeadersCount = 0;
    const traffic = new HttpTraffic(server, options.maxConnections ?? defaults.maxConnections);
    const bodies = {
      budget: new BodyBudget(bodiesAtOnce * options.maxBodyBytes),
      largeBodies: new CallerTurns(oneLargeBody),
    };
    const lines = new RequestLines((request, response, isCrowded) => {
      traffic.begin(response);
      const observed = new ObservedRequest(request, response, options.observer);
      if (isCrowded) void refuseCrowd(request, response);
      else void answer(request, response, options, { ...bodies, observed, letIn: (socket) => traffic.letIn(socket) });
    });
    server.on("request", (request, response) => lines.take(request, response));
    server.on("clientError", refuseBytes);
    // Between requests the idle timeout rules; within one, a caller that does not take its answer.
    server.timeout = Math.max(stalledMs, options.requestTimeoutMs ?? 0);
    const bind = async (): Promise<void> => {
      server.listen(listen.kind === "unix" ? { path: listen.path } : { host: listen.host, port: listen.port });
      await once(server, "listening");
    };
    if (listen.kind === "unix") await removeStaleSocket(listen.path);
    if (listen.kind === "unix") await withSocketMode(listen.path, options.socketMode ?? defaultSocketMode, bind);
    else await bind();
    const bound = listen.kind === "tcp" ? { ...listen, port: portOf(server.address()) } : listen;
    const unfollow = tls?.onChange((context) => {
      if (server instanceof SecureServer) server.setSecureContext(context);
    });
    return new HttpListener(server, traffic, bound, options.drainTimeoutMs, unfollow);
  }

  /** Connections that were closed because there were too many. */
  get refusedConnections(): number {
    return this.traffic.refusedConnections;
  }

  /** Takes no more connections, waits for requests in flight up to the drain timeout, then ends the rest. */
  stop(): Promise<void> {
    this.stopping ??= this.drain();
    return this.stopping;
  }

  private async drain(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    await this.traffic.drain(this.drainTimeoutMs);
    await closed;
    this.unfollowTls?.();
    if (this.listen.kind === "unix") await removeSocket(this.listen.path);
  }
}

function serverWithin(options: HttpListenerOptions): Server {
  const requestTimeoutMs = options.requestTimeoutMs ?? defaults.requestTimeoutMs;
  const idleTimeoutMs = options.idleTimeoutMs ?? defaults.idleTimeoutMs;
  const shape = {
    maxHeaderSize: options.maxHeaderBytes ?? defaults.maxHeaderBytes,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    connectionsCheckingInterval: Math.max(1, Math.min(sweepMs, requestTimeoutMs / 4)),
  };
  const { tls } = options;
  return tls === undefined
    ? createServer(shape)
    : createSecureServer({ ...shape, ...tls.serverOptions, ...tls.secureContext });
}

/** What all requests of a listener share, and what looks on at one. */
interface Shared {
  readonly observed: ObservedRequest;
  readonly budget: BodyBudget;
  readonly largeBodies: CallerTurns;
  readonly letIn: (socket: Socket) => void;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpListenerOptions,
  { budget, largeBodies, letIn, observed }: Shared,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.on("error", () => {});
  let body: HeldBody | undefined;
  let failure: Route["failure"];
  try {
    checkHost(request);
    const [path = "", search = ""] = splitOnce(request.url ?? "", "?");
    const { route, policySet } = findRoute(options.routes, request.method ?? "", path);
    failure = route.failure;
    observed.found(route);
    const query = new URLSearchParams(search);
    checkQuery(query, route);
    const gate = route.isOpen === true ? undefined : options.gate;
    const facts = await httpCallFacts(gate, request, observed.traceparent);
    const share = callerShare(facts, request.socket);
    if (route.isOpen !== true) letIn(request.socket);
    if (route.method === "POST") {
      checkHeaders(request, route);
      body = await readBody(request, options.maxBodyBytes, budget, share);
    }
    const bytes = body?.bytes ?? new Uint8Array();
    const call = {
      path,
      policySet,
      facts,
      query,
      rawHeaders: request.rawHeaders,
      share,
      signal: gone.signal,
      body: bytes,
    };
    const isAlone = bytes.length > largeBodyBytes && route.isDoneAside !== true;
    const work = (): Reply | Promise<Reply> => route.handle(call);
    const reply = await (isAlone ? largeBodies.run(share, gone.signal, work) : work());
    await send(request, response, withDecisionIds(reply, facts.decisionIds));
  } catch (error: unknown) {
    const { status, message, headers, isOurs } = httpFailureOf(error);
    // A caller that went away is no failure of ours, whatever broke when it did.
    if (isOurs && !gone.signal.aborted) options.onInternalError?.(error);
    const reply = failure?.(status, message) ?? jsonReply(status, { error: message });
    await send(request, response, { ...reply, headers: { ...reply.headers, ...headers } });
  } finally {
    body?.release();
  }
}

/** One that sent on and on without waiting for its answers loses its connection after those that were in line. */
function refuseCrowd(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = jsonReply(503, { error: "connection: too many requests at once" });
  return send(request, response, { ...reply, headers: { "retry-after": "1", connection: "close" } });
}

/** Node.js keeps the first of several and says nothing (RFC 9112, section 3.2). */
function checkHost({ rawHeaders }: IncomingMessage): void {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === "host") hosts++;
  if (hosts > 1) throw new HttpError(400, "host: is given twice");
}

function checkQuery(query: URLSearchParams, route: Route): void {
  if (route.query === undefined) return;
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!route.query.includes(name)) throw new HttpError(400, `query: unknown parameter ${quote(name)}`);
    if (seen.has(name)) throw new HttpError(400, `query: ${quote(name)} is given twice`);
    seen.add(name);
  }
}

function checkHeaders(request: IncomingMessage, { accepts }: Route): void {
  const { headers } = request;
  // Only browsers send it with a POST: a page must not ask a decision point on the loopback of its reader.
  if (headers.origin !== undefined) throw new HttpError(403, "origin: calls from browsers are not answered");
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new HttpError(415, "content-encoding: must be identity", { "accept-encoding": "identity" });
  }
  if (accepts === undefined) return;
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const charset = parameters.map((one) => /^charset="?([^"]*)"?$/.exec(one.trim())?.[1]).find((one) => one);
  if (type.trim() !== accepts.contentType || (charset ?? "utf-8") !== "utf-8") {
    throw new HttpError(accepts.otherwise, `content-type: must be ${accepts.contentType}`);
  }
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  const pieces = typeof reply.body === "string" || reply.body instanceof Uint8Array ? [reply.body] : reply.body;
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  response.writeHead(reply.status, {
    ...reply.headers,
    ...echo(requestIdOf(request.headers["x-request-id"])),
    "content-type": reply.contentType,
    "content-length": length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** Waits until the other side has taken what was written, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/** The caller's own name for its request comes back as it is. */
function echo(id: string | undefined): Record<string, string> {
  return id === undefined ? {} : { "x-request-id": id };
}

/** Most ids of decisions that one answer tells: a search makes more. */
const MOST_IDS = 8;

/** The answer with the ids that its decisions have in the log, if there is one. */
function withDecisionIds(reply: Reply, ids: readonly string[] = []): Reply {
  if (ids.length === 0) return reply;
  return { ...reply, headers: { ...reply.headers, "x-decision-id": ids.slice(0, MOST_IDS).join(", ") } };
}

/** What is no HTTP gets a short answer and loses its connection. */
function refuseBytes(error: Error, socket: Duplex): void {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === "object" ? address.port : 0;
}
