// `npm run bench:audit [-- --export FILE] [--rounds N] [--w3x]`: what audits cost, each as a process of its own, by the processor time and the
// peak memory that it reports of itself. Principals of four statements are made here, `--w3x` asks about W3x itself as well (a minute and
// more a run); an account export is not ours to keep, so it is named.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machineLine, median, printTable } from "./measure.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const { values } = parseArgs({
  options: { export: { type: "string" }, rounds: { type: "string", default: "3" }, w3x: { type: "boolean" } },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), "verdict-bench-audit-"));

/** What one command took. */
interface Cost {
  readonly seconds: number;
  /** Of them, on the main thread. */
  readonly main: number;
  readonly megabytes: number;
  readonly lines: number;
}

/** A command's own account of itself, as it ends. */
const account = `import fs from "node:fs";
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  let main = 0;
  // What the first thread ran, where the system tells it (Linux).
  try { main = Number(fs.readFileSync("/proc/self/task/" + process.pid + "/schedstat", "utf8").split(" ")[0]) / 1e9; } catch {}
  process.stderr.write("\\n" + JSON.stringify({ seconds: (user + system) / 1e6, main, megabytes: maxRSS / 1024 }));
});`;

function run(command: readonly string[]): Cost {
  const hook = `data:text/javascript,${encodeURIComponent(account)}`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--import", hook, "dist/bundle/main.js", "audit", ...command, "--json"],
    { encoding: "utf8", maxBuffer: 2 ** 30 },
  );
  if (status !== 0) throw new Error(`audit ${command.join(" ")}: ended with ${status}: ${stderr}`);
  const cost: Omit<Cost, "lines"> = JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
  return { ...cost, lines: stdout.split("\n").length - 1 };
}

function measured(command: readonly string[]): Cost {
  const costs = Array.from({ length: rounds }, () => run(command));
  return {
    seconds: median(costs.map(({ seconds }) => seconds)),
    main: median(costs.map(({ main }) => main)),
    megabytes: Math.max(...costs.map(({ megabytes }) => megabytes)),
    lines: costs[0]?.lines ?? 0,
  };
}

/** Users with a policy each, of a hundred kinds. */
function usersFile(count: number): string {
  const users = Array.from({ length: count }, (_, index) => ({
    arn: `arn:aws:iam::111122223333:user/u${index}`,
    tags: { team: `t${index % 20}` },
    inlinePolicies: [
      {
        name: "own",
        document: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: ["s3:GetObject", "s3:Put*"], Resource: `arn:aws:s3:::b${index % 100}/*` },
            {
              Effect: "Allow",
              Action: "s3:Get*",
              Resource: "arn:aws:s3:::shared/*",
              Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
            },
            { Effect: "Allow", Action: "sqs:*", Resource: "*" },
            {
              Effect: "Deny",
              Action: "s3:*",
              Resource: "arn:aws:s3:::*/secret/*",
              Condition: { StringNotEquals: { "aws:PrincipalTag/team": "t1" } },
            },
          ],
        },
      },
    ],
  }));
  const path = join(folder, `users-${count}.json`);
  writeFileSync(path, JSON.stringify({ users }));
  return path;
}

interface Export {
  readonly UserDetailList: readonly {
    readonly Arn: string;
    readonly AttachedManagedPolicies?: readonly { PolicyName: string }[];
  }[];
  readonly Policies: readonly {
    readonly PolicyName: string;
    readonly PolicyVersionList: readonly { IsDefaultVersion: boolean; Document: { Statement: unknown } }[];
  }[];
}

/** The export with MFA asked for in one statement of the managed policy that most have. */
function changedExport(path: string): string {
  const data: Export = JSON.parse(readFileSync(path, "utf8"));
  const counts = new Map<string, number>();
  for (const { AttachedManagedPolicies = [] } of data.UserDetailList)
    for (const { PolicyName } of AttachedManagedPolicies) counts.set(PolicyName, (counts.get(PolicyName) ?? 0) + 1);
  const [most] = [...counts].sort(([, left], [, right]) => right - left)[0] ?? [];
  for (const { PolicyName, PolicyVersionList } of data.Policies) {
    if (PolicyName !== most) continue;
    for (const { IsDefaultVersion, Document } of PolicyVersionList) {
      const [statement] = [Document.Statement].flat();
      if (!IsDefaultVersion || typeof statement !== "object" || statement === null) continue;
      Object.assign(statement, { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } });
    }
  }
  const changed = join(folder, "changed.json");
  writeFileSync(changed, JSON.stringify(data));
  return changed;
}

try {
  console.log(machineLine());
  const [small, large] = [usersFile(1_000), usersFile(10_000)];
  const commands: (readonly [name: string, goal: string, command: readonly string[]])[] = [
    ["who-can, 1,000 principals", "", ["who-can", "s3:GetObject", "--policies", small]],
    ["who-can, 10,000 principals", "2 s, 12 × the line above", ["who-can", "s3:GetObject", "--policies", large]],
  ];
  if (values.w3x === true) {
    const file = join(folder, "w3x.json");
    writeFileSync(file, verdictFile(loadWorkload("W3x")));
    commands.push([
      "who-can, W3x (10,000 roles of 100 statements)",
      "2 s",
      ["who-can", "s3:GetObject", "--policies", file],
    ]);
  }
  if (values.export !== undefined) {
    const { UserDetailList }: Export = JSON.parse(readFileSync(values.export, "utf8"));
    const admin = UserDetailList.find(({ AttachedManagedPolicies = [] }) =>
      AttachedManagedPolicies.some(({ PolicyName }) => PolicyName === "AdministratorAccess"),
    );
    const [first] = UserDetailList;
    const who = [admin, first].flatMap((user) => user?.Arn ?? []);
    const policies = ["--policies", values.export];
    for (const arn of who) commands.push([`what-can ${arn}`, "0.5 s", ["what-can", arn, ...policies]]);
    commands.push(["what-can of everybody", "10 s", ["what-can", "*", ...policies]]);
    commands.push(["diff, one statement", "10 s", ["diff", values.export, changedExport(values.export)]]);
  }
  const rows = commands.map(([name, goal, command]) => {
    const { seconds, main, megabytes, lines } = measured(command);
    return [
      name,
      goal,
      `${main.toFixed(2)} s`,
      `${seconds.toFixed(2)} s`,
      `${Math.round(megabytes)} MB`,
      String(lines),
    ];
  });
  printTable(["command", "goal", "main thread", "processor time", "peak memory", "lines"], rows);
} finally {
  rmSync(folder, { recursive: true });
}
