// Several processes behind one port: `verdict serve --processes 2` against `--processes 1`, unary questions over several
// connections, in pairs. `npm run bench:processes [-- W1 2]`. The client needs processor time too: where there are as many
// processes as processors it takes it from them, so questions for a second of the servers' processor time stand beside the rates.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LoadClient } from "../src/load/http2-client.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, quantile } from "./measure.js";
import { type ServerProcess, startServer } from "./server-process.js";
import { decodeResponse, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const ROUNDS = 15;
const SLICE_MS = 500;
const CONNECTIONS = 4;
const IN_FLIGHT = 32;
const PATH = "/verdict.v1.AuthorizationService/Authorize";
const TICKS = 100;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");

interface Slice {
  readonly rate: number;
  readonly processorRate: number;
  readonly p99: number;
}

async function main(name: string, count: number): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  mkdirSync(join(dist, "workloads"), { recursive: true });
  const policies = join(dist, "workloads", `${name}.json`);
  writeFileSync(policies, verdictFile(workload));
  const { principals, questions } = workload;
  const messages = questions.map((question) =>
    encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }),
  );
  const wants = questions.map(({ want }) => want);
  const servers = new Map<number, ServerProcess>();
  const slices = new Map<number, Slice[]>();
  try {
    for (const processes of [1, count]) {
      const flags = [
        "--policies",
        policies,
        "--listen",
        "127.0.0.1:0",
        "--workers",
        "1",
        "--processes",
        `${processes}`,
      ];
      const server = await startServer(join(dist, "bundle", "main.js"), ["serve", ...flags]);
      servers.set(processes, server);
      slices.set(processes, []);
      await check(server.address, messages, wants);
    }
    for (let round = 0; round <= ROUNDS; round++) {
      const order = round % 2 === 0 ? [...servers] : [...servers].reverse();
      for (const [processes, server] of order) {
        const slice = await run(server, messages);
        // The first round warms up.
        if (round > 0) slices.get(processes)?.push(slice);
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  const pick = (processes: number, member: keyof Slice): number[] =>
    (slices.get(processes) ?? []).map((slice) => slice[member]);
  printTable(
    ["processes", "questions/s", "against 1", "/ processor s", "against 1", "p99 ms"],
    [...slices.keys()].map((processes) => [
      String(processes),
      formatRate(median(pick(processes, "rate"))),
      formatRatio(medianRatio(pick(processes, "rate"), pick(1, "rate"))),
      formatRate(median(pick(processes, "processorRate"))),
      formatRatio(medianRatio(pick(processes, "processorRate"), pick(1, "processorRate"))),
      median(pick(processes, "p99")).toFixed(2),
    ]),
  );
}

async function run({ pid, address }: ServerProcess, messages: readonly Buffer[]): Promise<Slice> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => LoadClient.connect(address)));
  const before = processorSeconds(pid);
  const load = { path: PATH, messages, inFlight: IN_FLIGHT, durationMs: SLICE_MS };
  const results = await Promise.all(clients.map((client) => client.run(load)));
  const used = processorSeconds(pid) - before;
  for (const client of clients) client.close();
  const calls = results.reduce((sum, result) => sum + result.calls, 0);
  const elapsedMs = Math.max(...results.map((result) => result.elapsedMs));
  return {
    rate: (calls / elapsedMs) * 1000,
    processorRate: calls / used,
    p99: quantile(
      results.flatMap(({ latenciesMs }) => latenciesMs),
      0.99,
    ),
  };
}

async function check(address: string, messages: readonly Buffer[], wants: readonly string[]): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => LoadClient.connect(address)));
  const onAnswer = (index: number, response: Buffer): void => {
    const have = decodeResponse(response);
    if (have !== wants[index]) throw new Error(`question ${index}: ${have} instead of ${wants[index]}`);
  };
  const load = { path: PATH, messages, inFlight: IN_FLIGHT, calls: messages.length, durationMs: Infinity, onAnswer };
  await Promise.all(clients.map((client) => client.run(load)));
  for (const client of clients) client.close();
}

/** Of a process and its children, all threads. */
function processorSeconds(pid: number): number {
  // The name of the program is in parentheses and may hold blanks; user and system time are fields 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS;
  return children.reduce((sum, child) => sum + processorSeconds(Number(child)), own);
}

await main(process.argv[2] ?? "W1", Number(process.argv[3] ?? 2));
