// From `verdict serve` to the first answer with the example set, against Node that starts and ends:
// `npm run bench:start [-- --against DIST]`. DIST is the `dist` folder of another build, which takes turns with this one, with its own set.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LoadClient } from "../src/load/http2-client.js";
import { machineLine, median, printTable, quantile } from "./measure.js";
import { startServer } from "./server-process.js";
import { decodeResponse, encodeRequest } from "./wire.js";

const ROUNDS = 15;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");
const examplesOf = (build: string): string => join(build, "..", "examples");

interface ExampleQuestion {
  readonly request: {
    readonly principal: string;
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string>>;
  };
  readonly expect: string;
}

/** What one build took, in milliseconds, one number a round. */
interface Starts {
  readonly listening: number[];
  readonly answered: number[];
  readonly processor: number[];
}

async function main(against: string | undefined): Promise<void> {
  console.log(machineLine());
  const [question] = JSON.parse(
    readFileSync(join(examplesOf(dist), "acme.questions.json"), "utf8"),
  ) as ExampleQuestion[];
  if (question === undefined) throw new Error("no example question");
  const node: number[] = [];
  const builds = new Map<string, Starts>();
  for (const build of against === undefined ? [dist] : [dist, against]) {
    builds.set(build, { listening: [], answered: [], processor: [] });
  }
  for (let round = 0; round < ROUNDS; round++) {
    const nodeStart = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    node.push(performance.now() - nodeStart);
    const order = round % 2 === 0 ? [...builds] : [...builds].reverse();
    for (const [build, starts] of order) await start(build, question, starts);
  }
  const rows = [row("node -e 0", node)];
  for (const [build, { listening, answered, processor }] of builds) {
    const name = build === dist ? "verdict serve" : "against: serve";
    rows.push(
      row(`${name} to listening`, listening),
      row(`${name} to first answer`, answered),
      row("… processor time, all threads", processor),
    );
  }
  printTable(["examples/acme", "least ms", "median ms", "most ms"], rows);
}

async function start(build: string, question: ExampleQuestion, starts: Starts): Promise<void> {
  const main = join(build, "bundle", "main.js");
  const begun = performance.now();
  const server = await startServer(main, [
    "serve",
    "--policies",
    join(examplesOf(build), "acme"),
    "--listen",
    "127.0.0.1:0",
  ]);
  try {
    starts.listening.push(performance.now() - begun);
    await ask(server.address, question);
    starts.answered.push(performance.now() - begun);
    starts.processor.push(server.processorSeconds() * 1000);
  } finally {
    await server.stop();
  }
}

function row(name: string, times: readonly number[]): string[] {
  return [name, quantile(times, 0).toFixed(0), median(times).toFixed(0), quantile(times, 1).toFixed(0)];
}

async function ask(address: string, { request, expect }: ExampleQuestion): Promise<void> {
  const client = await LoadClient.connect(address);
  try {
    await client.run({
      path: "/verdict.v1.AuthorizationService/Authorize",
      messages: [encodeRequest(request)],
      inFlight: 1,
      calls: 1,
      durationMs: Number.POSITIVE_INFINITY,
      onAnswer(_, response) {
        const have = decodeResponse(response);
        if (have !== expect) throw new Error(`${have} instead of ${expect}`);
      },
    });
  } finally {
    client.close();
  }
}

const { values } = parseArgs({ options: { against: { type: "string" } } });
await main(values.against);
