// What looking on costs: `verdict serve` without anything, with metrics, and with a decision log, asked in turns by the same
// client. `npm run bench:decision-log [-- W1]`. Records go to a file in the system's temporary folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Detail } from "../assembly/format/layout.js";
import { LoadClient } from "../src/load/http2-client.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, quantile } from "./measure.js";
import { type ServerProcess, startServer } from "./server-process.js";
import { encodeBatch, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const ROUNDS = 9;
const SLICE_MS = 500;
const BATCH = 100;
const SERVICE = "/verdict.v1.AuthorizationService";
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");

interface Slice {
  readonly rate: number;
  readonly processorRate: number;
  readonly p99: number;
}

interface Contestant {
  readonly name: string;
  readonly server: ServerProcess;
  readonly client: LoadClient;
  readonly slices: Slice[];
}

async function main(name: string): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const policies = join(dist, "workloads", `${name}.json`);
  mkdirSync(dirname(policies), { recursive: true });
  writeFileSync(policies, verdictFile(workload));
  const folder = mkdtempSync(join(tmpdir(), "verdict-log-bench-"));
  const requests = workload.questions.map((question) =>
    encodeRequest({ ...question, principal: workload.principals[question.principal]?.arn ?? "" }),
  );
  const batches = Array.from({ length: Math.floor(requests.length / BATCH) }, (_, index) =>
    encodeBatch(requests.slice(index * BATCH, (index + 1) * BATCH), Detail.Reason),
  );
  const log = (file: string): string[] => ["--decision-log", join(folder, file), "--decision-log-keep", "1"];
  const setups: readonly (readonly [string, readonly string[]])[] = [
    ["quiet", []],
    ["metrics", ["--http", "127.0.0.1:0"]],
    ["decision log", log("all.jsonl")],
    ["decision log, no allows", [...log("denies.jsonl"), "--decision-log-allows", "0"]],
  ];
  const rows: string[][] = [];
  const contestants: Contestant[] = [];
  try {
    for (const [setup, args] of setups) {
      const script = join(dist, "bundle", "main.js");
      const server = await startServer(script, ["serve", "--policies", policies, "--listen", "127.0.0.1:0", ...args]);
      contestants.push({ name: setup, server, client: await LoadClient.connect(server.address), slices: [] });
    }
    rows.push(...(await race("unary", contestants, "Authorize", requests, 64, 1)));
    rows.push(...(await race(`${BATCH} a call`, contestants, "BatchAuthorize", batches, 8, BATCH)));
  } finally {
    for (const { client, server } of contestants) {
      client.close();
      await server.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  printTable(["form", "server", "questions/s", "of quiet", "/ processor s", "of quiet", "p99 ms"], rows);
}

async function race(
  form: string,
  contestants: readonly Contestant[],
  method: "Authorize" | "BatchAuthorize",
  messages: readonly Buffer[],
  inFlight: number,
  questions: number,
): Promise<string[][]> {
  for (const { slices } of contestants) slices.length = 0;
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { server, client, slices } of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      const before = server.processorSeconds();
      const load = { path: `${SERVICE}/${method}`, messages, inFlight, durationMs: SLICE_MS };
      const { calls, elapsedMs, latenciesMs } = await client.run(load);
      const processorSeconds = server.processorSeconds() - before;
      const asked = calls * questions;
      const p99 = quantile(latenciesMs, 0.99);
      if (round > 0) slices.push({ rate: (asked / elapsedMs) * 1000, processorRate: asked / processorSeconds, p99 });
    }
  }
  const pick = (of: Contestant | undefined, member: keyof Slice): number[] =>
    of?.slices.map((slice) => slice[member]) ?? [];
  const [quiet] = contestants;
  return contestants.map((one) => [
    form,
    one.name,
    formatRate(median(pick(one, "rate"))),
    formatRatio(medianRatio(pick(one, "rate"), pick(quiet, "rate"))),
    formatRate(median(pick(one, "processorRate"))),
    formatRatio(medianRatio(pick(one, "processorRate"), pick(quiet, "processorRate"))),
    median(pick(one, "p99")).toFixed(2),
  ]);
}

await main(process.argv[2] ?? "W1");
