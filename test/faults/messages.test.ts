/** Rows 23 and 24 of the battery, as others notice them: messages that blow up and calls that are no calls hurt their senders alone. */
import { connect, constants } from "node:http2";
import { setTimeout as wait } from "node:timers/promises";
import { deflateRawSync, gzipSync, constants as zlib } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callHeaders, Flag, Frame, frame, headerBlock, RawConnection } from "../kit/http2-frames.js";
import { Random } from "../kit/random.js";
import { Attacked } from "./attacked.js";
import { extent, seed } from "./extent.js";

const path = "/verdict.v1.AuthorizationService/BatchAuthorize";
const gibibyte = 2 ** 30;

let server: Attacked;
beforeAll(async () => {
  server = await Attacked.start("--request-timeout", "2s");
});
afterAll(() => server.stop());

describe("a gzip bomb of 4 GiB in 4 MiB", () => {
  it.each<[string, () => Buffer]>([
    ["one stream", oneStream],
    ["many members", manyMembers],
  ])("of %s is refused before it is unpacked", async (name, bomb) => {
    const bytes = prefixed(bomb(), 1);
    expect(bytes.length).toBeLessThan(5 << 20);
    const statuses = await server.survives(`gzip bombs of ${name}`, async ({ address }) => {
      const heard: string[] = [];
      const endAt = performance.now() + extent(1500, 8000);
      const throwBombs = async (): Promise<void> => {
        do heard.push(await post(address, bytes));
        while (performance.now() < endAt);
      };
      await Promise.all([throwBombs(), throwBombs(), throwBombs()]);
      return heard;
    });
    expect(new Set(statuses)).toEqual(new Set([String(status.RESOURCE_EXHAUSTED)]));
  });
});

describe("calls that are changed at random", () => {
  it("hurt nobody else", async () => {
    const random = new Random(seed);
    const question = Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x61]);
    const call = [
      frame(Frame.headers, Flag.endHeaders, 1, headerBlock(callHeaders(path, { "grpc-timeout": "5S" }))),
      frame(Frame.data, Flag.endStream, 1, prefixed(question)),
      frame(Frame.windowUpdate, 0, 0, Buffer.from([0, 0, 1, 0])),
      frame(Frame.ping, 0, 0, Buffer.alloc(8)),
      frame(Frame.reset, 0, 1, Buffer.from([0, 0, 0, 8])),
    ];
    const calls = await server.survives("random changes", async ({ port }) => {
      const endAt = performance.now() + extent(3000, 40_000);
      let count = 0;
      while (performance.now() < endAt || count <= 100) {
        const connections = Array.from({ length: 10 }, () => new RawConnection(port, random.chance(0.9)));
        for (const connection of connections) connection.write(changed());
        await wait(20);
        for (const connection of connections) connection.close();
        count += connections.length;
      }
      return count;
    });
    console.log(`faults: ${calls} connections with changed calls`);
    expect(calls).toBeGreaterThan(100);
    await server.isRidOfOthers();
    // Whoever is hostile writes no log lines either.
    expect(server.output.err()).toBe("");

    function changed(): Buffer {
      const bytes = Buffer.concat(call.filter(() => random.chance(0.8)));
      for (let times = 1 + random.below(6); times > 0 && bytes.length > 0; times--) {
        bytes[random.below(bytes.length)] = random.chance(0.5)
          ? random.below(256)
          : random.pick([0, 1, 0x7f, 0x80, 0xff]);
      }
      return random.chance(0.3) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
    }
  });
});

/** The status of a call with such a message. */
function post(address: string, body: Buffer): Promise<string> {
  const session = connect(`http://${address}`);
  return new Promise((resolve, reject) => {
    session.on("error", () => {});
    const request = session.request(callHeaders(path, { "grpc-encoding": "gzip" }));
    let heard = "none";
    const hear = (headers: { "grpc-status"?: unknown }): void => {
      if (headers["grpc-status"] !== undefined) heard = String(headers["grpc-status"]);
    };
    request.on("response", hear);
    request.on("trailers", hear);
    request.on("error", (error) => (request.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : reject(error)));
    request.on("close", () => {
      session.destroy();
      resolve(heard);
    });
    request.resume();
    request.end(body);
  });
}

/** The same 16 MiB of zeros over and over in one deflate stream: it has no end, which nobody should ever come to see. */
function oneStream(): Buffer {
  const piece = 16 << 20;
  const deflated = deflateRawSync(Buffer.alloc(piece), { finishFlush: zlib.Z_FULL_FLUSH });
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  return Buffer.concat([head, ...Array.from({ length: (4 * gibibyte) / piece }, () => deflated)]);
}

function manyMembers(): Buffer {
  const piece = 16 << 20;
  const member = gzipSync(Buffer.alloc(piece), { level: 9 });
  return Buffer.concat(Array.from({ length: (4 * gibibyte) / piece }, () => member));
}

function prefixed(message: Buffer, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
