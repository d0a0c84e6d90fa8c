// What callers notice of a reload: `verdict serve` at a share of its unary capacity, 70 % unless another is named, quiet and while a
// set of 100,000 statements is loaded, compiled and put in force. `npm run bench:reload [-- W3x] [--share 0.3]`.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LoadClient } from "../src/load/http2-client.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, quantile } from "./measure.js";
import { startServer } from "./server-process.js";
import { decodeResponse, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const ROUNDS = 3;
const CAPACITY_MS = 3_000;
const WINDOW_MS = 12_000;
const PATH = "/verdict.v1.AuthorizationService/Authorize";
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");

async function main(name: string, share: number): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const folder = join(dist, "workloads", "reload");
  mkdirSync(folder, { recursive: true });
  const policies = join(folder, `${name}.json`);
  const text = verdictFile(workload);
  // A further account makes another set that decides alike.
  const version = (number: number): string =>
    text.replace(/^\{/, `{"accounts":[{"id":"9999999999${String(number).padStart(2, "0")}"}],`);
  const publish = (number: number): void => {
    writeFileSync(`${policies}.next`, version(number));
    renameSync(`${policies}.next`, policies);
  };
  publish(0);
  const server = await startServer(join(dist, "bundle", "main.js"), [
    "serve",
    "--policies",
    policies,
    "--listen",
    "127.0.0.1:0",
    "--max-concurrent-streams",
    "1000000",
    // Calls that are due go on coming, however late the answers are.
    "--max-open-calls",
    "1000000",
  ]);
  try {
    const client = await LoadClient.connect(server.address);
    const { principals, questions } = workload;
    const messages = questions.map((question) =>
      encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }),
    );
    const generations = new Set<string>();
    const onAnswer = (index: number, response: Buffer): void => {
      const have = decodeResponse(response);
      const want = questions[index]?.want;
      if (have !== want) throw new Error(`question ${index}: ${have} instead of ${want}`);
      generations.add(response.subarray(4, 75).toString("latin1"));
    };
    const load = { path: PATH, messages, inFlight: 64, onAnswer };
    const capacity = await client.run({ ...load, durationMs: CAPACITY_MS });
    const callsPerSecond = (capacity.calls / capacity.elapsedMs) * 1000 * share;
    console.log(`capacity ${formatRate(callsPerSecond / share)} calls/s, asked at ${formatRate(callsPerSecond)}`);
    const quiet: number[] = [];
    const loaded: number[] = [];
    const most: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const before = await client.run({ ...load, callsPerSecond, durationMs: WINDOW_MS });
      quiet.push(quantile(before.latenciesMs, 0.99));
      generations.clear();
      publish(round);
      const during = await client.run({ ...load, callsPerSecond, durationMs: WINDOW_MS });
      if (generations.size !== 2) throw new Error(`round ${round}: ${generations.size} sets answered, not 2`);
      loaded.push(quantile(during.latenciesMs, 0.99));
      most.push(quantile(during.latenciesMs, 1));
    }
    client.close();
    printTable(
      ["", "p99 ms", "of quiet", "most ms"],
      [
        ["quiet", median(quiet).toFixed(2), "", ""],
        ["with a reload", median(loaded).toFixed(2), formatRatio(medianRatio(loaded, quiet)), median(most).toFixed(1)],
      ],
    );
  } finally {
    await server.stop();
  }
}

const { values, positionals } = parseArgs({
  options: { share: { type: "string", default: "0.7" } },
  allowPositionals: true,
});
await main(positionals[0] ?? "W3x", Number(values.share));
