/** Tests run from `test/` only: `dist/` holds compiled copies. `.ci/run` names a file for a report that it counts. */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const report = process.env.VITEST_JSON_REPORT;

export default defineConfig({
  test: {
    dir: "test",
    // Left alone, vitest keeps a core for itself, which of two is half of them. Counts the cores that the process may use, and one
    // more: tests of servers wait, a minute and more in all, for what is told only after a time.
    maxWorkers: availableParallelism() + 1,
    // Only against what hangs: how long a test takes is a matter of the machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: report === undefined ? ["default"] : ["default", "json"],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
