// Large maps: WebAssembly has 4 GiB of addresses, of which JavaScript's 32-bit integers are half.
import { describe, expect, it } from "vitest";
import { Status } from "../../assembly/format/layout.js";
import { Engine } from "../../src/engine/engine.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { createMemory } from "../../src/engine/matcher.js";
import { MatcherSession } from "../../src/engine/matcher-session.js";
import { type CallArea, IMAGE_AT, mapMemory, type Region } from "../../src/engine/memory-map.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { compileImage } from "../../src/image/compile.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "../kit/proto-file.js";

const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");
const alice = "arn:aws:iam::111111111111:user/alice";
const GIB = 2 ** 30;

function policySet(): PolicySet {
  const Statement = [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }];
  const document = { Version: "2012-10-17", Statement };
  const text = JSON.stringify({ users: [{ arn: alice, inlinePolicies: [{ name: "own", document }] }] });
  const built = buildPolicySet([sourceText("set.json", text)]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

const requests = ["s3:GetObject", "s3:PutObject"].map((action) => ({
  principal: alice,
  action,
  resource: "arn:aws:s3:::b/k",
}));
const answers = { outcomes: ["ALLOWED", "IMPLICIT_DENY"] };
const message = requestSerialize({ requests, detail: "OUTCOME" });

function decideIn(session: MatcherSession, region: Region, area: CallArea): object {
  expect(session.plan(region, area, session.store(area, message))).toBe(Status.Done);
  const pieces = session.decideRange(region, area, 0, 2, { flags: 0, nowSeconds: 1_800_000_000, policySet: "" });
  return responseDeserialize(Buffer.concat(pieces));
}

describe("mapMemory()", () => {
  it("gives regions and areas beyond 2 GiB that decide as those below", () => {
    const image = compileImage(policySet()).bytes;
    const map = mapMemory({
      imageLength: image.length,
      scratchLength: 1.1 * GIB,
      taskRegions: 2,
      callAreas: 1,
      sharedAreas: 1,
      maxMessageBytes: 1 << 20,
      maxBatchRequests: 100,
    });
    const memory = createMemory(map.length);
    new Uint8Array(memory.buffer).set(image, IMAGE_AT);
    const session = new MatcherSession(loadMatcher("release"), memory, new SessionImages());
    const far = map.taskRegions[1] ?? map.frontRegion;
    expect(far.controlAt).toBeGreaterThan(2 * GIB);
    expect(map.areas.map(({ messageAt }) => messageAt > 2 * GIB)).toEqual([true, true]);
    expect(decideIn(session, map.frontRegion, map.frontArea)).toMatchObject(answers);
    for (const area of map.areas) expect(decideIn(session, far, area)).toMatchObject(answers);
  });
});

describe("Engine.publish()", () => {
  it.each([1, 100, 1024])("has room in a memory for %d workers", async (workers) => {
    const engine = await Engine.start({ workers, deferWorkers: true });
    engine.publish(policySet());
    expect(responseDeserialize(Buffer.from(await engine.batchAuthorize(message)))).toMatchObject(answers);
    await engine.close();
  });
});
