// What a listener remembers of its streams.
import type { ServerHttp2Stream } from "node:http2";
import { describe, expect, it } from "vitest";
import { OpenStream, OpenStreams } from "../src/server/open-streams.js";
import { randomFrom } from "./fuzz-random.js";

describe("OpenStreams", () => {
  it("holds what was added and not removed", () => {
    const random = randomFrom(20_261_128);
    const have = new OpenStreams();
    const want = new Set<OpenStream>();
    for (let step = 0; step < 5000; step++) {
      if (want.size > 0 && random.chance(0.49)) {
        const gone = random.pick([...want]);
        have.remove(gone);
        want.delete(gone);
      } else {
        const opened = new OpenStream({} as ServerHttp2Stream, false);
        have.add(opened);
        want.add(opened);
      }
      expect(have.count).toBe(want.size);
    }
    expect(new Set(have.all())).toEqual(want);
  });
});
