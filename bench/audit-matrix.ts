// `npm run bench:matrix [-- W1]`: the matrix against the table form of the engine, which decides the same cells and writes nothing, by
// processor time on one thread; and two workers against one, by elapsed time in pairs, with the processor time that bounds it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preparePolicySet } from "../src/engine/preparation.js";
import { seatsOf, TableSession } from "../src/engine/table-session.js";
import { BlockMaker } from "../src/matrix/block-maker.js";
import { BlockQuestions } from "../src/matrix/block-questions.js";
import { Cut, type MatrixFormat, type MatrixPlan } from "../src/matrix/plan.js";
import { matrixNeeds, writeMatrix } from "../src/matrix/write-matrix.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import { sourceText } from "../src/text/source-text.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, race } from "./measure.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";
import { NOW_SECONDS } from "./workloads/workload.js";

const PAIRS = 7;
const RACE = { rounds: 11, sliceMs: 400 };

async function main(name: string): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const policySet = loadWorkloadSet({ buildPolicySet, sourceText }, workload);
  const prepared = preparePolicySet(policySet, matrixNeeds(2));
  const distinct = (texts: readonly string[], most: number): string[] => [...new Set(texts)].slice(0, most).sort();
  const questions = workload.questions.slice(0, 5_000);
  const planOf = (format: MatrixFormat, principals: number): MatrixPlan => ({
    format,
    principals: distinct(
      workload.principals.map(({ arn }) => arn),
      principals,
    ),
    actions: distinct(
      questions.map(({ action }) => action),
      100,
    ),
    resources: distinct(
      questions.map(({ resource }) => resource),
      200,
    ),
    scenarios: questions.slice(0, 2).map(({ context }, index) => ({
      name: `scenario ${index}`,
      context: Object.entries(context).map(([key, value]) => [key, typeof value === "string" ? [value] : value]),
    })),
    reason: false,
    clockSeconds: NOW_SECONDS,
    policySet: policySet.digest,
    version: "bench",
    matcher: "bench",
  });
  await compareWithTable(planOf, prepared);
  await compareWorkers(planOf("parquet", 200), prepared);
}

/** Every contestant decides the same blocks in the same order. */
async function compareWithTable(
  planOf: (format: MatrixFormat, principals: number) => MatrixPlan,
  prepared: ReturnType<typeof preparePolicySet>,
): Promise<void> {
  const [seat] = seatsOf(prepared, "release");
  if (seat === undefined) throw new Error("no seat");
  const plan = planOf("parquet", 50);
  const cut = new Cut(plan);
  const messages = new BlockQuestions(plan);
  const session = new TableSession(seat);
  const tables = Array.from({ length: cut.blocks }, (_, index) => messages.message(cut.at(index)));
  let at = 0;
  const contestants = [
    {
      name: "engine, table form",
      run: () => {
        const index = at++ % cut.blocks;
        const { cells } = cut.at(index);
        session.decide(tables[index] ?? new Uint8Array(), cells, NOW_SECONDS);
        return cells;
      },
    },
  ];
  for (const format of ["parquet", "csv", "jsonl"] as const) {
    const own = planOf(format, 50);
    const ownCut = new Cut(own);
    const maker = await BlockMaker.start(own, seat, NOW_SECONDS);
    let next = 0;
    contestants.push({
      name: `matrix, ${format}`,
      run: () => {
        const index = next++ % ownCut.blocks;
        maker.make(index);
        return ownCut.at(index).cells;
      },
    });
  }
  const rates = race(contestants, RACE);
  const table = rates.get("engine, table form") ?? [];
  printTable(
    ["one thread", "cells/s", "of the table form"],
    [...rates].map(([name, some]) => [name, formatRate(median(some)), formatRatio(medianRatio(some, table))]),
  );
}

async function compareWorkers(plan: MatrixPlan, prepared: ReturnType<typeof preparePolicySet>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "verdict bench "));
  const one: number[] = [];
  const two: number[] = [];
  const bounds: number[] = [];
  let cells = 0;
  try {
    for (let pair = 0; pair <= PAIRS; pair++) {
      const computed: number[] = [];
      for (const workers of pair % 2 === 0 ? [1, 2] : [2, 1]) {
        const seats = { ...prepared, map: { ...prepared.map, callAreas: prepared.map.callAreas.slice(0, workers) } };
        const before = process.cpuUsage();
        const start = performance.now();
        const job = { plan, prepared: seats, isResumed: false, nowSeconds: NOW_SECONDS };
        const shard = { index: 0, count: 1 };
        const out = join(mkdtempSync(join(folder, "run-")), "matrix.parquet");
        cells = (await writeMatrix({ ...job, shard, out, signal: new AbortController().signal })).done;
        const elapsed = performance.now() - start;
        const { user, system } = process.cpuUsage(before);
        computed[workers] = (user + system) / 1000;
        // The first pair warms up.
        if (pair > 0) (workers === 1 ? one : two).push((cells / elapsed) * 1000);
      }
      // What two cores of their own would give, if the work were spread evenly.
      if (pair > 0) bounds.push((2 * (computed[1] ?? 0)) / (computed[2] ?? 1));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${cells} cells of Parquet, from start to end`);
  printTable(
    ["workers", "cells/s", "of 1 worker", "by processor time at most"],
    [
      ["1", formatRate(median(one)), formatRatio(1), ""],
      ["2", formatRate(median(two)), formatRatio(medianRatio(two, one)), formatRatio(median(bounds))],
    ],
  );
}

await main(process.argv[2] ?? "W1");
