// Floods a server with HTTP/2 frames of one kind over connection after connection until it is killed: `node flood.mjs KIND PORT`.
import { connect } from "node:net";

const [, , kind = "", port = ""] = process.argv;

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function literal(name, value) {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

const call = Buffer.concat([
  literal(":method", "POST"),
  literal(":scheme", "http"),
  literal(":path", "/verdict.v1.AuthorizationService/BatchAuthorize"),
  literal(":authority", "localhost"),
  literal("content-type", "application/grpc"),
]);
const more = literal("x-more", "x".repeat(100));

/** What each round of 200 frames holds, by kind. */
const rounds = {
  resets: (at) => [frame(1, 4, at * 2 + 1, call), frame(3, 0, at * 2 + 1, Buffer.from([0, 0, 0, 8]))],
  pings: () => [frame(6, 0, 0, Buffer.alloc(8))],
  settings: () => [frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0xff, 0xff]))],
  continuations: (at) => [at === 0 ? frame(1, 0, 1, call) : frame(9, 0, 1, more)],
  // Messages that say they are large, sent bit by bit on as many streams as there may be.
  halves: (at) =>
    at < 100
      ? [frame(1, 4, at * 2 + 1, call), frame(0, 0, at * 2 + 1, Buffer.from([0, 0, 0x7f, 0xff, 0xff]))]
      : [frame(0, 0, (at % 100) * 2 + 1, Buffer.alloc(500))],
  // Calls that begin and never come to their question.
  headers: (at) => (at < 100 ? [frame(1, 4, at * 2 + 1, call)] : []),
  // A window that no connection may have.
  windows: () => [frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
  connections: () => [],
};
const make = rounds[kind];
if (make === undefined) throw new Error(`no flood of ${kind}`);

function flood() {
  const socket = connect(Number(port), "127.0.0.1");
  let at = 0;
  const send = () => {
    if (socket.destroyed) return;
    const frames = [];
    for (let count = 0; count < 200; count++) frames.push(...make(at++));
    const chunk = Buffer.concat(frames);
    if (chunk.length === 0) return;
    if (socket.write(chunk)) setImmediate(send);
    else socket.once("drain", send);
  };
  socket.on("connect", () => {
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0)]));
    send();
  });
  socket.on("error", () => {});
  socket.on("data", () => {});
  // Those that are turned away come again, as a flood does.
  socket.on("close", () => setTimeout(flood, 5));
}

for (let count = 0; count < (kind === "connections" ? 5000 : 4); count++) flood();
