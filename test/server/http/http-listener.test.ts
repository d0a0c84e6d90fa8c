// What the HTTP listener bears: sizes, times, numbers, bytes that are no HTTP, a stop while requests are in flight, TLS.
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Credentials, openGate } from "../../../src/access/access-gate.js";
import { TlsMaterial } from "../../../src/access/tls-material.js";
import type { HttpListener, HttpListenerOptions } from "../../../src/server/http/http-listener.js";
import { jsonReply } from "../../../src/server/http/reply.js";
import type { HttpCall, Route } from "../../../src/server/http/route.js";
import { Authority, writeIssued } from "../../kit/certificates.js";
import { listening } from "../../kit/http-server.js";

const folder = mkdtempSync(join(tmpdir(), "verdict http "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A route that says how many bytes it was given. */
const count: Route = {
  method: "POST",
  path: "/count",
  accepts: { contentType: "application/json", otherwise: 415 },
  handle: ({ body }) => jsonReply(200, { bytes: body.length }),
};

async function counting(options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
  const listener = await listening([count], { maxBodyBytes: 1000, drainTimeoutMs: 300, ...options });
  closing.push(() => listener.stop());
  return listener;
}

function socketTo({ address }: HttpListener): Socket {
  const [host = "", port = ""] = address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => {});
  closing.push(async () => void socket.destroy());
  return socket;
}

/** Everything that comes back until the server closes the connection. */
async function exchange(listener: HttpListener, text: string): Promise<string> {
  const socket = socketTo(listener);
  socket.write(text);
  return rest(socket);
}

async function rest(socket: Socket): Promise<string> {
  let received = "";
  socket.setEncoding("utf8").on("data", (piece: string) => {
    received += piece;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return received;
}

const head = (length: number | string, extra = "") =>
  `POST /count HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${extra}\r\n`;

function post(listener: HttpListener, body: string, headers: Readonly<Record<string, string>> = {}) {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
  return fetch(`http://${listener.address}/count`, init);
}

describe("sizes", () => {
  it("takes a body up to the limit and refuses one byte more", async () => {
    const listener = await counting();
    expect(await (await post(listener, "x".repeat(1000))).json()).toEqual({ bytes: 1000 });
    const refused = await post(listener, "x".repeat(1001));
    expect([refused.status, await refused.json()]).toEqual([413, { error: "body: 1001 bytes or more, at most 1000" }]);
    expect(await (await post(listener, "x")).json()).toEqual({ bytes: 1 });
  });

  it("refuses a chunked body when it has grown too large, whatever is still to come", async () => {
    const listener = await counting();
    const chunk = `1f4\r\n${"x".repeat(500)}\r\n`;
    const start =
      "POST /count HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    const received = await exchange(listener, `${start}${chunk.repeat(20)}`);
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("has the oldest body that does not end give way to others, and never keeps small ones waiting", async () => {
    const most = 100 << 10;
    const listener = await counting({ maxBodyBytes: most });
    const held = Array.from({ length: 4 }, () => {
      const socket = socketTo(listener);
      socket.write(head(most) + "x".repeat(most - 1));
      return { socket, rest: rest(socket) };
    });
    const small = await post(listener, "x".repeat(500));
    expect([small.status, await small.json()]).toEqual([200, { bytes: 500 }]);
    await until(async () => ((await post(listener, "x".repeat(most))).status === 200 ? true : undefined));
    const first = await Promise.race(held.map((one) => one.rest));
    expect(first).toMatch(/^HTTP\/1\.1 503 .*\{"error":"server: too many large requests"\}\n$/s);
    for (const { socket } of held) socket.destroy();
    await until(async () => ((await post(listener, "x".repeat(most))).status === 200 ? true : undefined));
  });

  it("refuses headers that are too large", async () => {
    const listener = await counting({ maxHeaderBytes: 2048 });
    expect(await exchange(listener, head(0, `x-a: ${"y".repeat(3000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe("times", () => {
  it.each([
    ["nothing is said", ""],
    ["headers never end", "POST /count HTTP/1.1\r\nhost: x\r\n"],
    ["a body never ends", `${head(100)}x`],
  ])("ends a connection on which %s", async (_name, text) => {
    const listener = await counting({ requestTimeoutMs: 200 });
    const socket = socketTo(listener);
    if (text !== "") socket.write(text);
    expect(await rest(socket)).toMatch(/^$|^HTTP\/1\.1 408 /);
  });

  it("ends a connection that has been idle", async () => {
    const listener = await counting({ idleTimeoutMs: 200 });
    expect(await exchange(listener, `${head(1)}x`)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("connections", () => {
  /** A connection on which a request is in work: its body has not come. */
  const working = async (listener: HttpListener): Promise<Socket> => {
    const socket = socketTo(listener);
    socket.write(head(9, "expect: 100-continue\r\n"));
    await once(socket, "data");
    return socket;
  };
  const asked = (listener: HttpListener): Promise<string> => exchange(listener, `${head(1, "connection: close\r\n")}x`);

  it("closes the oldest one on which nothing goes on where there are too many", async () => {
    const listener = await counting({ maxConnections: 3 });
    const busy = await working(listener);
    const silent: Socket[] = [];
    for (let i = 0; i < 6; i++) {
      const socket = socketTo(listener);
      await once(socket, "connect");
      silent.push(socket);
    }
    await until(async () => (silent.filter(({ closed }) => closed).length === 4 ? true : undefined));
    expect(silent.map(({ closed }) => closed)).toEqual([true, true, true, true, false, false]);
    expect(await asked(listener)).toMatch(/^HTTP\/1\.1 200 /);
    expect(listener.refusedConnections).toBe(5);
    expect(busy.closed).toBe(false);
  });

  it("closes who was never let in before who was", async () => {
    const listener = await counting({ maxConnections: 2 });
    const known = socketTo(listener);
    known.write(`${head(1)}x`);
    await once(known, "data");
    for (let i = 0; i < 3; i++) await once(socketTo(listener), "connect");
    await until(async () => (listener.refusedConnections === 2 ? true : undefined));
    expect(known.closed).toBe(false);
  });

  it("closes who comes where something goes on on all of them", async () => {
    const listener = await counting({ maxConnections: 2 });
    const [first] = [await working(listener), await working(listener)];
    expect(await asked(listener)).toBe("");
    expect(listener.refusedConnections).toBe(1);
    first?.destroy();
    await until(async () => ((await asked(listener)) === "" ? undefined : true));
  });

  it.each([
    ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
    ["another version", "GET / HTTP/3.7\r\n\r\n", 400],
    ["no host", "POST /count HTTP/1.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", 400],
    ["two hosts", head("0", "HOST: y\r\nconnection: close\r\n"), 400],
    ["two lengths", `${head("1", "content-length: 2\r\n")}x`, 400],
    ["a length beside chunks", `${head("1", "transfer-encoding: chunked\r\n")}0\r\n\r\n`, 400],
    ["a length that is none", head("-1"), 400],
  ])("answers %s with a status", async (_name, text, status) => {
    expect(await exchange(await counting(), text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe("requests", () => {
  it.each([
    ["an unknown path", "GET", "/nothing", {}, 404, "no such path"],
    ["a path that is not the same", "POST", "/count/", {}, 404, "no such path: did you mean `/count`?"],
    ["an encoded path", "POST", "/%63ount", {}, 404, "no such path"],
    ["an absolute URL", "POST", "http://other/count", {}, 404, "no such path"],
    ["another method", "DELETE", "/count", {}, 405, "the method must be POST"],
    ["no content type", "POST", "/count", { "content-type": "" }, 415, "content-type: must be application/json"],
    [
      "another content type",
      "POST",
      "/count",
      { "content-type": "text/json" },
      415,
      "content-type: must be application/json",
    ],
    [
      "another charset",
      "POST",
      "/count",
      { "content-type": "application/json; charset=utf-16" },
      415,
      "content-type: must be application/json",
    ],
    ["a compressed body", "POST", "/count", { "content-encoding": "gzip" }, 415, "content-encoding: must be identity"],
  ])("refuses %s", async (_name, method, path, headers, status, error) => {
    const listener = await counting();
    const [, port] = listener.address.split(":");
    const usual = { "content-type": "application/json" };
    const request = plainRequest({ host: "127.0.0.1", port, method, path, headers: { ...usual, ...headers } });
    request.end(method === "POST" ? "{}" : undefined);
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(await textOf(response))).toEqual({ error });
  });

  it("takes a charset that is UTF-8", async () => {
    const listener = await counting();
    expect((await post(listener, "{}", { "content-type": 'Application/JSON; charset="UTF-8"' })).status).toBe(200);
  });

  it("tells a caller of our own failures nothing, and the operator everything", async () => {
    const errors: unknown[] = [];
    const broken = { ...count, handle: () => Promise.reject(new Error("secret")) };
    const listener = await counting({ routes: [broken], onInternalError: (error) => errors.push(error) });
    const have = await post(listener, "{}", { "x-request-id": "7" });
    expect([have.status, await have.json()]).toEqual([500, { error: "internal error" }]);
    expect(have.headers.get("x-request-id")).toBe("7");
    expect(errors).toEqual([new Error("secret")]);
  });

  it("tells a handler that its caller has gone", async () => {
    let call: HttpCall | undefined;
    const waiting: Route = {
      ...count,
      async handle(asked) {
        call = asked;
        await once(asked.signal, "abort");
        return jsonReply(200, {});
      },
    };
    const errors: unknown[] = [];
    const listener = await counting({ routes: [waiting], onInternalError: (error) => errors.push(error) });
    const socket = socketTo(listener);
    socket.write(`${head(1)}x`);
    const started = await until(async () => call);
    socket.destroy();
    await until(async () => (started.signal.aborted ? true : undefined));
    expect(errors).toEqual([]);
  });
});

describe("stop()", () => {
  it("waits for a request in flight, ends idle connections and takes no more", async () => {
    let finish: (() => void) | undefined;
    const slow: Route = {
      ...count,
      path: "/slow",
      async handle() {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return jsonReply(200, { late: true });
      },
    };
    const listener = await counting({ routes: [count, slow], drainTimeoutMs: 10_000 });
    const idle = socketTo(listener);
    await once(idle, "connect");
    const busy = socketTo(listener);
    busy.write(`${head(1).replace("/count", "/slow")}x`);
    const release = await until(async () => finish);
    const stopped = listener.stop();
    await once(idle, "close");
    const answer = rest(busy);
    await expect(post(listener, "x")).rejects.toThrow("fetch failed");
    release();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 .*\{"late":true\}\n$/s);
    await stopped;
    await listener.stop();
  });

  it("ends what takes longer than the drain timeout", async () => {
    let called = false;
    const handle = (): Promise<never> => {
      called = true;
      return new Promise(() => {});
    };
    const listener = await counting({ routes: [{ ...count, handle }], drainTimeoutMs: 100 });
    const answer = exchange(listener, `${head(1)}x`);
    await until(async () => (called ? true : undefined));
    await listener.stop();
    expect(await answer).toBe("");
  });
});

describe("a unix socket", () => {
  it("has its mode bits, answers, and is gone after a stop", async () => {
    const path = join(folder, "v.sock");
    const listener = await counting({ listen: { kind: "unix", path }, socketMode: 0o660 });
    expect(listener.address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const headers = { "content-type": "application/json" };
    const request = plainRequest({ socketPath: path, path: "/count", method: "POST", headers });
    request.end("{}");
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(200);
    response.resume();
    await listener.stop();
    expect(() => statSync(path)).toThrow("ENOENT");
  });
});

describe("TLS", () => {
  it("shows the gate the names of a verified certificate, and takes new certificates", async () => {
    const authority = await Authority.create();
    const files = writeIssued(folder, "server", await authority.server("CN=first"));
    const clientCa = join(folder, "ca.pem");
    writeFileSync(clientCa, authority.pem);
    const tls = await TlsMaterial.open({ ...files, clientCa }, { everyMs: 20 });
    closing.push(async () => tls.close());
    const shown: Credentials[] = [];
    const gate = {
      admit(service: "http", credentials: Credentials) {
        shown.push(credentials);
        return openGate.admit(service, credentials);
      },
    };
    const listener = await counting({
      tls,
      gate: { admit: (_service, credentials) => gate.admit("http", credentials) },
    });
    const client = await authority.client([{ type: "url", value: "spiffe://acme/orders" }]);
    const ask = async (identity: object): Promise<string> => {
      const [, port] = listener.address.split(":");
      const headers = { "content-type": "application/json" };
      const common = { host: "localhost", port, path: "/count", method: "POST", headers, agent: false as const };
      const request = secureRequest({ ...common, ca: authority.pem, ...identity });
      request.end("{}");
      const [response] = await once(request, "response");
      const name = response.socket.getPeerCertificate().subject.CN;
      await textOf(response);
      return `${response.statusCode} ${name}`;
    };
    expect(await ask(client)).toBe("200 first");
    expect(shown).toEqual([{ authorization: undefined, certificateNames: ["spiffe://acme/orders"] }]);
    await expect(ask({})).rejects.toThrow();
    writeIssued(folder, "server", await authority.server("CN=second"));
    await until(async () => ((await ask(client)) === "200 second" ? true : undefined));
  });
});

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** Asks again until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error("no answer in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
