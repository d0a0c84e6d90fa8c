// What each workaround for the inside of Node gains: two servers side by side, one with all of them and one without the one in question,
// asked in turns by the same client. `npm run bench:node-workarounds [-- --node PATH …] [--rounds 25] [--calls 8000] [NAME …]`; binaries
// of other versions come from npm (`npm install --prefix DIR node@24`, then DIR/node_modules/.bin/node).
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Detail } from "../assembly/format/layout.js";
import { LoadClient } from "../src/load/http2-client.js";
import { type Workaround, workarounds } from "../src/node-workarounds/workarounds.js";
import { machineLine, median, printTable, quantile } from "./measure.js";
import { type ServerProcess, startServer } from "./server-process.js";
import { encodeBatch, encodeLoad, encodeRequest, encodeUnload } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const SERVICE = "/verdict.v1.AuthorizationService";
const SWAPS = 15;
/** Policy sets of callers: so many are loaded in a turn, and so many of the last stay. */
const LOADS = 150;
const LOADED = 32;
/** What V8 learns about a call it has learnt by then. */
const WARM_CALLS = 30_000;
const UNTIL_DONE = Number.POSITIVE_INFINITY;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(dist, "workloads", "node-workarounds");

/** What one turn of a server gave. */
type Turn = Readonly<Record<string, number>>;

/** Collections of the main thread, and how late its loop was, since they were last asked for. */
const gauge = `
  const { PerformanceObserver, constants, monitorEventLoopDelay } = require("node:perf_hooks");
  const { isMainThread } = require("node:worker_threads");
  const { writeFileSync, renameSync } = require("node:fs");
  if (isMainThread && process.argv[2] === "serve") {
    let longest = 0, sum = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) { longest = Math.max(longest, duration); sum += duration; }
    }).observe({ entryTypes: ["gc"] });
    process.on("SIGUSR2", () => setTimeout(() => {
      const file = process.env.GAUGE_FILE;
      writeFileSync(file + ".next", JSON.stringify({ longest, sum }));
      renameSync(file + ".next", file);
      longest = sum = 0;
    }, 20));
  }`;

class Subject {
  private constructor(
    readonly server: ServerProcess,
    readonly client: LoadClient,
    readonly policies: string,
    readonly admin: string,
    private readonly gaugeFile: string,
  ) {}

  static async start(node: string, name: string, without: readonly Workaround[], text: string): Promise<Subject> {
    const policies = join(folder, `${name}.json`);
    writeFileSync(policies, text);
    const gaugeFile = join(folder, `${name}.gauge`);
    const admin = join(folder, `${name}.admin`);
    rmSync(admin, { force: true });
    const preload = join(folder, "gauge.cjs");
    writeFileSync(preload, gauge);
    const server = await startServer(
      join(dist, "bundle", "main.js"),
      [
        ...[
          "serve",
          "--policies",
          policies,
          "--listen",
          "127.0.0.1:0",
          "--admin",
          `unix:${admin}`,
          "--max-loaded-policy-sets",
          String(LOADED),
          "--workers",
          "1",
          "--watch-quiet",
          "20ms",
          "--log-level",
          "error",
        ],
        ...without.flatMap((one) => ["--without-workarounds", one]),
      ],
      { node, nodeOptions: ["--require", preload], env: { GAUGE_FILE: gaugeFile } },
    );
    return new Subject(server, await LoadClient.connect(server.address), policies, admin, gaugeFile);
  }

  /** The longest collection and all of them, in milliseconds. */
  async collections(): Promise<{ longest: number; sum: number }> {
    writeFileSync(this.gaugeFile, "");
    process.kill(this.server.pid, "SIGUSR2");
    for (;;) {
      await wait(10);
      const text = readFileSync(this.gaugeFile, "utf8");
      if (text !== "") return JSON.parse(text);
    }
  }

  /** What of its memory no other process has, in MiB. */
  residentMiB(): number {
    const rollup = readFileSync(`/proc/${this.server.pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.server.stop();
  }
}

/** So many calls, or batches. */
async function callTurn(subject: Subject, method: string, messages: readonly Buffer[], calls: number): Promise<Turn> {
  const inFlight = method === "Authorize" ? 64 : 4;
  await subject.collections();
  const before = subject.server.processorSeconds();
  const result = await subject.client.run({
    path: `${SERVICE}/${method}`,
    messages,
    inFlight,
    calls,
    durationMs: UNTIL_DONE,
  });
  const used = subject.server.processorSeconds() - before;
  const { longest, sum } = await subject.collections();
  return {
    "calls / processor s": result.calls / used,
    "p99 ms": quantile(result.latenciesMs, 0.99),
    "longest collection ms": longest,
    "collecting ms / 1,000 calls": (sum / result.calls) * 1000,
  };
}

/** Policy sets put in force one after the other, a batch for the workers after each. */
async function swapTurn(
  subject: Subject,
  versions: (number: number) => string,
  batch: Buffer,
  from: number,
): Promise<Turn> {
  let most = 0;
  for (let swap = 0; swap < SWAPS; swap++) {
    writeFileSync(`${subject.policies}.next`, versions(from + swap));
    renameSync(`${subject.policies}.next`, subject.policies);
    const wanted = await generationOf(subject, batch);
    for (let have = wanted; have === wanted; have = await generationOf(subject, batch)) await wait(20);
    most = Math.max(most, subject.residentMiB());
  }
  return { "most MiB": most };
}

/** Policy sets of callers, each under a name of its own and each asked a batch by the workers; the oldest are unloaded. */
async function loadTurn(
  subject: Subject,
  versions: (number: number) => string,
  batchFor: (name: string) => Buffer,
  from: number,
): Promise<Turn> {
  const admin = await LoadClient.connect(`unix:${subject.admin}`);
  const call = async (method: string, message: Buffer): Promise<void> => {
    const path = `/verdict.v1.PolicySetService/${method}`;
    await admin.run({ path, messages: [message], inFlight: 1, calls: 1, durationMs: UNTIL_DONE });
  };
  let most = 0;
  for (let number = from; number < from + LOADS; number++) {
    const name = `set-${number}`;
    if (number - from >= LOADED) await call("UnloadPolicySet", encodeUnload(`set-${number - LOADED}`));
    await call("LoadPolicySet", encodeLoad(name, versions(number)));
    if ((await generationOf(subject, batchFor(name))) === "") throw new Error(`${name} was not asked`);
    most = Math.max(most, subject.residentMiB());
  }
  for (let number = from + LOADS - LOADED; number < from + LOADS; number++) {
    await call("UnloadPolicySet", encodeUnload(`set-${number}`));
  }
  admin.close();
  return { "most MiB": most };
}

/** A large policy set put in force again and again, in a process of its own. */
function copiesTurn(node: string, without: readonly Workaround[]): Turn {
  const script = join(dist, "bench", "swapped-copies.js");
  return { "MiB more": Number(execFileSync(node, [script, ...without], { encoding: "utf8" })) };
}

/** The digest that answers name. */
async function generationOf(subject: Subject, batch: Buffer): Promise<string> {
  let seen = "";
  const path = `${SERVICE}/BatchAuthorize`;
  const onAnswer = (_: number, response: Buffer): void => {
    seen = /sha256:[0-9a-f]{64}/.exec(response.toString("latin1"))?.[0] ?? "";
  };
  await subject.client.run({
    path,
    messages: [batch],
    inFlight: 1,
    calls: 1,
    durationMs: UNTIL_DONE,
    onAnswer,
  });
  return seen;
}

async function measure(name: Workaround, node: string, rounds: number, calls: number): Promise<readonly string[][]> {
  const workload = loadWorkload("W1");
  const text = verdictFile(workload);
  const versions = (number: number): string =>
    text.replace(/^\{/, `{"accounts":[{"id":"${String(900_000_000_000 + number)}"}],`);
  const requests = workload.questions.map((question) =>
    encodeRequest({ ...question, principal: workload.principals[question.principal]?.arn ?? "" }),
  );
  const batch = encodeBatch(requests.slice(0, 5000), Detail.Outcome);
  const batchFor = (set: string): Buffer => encodeBatch(requests.slice(0, 5000), Detail.Outcome, set);
  const count = name === "message-collections" ? Math.ceil(calls / 50) : calls;
  const method = name === "message-collections" ? "BatchAuthorize" : "Authorize";
  const messages = method === "Authorize" ? requests : [encodeBatch(requests.slice(0, 1000), Detail.Reason)];
  const subjects = [
    await Subject.start(node, "with", [], text),
    await Subject.start(node, "without", [name], text),
  ] as const;
  const turns: [Turn[], Turn[]] = [[], []];
  try {
    const path = `${SERVICE}/${method}`;
    const warming = method === "Authorize" ? WARM_CALLS : WARM_CALLS / 50;
    for (const { client } of subjects) {
      await client.run({ path, messages, inFlight: 16, calls: warming, durationMs: UNTIL_DONE });
    }
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const subject = subjects[side];
        const turnOf: Partial<Record<Workaround, () => Promise<Turn>>> = {
          ballast: () => swapTurn(subject, versions, batch, (2 * round + side) * SWAPS),
          "worker-collections": async () => copiesTurn(node, side === 0 ? [] : [name]),
          "preparation-collections": () => loadTurn(subject, versions, batchFor, round * LOADS),
        };
        const turn = turnOf[name] ?? (() => callTurn(subject, method, messages, count));
        turns[side].push(await turn());
      }
    }
  } finally {
    for (const subject of subjects) await subject.stop();
  }
  return rowsOf(name, execFileSync(node, ["--version"], { encoding: "utf8" }).trim(), turns);
}

/** A row a figure: medians, and the median of the pairs' ratios with the middle half of them. */
function rowsOf(name: string, version: string, [on, off]: readonly [readonly Turn[], readonly Turn[]]): string[][] {
  return Object.keys(on[0] ?? {}).map((figure) => {
    const pick = (turns: readonly Turn[]): number[] => turns.map((turn) => turn[figure] ?? Number.NaN);
    const ratios = pick(on).map((value, round) => value / (pick(off)[round] ?? Number.NaN));
    const spread = `${quantile(ratios, 0.25).toFixed(3)} to ${quantile(ratios, 0.75).toFixed(3)}`;
    const [withIt, without] = [median(pick(on)), median(pick(off))].map((value) => value.toPrecision(4));
    return [name, version, figure, String(withIt), String(without), median(ratios).toFixed(3), spread];
  });
}

const { values, positionals } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: [process.execPath] },
    rounds: { type: "string", default: "25" },
    calls: { type: "string", default: "8000" },
  },
  allowPositionals: true,
});
mkdirSync(folder, { recursive: true });
console.log(machineLine());
const rows: string[][] = [];
for (const name of workarounds.filter((one) => positionals.length === 0 || positionals.includes(one))) {
  for (const node of values.node) {
    const measured = await measure(name, node, Number(values.rounds), Number(values.calls));
    for (const row of measured) console.log(row.join("  "));
    rows.push(...measured);
  }
}
printTable(["workaround", "Node", "figure", "with", "without", "with / without", "middle half"], rows);
