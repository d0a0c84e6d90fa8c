import { EventEmitter } from "node:events";
import { constants } from "node:http2";
import { describe, expect, it } from "vitest";
import { ArrivingMessages } from "../../src/server/grpc/arriving-messages.js";
import { Random } from "../kit/random.js";

const overhead = 256;

describe("ArrivingMessages", () => {
  it.each<[string, readonly Buffer[], number]>([
    ["nothing", [], 0],
    ["a whole message", [message(10)], 0],
    ["two messages in one chunk", [Buffer.concat([message(10), message(3)])], 0],
    ["an empty message", [message(0)], 0],
    ["a part of a prefix", [message(10).subarray(0, 3)], 3 + overhead],
    ["a prefix", [message(10).subarray(0, 5)], 5 + overhead],
    ["all but a byte", [message(10).subarray(0, 14)], 14 + overhead],
    ["the rest of it", [message(10).subarray(0, 14), message(10).subarray(14)], 0],
    ["a message and a part", [Buffer.concat([message(10), message(20).subarray(0, 7)])], 7 + overhead],
    ["byte after byte", [...message(10).subarray(0, 12)].map((byte) => Buffer.from([byte])), 12 * (1 + overhead)],
  ])("counts %s", (_, chunks, want) => {
    const { arriving, stream } = watched(1 << 20);
    for (const chunk of chunks) stream.emit("data", chunk);
    expect(arriving.heldBytes).toBe(want);
    arriving.forget(stream);
    expect(arriving.heldBytes).toBe(0);
  });

  it("counts nothing between messages, however they are cut", () => {
    const seed = 20_261_122;
    const random = new Random(seed);
    const { arriving, stream } = watched(1 << 20);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.concat(Array.from({ length: 5 }, () => message(random.below(40))));
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + 1 + random.below(30));
        stream.emit("data", bytes.subarray(at, end));
        at = end;
      }
      expect(arriving.heldBytes, `seed ${seed}, round ${round}`).toBe(0);
    }
  });

  it("resets the oldest part where all together are too many bytes", () => {
    const closed: number[] = [];
    const arriving = new ArrivingMessages(3000, () => {});
    const streams = [0, 1, 2, 3].map((index) => {
      const stream = fakeStream((code) => {
        expect(code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        closed.push(index);
      });
      arriving.watch(stream);
      stream.emit("data", message(10_000).subarray(0, 600));
      return stream;
    });
    expect(closed).toEqual([0]);
    streams[1]?.emit("data", Buffer.alloc(600));
    expect(closed).toEqual([0, 1]);
    expect(arriving.heldBytes).toBe(2 * (600 + overhead));
  });
});

function message(length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, 0xff);
  bytes[0] = 0;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function watched(maxBytes: number) {
  const arriving = new ArrivingMessages(maxBytes, () => {});
  const stream = fakeStream(() => {});
  arriving.watch(stream);
  return { arriving, stream };
}

function fakeStream(close: (code: number) => void) {
  return Object.assign(new EventEmitter(), { close });
}
