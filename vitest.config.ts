/** Tests run from `test/` only: `dist/` holds compiled copies. `.ci/run` names a file for a report that it counts. */
import { defineConfig } from "vitest/config";

const report = process.env.VITEST_JSON_REPORT;

export default defineConfig({
  test: {
    dir: "test",
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: report === undefined ? ["default"] : ["default", "json"],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
