/** What the tests of supply share: an engine, what it is told, and policy sets that are told apart by what they allow. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { Supply, type SupplyOptions } from "../../src/supply/origins/supply.js";
import { StagedPreparer } from "../../src/supply/staged-preparer.js";
import type { SupplyEvent } from "../../src/supply/supply-event.js";

/** The user of every set. */
export const alice = "arn:aws:iam::111111111111:user/alice";

/** A set in which alice may read one bucket for each name. */
export function allowing(...buckets: readonly string[]): string {
  const document = {
    Version: "2012-10-17",
    Statement: buckets.map((bucket) => ({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
    })),
  };
  return JSON.stringify({
    accounts: [{ id: "111111111111" }],
    users: [{ arn: alice, inlinePolicies: [{ name: "own", document }] }],
    resources: buckets.map((bucket) => ({ arn: `arn:aws:s3:::${bucket}`, account: "111111111111" })),
  });
}

/** A set that does not load. */
export const broken = allowing("one").replace('"Allow"', '"Alow"');

/** A folder that goes with the tests of the file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "verdict supply "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An engine with a supply, and everything that happened. */
export interface World {
  readonly engine: Engine;
  readonly supply: Supply;
  readonly events: SupplyEvent[];
  /** The buckets that alice may read under a name; undefined if no set is in force. */
  buckets(candidates?: readonly string[], name?: string): readonly string[] | undefined;
  /** Events as `kind` or `failed reason`. */
  story(): readonly string[];
  close(): Promise<void>;
}

const usual = {
  watch: true,
  times: { quietMs: 60, lookMs: 40, unrestMs: 5_000 },
  bundles: {
    maxUnpackedBytes: 32 << 20,
    maxBytes: 1 << 20,
    timeoutMs: 2_000,
    intervalMs: 30,
    waitSeconds: 0,
    leastMs: 10,
    firstBackOffMs: 5,
    random: () => 0,
  },
  mostLoadedSets: 3,
};

/** Everything that one test may set. */
export type WorldOptions = Partial<Omit<SupplyOptions, "engine" | "preparer" | "bundles">> & {
  readonly bundles?: Partial<SupplyOptions["bundles"]>;
};

/** Makes an engine and a supply; `open` starts it. */
export async function world(options: WorldOptions): Promise<World> {
  const engine = await Engine.start({ workers: 0 });
  const events: SupplyEvent[] = [];
  const preparer = new StagedPreparer(engine.preparationTerms);
  const bundles = { ...usual.bundles, ...options.bundles };
  const onEvent = (event: SupplyEvent): void => void events.push(event);
  const supply = await Supply.create({ places: [], ...usual, ...options, bundles, engine, preparer, onEvent });
  return {
    engine,
    supply,
    events,
    buckets(candidates = ["one", "two", "three"], name = "default") {
      if (engine.published(name) === undefined) return undefined;
      return candidates.filter((bucket) => {
        const resource = `arn:aws:s3:::${bucket}/x`;
        const answer = engine.decide(plainQuestion({ principal: alice, action: "s3:GetObject", resource }), {
          policySet: name,
        });
        return !("error" in answer) && answer.allowed;
      });
    },
    story: () => events.map((event) => (event.kind === "failed" ? `failed ${event.failure.reason}` : event.kind)),
    async close() {
      supply.close();
      await preparer.close();
      await engine.close();
    },
  };
}

/** Waits for a condition; the error says what was there instead. */
export async function until(condition: () => boolean, shown: () => unknown, limitMs = 300_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${JSON.stringify(shown())}`);
    await wait(5);
  }
}
