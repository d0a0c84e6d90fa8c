// Workers that exit, trap, hang or run out of memory in the middle of a batch (battery 29 and 30): their part is tried once more,
// then given up with ERROR for its questions; the others are answered, and the pool is whole again.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import type { BatchAnswer } from "../kit/batch-answer.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { until } from "../kit/serving.js";
import { extent, isFull } from "./extent.js";

const ALICE = "arn:aws:iam::111111111111:user/alice";
// Five parts, four of which hang where they always do: more than threads, so that what does not hang waits behind them.
const QUESTIONS = 5000;
const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");
const entry = fileURLToPath(new URL("failing-worker.mjs", import.meta.url));

let engine: Engine;
beforeAll(async () => {
  // Long enough for a thread to start in on a machine that does much else: what did not hang must not be given up.
  engine = await Engine.start({ workers: 2, workerEntry: entry, taskTimeoutMs: 4_000 });
  const document = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" },
      { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::reports/1*" },
    ],
  };
  const user = { arn: ALICE, inlinePolicies: [{ name: "own", document }] };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify({ users: [user] }))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  for (const fault of ["none", "exit", "throw", "hang", "hoard"]) {
    for (const times of [0, 1, 1000]) engine.publish(built.policySet, `${fault}.${times}`);
  }
});
afterAll(() => engine.close());

async function ask(policySet: string, detail: string): Promise<readonly string[]> {
  const requests = Array.from({ length: QUESTIONS }, (_, i) => ({
    principal: ALICE,
    action: i % 3 === 0 ? "s3:PutObject" : "s3:GetObject",
    resource: `arn:aws:s3:::reports/${i}`,
  }));
  const message = requestSerialize({ requests, detail, policySet });
  const answer = responseDeserialize(Buffer.from(await engine.batchAuthorize(message))) as BatchAnswer;
  return detail === "OUTCOME" ? answer.outcomes : answer.decisions.map(({ outcome }) => outcome);
}

function wanted(i: number): string {
  if (String(i).startsWith("1")) return "EXPLICIT_DENY";
  return i % 3 === 0 ? "IMPLICIT_DENY" : "ALLOWED";
}
const right = Array.from({ length: QUESTIONS }, (_, i) => wanted(i));

describe.each(["exit", "throw", "hang", "hoard"])("workers that %s in the middle of a batch", (fault) => {
  it.each(["OUTCOME", "REASON"])("lose nothing with %s if they do it once", async (detail) => {
    expect(await ask(`${fault}.1`, detail)).toEqual(right);
  });

  it("give ERROR for their questions alone if they always do it", async () => {
    const have = await ask(`${fault}.1000`, "OUTCOME");
    expect(have.length).toBe(QUESTIONS);
    const errors = have.filter((outcome) => outcome === "ERROR").length;
    expect(errors).toBeGreaterThan(0);
    expect(errors).toBeLessThan(QUESTIONS);
    const others = have.map((outcome, i) => (outcome === "ERROR" ? wanted(i) : outcome));
    expect(others).toEqual(right);
    expect(await ask("none.0", "REASON")).toEqual(right);
  });
});

describe("workers that have run out of memory many times", () => {
  it("leave a pool behind that answers, and none of their memory", async () => {
    // The tests above have hoarded before: this is what the process needs at rest.
    const before = process.memoryUsage.rss();
    for (let times = 0; times < extent(2, 8); times++) await ask("hoard.1000", "OUTCOME");
    expect(await ask("none.0", "OUTCOME")).toEqual(right);
    const settled = (): boolean => process.memoryUsage.rss() < 1.5 * before;
    if (isFull) await until(settled, `memory is given back: ${(process.memoryUsage.rss() - before) >> 20} MiB more`);
  });
});
