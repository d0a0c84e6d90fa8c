// Runs a command with variables set, also where the shell is not one of Unix: `node .ci/with-env.js NAME=VALUE… MODULE ARGUMENT…`. The command
// is a package's program in node_modules, so that no shell has a say; the exit code is its own.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const given = process.argv.slice(2);
const first = given.findIndex((argument) => !/^[A-Z_]+=/.test(argument));
const [name, ...args] = first < 0 ? [] : given.slice(first);
if (name === undefined) throw new Error("with-env: no command");
const variables = given.slice(0, first).map((argument) => {
  const equals = argument.indexOf("=");
  return [argument.slice(0, equals), argument.slice(equals + 1)];
});
const folder = join("node_modules", name);
const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const program = join(folder, typeof bin === "string" ? bin : bin[name]);
const env = { ...process.env, ...Object.fromEntries(variables) };
const { status, error } = spawnSync(process.execPath, [program, ...args], { stdio: "inherit", env });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
