/**
 * One health check of a gRPC server, over nothing but HTTP/2: probes run every few seconds and should cost little. Takes an address,
 * gives the status; sends no secret and, unless it is told whom to believe, trusts any certificate, because what it hears is used for
 * nothing but restarts.
 */
import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { ListenAddress } from "../access/listen-address.js";
import { HealthRequestField, HealthResponseField } from "../server/grpc/health-fields.js";
import { WireError, wireReader } from "../wire/wire-reader.js";
import { WireWriter } from "../wire/wire-writer.js";

/** Whom to ask. */
export interface Probe {
  readonly address: ListenAddress;
  /** The empty name stands for the whole server. */
  readonly service: string;
  readonly timeoutMs: number;
  /** Absent without TLS. */
  readonly tls?: ProbeTls | undefined;
}

/** How to speak TLS. */
export interface ProbeTls {
  /** PEM of a client certificate and its key, where the server asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** PEM of the authorities to believe; any certificate is believed without it. */
  readonly ca?: Buffer;
  /** The name that the certificate has to have; default: the host of the address. */
  readonly serverName?: string;
}

/** `SERVING`, `NOT_SERVING` or the like. Rejects with a reason where there is no answer. */
export function probeHealth(probe: Probe): Promise<string> {
  return new Promise((resolve, reject) => {
    const scheme = probe.tls === undefined ? "http" : "https";
    const session = connectHttp2(`${scheme}://localhost`, { createConnection: () => socketTo(probe) });
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      session.destroy();
      settle();
    };
    const fail = (reason: string): void => end(() => reject(new Error(reason)));
    const timer = setTimeout(() => fail("no answer in time"), probe.timeoutMs);
    session.on("error", (error) => fail(reasonOf(error)));
    session.on("close", () => fail(noAnswer(probe)));
    const call = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const body: Buffer[] = [];
    let status: unknown;
    const heed = (headers: { readonly "grpc-status"?: unknown }): void => {
      status = headers["grpc-status"] ?? status;
    };
    call.on("response", heed);
    call.on("trailers", heed);
    call.on("data", (bytes: Buffer) => body.push(bytes));
    call.on("error", (error) => fail(reasonOf(error.cause instanceof Error ? error.cause : error)));
    call.on("end", () => {
      if (status === "0") end(() => resolve(statusIn(Buffer.concat(body))));
      else if (status === NOT_FOUND) end(() => resolve("SERVICE_UNKNOWN"));
      else if (status === undefined) fail(noAnswer(probe));
      else fail(`the call ended with the gRPC status ${String(status)}`);
    });
    call.end(request(probe.service));
  });
}

/** What OpenSSL says of a client without a certificate is for programmers. */
function reasonOf({ message }: Error): string {
  return /alert certificate required/.test(message)
    ? "the server asks for a certificate of the client: give --tls-cert and --tls-key"
    : message;
}

/** A TLS listener says nothing to who speaks plainly. */
function noAnswer({ tls }: Probe): string {
  return tls === undefined
    ? "no answer: a listener with TLS is asked with --tls-ca, or --tls-cert and --tls-key"
    : "no answer";
}

const NOT_FOUND = "5";
const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

function socketTo({ address, tls }: Probe): Duplex {
  const place =
    address.kind === "unix" ? { path: address.path } : { host: reachable(address.host), port: address.port };
  if (tls === undefined) return connectSocket(place);
  const { serverName, ...material } = tls;
  const name = serverName === undefined ? {} : { servername: serverName };
  return connectTls({
    ...place,
    ...material,
    ...name,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: tls.ca !== undefined,
  });
}

/** A listener at every address is reached at loopback. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** HealthCheckRequest with its gRPC prefix. */
function request(service: string): Buffer {
  const message = new WireWriter("mark").text(HealthRequestField.Service, service).take();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** HealthCheckResponse with its prefix. */
function statusIn(body: Buffer): string {
  let status = 0;
  try {
    const reader = wireReader(body.subarray(5), "lenient");
    while (reader.next()) if (reader.field === HealthResponseField.Status) status = reader.number();
  } catch (error: unknown) {
    if (!(error instanceof WireError)) throw error;
    status = 0;
  }
  return statuses[status] ?? "UNKNOWN";
}
