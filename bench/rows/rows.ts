// Rows at the transport's speed: `verdict serve` beside grpc-js servers with raw buffers that decide nothing, all asked by one client
// in C that is not the limit and compares every answer. `npm run bench:rows -- [--workload W1] [--forms unary,rows1000] …`; the README
// has the options. `reply` answers two bytes, `echo` what it was asked. Where the client or the machine was the limit the table says so
// instead of a ratio.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable } from "../measure.js";
import { type ServerProcess, startServer } from "../server-process.js";
import { decodeBatch, decodeResponse } from "../wire.js";
import { loadWorkload } from "../workloads/load-workload.js";
import { verdictFile } from "../workloads/policy-set.js";
import {
  buildClient,
  type ClientLoad,
  type ClientTurn,
  readRecords,
  saveAnswers,
  timedTurn,
  writeRecords,
} from "./c-client.js";
import { type Form, formNames, formsOf } from "./forms.js";
import { processorTimes } from "./processors.js";

const SERVICE = "/verdict.v1.AuthorizationService";
const WARM_SECONDS = 0.2;
/** From here on the client may have kept the server waiting. */
const CLIENT_SHARE = 0.9;
/** Processors that somebody else had: the figures are not the server's. */
const OTHERS_SHARE = 0.2;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Who is measured. */
interface Contestant {
  readonly name: string;
  readonly server: ServerProcess;
}

interface Turn extends ClientTurn {
  /** Questions a second. */
  readonly rate: number;
  /** Questions a second of the server's processor time. */
  readonly processorRate: number;
  /** Questions a second of the processor time of its threads that serve callers. */
  readonly frontRate: number;
  readonly serverCores: number;
  readonly clientCores: number;
  /** Of anybody else. */
  readonly otherCores: number;
}

const { values: options } = parseArgs({
  options: {
    workload: { type: "string", default: "W1" },
    forms: { type: "string", default: formNames.join(",") },
    connections: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "0.8" },
    workers: { type: "string", default: "1" },
    processes: { type: "string" },
    unix: { type: "boolean", default: false },
    node: { type: "string", default: process.execPath },
    against: { type: "string" },
    servers: { type: "string", default: "reply,echo" },
  },
});

await main();

async function main(): Promise<void> {
  console.log(`${machineLine()}${options.node === process.execPath ? "" : `; servers: ${options.node}`}`);
  buildClient();
  const folder = mkdtempSync(join(tmpdir(), "verdict-rows-"));
  const rows: string[][] = [];
  try {
    const workload = loadWorkload(options.workload);
    const policies = join(folder, "policies.json");
    writeFileSync(policies, verdictFile(workload));
    for (const form of formsOf(workload, options.forms.split(","))) {
      for (const connections of options.connections.split(",").map(Number)) {
        rows.push(...(await measure(form, connections, policies, folder)));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  printTable(
    [
      "form",
      "connections",
      "server",
      "questions/s",
      "is",
      "/ processor s",
      "is",
      "/ front s",
      "is",
      "server",
      "client",
      "others",
      "p50 ms",
      "p99 ms",
      "p99 is",
    ],
    rows,
  );
}

async function measure(form: Form, connections: number, policies: string, folder: string): Promise<string[][]> {
  const messages = join(folder, "messages");
  writeRecords(messages, form.messages);
  const contestants = await startAll(policies, folder);
  const base = contestants.find(({ name }) => name === "reply") ?? contestants[0];
  const turns = new Map<string, Turn[]>(contestants.map(({ name }) => [name, []]));
  try {
    const loadOf = ({ server: { address } }: Contestant): ClientLoad => ({
      address,
      path: `${SERVICE}/${form.method}`,
      messages,
      connections,
      streams: Math.ceil(form.inFlight / connections),
    });
    const answers = new Map<string, string>();
    for (const contestant of contestants) {
      const file = join(folder, `answers-${contestant.name}`);
      answers.set(contestant.name, file);
      await saveAnswers(loadOf(contestant), file);
      check(contestant.name, form, readRecords(file));
    }
    // The first round warms up.
    for (let round = 0; round <= Number(options.rounds); round++) {
      const order = round % 2 === 0 ? contestants : [...contestants].reverse();
      for (const contestant of order) {
        const turn = await takeTurn(contestant, form, loadOf(contestant), answers.get(contestant.name) ?? "");
        if (round > 0) turns.get(contestant.name)?.push(turn);
      }
    }
  } finally {
    for (const { server } of contestants) await server.stop();
  }
  return rowsOf(form, connections, turns, base?.name ?? "");
}

async function startAll(policies: string, folder: string): Promise<readonly Contestant[]> {
  const answer = join(folder, "two-bytes");
  writeFileSync(answer, Buffer.from([8, 1]));
  const echo = join(dist, "bench", "echo-server.js");
  // A server that is ended leaves its socket behind.
  const sockets = mkdtempSync(join(folder, "sockets-"));
  const { node } = options;
  const listen = (name: string): string[] =>
    options.unix ? ["--listen", `unix:${join(sockets, name)}`] : ["--listen", "127.0.0.1:0"];
  const serve = async (name: string, built: string): Promise<Contestant> => {
    const processes = options.processes === undefined ? [] : ["--processes", options.processes];
    const args = ["serve", "--policies", policies, "--workers", options.workers, ...processes, ...listen(name)];
    return { name, server: await startServer(join(built, "bundle", "main.js"), args, { node }) };
  };
  const contestants = [await serve("verdict", dist)];
  if (options.against !== undefined) contestants.push(await serve("against", options.against));
  for (const name of options.servers.split(",").filter(Boolean)) {
    const args = [...listen(name), ...(name === "reply" ? ["--answer", answer] : [])];
    contestants.push({ name, server: await startServer(echo, args, { node }) });
  }
  return contestants;
}

/** Every answer of Verdict is the one that is due; what others answer is kept as it is. */
function check(name: string, form: Form, answers: readonly Buffer[]): void {
  if (name !== "verdict" && name !== "against") return;
  for (const [index, answer] of answers.entries()) {
    const have = form.method === "Authorize" ? [decodeResponse(answer)] : decodeBatch(answer);
    for (const [item, want] of (form.wants[index] ?? []).entries()) {
      if (have[item] === want) continue;
      throw new Error(`${name}, ${form.name}, message ${index}, question ${item}: ${have[item]} instead of ${want}`);
    }
  }
}

async function takeTurn({ server }: Contestant, form: Form, load: ClientLoad, answers: string): Promise<Turn> {
  const before = processorTimes(server.pid);
  const startedAt = performance.now();
  const turn = await timedTurn(load, WARM_SECONDS, Number(options.seconds), answers);
  const elapsed = (performance.now() - startedAt) / 1000;
  const after = processorTimes(server.pid);
  const serverSeconds = after.server - before.server;
  const serverCores = serverSeconds / elapsed;
  const processorRate = (turn.ended * form.rows) / serverSeconds;
  const frontRate = (turn.ended * form.rows) / (after.front - before.front);
  const clientCores = turn.processorSeconds / turn.seconds;
  const rate = (turn.calls * form.rows) / turn.seconds;
  const busy = (after.all - before.all + after.stolen - before.stolen) / elapsed;
  const otherCores = Math.max(0, busy - serverCores - clientCores);
  return { ...turn, rate, processorRate, frontRate, serverCores, clientCores, otherCores };
}

function rowsOf(
  form: Form,
  connections: number,
  turns: ReadonlyMap<string, readonly Turn[]>,
  base: string,
): string[][] {
  const pick = (name: string, member: keyof Turn): number[] => (turns.get(name) ?? []).map((turn) => turn[member]);
  const limitOf = (name: string): string | undefined => {
    if (median(pick(name, "clientCores")) >= CLIENT_SHARE) return "client";
    return median(pick(name, "otherCores")) >= OTHERS_SHARE ? "machine" : undefined;
  };
  return [...turns.keys()].map((name) => {
    const limit = limitOf(name) ?? limitOf(base);
    const ratio = (member: keyof Turn): string => formatRatio(medianRatio(pick(name, member), pick(base, member)));
    return [
      form.name,
      `${connections}`,
      name,
      formatRate(median(pick(name, "rate"))),
      limit ?? ratio("rate"),
      formatRate(median(pick(name, "processorRate"))),
      ratio("processorRate"),
      formatRate(median(pick(name, "frontRate"))),
      ratio("frontRate"),
      median(pick(name, "serverCores")).toFixed(2),
      median(pick(name, "clientCores")).toFixed(2),
      median(pick(name, "otherCores")).toFixed(2),
      median(pick(name, "p50")).toFixed(2),
      median(pick(name, "p99")).toFixed(2),
      limit ?? ratio("p99"),
    ];
  });
}
