/** Row 27 of the battery with real workers: a batch that nobody waits for any more stops, and no log has it. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { DecidedCall } from "../../src/ask/decided-call.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { Engine } from "../../src/engine/engine.js";
import { EngineError } from "../../src/engine/engine-error.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { facts } from "../kit/logged-calls.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { extent, isFull } from "./extent.js";

const alice = "arn:aws:iam::111111111111:user/alice";
const { requestSerialize } = authorizationMethod("BatchAuthorize");

describe("a batch that is cancelled on its way", () => {
  it("leaves its workers and no record", async () => {
    const engine = await Engine.start({ workers: 1 });
    const decided: DecidedCall[] = [];
    const point = new DecisionPoint(engine, { decided: (call) => void decided.push(call) });
    try {
      engine.publish(slowSet());
      const message = requestSerialize({
        requests: Array.from({ length: 60_000 }, (_, i) => ({ resource: `arn:aws:s3:::b/${"ab".repeat(100)}${i}` })),
        defaults: { principal: alice, action: "s3:GetObject" },
        detail: "OUTCOME",
      });
      await point.batchAuthorize(message, facts);
      const startedAt = performance.now();
      await point.batchAuthorize(message, facts);
      const wholeMs = performance.now() - startedAt;
      expect(decided.length).toBe(2);
      const times: number[] = [];
      let whole = 2;
      for (let count = 0; count < extent(8, 40); count++) {
        const controller = new AbortController();
        const under = point.batchAuthorize(message, facts, controller.signal).then(
          () => "answered",
          (error: unknown) => error,
        );
        // The first one at once, which no machine is too fast for; of the others some may be answered before.
        if (count > 0) await sleep(wholeMs * (0.1 + (0.5 * count) / extent(8, 40)));
        const cancelledAt = performance.now();
        controller.abort();
        // INVARIANT of large batches: they settle once no worker is at work for them.
        const end = await under;
        if (end === "answered" && count > 0) whole++;
        else {
          expect(end).toEqual(new EngineError("cancelled", "call: cancelled"));
          times.push(performance.now() - cancelledAt);
        }
      }
      console.log(
        `faults: a batch of ${wholeMs.toFixed(0)} ms stops in ${times.map((time) => time.toFixed(1)).join(", ")} ms`,
      );
      // Half of them: others may keep the processors busy. What is left to decide when it is cancelled is most of the batch.
      if (isFull) expect(times.sort((left, right) => left - right)[times.length >> 1]).toBeLessThan(wholeMs / 4);
      expect(decided.length).toBe(whole);
      expect(engine.pool?.queued).toBe(0);
      expect(engine.pool?.retries).toBe(0);
    } finally {
      await engine.close();
    }
  });
});

/** A set of many patterns that nearly match, so that questions take their time. */
function slowSet() {
  const statements = Array.from({ length: 200 }, (_, i) => ({
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::b/*a*b*a*b*${i}x`,
  }));
  const document = { Version: "2012-10-17", Statement: statements };
  const user = { arn: alice, inlinePolicies: [{ name: "own", document }] };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify({ users: [user] }))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}
