// Servers that go away, fall silent or answer junk in the middle of a load test: what was measured stays.
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer, Server, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../src/cli/load/run-load.js";
import { arrivalsAt } from "../../src/load/driver/arrivals.js";
import type { Calls } from "../../src/load/driver/calls.js";
import { realClock } from "../../src/load/driver/clock.js";
import { drive } from "../../src/load/driver/drive.js";
import { grpcTarget } from "../../src/load/driver/grpc-target.js";
import { httpTarget } from "../../src/load/driver/http-target.js";
import { UNREADABLE_ANSWER } from "../../src/load/driver/judge-answer.js";
import { type LoadTarget, noDecisions } from "../../src/load/driver/target.js";
import { measureRun } from "../../src/load/measure/measure-run.js";
import { untilOpen } from "../../src/load/until-open.js";
import { atEnd } from "../kit/serving.js";

const calls: Calls = {
  form: "unary",
  count: 1,
  questionsPerCall: 1,
  bytesOf: () => Buffer.from("POST / HTTP/1.1\r\ncontent-length: 0\r\n"),
  judge: () => {
    throw new Error("junk");
  },
  remarks: [],
};
const run = { loop: { kind: "closed", callers: 1 }, durationMs: 50, drainMs: 20 } as const;

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A Server of node:net that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  atEnd(() => server.close());
  return `127.0.0.1:${port}`;
}

describe("a server that is gone in the middle of a load test", () => {
  it("leaves what was measured, over gRPC", async () => {
    const server = createHttp2Server();
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      // Since Node 24 that of an HTTP/2 server ends its connections as well.
      Server.prototype.close.call(server);
    });
    const target = await grpcTarget({ address: await listening(server), connections: 2 }, calls);
    const { tally } = await drive(target, realClock, run);
    expect(tally.unfinished).toBe(1);
    await target.close();
  });

  it("leaves what was measured, over HTTP", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("data", () => server.close());
    });
    const target = await httpTarget({ address: await listening(server), connections: 2 }, calls);
    const { tally } = await drive(target, realClock, run);
    expect(tally.unfinished).toBe(1);
    await target.close();
    for (const socket of sockets) socket.destroy();
  });

  it("leaves what was measured where its own figures are asked for", async () => {
    let asked = 0;
    const { remarks } = await measureRun(failingEvery(2), {
      ...run,
      loop: { kind: "open", arrivals: arrivalsAt("uniform", 1000, "1"), mostInFlight: 10 },
      warmUpMs: 0,
      signal: new AbortController().signal,
      clockEvery: 1,
      calibration: undefined,
      serverTime: () => undefined,
      serverMetrics: async () => {
        if (asked++ > 0) throw new Error("connection refused");
        return { seconds: 0, cpuS: undefined, buckets: new Map() };
      },
    });
    expect(remarks).toContain("the server's own figures are missing: connection refused");
    expect(remarks).toEqual(expect.arrayContaining([expect.stringMatching(/^\d+\.\d % of the calls failed: rates /)]));
  });
});

describe("a server that answers junk", () => {
  it("is counted for it on a stream, too", async () => {
    const server = createHttp2Server();
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.on("data", () => stream.write(Buffer.from([0, 0, 0, 0, 1, 255])));
    });
    const target = await grpcTarget({ address: await listening(server), connections: 1 }, { ...calls, form: "stream" });
    const { tally } = await drive(target, realClock, { ...run, drainMs: 10_000 });
    expect([...tally.errors.keys()]).toEqual([UNREADABLE_ANSWER]);
    await target.close();
  });
});

describe("untilOpen()", () => {
  it("does not wait for ever for who takes a connection and says nothing", async () => {
    const { connect: connectTls } = await import("node:tls");
    const [host = "", port = ""] = (await listening(createServer((socket) => socket.on("error", () => {})))).split(":");
    const socket = connectTls({ socket: connect(Number(port), host) });
    await expect(untilOpen(socket, "secureConnect", 50)).rejects.toThrow("no answer in time");
    expect(socket.destroyed).toBe(true);
  });
});

describe("exitCodeOf()", () => {
  it.each([
    [{ errors: {}, count: 1000, unfinished: 0 }, 0],
    [{ errors: { UNAVAILABLE: 1 }, count: 1000, unfinished: 0 }, 0],
    [{ errors: { UNAVAILABLE: 2 }, count: 1000, unfinished: 0 }, 1],
    [{ errors: {}, count: 1000, unfinished: 2 }, 0],
    [{ errors: { WRONG_ANSWER: 1 }, count: 100_000, unfinished: 0 }, 1],
    [{ errors: { UNAVAILABLE: 1000 }, count: 1000, unfinished: 0 }, 2],
    [{ errors: {}, count: 0, unfinished: 0 }, 2],
  ])("is of %j %i", (report, want) => {
    expect(exitCodeOf(report)).toBe(want);
  });
});

/** Decides at once, and fails so often. */
function failingEvery(every: number): LoadTarget {
  let sent = 0;
  const target: LoadTarget = {
    name: "simulated",
    messages: 1,
    questionsPerCall: 1,
    decisions: noDecisions(),
    isAtOnce: true,
    sink: { answered: () => {} },
    send: (slot) => target.sink.answered(slot, ++sent % every === 0 ? "UNAVAILABLE" : ""),
    flush: () => {},
    waiting: 0,
    reset: async () => {},
    close: async () => {},
  };
  return target;
}
