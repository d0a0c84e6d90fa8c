// Shards by processes that are killed at random: every shard once, and together the bytes of one run on one machine.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../kit/random.js";
import { folder, root, start, verdict } from "../kit/run-verdict.js";

const SEED = 20_261_129;
const SHARDS = 3;
const out = mkdtempSync(join(folder, "killed-"));
const resources = join(out, "resources.txt");
writeFileSync(resources, Array.from({ length: 150 }, (_, index) => `arn:aws:s3:::acme-reports/${index}\n`).join(""));
const asked = [
  ...["audit", "matrix", "--policies", join(root, "examples", "acme"), "--time", "2026-03-01T09:00:00Z"],
  ...["--principals", "*", "--actions", "s3:*", "--resources", `@${resources}`, "--workers", "2"],
];

/** Blocks that some process has written of a file that is not whole. */
function blocksOf(path: string): number {
  if (!existsSync(dirname(path))) return 0;
  const journals = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(`${basename(path)}.part-`) && name.endsWith(".journal"),
  );
  const counts = journals.map((name) => {
    try {
      return readFileSync(join(dirname(path), name), "utf8").split("\n").length - 2;
    } catch {
      // Whoever ended has taken it away.
      return 0;
    }
  });
  return Math.max(0, ...counts);
}

/** Runs a shard, and kills it once it has written so many blocks more; gives its exit code, null if it was killed. */
async function runKilled(args: readonly string[], path: string, blocks: number | undefined): Promise<number | null> {
  const target = blocksOf(path) + (blocks ?? Number.POSITIVE_INFINITY);
  const run = start([...args, "--out", path, "--resume"]);
  const watcher = watch(dirname(path), () => {
    if (blocksOf(path) >= target) run.kill("SIGKILL");
  });
  return run.code.finally(() => watcher.close());
}

describe("shards of processes that are killed", () => {
  it.each(["parquet", "csv"])("make the %s file of one run, whatever was killed", async (format) => {
    const random = new Random(SEED, format.length);
    const whole = join(out, format, "whole", `matrix.${format}`);
    mkdirSync(dirname(whole), { recursive: true });
    expect((await verdict([...asked, "--out", whole])).code).toBe(0);
    const shards: string[] = [];
    let kills = 0;
    for (let index = 0; index < SHARDS; index++) {
      const path = join(out, format, `shard-${index}.${format}`);
      shards.push(path);
      for (let attempt = 0; ; attempt++) {
        const code = await runKilled(
          [...asked, "--shard", `${index}/${SHARDS}`],
          path,
          attempt < 3 ? 1 + random.below(2) : undefined,
        );
        if (code === 0) break;
        expect(code, `seed ${SEED}, shard ${index}, attempt ${attempt}`).toBeNull();
        expect(existsSync(path)).toBe(false);
        kills++;
      }
      expect(blocksOf(path)).toBe(0);
    }
    expect(kills).toBeGreaterThan(0);
    const merged = join(out, format, "merged", `matrix.${format}`);
    mkdirSync(dirname(merged));
    const have = await verdict(["audit", "merge", merged, ...shards.sort(() => random.below(3) - 1)]);
    expect(have).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(dirname(merged)).sort()).toEqual(readdirSync(dirname(whole)).sort());
    for (const name of readdirSync(dirname(whole))) {
      expect(readFileSync(join(dirname(merged), name)).equals(readFileSync(join(dirname(whole), name))), name).toBe(
        true,
      );
    }
    expect(readdirSync(join(out, format)).filter((name) => name.includes(".part-"))).toEqual([]);
  });

  it("makes of two processes that write one shard at once one file", async () => {
    const path = join(out, "twice", "matrix.csv");
    mkdirSync(dirname(path));
    const runs = [start([...asked, "--out", path, "--resume"]), start([...asked, "--out", path, "--resume"])];
    expect(await Promise.all(runs.map(({ code }) => code))).toEqual([0, 0]);
    expect(readFileSync(path).equals(readFileSync(join(out, "csv", "whole", "matrix.csv")))).toBe(true);
    expect(readdirSync(dirname(path)).sort()).toEqual(["matrix.csv", "matrix.csv.plan.json"]);
  });

  it("stops at Ctrl-C with what it has, and goes on from there", async () => {
    const path = join(out, "stopped", "matrix.csv");
    mkdirSync(dirname(path));
    const run = start([...asked, "--out", path]);
    const watcher = watch(dirname(path), () => {
      if (blocksOf(path) < 1) return;
      // A second one would end it at once.
      watcher.close();
      run.kill("SIGINT");
    });
    expect(await run.code.finally(() => watcher.close())).toBe(2);
    expect(run.err()).toMatch(/matrix\.csv: stopped after \d+ of \d+ cells: --resume goes on from there\n$/);
    expect(existsSync(path)).toBe(false);
    expect((await verdict([...asked, "--out", path, "--resume"])).code).toBe(0);
    expect(readFileSync(path).equals(readFileSync(join(out, "csv", "whole", "matrix.csv")))).toBe(true);
  });
});
