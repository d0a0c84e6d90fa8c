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

describe.skipIf(chromium === undefined)("the report of the example in a browser (skipped without Chromium)", () => {
  let folder = "";
  let page = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "verdict-browser-"));
    const out = join(folder, "report.html");
    await verdict(["audit", "report", "--policies", "examples/acme", "--out", out]);
    page = readFileSync(out, "utf8");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([{ width: 1280 }, { width: 1280, isDark: true }, { width: 520 }])(
    "has no fault at $width points, dark: $isDark",
    async (how) => {
      const { faults } = await lookAt(page, folder, how);
      expect(faults).toEqual([]);
    },
  );
});
