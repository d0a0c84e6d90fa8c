// `verdict synth` as users run it: where it writes, what it says, how it ends.
import { mkdtempSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { file, folder, start, verdict } from "../kit/run-verdict.js";

describe("verdict synth", () => {
  it("writes a folder, takes away what an earlier run left there, and no more", async () => {
    const out = join(folder, "set");
    const { code, out: told } = await verdict(["synth", "--statements", "200", "--accounts", "2", "--out", out]);
    expect({ code, told }).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^.*set: 200 statements, 20 principals, 2 accounts, an organization of 3 nodes\n3 files, \d+ bytes, seed 1, sha256 [0-9a-f]{64}\n$/,
      ),
    });
    expect(readdirSync(out)).toEqual(["account-200000000000.json", "account-200000000001.json", "organization.json"]);
    expect((await verdict(["synth", "--statements", "100", "--depth", "0", "--out", out])).code).toBe(0);
    expect(readdirSync(out)).toEqual(["account-200000000000.json"]);
    writeFileSync(join(out, "mine.json"), "{}");
    const again = await verdict(["synth", "--statements", "100", "--out", out]);
    expect(again).toMatchObject({
      code: 2,
      err: `${out}: holds \`mine.json\`, which this command has not written: name a new folder\n`,
    });
    expect(readdirSync(out)).toEqual(["account-200000000000.json", "mine.json"]);
  });

  it("writes the same bytes to a file and to standard output, which then holds nothing else", async () => {
    const out = join(folder, "one.json");
    const written = await verdict(["synth", "--statements", "150", "--seed", "9", "--json", "--out", out]);
    const printed = await verdict(["synth", "--statements", "150", "--seed", "9", "--json", "--out", "-"]);
    expect(printed.out).toBe(readFileSync(out, "utf8"));
    expect(JSON.parse(printed.err)).toEqual(JSON.parse(written.out));
    expect(JSON.parse(written.out)).toMatchObject({ statements: 150, seed: 9, bytes: printed.out.length, files: 1 });
  });

  it("refuses what it cannot make or write", async () => {
    expect(await verdict(["synth", "--statements", "99", "--out", "-"])).toMatchObject({
      code: 2,
      err: "verdict: option '--statements <n>' argument '99' is invalid. must be a number from 100 to 1000000\n",
    });
    expect(await verdict(["synth", "--principals", "2", "--groups", "0", "--out", "-"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^verdict: 2 principals are too few for 1000 statements: .* \d+ are enough\n$/),
    });
    const { code, err } = await verdict(["synth", "--out", join(folder, "none", "set.json")]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `${join(folder, "none", "set.json")}: cannot be written: no such file or directory\n`,
    });
  });

  it.each([
    ["SIGINT", 2],
    ["SIGTERM", 143],
  ] as const)("leaves nothing behind when %s stops it", async (signal, want) => {
    const out = mkdtempSync(join(folder, "stopped-"));
    const begun = new Promise((resolve) => watch(out, resolve));
    const running = start(["synth", "--statements", "1000000", "--out", join(out, "set.json")]);
    await begun;
    running.kill(signal);
    expect({ code: await running.code, err: running.err() }).toEqual({
      code: want,
      err: "stopped before the set was whole\n",
    });
    expect(readdirSync(out)).toEqual([]);
  });

  it("takes away what a run that was killed left in a folder", async () => {
    const out = mkdtempSync(join(folder, "killed-"));
    writeFileSync(join(out, "account-200000000000.json.17.new"), "{");
    expect((await verdict(["synth", "--statements", "100", "--depth", "0", "--out", out])).code).toBe(0);
    expect(readdirSync(out)).toEqual(["account-200000000000.json"]);
  });

  it("ends where a folder that exists takes no other", async () => {
    for (const out of ["/proc/none", "/proc/none/deeper"]) {
      expect(await verdict(["synth", "--out", out])).toEqual({
        code: 2,
        out: "",
        err: `${out}: cannot be written: no such file or directory\n`,
      });
    }
  });

  it("makes the folders that its own is to lie in", async () => {
    const out = join(folder, "one", "two", "three");
    expect((await verdict(["synth", "--statements", "100", "--depth", "0", "--out", out])).code).toBe(0);
    expect(readdirSync(out)).toEqual(["account-200000000000.json"]);
  });

  it("says what a path has to be that is a file", async () => {
    const out = file("set.yaml", "");
    expect(await verdict(["synth", "--out", out])).toEqual({
      code: 2,
      out: "",
      err: `${out}: is a file: name a folder, or a file whose name ends with .json\n`,
    });
  });
});
