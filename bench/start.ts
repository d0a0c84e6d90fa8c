// From `verdict serve` to the first answer with the example set, against Node that starts and ends: `npm run bench:start`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LoadClient } from "../src/load/http2-client.js";
import { machineLine, median, printTable, quantile } from "./measure.js";
import { startServer } from "./server-process.js";
import { decodeResponse, encodeRequest } from "./wire.js";

const ROUNDS = 15;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");
const examples = join(dist, "..", "examples");

interface ExampleQuestion {
  readonly request: {
    readonly principal: string;
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string>>;
  };
  readonly expect: string;
}

async function main(): Promise<void> {
  console.log(machineLine());
  const [question] = JSON.parse(readFileSync(join(examples, "acme.questions.json"), "utf8")) as ExampleQuestion[];
  if (question === undefined) throw new Error("no example question");
  const node: number[] = [];
  const listening: number[] = [];
  const answered: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const nodeStart = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    node.push(performance.now() - nodeStart);
    const start = performance.now();
    const server = await startServer(join(dist, "bundle", "main.js"), [
      "serve",
      "--policies",
      join(examples, "acme"),
      "--listen",
      "127.0.0.1:0",
    ]);
    try {
      listening.push(performance.now() - start);
      await ask(server.address, question);
      answered.push(performance.now() - start);
      processor.push(server.processorSeconds() * 1000);
    } finally {
      await server.stop();
    }
  }
  const row = (name: string, times: readonly number[]): string[] => [
    name,
    quantile(times, 0).toFixed(0),
    median(times).toFixed(0),
    quantile(times, 1).toFixed(0),
  ];
  printTable(
    ["examples/acme", "least ms", "median ms", "most ms"],
    [
      row("node -e 0", node),
      row("verdict serve to listening", listening),
      row("verdict serve to first answer", answered),
      row("… processor time, all threads", processor),
    ],
  );
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

await main();
