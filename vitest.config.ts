/**
 * Tests run from `test/` only: `dist/` holds compiled copies. `.ci/run` names a file for a report that it counts. Tests of rooms that
 * keep nothing for the whole process share one, and what they import: a fifth of their processor time was spent on loading it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const report = process.env.VITEST_JSON_REPORT;

const sharingRooms =
  /^(access|audit|classes|config|escalation|evidence|globs|image|oracle|policy|policy-tests|prove|text|validate|wire)\//;
/** Servers and commands end with the file that imports what starts them. */
const startsSomething =
  /\/kit\/(http-server|run-verdict|serve-process|serving)\.js"|\bprocess\.(env|chdir|on)\b|\bvi\./;

// A project looks for its files itself, wherever `--dir` says.
const named = process.argv.indexOf("--dir");
const dir = named < 0 ? "test" : (process.argv[named + 1] ?? "test");

const sharing = readdirSync(dir, { recursive: true, encoding: "utf8" })
  .map((name) => join(dir, name).replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".test.ts") && sharingRooms.test(path.slice("test/".length)))
  .filter((path) => !startsSomething.test(readFileSync(path, "utf8")));

export default defineConfig({
  test: {
    // Left alone, vitest keeps a core for itself, which of two is half of them. Counts the cores that the process may use, and one
    // more: tests of servers wait, a minute and more in all, for what is told only after a time.
    maxWorkers: availableParallelism() + 1,
    reporters: report === undefined ? ["default"] : ["default", "json"],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
    // Only against what hangs: how long a test takes is a matter of the machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      { extends: true, test: { name: "shared", include: sharing, isolate: false } },
      { extends: true, test: { name: "apart", include: [`${dir}/**/*.test.ts`], exclude: sharing } },
    ],
  },
});
