/** The README as a newcomer follows it: every command and program as printed, in order, against the server that it starts. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { env, root } from "./kit/run-verdict.js";

/** What is not run here, by its first words, and why. */
const notRun: Readonly<Record<string, string>> = {
  "npm ci": "needs the network; without it there would be no tests to run",
  grpcurl: "is a program of its own, which npm does not have; the block says so",
  "mkdir account": "asks AWS; test/cli/first-report.test.ts runs its block",
  "until aws": "likewise",
  "aws iam": "likewise",
  "npx verdict audit report": "likewise, of what they printed",
  "npm test": "runs this test",
  "npm run": "takes minutes, and changes files; the whole check runs it",
  ".ci/run": "runs this test",
};

const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```(sh|js|yaml)\n(.*?)^```/gms)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);
const folder = mkdtempSync(join(tmpdir(), "verdict-readme-"));
let server: ChildProcess | undefined;

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (server?.pid === undefined || server.exitCode !== null) return;
  const ended = new Promise((resolve) => server?.once("close", resolve));
  // npm, its shell and the server.
  process.kill(-server.pid, "SIGTERM");
  await ended;
});

describe("README.md", () => {
  it("runs as printed, in order", async () => {
    const ran: string[] = [];
    for (const { language, text } of blocks) {
      if (language === "js") ran.push(program(text));
      else if (language === "yaml") ran.push(text.startsWith("assertions:") ? proofs(text) : policySet(text));
      else for (const command of commandsIn(text)) ran.push(await run(command));
    }
    expect(ran.filter((line) => line !== "")).toEqual([
      "started",
      expect.stringMatching(/^allowed: .*OrdersOfMyTeam/s),
      expect.stringMatching(/^true\n\{.*decision: 'allowed'.*\n\[ true, true \]\n$/s),
      expect.stringMatching(/^\{"decision":"allowed"/),
      expect.stringMatching(/^no findings/),
      expect.stringMatching(/^sometimes +arn:aws:iam::222222222222:role\/app\/OrdersApp\n/),
      expect.stringMatching(/^arn:aws:iam::222222222222:user\/people\/carol\n.*\n1 always, /s),
      expect.stringMatching(/^no change/),
      expect.stringMatching(/^holds .*TrailStaysOn.*\nFAILS .*HandRolesToContainersOnly.*\n1 holds, 1 fails/s),
      expect.stringMatching(/^allowed: .*HandRolesToContainersOnly/s),
    ]);
    for (const words of Object.keys(notRun)) {
      expect(blocks.flatMap(({ text }) => commandsIn(text)).filter((command) => command.startsWith(words))).not.toEqual(
        [],
      );
    }
  });
});

/** Commands of a block, each with the lines that it goes on over, without the comments behind them. */
function commandsIn(text: string): readonly string[] {
  const commands: string[] = [];
  let open = "";
  for (const line of text.split("\n")) {
    open += line;
    const isOpen = line.endsWith("\\") || open.split("'").length % 2 === 0;
    if (isOpen) open += "\n";
    else {
      const command = open.replace(/(?:^|\s)# .*$/, "").trim();
      if (command !== "") commands.push(command);
      open = "";
    }
  }
  return commands;
}

async function run(command: string): Promise<string> {
  if (Object.keys(notRun).some((words) => command.startsWith(words))) return "";
  if (command === "npm start") return startServer();
  return outputOf("sh", ["-c", command]);
}

/** What is said at the start: at most six lines, the last of which is a question that the server allows. */
async function startServer(): Promise<string> {
  const child = spawn("npm", ["start"], { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  server = child;
  let out = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (text: string): void => {
      out += text;
      if (/^try.*\n/m.test(out)) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.once("close", () => reject(new Error(out)));
  });
  const lines = out.split("\n").filter((line) => line !== "");
  expect(lines.length).toBeLessThanOrEqual(6);
  expect(out).toMatch(
    / listening on 127\.0\.0\.1:50051: policy set .*\nhttp on 127\.0\.0\.1:8181\ntry: npx verdict check --server /,
  );
  const [, question = ""] = /^try: (.*)$/.exec(lines.at(-1) ?? "") ?? [];
  expect(outputOf("sh", ["-c", question])).toMatch(/^allowed: /);
  return "started";
}

function program(text: string): string {
  return outputOf(process.execPath, ["--input-type=module", "-e", text]);
}

function policySet(text: string): string {
  const path = join(folder, "set.yaml");
  writeFileSync(path, text);
  return outputOf("npx", ["verdict", "validate", path]);
}

/** The command that the text names for them; one of them fails on purpose. */
function proofs(text: string): string {
  const path = join(folder, "promises.yaml");
  writeFileSync(path, text);
  const words = ["verdict", "prove", "--policies", "examples/acme", path];
  const { status, stdout } = spawnSync("npx", words, { cwd: root, env, encoding: "utf8" });
  expect(status).toBe(1);
  return stdout;
}

function outputOf(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, env, encoding: "utf8", timeout: 300_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}
