// `npm run test:referee`: holds the search over condition values against the z3 solver. The solver is 35 MB and needed for nothing else, so
// it is no dependency: it is installed here, without a trace in package.json, if it is not there.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const version = "5.2.0";
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};

if (!existsSync("node_modules/z3-solver")) {
  console.error(`referee: installing z3-solver ${version} (MIT, 35 MB) into node_modules, for development only`);
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", `z3-solver@${version}`]);
}
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--dir", "test/referee"], { VERDICT_REFEREE: "1" });
