// What a listener remembers of its streams.
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { describe, expect, it } from "vitest";
import { ConnectionShare } from "../../src/server/grpc/connection-share.js";
import { OpenStream, OpenStreams } from "../../src/server/grpc/open-streams.js";
import { Random } from "../kit/random.js";

describe("OpenStreams", () => {
  it("holds what was added and not removed", () => {
    const random = new Random(20_261_128);
    const have = new OpenStreams();
    const share = new ConnectionShare({} as ServerHttp2Session);
    const want = new Set<OpenStream>();
    for (let step = 0; step < 5000; step++) {
      if (want.size > 0 && random.chance(0.49)) {
        const gone = random.pick([...want]);
        expect([have.remove(gone), have.remove(gone)]).toEqual([true, false]);
        want.delete(gone);
      } else {
        const opened = new OpenStream({} as ServerHttp2Stream, share, undefined);
        have.add(opened);
        want.add(opened);
      }
      expect(have.count).toBe(want.size);
    }
    expect(new Set(have.all())).toEqual(want);
  });
});
