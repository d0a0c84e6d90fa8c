// `verdict load --profile` and `--compare` as users run them; how times compare is tested on samples, not on this machine.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, root, verdict } from "../kit/run-verdict.js";

const set = ["--policies", join(root, "examples", "minimal"), "--questions", "100"];

describe("verdict load --profile", () => {
  it("prints the dearest statements with their places, and the questions that took most", async () => {
    const { code, out, err } = await verdict(["load", ...set, "--profile", "--top", "2"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^cost profile: 100 decisions, [\d,]+ steps, [0-9.]+ % of them no statement's\n/);
    expect(out).toMatch(/\n {4}(Allow|Deny) .+\n {4}\S+:\d+:\d+\n {4}\S+ by \S+\n {4}on \S+\n/);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("prints the same counters for the same seed, as JSON", async () => {
    const run = async () => {
      const { out } = await verdict(["load", ...set, "--seed", "7", "--profile", "--json"]);
      const { profile, seed } = JSON.parse(out);
      return { ...profile, calibration: undefined, seed };
    };
    const first = await run();
    expect(first).toMatchObject({ decisions: 100, seed: "7" });
    expect(await run()).toEqual(first);
  });

  it("refuses what does not go together", async () => {
    for (const [flags, want] of [
      [["--margin", "5%"], "--margin: give --compare, too"],
      [["--fail-on-regression", "10%"], "--fail-on-regression: give --compare, too"],
      [["--top", "3"], "--top: give --profile or --compare, too"],
    ] as const) {
      expect(await verdict(["load", ...set, ...flags])).toEqual({ code: 2, out: "", err: `${want}\n` });
    }
    const none = await verdict(["load", ...set, "--compare", join(folder, "none")]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("no such file or directory") });
  });
});
