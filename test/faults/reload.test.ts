// Policy sets that contradict each other are swapped while batches are decided (battery 33), and large ones again and again
// (battery 34): every batch is wholly of the set that it names, and memory does not grow.

import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { createMemory } from "../../src/engine/matcher.js";
import { IMAGE_AT } from "../../src/engine/memory-map.js";
import type { PreparedPolicySet } from "../../src/engine/preparation.js";
import { Preparer } from "../../src/prepare/preparer.js";
import type { BatchAnswer } from "../kit/batch-answer.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";
import { extent, isFull, seed } from "./extent.js";

const ALICE = "arn:aws:iam::111111111111:user/alice";
const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");

let engine: Engine;
let preparer: Preparer;
async function start(): Promise<void> {
  engine = await Engine.start({ workers: 1 });
  // Preparing gives way to everything else: beside a busy core it may take minutes.
  preparer = new Preparer(engine.preparationTerms, 600_000);
}
afterEach(async () => {
  await preparer.close();
  await engine.close();
});

/** A set in which Alice may read the resources of one parity only, padded with statements about something else. */
function policySet(parity: number, padding: number, mark = ""): string {
  const statements: object[] = [
    { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::parity-${parity}/*` },
    { Effect: "Deny", Action: "s3:*", Resource: `arn:aws:s3:::parity-${1 - parity}/*` },
  ];
  const others = Array.from({ length: padding }, (_, i) => ({
    arn: `arn:aws:iam::111111111111:user/u${i}`,
    inlinePolicies: [
      {
        name: `own${mark}`,
        document: {
          Version: "2012-10-17",
          Statement: Array.from({ length: 20 }, (_, j) => ({
            Effect: "Allow",
            Action: ["s3:Get*", `sqs:Send${j}`],
            Resource: `arn:aws:s3:::bucket-${i}-${j}/*`,
          })),
        },
      },
    ],
  }));
  const alice = {
    arn: ALICE,
    inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }],
  };
  return JSON.stringify({ users: [alice, ...others] });
}

async function prepare(text: string): Promise<PreparedPolicySet> {
  const result = await preparer.prepare({ files: [{ name: "set.json", text }] });
  if (result.outcome !== "prepared") throw new Error(JSON.stringify(result));
  return result.prepared;
}

/** A batch of `count` questions, one of them about each bucket in turn, and what a set of each parity answers. */
function batch(count: number, detail: string, asTable: boolean): Buffer {
  const parities = Array.from({ length: count }, (_, i) => i % 2);
  const resource = (parity: number): string => `arn:aws:s3:::parity-${parity}/x`;
  if (asTable) {
    const rows = parities.flatMap((parity) => [0, 0, parity, 0]);
    const table = { principals: [ALICE], actions: ["s3:GetObject"], resources: [resource(0), resource(1)], rows };
    return requestSerialize({ table, detail });
  }
  const requests = parities.map((parity) => ({
    principal: ALICE,
    action: "s3:GetObject",
    resource: resource(parity),
  }));
  return requestSerialize({ requests, detail });
}

/** The same set in a memory of its own, as another preparation of it would give. */
function copyOf(prepared: PreparedPolicySet): PreparedPolicySet {
  const memory = createMemory(prepared.map.length);
  const length = IMAGE_AT + prepared.imageBytes;
  new Uint8Array(memory.buffer).set(new Uint8Array(prepared.memory.buffer, 0, length));
  return { ...prepared, memory };
}

/** Lets nothing of what the test has made so far count as memory that a set takes. */
function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}

// First in this file: what another test leaves would count as memory that is there before.
describe("swapping a large set again and again (battery 34)", () => {
  it("keeps memory flat", async () => {
    await start();
    // Less than this weighs less than the batches that are asked meanwhile.
    const text = policySet(0, extent(5_000, 10_000));
    const swap = async (prepared: PreparedPolicySet): Promise<number> => {
      engine.adopt(prepared);
      await engine.batchAuthorize(batch(5000, "OUTCOME", false));
      return process.memoryUsage.rss();
    };
    collectAll();
    const before = process.memoryUsage.rss();
    // What is copied from here on is the test's own and no set that is served.
    const last = await prepare(text);
    const base = before + last.imageBytes;
    const one = (await swap(copyOf(last))) - base;
    let settled = 0;
    for (let count = 0; count < 10; count++) settled = await swap(copyOf(last));
    let most = 0;
    const swaps = extent(30, 50);
    for (let count = 10; count < swaps; count++) most = Math.max(most, await swap(copyOf(last)));
    const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
    console.log(
      `reload: ${last.counts.statements} statements, MiB: base ${mebibytes(base)}, one set ${mebibytes(one)}, ` +
        `after ten swaps ${mebibytes(settled)}, at most ${mebibytes(most)} in ${swaps}`,
    );
    expect(engine.published()?.generation).toBe(swaps + 1);
    if (isFull) expect(most - base).toBeLessThanOrEqual(2.2 * one);
  });
});

describe("swapping two sets that contradict each other (battery 33)", () => {
  it("mixes them in no batch", async () => {
    await start();
    const random = new Random(seed);
    const texts = [policySet(0, 5), policySet(1, 5)];
    const parityOf = new Map<string, number>();
    const publish = async (parity: number): Promise<void> => {
      const prepared = await prepare(texts[parity] ?? "");
      parityOf.set(prepared.digest, parity);
      engine.adopt(prepared);
    };
    await publish(0);
    const batches = [
      [20_000, "OUTCOME", true],
      [5000, "OUTCOME", false],
      [3000, "REASON", false],
      [800, "OUTCOME", false],
      [1, "REASON", false],
    ] as const;
    const messages = batches.map(([count, detail, asTable]) => batch(count, detail, asTable));
    const wanted = extent(100_000, 1_000_000);
    const wantedSwaps = extent(10, 200);
    const endAt = performance.now() + extent(3_000, 60_000);
    const goesOn = (): boolean => performance.now() < endAt || decided < wanted || swaps < wantedSwaps;
    let swaps = 0;
    let decided = 0;
    const mixed: string[] = [];
    const digests = new Set<string>();
    const swap = async (): Promise<void> => {
      while (goesOn()) {
        swaps++;
        await Promise.all([publish(swaps % 2), sleep(100)]);
      }
    };
    const ask = async (): Promise<void> => {
      while (goesOn()) {
        const message = messages[random.below(messages.length)] ?? Buffer.of();
        const answer = responseDeserialize(Buffer.from(await engine.batchAuthorize(message))) as BatchAnswer;
        const parity = parityOf.get(answer.policySet.digest);
        const outcomes = [...answer.outcomes, ...answer.decisions.map(({ outcome }) => outcome)];
        const expected = (i: number): string => (i % 2 === parity ? "ALLOWED" : "EXPLICIT_DENY");
        const wrong = outcomes.findIndex((outcome, i) => outcome !== expected(i));
        if (wrong >= 0) mixed.push(`generation ${answer.policySet.generation}, question ${wrong}: ${outcomes[wrong]}`);
        digests.add(answer.policySet.digest);
        decided += outcomes.length;
      }
    };
    await Promise.all([swap(), ask(), ask(), ask()]);
    console.log(`reload: ${swaps} swaps, ${decided} decisions`);
    expect(mixed).toEqual([]);
    expect(digests.size).toBe(2);
    expect(decided).toBeGreaterThanOrEqual(wanted);
    expect(swaps).toBeGreaterThanOrEqual(wantedSwaps);
  });
});
