import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { callHeaders, Flag, Frame, frame, headerBlock, RawConnection } from "../kit/http2-frames.js";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, atEnd, limits, type Serving, serving, until } from "../kit/serving.js";

const authorize = "/verdict.v1.AuthorizationService/Authorize";
const stream = "/verdict.v1.AuthorizationService/StreamAuthorize";
const enhanceYourCalm = 0xb;
const opened: { close(): void }[] = [];
let shared: Serving;

beforeAll(async () => {
  shared = await serving({ requestTimeoutMs: 150, maxHeaderBytes: 4096, maxConnections: 20, idleTimeoutMs: 400 });
});

/** Whatever happened, others are still answered. */
afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await until(() => shared.server.listener.connections < 15, "the end of hostile connections");
  expect(await clientOf(shared).call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
});

describe("messages", () => {
  it.each<[string, OutgoingHttpHeaders, Buffer, number]>([
    ["more than the limit", {}, prefixed(Buffer.alloc(0), 0, limits.maxMessageBytes + 1), status.RESOURCE_EXHAUSTED],
    ["a length of 4 GiB", {}, prefixed(Buffer.alloc(0), 0, 0xffff_ffff), status.RESOURCE_EXHAUSTED],
    [
      "a gzip bomb",
      { "grpc-encoding": "gzip" },
      prefixed(gzipSync(Buffer.alloc(256 << 20)), 1),
      status.RESOURCE_EXHAUSTED,
    ],
    ["an unknown compression", { "grpc-encoding": "snappy" }, prefixed(Buffer.from("x"), 1), status.UNIMPLEMENTED],
    ["malformed gzip", { "grpc-encoding": "gzip" }, prefixed(Buffer.from("no gzip"), 1), status.INTERNAL],
    [
      "gzip that is cut off",
      { "grpc-encoding": "gzip" },
      prefixed(gzipSync(Buffer.alloc(1000)).subarray(0, 12), 1),
      status.INTERNAL,
    ],
    ["malformed deflate", { "grpc-encoding": "deflate" }, prefixed(Buffer.from("none"), 1), status.INTERNAL],
  ])("of %s end with their status", async (_, headers, body, want) => {
    expect(await post(headers, body)).toMatchObject({ "grpc-status": String(want) });
  });

  it.each<[string, OutgoingHttpHeaders, number]>([
    ["that say they are compressed, without a compression", {}, 1],
    ["that say they are compressed by what compresses nothing", { "grpc-encoding": "identity" }, 1],
    ["with a flag that no message has", {}, 7],
    ["with a flag that no message has, beside a compression", { "grpc-encoding": "gzip" }, 3],
  ])("%s are INTERNAL", async (_, headers, flag) => {
    const connection = raw();
    const more = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    connection.write(
      frame(Frame.headers, Flag.endHeaders, 1, headerBlock(callHeaders(authorize, more))),
      frame(Frame.data, Flag.endStream, 1, prefixed(Buffer.alloc(0), flag)),
    );
    const ends = () => connection.received.filter((one) => one.stream === 1 && one.type !== Frame.windowUpdate);
    await until(() => ends().length > 0, "the reset");
    // Clients read INTERNAL.
    expect(ends().map(({ type, payload }) => [type, payload.readUInt32BE(0)])).toEqual([
      [Frame.reset, constants.NGHTTP2_PROTOCOL_ERROR],
    ]);
  });
});

describe("the beginning of a call", () => {
  it.each<[string, OutgoingHttpHeaders, number]>([
    ["another content type", { "content-type": "text/plain" }, 415],
    ["no content type", { "content-type": undefined }, 415],
    ["an unknown method", { ":path": "/verdict.v1.AuthorizationService/Nothing" }, 200],
    ["an unknown path", { ":path": "/" }, 200],
    ["GET", { ":method": "GET" }, 200],
    ["a deadline that is none", { "grpc-timeout": "soon" }, 200],
    ["headers that are no text", { "x-bin": "\u00ff\u00fe", "grpc-encoding": "\u00e9" }, 200],
    ["a binary header that is no base64", { "x-bin": "%%%" }, 200],
  ])("with %s is answered", async (_, headers, want) => {
    const have = await post(headers, prefixed(Buffer.alloc(0)));
    expect(have[":status"]).toBe(want);
  });

  it.each<[string, number]>([
    ["597H", status.OK],
    ["720H", status.OK],
    ["2147484S", status.OK],
    ["99999999M", status.OK],
    ["99999999S", status.OK],
    ["20S", status.OK],
    ["0S", status.DEADLINE_EXCEEDED],
    ["-1S", status.INTERNAL],
    ["1e3S", status.INTERNAL],
    ["123456789S", status.INTERNAL],
    ["1 S", status.INTERNAL],
    ["S", status.INTERNAL],
    ["", status.INTERNAL],
    ["10s", status.INTERNAL],
    ["soon", status.INTERNAL],
  ])("with a timeout of `%s` ends with %s", async (timeout, want) => {
    expect(await post({ "grpc-timeout": timeout }, prefixed(Buffer.alloc(0)))).toMatchObject({
      "grpc-status": String(want),
    });
  });

  it.each<[string, Buffer]>([
    ["no path", headerBlock({ ":method": "POST", ":scheme": "http" })],
    ["an upper-case name", headerBlock(callHeaders(authorize, { "X-Upper": "x" }))],
    ["a header table out of range", Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a header block that is cut off", headerBlock(callHeaders(authorize)).subarray(0, -3)],
    ["a pseudo-header that does not exist", headerBlock({ ":nothing": "x", ...callHeaders(authorize) })],
    ["connection headers", headerBlock(callHeaders(authorize, { connection: "close" }))],
  ])("with %s ends the call or its connection", async (_, block) => {
    const connection = raw();
    connection.write(frame(Frame.headers, Flag.endHeaders | Flag.endStream, 1, block));
    await until(() => connection.closed || connection.heardOf(1) || connection.goAwayCode !== undefined, "an answer");
  });

  it("with more headers than allowed is refused", async () => {
    const session = connect(`http://${shared.address}`);
    opened.push(session);
    // The limit holds once the client has said that it knows the settings.
    await new Promise((resolve) => session.once("remoteSettings", resolve));
    const request = session.request({ ...callHeaders(authorize), "x-large": "x".repeat(5000) });
    const answered = new Promise((resolve) => request.once("response", (headers) => resolve(headers[":status"])));
    const failed = new Promise((resolve) => request.once("error", () => resolve("reset")));
    request.end(prefixed(Buffer.alloc(0)));
    expect(await Promise.race([answered, failed])).not.toBe(200);
  });

  it.each<[string, Buffer]>([
    ["data on a stream that was never opened", frame(Frame.data, 0, 5, Buffer.from("x"))],
    ["a frame larger than allowed", frame(Frame.data, 0, 1, Buffer.alloc(20_000))],
    ["a window beyond its limit", frame(Frame.windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
    ["a window update of nothing", frame(Frame.windowUpdate, 0, 0, Buffer.alloc(4))],
    ["settings of a wrong length", frame(Frame.settings, 0, 0, Buffer.alloc(5))],
    ["an even stream", frame(Frame.headers, Flag.endHeaders, 2, headerBlock(callHeaders(authorize)))],
    ["a continuation of nothing", frame(Frame.continuation, Flag.endHeaders, 1, headerBlock(callHeaders(authorize)))],
  ])("after %s ends the connection", async (_, bytes) => {
    const connection = raw();
    connection.write(bytes);
    await until(() => connection.closed || connection.goAwayCode !== undefined, "the end");
  });

  it("that is no HTTP/2 ends the connection", async () => {
    const connection = raw(false);
    connection.write(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    await until(() => connection.closed, "the end");
  });
});

describe("slow callers", () => {
  it.each<[string, number, Buffer]>([
    ["sends headers and nothing else", 0, Buffer.alloc(0)],
    ["sends a byte at a time", 10, Buffer.from([0])],
  ])("one that %s is reset", async (_, everyMs, byte) => {
    const connection = raw();
    connection.write(frame(Frame.headers, Flag.endHeaders, 1, headerBlock(callHeaders(authorize))));
    const timer = everyMs > 0 ? setInterval(() => connection.write(frame(Frame.data, 0, 1, byte)), everyMs) : undefined;
    await until(
      () => connection.received.some(({ type, stream: id }) => type === Frame.reset && id === 1),
      "the reset",
    );
    clearInterval(timer);
  });

  it("one that streams may take its time", async () => {
    const client = clientOf(shared);
    const call = client.open("StreamAuthorize", { requests: [allowedQuestion], detail: "OUTCOME" });
    await until(() => call.answers.length === 1, "the first answer");
    await new Promise((resolve) => setTimeout(resolve, 600));
    call.send({ requests: [allowedQuestion], detail: "OUTCOME" });
    await until(() => call.answers.length === 2, "the second answer");
    call.end();
  });

  it("one that does not take its answer is reset", async () => {
    const before = shared.server.listener.turnedAway.timedOutCalls;
    const session = connect(`http://${shared.address}`, { settings: { initialWindowSize: 0 } });
    opened.push(session);
    const request = session.request(callHeaders("/verdict.v1.AuthorizationService/BatchAuthorize"));
    const code = new Promise((resolve) => request.once("close", () => resolve(request.rstCode)));
    request.on("error", () => {});
    request.end(prefixed(Buffer.alloc(0)));
    expect(await code).toBe(constants.NGHTTP2_CANCEL);
    expect(shared.server.listener.turnedAway.timedOutCalls).toBe(before + 1);
  });

  it("one that streams and takes no answers is not asked for further questions", async () => {
    const { engine } = shared;
    const original = engine.batchAuthorize;
    let decided = 0;
    engine.batchAuthorize = (...parameters) => {
      decided += 1;
      return Reflect.apply(original, engine, parameters);
    };
    const session = connect(`http://${shared.address}`, { settings: { initialWindowSize: 0 } });
    opened.push(session);
    const request = session.request(callHeaders(stream));
    request.on("error", () => {});
    for (let count = 0; count < 100; count++) request.write(prefixed(Buffer.alloc(0)));
    await until(() => decided > 0, "the first answer");
    expect(await clientOf(shared).call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
    engine.batchAuthorize = original;
    expect(decided).toBe(1);
  });

  it.each([true, false])("one that says nothing loses its connection (preface sent: %s)", async (greets) => {
    const connection = raw(greets);
    await until(() => connection.closed, "the end");
  });

  it("one that stops inside its header block loses its connection", async () => {
    const connection = raw();
    connection.write(frame(Frame.headers, 0, 1, headerBlock(callHeaders(authorize)).subarray(0, 10)));
    await until(() => connection.closed, "the end");
  });
});

describe("floods", () => {
  it("of resets end the connection", async () => {
    const connection = raw();
    const block = headerBlock(callHeaders(authorize));
    await flood(connection, 20_000, (count) => {
      const id = count * 2 + 1;
      return [frame(Frame.headers, Flag.endHeaders, id, block), frame(Frame.reset, 0, id, Buffer.from([0, 0, 0, 8]))];
    });
    await until(() => connection.closed || connection.goAwayCode !== undefined, "the end");
  });

  it("of calls that are taken back end the connection before hundreds more begin", async () => {
    const one = await serving();
    const connection = new RawConnection(one.port);
    opened.push(connection);
    const block = headerBlock(callHeaders(authorize));
    // As fast as they are taken, so that the limit of HTTP/2 itself, 33 a second, does not come first.
    for (let id = 1; id < 2000 && connection.goAwayCode === undefined; id += 50) {
      const calls = Array.from({ length: 25 }, (_, at) => id + at * 2);
      connection.write(
        ...calls.flatMap((at) => [
          frame(Frame.headers, Flag.endHeaders, at, block),
          frame(Frame.reset, 0, at, Buffer.from([0, 0, 0, 8])),
        ]),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => connection.goAwayCode !== undefined, "the end");
    expect(connection.goAwayCode).toBe(enhanceYourCalm);
    expect(one.server.listener.turnedAway.floodedConnections).toBe(1);
  });

  it("of pings end the connection", async () => {
    const patient = await serving();
    const connection = new RawConnection(patient.port);
    opened.push(connection);
    const pongs = (): number => connection.received.filter(({ type }) => type === Frame.ping).length;
    // Until somebody looks, which is twice a second, nobody counts.
    for (let sent = 500; !connection.closed; sent += 500) {
      connection.write(...Array.from({ length: 500 }, () => frame(Frame.ping, 0, 0, Buffer.alloc(8))));
      await until(() => connection.closed || pongs() >= sent, "the answers");
    }
    expect([connection.closed, connection.goAwayCode]).toEqual([true, enhanceYourCalm]);
    expect(patient.server.listener.turnedAway.floodedConnections).toBe(1);
  });

  it("of settings end the connection", async () => {
    const connection = raw();
    const settings = Buffer.from([0, 4, 0, 0, 0xff, 0xff]);
    await flood(connection, 2000, () => [frame(Frame.settings, 0, 0, settings)]);
    await until(() => connection.closed, "the end");
  });

  it("of pings whose answers nobody reads end the connection", async () => {
    const connection = raw();
    connection.stopReading();
    await flood(connection, 40_000, () => [frame(Frame.ping, 0, 0, Buffer.alloc(8))]);
    await until(() => shared.server.listener.connections === 0 || connection.closed, "the end");
  });

  it("of continuations end the connection", async () => {
    const connection = raw();
    connection.write(frame(Frame.headers, 0, 1, headerBlock(callHeaders(authorize))));
    const more = headerBlock({ "x-more": "x".repeat(1000) });
    await flood(connection, 2000, () => [frame(Frame.continuation, 0, 1, more)]);
    await until(() => connection.closed || connection.goAwayCode !== undefined, "the end");
  });

  it("of connections are cut off at the limit", async () => {
    const many = Array.from({ length: 40 }, () => raw());
    const told = () => many.filter(({ goAwayCode }) => goAwayCode === constants.NGHTTP2_NO_ERROR);
    await until(() => told().length >= 20, "the refusals");
    expect(shared.server.listener.connections).toBeLessThanOrEqual(20);
    expect(shared.server.listener.turnedAway.refusedConnections).toBeGreaterThanOrEqual(20);
    const leaving = told();
    await until(() => leaving.every(({ closed }) => closed), "the end of those that were told to go");
  });

  it("of idle streams over several connections give way to one another at the limit, the oldest of whoever has most", async () => {
    const small = await serving({ maxOpenCalls: 50 });
    const block = headerBlock(callHeaders(stream));
    const connections = [0, 1].map(() => new RawConnection(small.port));
    opened.push(...connections);
    for (const connection of connections) {
      for (let count = 0; count < 40; count++) {
        connection.write(frame(Frame.headers, Flag.endHeaders, count * 2 + 1, block));
      }
    }
    const codes = () => connections.flatMap(({ received }) => received.filter(({ type }) => type === Frame.reset));
    await until(() => codes().length >= 30, "the resets");
    for (const { payload } of codes()) expect(payload.readUInt32BE(0)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    for (const connection of connections) connection.close();
    const other = new ProtoClient("verdict/v1/authorization.proto", "verdict.v1.AuthorizationService", small.address);
    atEnd(() => other.close());
    await until(async () => "outcome" in (await other.call("Authorize", allowedQuestion)), "an answer");
  });

  it("of calls on one connection wait or are refused", async () => {
    const connection = raw();
    const block = headerBlock(callHeaders(stream));
    for (let count = 0; count < 300; count++)
      connection.write(frame(Frame.headers, Flag.endHeaders, count * 2 + 1, block));
    const refused = (): number => connection.received.filter(({ type }) => type === Frame.reset).length;
    await until(() => refused() >= 300 - limits.maxConcurrentStreams || connection.closed, "the refusals");
  });
});

describe("the window of a connection", () => {
  const wideBy = (1 << 20) - 65_535;
  const places = 64;
  const isWide = ({ received }: RawConnection): boolean =>
    received.some(({ type, stream: of, payload }) => {
      return type === Frame.windowUpdate && of === 0 && payload.readUInt32BE(0) >= wideBy;
    });

  it("is wide for so many as were answered on, one leaving its place to another", async () => {
    const { port } = await serving({ maxConnections: 200 });
    const open = async (count: number): Promise<RawConnection[]> => {
      const connections = Array.from({ length: count }, () => new RawConnection(port));
      opened.push(...connections);
      await Promise.all(connections.map((one) => pinged(one, 0)));
      return connections;
    };
    const ask = async (connection: RawConnection, id: number): Promise<void> => {
      connection.write(
        frame(Frame.headers, Flag.endHeaders, id, headerBlock(callHeaders(authorize))),
        frame(Frame.data, Flag.endStream, id, prefixed(Buffer.alloc(0))),
      );
      await until(() => connection.received.some((one) => one.stream === id && (one.flags & 1) === 1), "an answer");
      await pinged(connection, id);
    };
    const strangers = await open(3);
    const known = await open(places + 5);
    for (const one of known) await ask(one, 1);
    expect(known.map(isWide)).toEqual(known.map((_, index) => index < places));
    expect(strangers.some(isWide)).toBe(false);
    known[0]?.close();
    const [last] = known.slice(-1);
    if (last === undefined) throw new Error("none");
    for (let id = 3; !isWide(last) && id < 199; id += 2) await ask(last, id);
    expect(isWide(last)).toBe(true);
  });
});

/** Has the server read and write all that is under way. */
async function pinged(connection: RawConnection, number: number): Promise<void> {
  const payload = Buffer.alloc(8, number);
  connection.write(frame(Frame.ping, 0, 0, payload));
  await until(
    () => connection.received.some((one) => one.type === Frame.ping && one.payload.equals(payload)),
    "an answer to a ping",
  );
}

async function flood(
  connection: RawConnection,
  count: number,
  frames: (index: number) => readonly Buffer[],
): Promise<void> {
  for (let at = 0; at < count && !connection.closed; at += 500) {
    const chunk = Array.from({ length: 500 }, (_, index) => Buffer.concat(frames(at + index)));
    connection.write(Buffer.concat(chunk));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function raw(greets = true): RawConnection {
  const connection = new RawConnection(shared.port, greets);
  opened.push(connection);
  return connection;
}

let client: ProtoClient | undefined;
function clientOf({ address }: Serving): ProtoClient {
  client ??= new ProtoClient("verdict/v1/authorization.proto", "verdict.v1.AuthorizationService", address);
  return client;
}
atEnd(() => client?.close());

/** A call as node:http2 sends it; gives headers and trailers together. */
function post(headers: OutgoingHttpHeaders, body: Buffer): Promise<Record<string, unknown>> {
  const session: ClientHttp2Session = connect(`http://${shared.address}`);
  opened.push(session);
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    const request = session.request({ ...callHeaders(authorize), ...headers });
    const have: Record<string, unknown> = {};
    request.on("response", (answer) => Object.assign(have, answer));
    request.on("trailers", (trailers) => Object.assign(have, trailers));
    request.on("error", reject);
    request.on("close", () => resolve(have));
    request.resume();
    if (headers[":method"] !== "GET") request.end(body);
  });
}

function prefixed(message: Buffer, compressed = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}
