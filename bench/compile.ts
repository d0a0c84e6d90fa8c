// Compiling and publishing 100,000 statements: how long, how large, what the event loop and each worker pay.
// `npm run bench:compile [-- W3x]`. Processor time where one thread works, memory as the system counts it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Detail } from "../assembly/format/layout.js";
import { Engine } from "../src/engine/engine.js";
import { nodePlatform } from "../src/files/node-platform.js";
import { compileImage } from "../src/image/compile.js";
import { compilePolicySet } from "../src/image/compile-policy-set.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../src/policy/policy-set.js";
import { compilationFlags } from "../src/prepare/compile-in-process.js";
import { Preparer } from "../src/prepare/preparer.js";
import { sourceText } from "../src/text/source-text.js";
import { machineLine, median, printTable } from "./measure.js";
import { decodeBatch, encodeBatch, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet, verdictFile } from "./workloads/policy-set.js";
import { NOW_SECONDS, type Workload } from "./workloads/workload.js";

const REPEATS = 7;

async function main(name: string): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const loadStart = processorSeconds();
  const policySet = loadWorkloadSet({ buildPolicySet, sourceText }, workload);
  const loading = processorSeconds() - loadStart;
  const compiling = repeat(() => compileImage(policySet));
  const { bytes } = compileImage(policySet);
  const { statements } = policySet.counts;
  const rows = [
    ["statements", String(statements)],
    ["parse and check the files", `${loading.toFixed(2)} s of one core`],
    ["compile on this thread", `${median(compiling).toFixed(2)} s of one core`],
    [
      "image",
      `${(bytes.length / statements).toFixed(0)} bytes a statement, ${(bytes.length / 2 ** 20).toFixed(1)} MiB`,
    ],
    ...publication(workload),
    ...(await workerMemory(policySet, workload)),
  ];
  printTable([name, ""], rows);
}

/** Processor seconds of each repetition. */
function repeat(work: () => unknown): number[] {
  return Array.from({ length: REPEATS }, () => {
    const start = processorSeconds();
    work();
    return processorSeconds() - start;
  });
}

/** As `publish`, in a process that holds nothing else: what this one has loaded would weigh on its garbage collector. */
function publication(workload: Workload): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "verdict-compile-"));
  try {
    const path = join(folder, `${workload.name}.json`);
    writeFileSync(path, verdictFile(workload));
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--publish", path], {
      encoding: "utf8",
    });
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout) as string[][];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Preparing and publishing as a reload does, and how long the front end stands still meanwhile. */
async function publish(path: string): Promise<string[][]> {
  const engine = await Engine.start({ workers: 1 });
  const preparer = new Preparer(engine.preparationTerms);
  const compiling: number[] = [];
  const pauses: number[] = [];
  const idle: number[] = [];
  try {
    for (let index = 0; index <= REPEATS; index++) {
      const quiet = await longestPause(() => sleep(200));
      const pause = await longestPause(async () => {
        const result = await preparer.prepare({ path });
        if (result.outcome !== "prepared") throw new Error(JSON.stringify(result));
        const start = performance.now();
        engine.adopt(result.prepared);
        compiling.push(result.compileMs + performance.now() - start);
      });
      // The first round starts the thread.
      if (index === 0) continue;
      idle.push(quiet);
      pauses.push(pause);
    }
  } finally {
    await preparer.close();
    await engine.close();
  }
  return [
    ...preparation(path),
    ["compile there and publish", `${(median(compiling) / 1000).toFixed(2)} s elapsed`],
    ["front-end pause", `${median(pauses).toFixed(1)} ms (${median(idle).toFixed(1)} ms when nothing happens)`],
  ];
}

/** Parsing and compiling in fresh processes, as large sets are: medians of what their main threads and all of their threads compute. */
function preparation(path: string): string[][] {
  const runs = Array.from({ length: REPEATS }, () => {
    const child = spawnSync(
      process.execPath,
      [...compilationFlags, fileURLToPath(import.meta.url), "--prepare", path],
      {
        encoding: "utf8",
      },
    );
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout) as PreparationCost;
  });
  const row = (work: keyof PreparationCost): string => {
    const of = (member: keyof Cost): string => median(runs.map((run) => run[work][member])).toFixed(2);
    return `${of("thread")} s of one core, ${of("threads")} s with the collector's threads`;
  };
  return [
    ["parse and check in a process of its own", row("parse")],
    ["compile in it", row("compile")],
  ];
}

interface Cost {
  /** Processor seconds of the main thread, and of all. */
  readonly thread: number;
  readonly threads: number;
}

type PreparationCost = Readonly<Record<"parse" | "compile", Cost>>;

/** Loads and compiles once on this thread. */
function prepare(path: string): PreparationCost {
  const source = sourceText(path, readFileSync(path, "utf8"));
  const [loaded, parse] = costOf(() => buildPolicySet([source]));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  const [, compile] = costOf(() => compilePolicySet(loaded.policySet, {}, nodePlatform.deflate));
  return { parse, compile };
}

function costOf<T>(work: () => T): [T, Cost] {
  const [thread, threads] = [threadNanoseconds(), processorSeconds()];
  const result = work();
  return [result, { thread: (threadNanoseconds() - thread) / 1e9, threads: processorSeconds() - threads }];
}

/** What Linux has counted for this thread. */
function threadNanoseconds(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]);
}

/** Milliseconds that the event loop was held up at most. */
async function longestPause(work: () => unknown): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(50);
  delay.enable();
  await sleep(50);
  await work();
  await sleep(50);
  delay.disable();
  return delay.max / 1e6;
}

/** How much of a policy set's shared memory is in use after large batches, with one worker and with two. */
async function workerMemory(policySet: PolicySet, workload: Workload): Promise<string[][]> {
  const requests = workload.questions.map((question) =>
    encodeRequest({ ...question, principal: workload.principals[question.principal]?.arn ?? "" }),
  );
  const message = encodeBatch(requests, Detail.Reason);
  const known = new Set(sharedMemories().keys());
  const engines: Engine[] = [];
  const used: number[] = [];
  try {
    for (const workers of [1, 2]) {
      const engine = await Engine.start({ workers, nowMs: () => NOW_SECONDS * 1000 });
      engines.push(engine);
      await engine.publish(policySet);
      for (let batch = 0; batch < 3; batch++) {
        const have = decodeBatch(await engine.batchAuthorize(message));
        for (const [index, { want }] of workload.questions.entries()) {
          if (have[index] !== want) throw new Error(`question ${index}: ${have[index]} instead of ${want}`);
        }
      }
      const fresh = [...sharedMemories()].filter(([address]) => !known.has(address));
      for (const [address] of fresh) known.add(address);
      used.push(Math.max(...fresh.map(([, mebibytes]) => mebibytes)));
    }
  } finally {
    for (const engine of engines) await engine.close();
  }
  const [one = 0, two = 0] = used;
  return [["shared memory of a further worker", `${(two - one).toFixed(1)} MiB (${one.toFixed(1)} MiB with one)`]];
}

/**
 * Resident mebibytes of WebAssembly memories by address: writable mappings without a file that are followed by the gigabytes of
 * forbidden addresses which V8 reserves behind each memory.
 */
function sharedMemories(): ReadonlyMap<string, number> {
  const memories = new Map<string, number>();
  const mappings = readFileSync("/proc/self/smaps", "utf8").split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
  for (const [index, mapping] of mappings.entries()) {
    const [, start = "", end, rights] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(mapping) ?? [];
    const behind = mappings[index + 1] ?? "";
    const reserved = Number(/^Size: +(\d+) kB/m.exec(behind)?.[1] ?? 0);
    if (rights?.startsWith("rw") !== true || !behind.startsWith(`${end}-`) || reserved < 1 << 20) continue;
    if (/^[0-9a-f]+-[0-9a-f]+ ---/.test(behind)) {
      memories.set(start, Number(/^Rss: +(\d+) kB/m.exec(mapping)?.[1] ?? 0) / 1024);
    }
  }
  return memories;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const [, , first = "W3x", path = ""] = process.argv;
if (first === "--prepare") console.log(JSON.stringify(prepare(path)));
else if (first === "--publish") console.log(JSON.stringify(await publish(path)));
else await main(first);
