/** A world whose policy set comes from an origin; both end with each test. */
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { bundleOf, holding, type Origin, startOrigin } from "./bundle-origin.js";
import { allowing, scratchFolder, type World, type WorldOptions, world } from "./supply-fixture.js";

/** What a test of bundles has at hand. */
export interface BundleWorld {
  /** The origin of this test; it holds a set in which bucket `one` is allowed. */
  origin(): Origin;
  /** Starts a supply from a place, which is the origin unless another is given. */
  following(bundles?: WorldOptions["bundles"], place?: string): Promise<World>;
  /** A path that nobody used before. */
  path(name: string): string;
}

/** Prepares a world for every test of the file. */
export function bundleWorld(): BundleWorld {
  const scratch = scratchFolder();
  const worlds: World[] = [];
  let origin: Origin | undefined;
  let paths = 0;
  beforeEach(async () => {
    origin = await startOrigin(holding(setOf("one"), '"1"'));
  });
  afterEach(async () => {
    await Promise.all(worlds.splice(0).map((one) => one.close()));
    await origin?.close();
  });
  const current = (): Origin => {
    if (origin === undefined) throw new Error("no test runs");
    return origin;
  };
  return {
    origin: current,
    async following(bundles = {}, place = current().url) {
      const have = await world({ places: [{ name: "default", place }], bundles });
      worlds.push(have);
      await have.supply.start();
      have.supply.watch();
      return have;
    },
    path: (name) => join(scratch, `${++paths} ${name}`),
  };
}

/** A bundle in which a bucket is allowed. */
export function setOf(bucket: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return bundleOf({ ...more, "set.json": allowing(bucket) });
}
