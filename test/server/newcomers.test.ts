/** Connections become sessions in order, and all of them do: also those that wait because others flooded. */
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import { type AddressInfo, Server, Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { Server as GrpcServer } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { takeStreams } from "../../src/server/grpc/http2-insides.js";
import { Newcomers } from "../../src/server/newcomers.js";
import { atEnd } from "../kit/serving.js";

function server() {
  const greeted: Socket[] = [];
  const own = new Server((socket) => greeted.push(socket));
  return { own, greeted, newcomers: new Newcomers(own) };
}

/** A connection that was accepted. */
function accepted(): Socket {
  const socket = new Socket();
  const nothing = (): void => {};
  Reflect.set(socket, "_handle", { readStop: nothing, readStart: nothing, close: nothing });
  return socket;
}

describe("newcomers", () => {
  it("become sessions at once, however many there are", () => {
    const { own, greeted } = server();
    const sockets = Array.from({ length: 100 }, accepted);
    for (const socket of sockets) own.emit("connection", socket);
    expect(greeted).toEqual(sockets);
  });

  it("wait after floods, behind each other, and are let in all the same", async () => {
    const { own, greeted, newcomers } = server();
    for (let count = 0; count < 100; count++) newcomers.flooded();
    const sockets = Array.from({ length: 20 }, accepted);
    for (const socket of sockets) own.emit("connection", socket);
    expect(greeted).toEqual([]);
    const [first, ...others] = sockets;
    // What a socket tells of a caller that has reset its connection.
    first?.destroy(new Error("read ECONNRESET"));
    while (greeted.length < others.length) await turn();
    expect(greeted).toEqual(others);
  });

  it("are nobody's streams any more where those have ended before anyone was told", () => {
    const http2 = createServer();
    const told: unknown[] = [];
    http2.on("stream", (stream) => told.push(stream));
    takeStreams({ onStreamOpened: () => {} } as unknown as GrpcServer, http2, () => false);
    http2.emit("stream", { destroyed: true }, {});
    const alive = { destroyed: false };
    http2.emit("stream", alive, {});
    expect(told).toEqual([alive]);
  });

  it("lose nothing of what they said meanwhile", async () => {
    const http2 = createServer((request, response) => request.pipe(response));
    const newcomers = new Newcomers(http2);
    http2.listen(0, "127.0.0.1");
    await once(http2, "listening");
    atEnd(() => http2.close());
    const { port } = http2.address() as AddressInfo;
    for (let count = 0; count < 100; count++) newcomers.flooded();
    const echoes = Array.from({ length: 40 }, async (_, index) => {
      const session = connect(`http://127.0.0.1:${port}`);
      const stream = session.request({ ":method": "POST" });
      const said = Buffer.alloc(50_000, index);
      stream.end(said);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      session.close();
      return Buffer.concat(chunks).equals(said);
    });
    expect(await Promise.all(echoes)).toEqual(echoes.map(() => true));
  });
});
