/** Many policy sets, hot-loaded and let go again: memory stays bounded, and a call under way ends with the set it began with. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { LoadedSets } from "../../src/supply/loaded-sets.js";
import { StagedPreparer } from "../../src/supply/staged-preparer.js";
import type { SupplyEvent } from "../../src/supply/supply-event.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { alice, allowing } from "../kit/supply-fixture.js";
import { extent, isFull } from "./extent.js";

const sets = extent(120, 1000);
const mostSets = 16;
const mebibyte = 1 << 20;
const method = authorizationMethod("BatchAuthorize");

describe("many policy sets", () => {
  it(`are loaded and evicted, ${sets} of them, and calls under way end with the set they began with`, async () => {
    const engine = await Engine.start({ workers: 1 });
    const preparer = new StagedPreparer(engine.preparationTerms);
    preparer.moveToThread();
    let evictions = 0;
    const onEvent = ({ kind }: SupplyEvent): void => {
      if (kind === "evicted") evictions++;
    };
    const loaded = new LoadedSets(
      { engine, preparer, nowMs: Date.now, onEvent },
      { mostSets, maxUnpackedBytes: mebibyte },
      () => false,
    );
    try {
      const highest = [0, 0];
      for (let i = 0; i < sets; i++) {
        const name = `tenant-${i}`;
        const bucket = `bucket-${i}`;
        const outcome = await loaded.load(name, [{ path: "set.json", content: Buffer.from(allowing(bucket)) }], "test");
        expect(outcome.loaded).toBe(true);
        const question = plainQuestion({
          principal: alice,
          action: "s3:GetObject",
          resource: `arn:aws:s3:::${bucket}/x`,
        });
        const single = encodeQuestion(question, "outcome", name);
        // Half of them are let go while a batch of theirs is under way on a worker.
        const batch = engine.batchAuthorize(batchOf(question.resource, name));
        if (i % 2 === 0) loaded.unload(name);
        else expect(decodeResponse(engine.authorize(single))).toMatchObject({ allowed: true });
        expect(allowedIn(await batch)).toBe(3000);
        expect(engine.names().length).toBeLessThanOrEqual(mostSets);
        const half = i < sets / 2 ? 0 : 1;
        highest[half] = Math.max(highest[half] ?? 0, process.memoryUsage.rss());
      }
      expect(evictions).toBe(sets - Math.min(mostSets, sets / 2));
      // Whatever were kept of each set would show in the second half: the first one is the baseline.
      if (isFull) expect((highest[1] ?? 0) / (highest[0] ?? 1)).toBeLessThan(1.25);
    } finally {
      await preparer.close();
      await engine.close();
    }
  });
});

/** A batch that asks one question many times and wants outcomes. */
function batchOf(resource: string, policySet: string): Uint8Array {
  const question = { principal: alice, action: "s3:GetObject", resource };
  return method.requestSerialize({ requests: Array(3000).fill(question), detail: "OUTCOME", policySet });
}

/** How many answers a response has, if all are the same. */
function allowedIn(response: Uint8Array): number {
  const answer = method.responseDeserialize(Buffer.from(response));
  const outcomes: unknown = "outcomes" in answer ? answer.outcomes : [];
  return Array.isArray(outcomes) ? outcomes.filter((outcome) => outcome === "ALLOWED").length : 0;
}
