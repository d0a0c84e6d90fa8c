// Large batches across the pool: one worker against two, and whether the event loop stays free meanwhile.
// `npm run bench:engine [-- W1]`. Elapsed time, because threads are the point, in pairs of neighbouring batches; beside it the
// processor time of the main thread and of the busiest worker, whose sum bounds what quiet cores would give.
import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Detail } from "../assembly/format/layout.js";
import { Engine } from "../src/engine/engine.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import { sourceText } from "../src/text/source-text.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable } from "./measure.js";
import { decodeBatch, encodeBatch, encodeRequest, encodeTable } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";
import { makeTable } from "./workloads/table.js";
import { NOW_SECONDS, type Workload } from "./workloads/workload.js";

const WORKERS = [0, 1, 2];
const PAIRS = 9;
const MAX_MESSAGE_BYTES = 64 << 20;

interface Batch {
  readonly name: string;
  readonly message: Buffer;
  readonly wants: readonly string[];
}

async function main(name: string): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const policySet = loadWorkloadSet({ buildPolicySet, sourceText }, workload);
  const engines: Engine[] = [];
  for (const workers of WORKERS) {
    const nowMs = (): number => NOW_SECONDS * 1000;
    const engine = await Engine.start({ workers, maxMessageBytes: MAX_MESSAGE_BYTES, nowMs });
    engine.publish(policySet);
    engines.push(engine);
  }
  try {
    const rows: string[][] = [];
    for (const batch of batchesOf(workload)) rows.push(...(await measure(batch, engines)));
    printTable(
      [
        "batch",
        "workers",
        "decisions/s",
        "of 1 worker",
        "main ms",
        "busiest ms",
        "bound of 1 worker",
        "loop p99",
        "loop most",
      ],
      rows,
    );
    console.log(`event loop when nothing happens: p99 and most ${(await idleDelay()).join(", ")} ms`);
  } finally {
    for (const engine of engines) await engine.close();
  }
}

/** Rows of 10,000 and 100,000 questions, and the table form of as many. */
function batchesOf(workload: Workload): Batch[] {
  const { principals, questions } = workload;
  const requests = questions.map((question) =>
    encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }),
  );
  const rowBatch = (count: number, detail: Detail): Batch => {
    const indices = Array.from({ length: count }, (_, index) => index % questions.length);
    return {
      name: `${count} rows, ${Detail[detail]?.toUpperCase() ?? ""}`,
      message: encodeBatch(
        indices.flatMap((index) => requests[index] ?? []),
        detail,
      ),
      wants: indices.map((index) => questions[index]?.want ?? ""),
    };
  };
  const tableBatch = (count: number): Batch => {
    const { table, wants } = makeTable(workload, count);
    return { name: `table of ${count}, OUTCOME`, message: encodeTable(table, Detail.Outcome), wants };
  };
  return [
    rowBatch(10_000, Detail.Outcome),
    rowBatch(100_000, Detail.Outcome),
    rowBatch(100_000, Detail.Reason),
    tableBatch(10_000),
    tableBatch(100_000),
  ];
}

async function measure(batch: Batch, engines: readonly Engine[]): Promise<string[][]> {
  for (const engine of engines) expectAnswers(batch, await engine.batchAuthorize(batch.message));
  const runs = engines.map((): Run[] => []);
  for (let pair = 0; pair < PAIRS; pair++) {
    for (const [index, engine] of engines.entries()) {
      await sleep(1);
      const before = threadTimes();
      const start = performance.now();
      await engine.batchAuthorize(batch.message);
      const elapsedMs = performance.now() - start;
      runs[index]?.push({ elapsedMs, ...threadWork(before, threadTimes()) });
    }
  }
  const rates = runs.map((some) => some.map(({ elapsedMs }) => (batch.wants.length / elapsedMs) * 1000));
  const bounds = runs.map((some) => some.map(({ mainMs, busiestMs }) => 1 / (mainMs + busiestMs)));
  const rows: string[][] = [];
  for (const [index, engine] of engines.entries()) {
    const some = runs[index] ?? [];
    rows.push([
      batch.name,
      String(WORKERS[index]),
      formatRate(median(rates[index] ?? [])),
      formatRatio(medianRatio(rates[index] ?? [], rates[1] ?? [])),
      median(some.map(({ mainMs }) => mainMs)).toFixed(1),
      median(some.map(({ busiestMs }) => busiestMs)).toFixed(1),
      formatRatio(medianRatio(bounds[index] ?? [], bounds[1] ?? [])),
      ...(await loopDelay(() => engine.batchAuthorize(batch.message))),
    ]);
  }
  return rows;
}

interface Run {
  readonly elapsedMs: number;
  readonly mainMs: number;
  readonly busiestMs: number;
}

/** Milliseconds of processor time by thread. */
function threadTimes(): ReadonlyMap<string, number> {
  return new Map(
    readdirSync("/proc/self/task").map((thread) => {
      const [nanoseconds] = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ");
      return [thread, Number(nanoseconds) / 1e6];
    }),
  );
}

function threadWork(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Omit<Run, "elapsedMs"> {
  let mainMs = 0;
  let busiestMs = 0;
  for (const [thread, time] of after) {
    const worked = time - (before.get(thread) ?? 0);
    if (thread === String(process.pid)) mainMs = worked;
    else busiestMs = Math.max(busiestMs, worked);
  }
  return { mainMs, busiestMs };
}

/** 99th percentile and maximum of the event loop's delay while batches follow one another, in milliseconds. */
async function loopDelay(work: () => Promise<unknown>): Promise<[string, string]> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  // A fresh turn of the loop, so that what ran before does not count.
  await sleep(20);
  delay.enable();
  await sleep(20);
  for (let count = 0; count < 5; count++) {
    await work();
    await sleep(2);
  }
  delay.disable();
  return [(delay.percentile(99) / 1e6).toFixed(1), (delay.max / 1e6).toFixed(1)];
}

function idleDelay(): Promise<[string, string]> {
  return loopDelay(() => sleep(100));
}

function expectAnswers({ name, wants }: Batch, response: Uint8Array): void {
  const have = decodeBatch(response);
  for (const [index, want] of wants.entries()) {
    if (have[index] !== want) throw new Error(`${name}, question ${index}: ${have[index]} instead of ${want}`);
  }
}

await main(process.argv[2] ?? "W1");
