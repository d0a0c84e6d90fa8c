// Commands that read a file once take a pipe or standard input in its place; `serve`, which reads again, says why it does not.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/read-config.js";
import { ConfigError } from "../../src/config/settle-setting.js";
import { aCase, alice, file, folder, minimal, verdict } from "../kit/run-verdict.js";

const set = join(minimal, "policies.yaml");
const setText = readFileSync(set, "utf8");
const publisher = "arn:aws:sts::111111111111:assumed-role/Publisher/monday";
const question = ["--principal", alice, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::reports/q3.csv"];
const office = ["--context", "aws:SourceIp=10.1.2.3"];
const session = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } });

let pipes = 0;
function pipe(): string {
  const path = join(folder, `pipe-${pipes++}`);
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  return path;
}

/** The name of a file is in the image as well. */
function said({ out, ...rest }: { code: number | null; out: string; err: string }) {
  return { ...rest, out: out.replace(/^imageBytes .*$/m, "") };
}

const publishing = [
  ["--policies", set, "--principal", publisher],
  ["--action", "s3:PutObject", "--resource", "arn:aws:s3:::reports/x"],
].flat();

describe.runIf(process.platform !== "win32")("a pipe in the place of a file", () => {
  const kinds: readonly (readonly [string, string, (path: string) => readonly string[], number])[] = [
    ["inspect", setText, (path) => ["inspect", path], 0],
    ["check --policies", setText, (path) => ["check", "--policies", path, ...question, ...office], 0],
    ["check --session-policy", session, (path) => ["check", ...publishing, "--session-policy", path], 0],
    ["validate", setText, (path) => ["validate", path], 0],
    ["validate --type", session, (path) => ["validate", "--type", "scp", path], 0],
    ["simulate", JSON.stringify(aCase("one", "allowed")), (path) => ["simulate", path], 1],
    ["replay", "{}\n", (path) => ["replay", path, "--policies", set], 2],
    ["replay --policies", setText, (path) => ["replay", file("none.jsonl", ""), "--policies", path], 2],
    ["serve --config", "workers: many\n", (path) => ["serve", "--config", path], 2],
  ];

  it.each(kinds)("is read by %s as the file is", async (_, text, command, code) => {
    const path = file("whole", text);
    const want = await verdict(command(path));
    expect(want.code).toBe(code);
    const named = (name: string) =>
      said({ ...want, out: want.out.replaceAll(path, name), err: want.err.replaceAll(path, name) });
    expect(said(await verdict(command("-"), { input: text }))).toEqual(named("<stdin>"));
    expect(said(await verdict(command("/dev/stdin"), { input: text }))).toEqual(named("/dev/stdin"));
    const through = pipe();
    const [piped] = await Promise.all([verdict(command(through)), writeFile(through, text)]);
    expect(said(piped)).toEqual(named(through));
  });

  it("is read by one reader only, and the second says so", async () => {
    const have = await verdict(["check", "--policies", "-", ...question, "--session-policy", "-"], { input: setText });
    expect(have).toEqual({
      code: 2,
      out: "",
      err: "<stdin>:1:1: error SET-FILE cannot be read: standard input can be read only once\n",
    });
    const cases = await verdict(["simulate", "-", "-"], { input: JSON.stringify(aCase("one")) });
    expect(cases.err).toBe("<stdin>: cannot be read: standard input can be read only once\n");
    expect(cases.code).toBe(2);
  });

  const again = "not a regular file: it can be read only once, but is read again: save it as a file";

  it.each([
    ["--policies", (path: string) => ["--policies", path], `:1:1: error SET-FILE ${again}`],
    ["--tokens", (path: string) => ["--policies", set, "--tokens", path], `: cannot be read: ${again}`],
    ["--ext-authz", (path: string) => ["--policies", set, "--ext-authz", path], `: cannot be read: ${again}`],
    [
      "--authzen",
      (path: string) => ["--policies", set, "--http", "127.0.0.1:0", "--authzen", path],
      `: cannot be read: ${again}`,
    ],
  ])("is refused by serve %s, which reads again", async (_, options, message) => {
    for (const path of ["-", pipe()]) {
      const have = await verdict(["serve", "--listen", "127.0.0.1:0", ...options(path)], { input: "x" });
      expect([have.code, have.err]).toEqual([2, `${path}${message}\n`]);
    }
  });

  it("is no file of settings where several processes read it", async () => {
    const path = pipe();
    const [have] = await Promise.all([
      readConfig({ config: path }, {}).catch((error: unknown) => error instanceof ConfigError && error.problems),
      writeFile(path, "processes: 2\n"),
    ]);
    expect(have).toEqual(["--config: a pipe can be read only once, and every process reads it: save it as a file"]);
  });
});
