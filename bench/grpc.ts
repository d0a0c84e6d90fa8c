// Over gRPC: `verdict serve` in a process of its own against a grpc-js server that decides nothing, both asked by the same client.
// `npm run bench:grpc [-- W1] [--against DIST]`. Two ceilings: `echo` answers with the bytes of the question, `reply` with a real answer's
// bytes. DIST is the `dist` folder of another build, which then serves beside this one.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Detail } from "../assembly/format/layout.js";
import { LoadClient } from "../src/load/http2-client.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, quantile } from "./measure.js";
import { type ServerProcess, startServer } from "./server-process.js";
import { decodeBatch, decodeResponse, encodeBatch, encodeRequest, encodeTable } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";
import { makeTable } from "./workloads/table.js";
import type { Workload } from "./workloads/workload.js";

const ROUNDS = 7;
const SLICE_MS = 350;
const SERVICE = "/verdict.v1.AuthorizationService";
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");

/** One way of asking. */
interface Form {
  readonly name: string;
  readonly method: "Authorize" | "BatchAuthorize";
  readonly messages: readonly Buffer[];
  /** What each message is due to be answered with. */
  readonly wants: readonly (readonly string[])[];
  readonly inFlight: number;
}

interface Slice {
  readonly rate: number;
  /** Questions a second of the server's processor time. */
  readonly processorRate: number;
  readonly p50: number;
  readonly p99: number;
}

async function main(name: string, against: string | undefined): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const folder = join(dist, "workloads");
  mkdirSync(folder, { recursive: true });
  const policies = join(folder, `${name}.json`);
  writeFileSync(policies, verdictFile(workload));
  const builds = new Map<string, ServerProcess>([["verdict", await serve(dist, policies)]]);
  const rows: string[][] = [];
  try {
    if (against !== undefined) builds.set("against", await serve(against, policies));
    for (const form of formsOf(workload)) rows.push(...(await measure(form, builds, folder)));
  } finally {
    for (const server of builds.values()) await server.stop();
  }
  printTable(
    ["form", "server", "questions/s", "verdict is", "/ processor s", "verdict is", "p50 ms", "p99 ms", "verdict is"],
    rows,
  );
}

function serve(build: string, policies: string): Promise<ServerProcess> {
  const main = join(build, "bundle", "main.js");
  return startServer(main, ["serve", "--policies", policies, "--listen", "127.0.0.1:0"]);
}

function formsOf(workload: Workload): Form[] {
  const { principals, questions } = workload;
  const requests = questions.map((question) =>
    encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }),
  );
  const wants = questions.map(({ want }) => want);
  const chunks = <T>(items: readonly T[]): T[][] =>
    Array.from({ length: Math.ceil(items.length / 1000) }, (_, index) => items.slice(index * 1000, (index + 1) * 1000));
  const batchForm = (detail: Detail): Form => ({
    name: `1,000 rows a call, ${Detail[detail]?.toUpperCase()}`,
    method: "BatchAuthorize",
    messages: chunks(requests).map((chunk) => encodeBatch(chunk, detail)),
    wants: chunks(wants),
    inFlight: 4,
  });
  const { table, wants: tableWants } = makeTable(workload, 10_000);
  return [
    { name: "unary", method: "Authorize", messages: requests, wants: wants.map((want) => [want]), inFlight: 64 },
    batchForm(Detail.Outcome),
    batchForm(Detail.Reason),
    {
      name: "table of 10,000, OUTCOME",
      method: "BatchAuthorize",
      messages: [encodeTable(table, Detail.Outcome)],
      wants: [tableWants],
      inFlight: 4,
    },
  ];
}

async function measure(form: Form, builds: ReadonlyMap<string, ServerProcess>, folder: string): Promise<string[][]> {
  let sample: Buffer = Buffer.alloc(0);
  for (const build of builds.values()) sample = await checkAnswers(form, build);
  const answerFile = join(folder, "answer.bin");
  writeFileSync(answerFile, sample);
  const echoScript = join(dist, "bench", "echo-server.js");
  const servers = new Map<string, ServerProcess>([
    ...builds,
    ["echo", await startServer(echoScript, [])],
    ["reply", await startServer(echoScript, ["--answer", answerFile])],
  ]);
  const slices = new Map<string, Slice[]>();
  const clients = new Map<string, LoadClient>();
  try {
    for (const [name, server] of servers) {
      slices.set(name, []);
      clients.set(name, await LoadClient.connect(server.address));
    }
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      const order = round % 2 === 0 ? [...servers] : [...servers].reverse();
      for (const [name, server] of order) {
        const client = clients.get(name);
        if (client === undefined) continue;
        const slice = await runSlice(form, server, client);
        if (round > 0) slices.get(name)?.push(slice);
      }
    }
  } finally {
    for (const client of clients.values()) client.close();
    for (const [name, server] of servers) if (!builds.has(name)) await server.stop();
  }
  return rowsOf(form, slices);
}

function rowsOf(form: Form, slices: ReadonlyMap<string, readonly Slice[]>): string[][] {
  const pick = (name: string, member: keyof Slice): number[] => (slices.get(name) ?? []).map((slice) => slice[member]);
  return [...slices.keys()].map((name) => [
    form.name,
    name,
    formatRate(median(pick(name, "rate"))),
    formatRatio(medianRatio(pick("verdict", "rate"), pick(name, "rate"))),
    formatRate(median(pick(name, "processorRate"))),
    formatRatio(medianRatio(pick("verdict", "processorRate"), pick(name, "processorRate"))),
    median(pick(name, "p50")).toFixed(2),
    median(pick(name, "p99")).toFixed(2),
    formatRatio(medianRatio(pick("verdict", "p99"), pick(name, "p99"))),
  ]);
}

async function runSlice(form: Form, server: ServerProcess, client: LoadClient): Promise<Slice> {
  const { method, messages, inFlight } = form;
  const before = server.processorSeconds();
  const result = await client.run({ path: `${SERVICE}/${method}`, messages, inFlight, durationMs: SLICE_MS });
  const used = server.processorSeconds() - before;
  const questions = result.calls * (form.wants[0]?.length ?? 1);
  return {
    rate: (questions / result.elapsedMs) * 1000,
    processorRate: questions / used,
    p50: quantile(result.latenciesMs, 0.5),
    p99: quantile(result.latenciesMs, 0.99),
  };
}

/** Asks everything once; a wrong answer ends the run. Gives an answer as it came. */
async function checkAnswers(form: Form, { address }: ServerProcess): Promise<Buffer> {
  const client = await LoadClient.connect(address);
  let sample: Buffer = Buffer.alloc(0);
  try {
    await client.run({
      path: `${SERVICE}/${form.method}`,
      messages: form.messages,
      inFlight: form.inFlight,
      calls: form.messages.length,
      durationMs: Number.POSITIVE_INFINITY,
      onAnswer(index, response) {
        const have = form.method === "Authorize" ? [decodeResponse(response)] : decodeBatch(response);
        const wants = form.wants[index] ?? [];
        for (const [item, want] of wants.entries()) {
          if (have[item] === want) continue;
          throw new Error(`${form.name}, message ${index}, question ${item}: ${have[item]} instead of ${want}`);
        }
        if (response.length > sample.length || index === 0) sample = Buffer.from(response);
      },
    });
  } finally {
    client.close();
  }
  return sample;
}

const { values, positionals } = parseArgs({ options: { against: { type: "string" } }, allowPositionals: true });
await main(positionals[0] ?? "W1", values.against);
