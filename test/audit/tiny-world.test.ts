/**
 * A world of few requests, where what audits say is held against all of them: the answer by classes equals enumeration (A1 to A5). The
 * oracle decides. What fails is printed with the smallest set that still fails.
 */
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { runTinyWorld } from "./tiny-world/run-tiny-world.js";

const seed = Number(process.env.VERDICT_SEED ?? "20261129");
const sets = Number(process.env.VERDICT_SMALL_SETS ?? "20");
const first = Number(process.env.VERDICT_FIRST_SET ?? "0");
const requests = Number(process.env.VERDICT_SMALL_REQUESTS ?? "300");

describe("audits of a small world", () => {
  it(`say of its requests what the oracle decides: ${sets} sets of seed ${seed}`, async () => {
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    const { problems, tally } = runTinyWorld({ seed, first, sets, requests, engine, mostProblems: 3 });
    expect(problems.join("\n\n")).toBe("");
    expect(Object.keys(tally)).toEqual(expect.arrayContaining(["always", "sometimes", "never"]));
  });
});
