/**
 * The page in a browser: everything can be read, reached with keys and told apart, in the light and in the dark, on a phone and on a desk. Where
 * there is no Chromium (`VERDICT_CHROMIUM` names one) this is skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, lookAt } from "../kit/browser-checks.js";
import { verdict } from "../kit/run-verdict.js";

const looks = [{ width: 1280 }, { width: 1280, isDark: true }, { width: 520 }];

describe.skipIf(chromium === undefined)("pages of the example in a browser (skipped without Chromium)", () => {
  let folder = "";
  let report = "";
  let load = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "verdict-browser-"));
    const [reportFile, loadFile] = [join(folder, "report.html"), join(folder, "load.html")];
    await verdict(["audit", "report", "--policies", "examples/acme", "--out", reportFile]);
    const goal = ["--sweep", "--p99", "50ms", "--duration", "1s", "--profile"];
    await verdict(["load", "--policies", "examples/acme", ...goal, "--report", loadFile]);
    [report, load] = [readFileSync(reportFile, "utf8"), readFileSync(loadFile, "utf8")];
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(looks)("have no fault in a report at $width points, dark: $isDark", async (how) => {
    const { faults } = await lookAt(report, folder, how);
    expect(faults).toEqual([]);
  });

  it.each(looks)("have no fault in a load test at $width points, dark: $isDark", async (how) => {
    expect(load.match(/<svg role="img"/g)?.length).toBeGreaterThanOrEqual(2);
    const { faults } = await lookAt(load, folder, how);
    expect(faults).toEqual([]);
  });
});
