/** Runs the built command as users do, in a process of its own. */
import { type StdioOptions, spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The folder of the package. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** The example policy set that the tests ask. */
export const minimal = join(root, "examples", "minimal");
/** A user of that set. */
export const alice = "arn:aws:iam::111111111111:user/alice";
/** Scratch space with a blank in its name. */
export const folder = mkdtempSync(join(tmpdir(), "verdict cli "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// What steers the fault suite is no setting of the command, which refuses variables that it does not know.
export const env = { ...process.env, VERDICT_FAULTS: undefined, VERDICT_SEED: undefined };
const main = join(root, "dist", "bundle", "main.js");

/** How a command is run. */
export interface Run {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly closeOutput?: boolean;
  /** Files that standard output and standard error go to instead. */
  readonly outputFile?: string;
  readonly errorFile?: string;
  /** The file that is run instead of the built command. */
  readonly main?: string;
  /** Variables beside those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** A command that runs the rest of its words, and its own first words. */
  readonly within?: readonly string[];
}

/** Runs a command to its end. */
export async function verdict(
  args: readonly string[],
  run: Run = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd: run.cwd ?? root, env, stdio: stdioOf(run) });
  if (run.closeOutput === true) child.stdout?.destroy();
  child.stdin?.on("error", () => {});
  child.stdin?.end(run.input ?? "");
  const output = gather(child);
  const code = await output.code;
  return { code, out: output.out(), err: output.err() };
}

/** Starts a command that goes on running. */
export function start(args: readonly string[], run: Run = {}) {
  const node = [process.execPath, ...(run.nodeOptions ?? []), run.main ?? main, ...args];
  const [command = process.execPath, ...all] = [...(run.within ?? []), ...node];
  const child = spawn(command, all, { cwd: root, env: { ...env, ...run.env }, stdio: stdioOf(run) });
  return { ...gather(child), pid: child.pid ?? 0, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

function stdioOf({ outputFile, errorFile }: Run): StdioOptions {
  const to = (path: string | undefined) => (path === undefined ? "pipe" : openSync(path, "w"));
  return ["pipe", to(outputFile), to(errorFile)];
}

function gather(child: ReturnType<typeof spawn>) {
  let out = "";
  let err = "";
  let onOutput = (): void => {};
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    onOutput();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    code,
    out: () => out,
    err: () => err,
    /** The first lines, once they are there; fewer if the process ends before. */
    lines: (count: number): Promise<readonly string[]> =>
      new Promise((resolve) => {
        onOutput = () => {
          if (out.split("\n").length > count) resolve(out.split("\n").slice(0, count));
        };
        onOutput();
        void code.then(() => resolve(out.split("\n")));
      }),
  };
}

/** A simulation case that nothing allows. */
export function aCase(id: string, expectation?: string): object {
  return {
    id,
    policies: { identity: [] },
    request: {
      principal: alice,
      action: "s3:GetObject",
      resource: "arn:aws:s3:::depot/x",
      resourceAccount: "111111111111",
    },
    ...(expectation === undefined ? {} : { expect: expectation }),
  };
}

/** The objects of a text of JSON Lines. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Writes a file into the scratch space. */
export function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a log in JSON Lines says. */
export function messagesOf(log: string): readonly unknown[] {
  return jsonLines(log).map(({ message }) => message);
}

/** What `serve` logs of a SIGTERM. */
export const stopMessages = ["SIGTERM: draining", "drained"] as const;
