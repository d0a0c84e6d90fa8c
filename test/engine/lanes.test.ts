// Lanes to worker threads: entries keep their order and their answers, a thread that dies takes one entry with it, whoever lacks a
// memory is given it, and the engine's batches are answered alike wherever they are decided.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { Lane, type LaneServer } from "../../src/engine/lane.js";
import { LANE_SLOTS, type LaneEntry, LaneWords } from "../../src/engine/lane-words.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { MatcherSession } from "../../src/engine/matcher-session.js";
import { preparePolicySet } from "../../src/engine/preparation.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { type GenerationMemory, MEMORY_WANTED } from "../../src/engine/task.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "../kit/proto-file.js";

const entry: LaneEntry = {
  kind: "decide",
  generation: 4_000_000_000,
  region: 3,
  area: 1,
  first: 4_294_967_290,
  last: 99_999,
  flags: 2 ** 31,
  nowSeconds: 253_402_300_799,
};
const numbered = (first: number): LaneEntry => ({ ...entry, first });
const memory = { generation: 7 } as GenerationMemory;
const LONG_MS = 60_000;

describe("LaneWords", () => {
  it("carries entries as they are, round and round", () => {
    const front = new LaneWords();
    const worker = new LaneWords(front.shared);
    for (let number = 0; number < 3 * LANE_SLOTS; number++) {
      const kind = number % 2 === 0 ? "plan" : "decide";
      const posted: LaneEntry = {
        ...numbered(number),
        kind,
        nowSeconds: number % 3 === 0 ? 5 - number : entry.nowSeconds,
      };
      front.post(posted);
      expect(worker.entry(number)).toEqual(posted);
      expect(worker.begin(number)).toBe(true);
      worker.finish(number, 5 - number);
      expect([front.answer(number), front.done]).toEqual([5 - number, number + 1]);
    }
  });

  it("begins nothing any more once it was given up", () => {
    const words = new LaneWords();
    words.post(entry);
    words.post(entry);
    expect(words.begin(0)).toBe(true);
    expect(words.begin(0)).toBe(false);
    words.giveUp();
    words.finish(0, 1);
    expect(words.begin(1)).toBe(false);
  });

  it("wakes whoever waits for an answer", async () => {
    const words = new LaneWords();
    const done = words.whenDone(0);
    words.post(entry);
    words.finish(0, 1);
    await done;
    await words.whenDone(0);
    expect(words.done).toBe(1);
  });
});

/** A thread that answers each entry with twice its first question, `most` of them, and then does what `end` says. */
function server(most: number, end: () => unknown): LaneServer & { readonly given: (GenerationMemory | undefined)[] } {
  const given: (GenerationMemory | undefined)[] = [];
  return {
    given,
    async serve(shared, adopted, begun) {
      given.push(adopted);
      begun(() => {});
      // As from a thread, what was posted meanwhile is there as well.
      await new Promise((resolve) => setImmediate(resolve));
      const words = new LaneWords(shared);
      for (let number = words.done, left = most; number !== words.posted; number++, left--) {
        if (left === 0) return end();
        words.finish(number, 2 * words.entry(number).first);
      }
      return 0;
    },
  };
}

describe("a lane", () => {
  it("gives each entry its answer, however many sessions of a thread that takes", async () => {
    const lane = new Lane(
      server(2, () => 0),
      LONG_MS,
    );
    const posted = Array.from({ length: LANE_SLOTS }, (_, first) => lane.post(numbered(first), memory));
    expect(lane.isFull).toBe(true);
    expect(await Promise.all(posted)).toEqual(Array.from({ length: LANE_SLOTS }, (_, first) => 2 * first));
    expect(lane.length).toBe(0);
    expect(await lane.post(numbered(50), memory)).toBe(100);
  });

  it("loses the entry alone over which a thread died", async () => {
    let deaths = 0;
    const lane = new Lane(
      server(1, () => {
        deaths++;
        throw new Error("died");
      }),
      LONG_MS,
    );
    const settled = await Promise.allSettled([10, 20, 30, 40, 50].map((first) => lane.post(numbered(first), memory)));
    expect(settled.map((one) => (one.status === "fulfilled" ? one.value : "died"))).toEqual([
      20,
      "died",
      60,
      "died",
      100,
    ]);
    expect(deaths).toBe(2);
  });

  it("hands a memory over that is wanted", async () => {
    const wanting = server(0, () => MEMORY_WANTED);
    const knowing = server(9, () => 0);
    const lane = new Lane(
      { serve: (...terms) => (terms[1] === undefined ? wanting : knowing).serve(...terms) },
      LONG_MS,
    );
    expect(await lane.post(numbered(1), memory)).toBe(2);
    expect([wanting.given, knowing.given]).toEqual([[undefined], [memory]]);
  });

  it("ends a thread that takes too long, not one that waits", async () => {
    vi.useFakeTimers();
    try {
      const kills: string[] = [];
      let fail = (_error: Error): void => {};
      const lane = new Lane(
        {
          serve: (_shared, _memory, begun) =>
            new Promise((_resolve, reject) => {
              fail = reject;
              begun(() => {
                kills.push("killed");
                reject(new Error("killed"));
              });
            }),
        },
        1000,
      );
      const hanging = lane.post(numbered(1), memory);
      const seen = expect(hanging).rejects.toThrow("killed");
      await vi.advanceTimersByTimeAsync(999);
      expect(kills).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await seen;
      expect(kills).toEqual(["killed"]);
      await vi.advanceTimersByTimeAsync(5000);
      expect(kills).toEqual(["killed"]);
      fail(new Error("nobody hears this"));
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a batch among other calls", () => {
  const { requestSerialize } = authorizationMethod("BatchAuthorize");
  const alice = "arn:aws:iam::111111111111:user/alice";
  const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }] };
  const built = buildPolicySet([
    sourceText("set.json", JSON.stringify({ users: [{ arn: alice, inlinePolicies: [{ name: "own", document }] }] })),
  ]);
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start({ workers: 1 });
    if (!built.ok) throw new Error("refused");
    engine.publish(built.policySet);
  });
  afterAll(() => engine.close());

  const batch = (count: number, detail: string): Buffer => {
    const requests = Array.from({ length: count }, (_, index) => ({
      principal: alice,
      action: index % 3 === 0 ? "s3:GetObject" : "s3:PutObject",
      resource: `arn:aws:s3:::reports/${index}`,
    }));
    return requestSerialize({ requests, detail });
  };

  it.each(["OUTCOME", "REASON", "EXPLAIN"])(
    "is answered alike by a thread and where it arrives, %s",
    async (detail) => {
      const pool = engine.pool;
      if (pool === undefined) throw new Error("no threads");
      const post = vi.spyOn(pool, "post");
      try {
        const message = batch(1000, detail);
        const alone = await engine.batchAuthorize(message);
        expect(post).not.toHaveBeenCalled();
        const amongMany = await Promise.all(
          Array.from({ length: 5 }, () => engine.batchAuthorize(message, undefined, { isOneOfMany: true })),
        );
        expect(post).toHaveBeenCalled();
        // While as many are under way as threads have at hand, others are decided where they arrive.
        expect(post.mock.calls.length).toBeLessThan(5);
        for (const answer of amongMany) expect(Buffer.compare(answer, alone)).toBe(0);
      } finally {
        post.mockRestore();
      }
    },
  );

  it("stays where it arrives if it is small", async () => {
    const pool = engine.pool;
    if (pool === undefined) throw new Error("no threads");
    const post = vi.spyOn(pool, "post");
    try {
      await engine.batchAuthorize(batch(400, "OUTCOME"), undefined, { isOneOfMany: true });
      expect(post).not.toHaveBeenCalled();
    } finally {
      post.mockRestore();
    }
  });

  it("leaves nothing of regions that come as copies", () => {
    if (!built.ok) throw new Error("refused");
    const { memory: shared, map } = preparePolicySet(built.policySet, {
      flavour: "release",
      taskRegions: 0,
      callAreas: 0,
      maxMessageBytes: 1 << 20,
      maxBatchRequests: 10,
      keepsArchive: false,
    });
    const session = new MatcherSession(loadMatcher("release"), shared, new SessionImages());
    const question = authorizationMethod("Authorize").requestSerialize({ principal: alice, action: "s3:GetObject" });
    for (let count = 0; count < 50; count++) {
      const stored = session.store(map.frontArea, question);
      session.decideOne({ ...map.frontRegion }, map.frontArea, stored, {
        flags: 0,
        nowSeconds: 0,
        policySet: "default",
      });
    }
    expect((Reflect.get(session, "names") as Map<unknown, unknown>).size).toBe(1);
  });
});
