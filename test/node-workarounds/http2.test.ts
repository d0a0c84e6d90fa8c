// What is changed below grpc-js to make calls faster: callers notice nothing else of it.
import { once } from "node:events";
import { connect, createServer, type ServerHttp2Session, type ServerStreamResponseOptions } from "node:http2";
import { types } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { completeAnswerOptions } from "../../src/node-workarounds/answer-options.js";
import { renewStreamTables } from "../../src/node-workarounds/stream-tables.js";

const server = createServer();
const answerOptions: ServerStreamResponseOptions = { waitForTrailers: true };
server.on("stream", (stream, headers) => {
  if (headers[":path"] === "/unknown") {
    stream.respond({ ":status": 404 }, { endStream: true });
    stream.resume();
    return;
  }
  stream.respond({ ":status": 200 }, answerOptions);
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.pipe(stream);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
const client = connect(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
const [session]: ServerHttp2Session[] = await once(server, "session");
afterAll(() => {
  client.destroy();
  server.close();
});

/** What comes back of a call: both kinds of status and the body. */
async function answerOf(path: string): Promise<readonly unknown[]> {
  const stream = client.request({ ":method": "POST", ":path": path });
  let grpcStatus: unknown;
  stream.on("trailers", (received) => {
    grpcStatus = received["grpc-status"];
  });
  let status: unknown;
  stream.on("response", (received) => {
    status = received[":status"];
  });
  let body = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  stream.end("question");
  await once(stream, "close");
  return [status, grpcStatus, body];
}

describe("completeAnswerOptions()", () => {
  it("completes the options that answers share, and changes no answer", async () => {
    const want = await answerOf("/known");
    const listeners = server.listenerCount("stream");
    completeAnswerOptions(server);
    expect(await answerOf("/unknown")).toEqual([404, undefined, ""]);
    expect(answerOptions).toEqual({ waitForTrailers: true });
    expect(await answerOf("/known")).toEqual(want);
    expect(answerOptions).toEqual({ waitForTrailers: true, endStream: false });
    expect(server.listenerCount("stream")).toBe(listeners);
    expect(await answerOf("/known")).toEqual([200, "0", "question"]);
  });
});

describe("renewStreamTables()", () => {
  it("gives a session other tables with the same streams", async () => {
    if (session === undefined) throw new Error("no session");
    const open = [client.request({ ":method": "POST" }), client.request({ ":method": "POST" })];
    for (const stream of open) stream.write("a");
    await Promise.all(open.map((stream) => once(stream, "data")));
    const [before, pendingBefore] = tablesOf(session);
    expect(renewStreamTables(session)).toBe(2);
    const [after, pendingAfter] = tablesOf(session);
    expect(after).not.toBe(before);
    expect(pendingAfter).not.toBe(pendingBefore);
    expect(pendingAfter.constructor).toBe(pendingBefore.constructor);
    expect([...Map.prototype.entries.call(after)]).toEqual([...Map.prototype.entries.call(before)]);
    expect(after.size).toBe(2);
    for (const stream of open) {
      const echoed = once(stream, "data");
      stream.end("b");
      expect(String(await echoed)).toBe("b");
      if (!stream.closed) await once(stream, "close");
    }
    expect(after.size).toBe(0);
  });

  it("leaves alone what is no session of Node.js", () => {
    const have = { destroyed: false };
    expect(renewStreamTables(have as ServerHttp2Session)).toBe(0);
    expect(have).toEqual({ destroyed: false });
  });
});

function tablesOf(of: ServerHttp2Session): readonly [Map<number, unknown>, Set<unknown>] {
  const symbol = Object.getOwnPropertySymbols(of).find(({ description }) => description === "state");
  const state: object = symbol && Reflect.get(of, symbol);
  const [streams, pending]: unknown[] = [Reflect.get(state, "streams"), Reflect.get(state, "pendingStreams")];
  if (!types.isMap(streams) || !types.isSet(pending)) throw new Error("Node.js keeps its streams elsewhere");
  return [streams as Map<number, unknown>, pending];
}
