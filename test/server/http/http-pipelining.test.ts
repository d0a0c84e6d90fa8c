// Requests that are sent without waiting for the answers before: one of a connection in work, few in line, the rest refused.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpListener, HttpListenerOptions } from "../../../src/server/http/http-listener.js";
import { jsonReply } from "../../../src/server/http/reply.js";
import { mostInLine } from "../../../src/server/http/request-line.js";
import type { Route } from "../../../src/server/http/route.js";
import { Readiness } from "../../../src/server/readiness.js";
import { operatorRoutes } from "../../../src/server/routes/operator-routes.js";
import { listening } from "../../kit/http-server.js";
import { until } from "../../kit/serving.js";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function routed(routes: readonly Route[], options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
  const listener = await listening(routes, { maxBodyBytes: 1000, drainTimeoutMs: 300, ...options });
  closing.push(() => listener.stop());
  return listener;
}

/** Answers when it is told to, and knows who has begun. */
class Held {
  readonly begun: string[] = [];
  readonly waiting: (() => void)[] = [];

  readonly routes: readonly Route[] = [
    { method: "GET", path: "/held", isOpen: true, handle: ({ query }) => this.hold(query.get("n") ?? "") },
    { method: "POST", path: "/held", handle: ({ body }) => this.hold(Buffer.from(body).toString()) },
    { method: "GET", path: "/free", isOpen: true, handle: () => jsonReply(200, "free") },
  ];

  /** Lets the one that waits longest be answered. */
  async release(): Promise<void> {
    await until(() => this.waiting.length > 0, "a request in work");
    this.waiting.shift()?.();
  }

  private async hold(name: string) {
    this.begun.push(name);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return jsonReply(200, name);
  }
}

function socketTo({ address }: HttpListener): Socket & { received: string } {
  const [host = "", port = ""] = address.split(":");
  const socket = Object.assign(connect(Number(port), host), { received: "" });
  socket.setEncoding("utf8").on("data", (text: string) => {
    socket.received += text;
  });
  socket.on("error", () => {});
  closing.push(() => void socket.destroy());
  return socket;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));
const answers = (text: string) => [...text.matchAll(/^"(.*)"$/gm)].map(([, name]) => name);
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

describe("pipelined requests", () => {
  it("are begun one after the other and answered in order", async () => {
    const held = new Held();
    const socket = socketTo(await routed(held.routes));
    const want = numbers(1 + mostInLine);
    socket.write(want.map((n) => get(`/held?n=${n}`)).join(""));
    for (const at of want.keys()) {
      await until(() => held.begun.length > at, "the next request");
      expect(held.begun).toEqual(want.slice(0, at + 1));
      await held.release();
    }
    await until(() => answers(socket.received).length === want.length, "all answers");
    expect(answers(socket.received)).toEqual(want);
    socket.write(get("/free"));
    await until(() => socket.received.endsWith('"free"\n'), "the connection to go on");
  });

  it("beyond the line are refused once, and the connection is closed", async () => {
    const held = new Held();
    const socket = socketTo(await routed(held.routes));
    const closed = once(socket, "close");
    socket.write(
      numbers(500)
        .map((n) => get(`/held?n=${n}`))
        .join(""),
    );
    for (let count = 0; count <= mostInLine; count++) await held.release();
    await closed;
    expect(answers(socket.received)).toEqual(numbers(1 + mostInLine));
    expect(statuses(socket.received)).toEqual([...Array(1 + mostInLine).fill(200), 503]);
    expect(socket.received).toMatch(/\{"error":"connection: too many requests at once"\}\n$/);
    expect(held.begun).toEqual(numbers(1 + mostInLine));
  });

  it("have their bodies, each its own", async () => {
    const held = new Held();
    const socket = socketTo(await routed(held.routes));
    const bodies = ["a".repeat(900), "b".repeat(700), "c"];
    for (const body of bodies) {
      socket.write(`POST /held HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    }
    for (const _ of bodies) await held.release();
    await until(() => answers(socket.received).length === bodies.length, "all answers");
    expect(answers(socket.received)).toEqual(bodies);
  });

  it("leave other connections alone while one is in work", async () => {
    const held = new Held();
    const listener = await routed(held.routes);
    socketTo(listener).write(get("/held?n=1").repeat(1000));
    await until(() => held.begun.length === 1, "the first request");
    expect(await (await fetch(`http://${listener.address}/free`)).json()).toBe("free");
    expect(held.begun).toEqual(["1"]);
  });

  it("do not hold up a stop once their connection has gone", async () => {
    const held = new Held();
    const listener = await routed(held.routes, { drainTimeoutMs: 600_000 });
    const socket = socketTo(listener);
    socket.write(get("/held?n=1").repeat(10));
    await until(() => held.begun.length === 1, "the first request");
    socket.destroy();
    await listener.stop();
    expect(held.begun).toEqual(["1"]);
  });
});

describe("what operators ask", () => {
  it("has one run of the metrics for all who ask meanwhile", async () => {
    let runs = 0;
    let finish = (_: { contentType: string; body: string }): void => {};
    const metrics = () => {
      runs++;
      return new Promise<{ contentType: string; body: string }>((resolve) => {
        finish = resolve;
      });
    };
    const routes = operatorRoutes(new Readiness(), metrics);
    const scrape = routes.find(({ path }) => path === "/metrics");
    const ask = () =>
      scrape?.handle({
        path: "/metrics",
        query: new URLSearchParams(),
        rawHeaders: [],
        body: new Uint8Array(),
        facts: {
          transport: "http",
          caller: { name: "anonymous", mayExplain: false },
          peer: "",
          traceparent: undefined,
        },
        policySet: "",
        signal: new AbortController().signal,
        share: "one",
      });
    const all = [ask(), ask(), ask()];
    expect(runs).toBe(1);
    finish({ contentType: "text/plain", body: "a 1\n" });
    const reply = { status: 200, contentType: "text/plain", body: "a 1\n" };
    expect(await Promise.all(all)).toEqual([reply, reply, reply]);
    const later = ask();
    expect(runs).toBe(2);
    finish({ contentType: "text/plain", body: "a 2\n" });
    expect(await later).toEqual({ ...reply, body: "a 2\n" });
  });
});
