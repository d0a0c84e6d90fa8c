/**
 * From an empty folder to the report: the commands that README.md and src/evidence/README.md print are run as they stand, with an `aws` that
 * prints what AWS would of a small account, whose credential report takes its time.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { account, reportColumns, soundWorld } from "../kit/posture-world.js";
import { root } from "../kit/run-verdict.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-first-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["README.md", 4],
  ["src/evidence/README.md", 6],
] as const)("the commands that %s prints lead from an empty folder to the report", async (document, lines) => {
  const text = readFileSync(join(root, document), "utf8");
  const block = /[Ff]rom an empty folder.*?```sh\n(.*?)```/s.exec(text)?.[1] ?? "";
  expect(block.trim().split("\n")).toHaveLength(lines);
  const own = join(folder, document.replaceAll("/", "-"));
  const bin = join(own, "bin");
  mkdirSync(bin, { recursive: true });
  const world = soundWorld();
  const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
  const details = {
    UserDetailList: [{ UserName: "ann", Path: "/", Arn: arn("user/ann"), UserId: "AIDA1", GroupList: [] }],
    GroupDetailList: [],
    RoleDetailList: [],
    Policies: [],
    IsTruncated: false,
  };
  const rows = world.users.map((row) => reportColumns.map((column) => row[column] ?? "N/A").join(","));
  const csv = [reportColumns.join(","), ...rows].join("\n");
  const credentials = {
    Content: Buffer.from(csv).toString("base64"),
    ReportFormat: "text/csv",
    GeneratedTime: "2026-11-01T00:00:00Z",
  };
  for (const [name, value] of Object.entries({ details, credentials, summary: world.summary }))
    writeFileSync(join(bin, `${name}.json`), JSON.stringify(value));
  const script = (name: string, lines: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script(
    "aws",
    `cd ${bin}
case "$2" in
  get-account-authorization-details) cat details.json ;;
  generate-credential-report) touch asked ;;
  get-credential-report) if [ -e asked ]; then cat credentials.json; else echo ReportNotPresent >&2; exit 254; fi ;;
  get-account-summary) cat summary.json ;;
  *) exit 252 ;;
esac`,
  );
  script("sleep", "exit 0");
  script("npx", '"$@"');
  script("verdict", `exec "${process.execPath}" "${join(root, "dist/bundle/main.js")}" "$@"`);
  const out = await new Promise<string>((done, fail) => {
    const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
    execFile("sh", ["-e", "-c", block], { cwd: own, env }, (error, stdout, stderr) =>
      error === null ? done(stdout) : fail(new Error(`${error.message}\n${stderr}`)),
    );
  });
  expect(out).toContain("wrote report.html");
  const page = readFileSync(join(own, "report.html"), "utf8");
  expect(page).toContain("credential report");
  expect(page).toContain("user-without-groups");
});
