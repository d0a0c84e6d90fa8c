// Whether drivers agree: `verdict load`'s, the loop of the other gRPC benchmarks, and h2load (nghttp2) as a foreign one ask the same server the
// same question in turns, 64 calls in flight over one connection. `npm run bench:witness [-- examples/acme]`; without h2load the others alone.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { realClock } from "../../src/load/driver/clock.js";
import { drive } from "../../src/load/driver/drive.js";
import { grpcTarget } from "../../src/load/driver/grpc-target.js";
import { LoadClient } from "../../src/load/http2-client.js";
import { plainQuestion, sampleQuestions } from "../../src/policy/sample-questions.js";
import { loadPolicies } from "../../src/terminal/load-policies.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable } from "../measure.js";
import { type ServerProcess, startVerdict } from "../server-process.js";

const ROUNDS = 9;
const SLICE_S = 1;
const IN_FLIGHT = 64;
const PATH = "/verdict.v1.AuthorizationService/Authorize";
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Calls of a turn and how long it took, in seconds; h2load takes whole seconds. */
interface Turn {
  readonly calls: number;
  readonly seconds: number;
}

async function main(policies: string): Promise<void> {
  console.log(machineLine());
  const set = await loadPolicies(policies);
  const [sample] = sampleQuestions(set, 1);
  if (sample === undefined) throw new Error("the set has no question");
  const bytes = encodeQuestion(plainQuestion(sample), "outcome");
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const folder = mkdtempSync(join(tmpdir(), "verdict-witness-"));
  const server = await startVerdict(dist, ["--policies", policies]);
  try {
    await compare(server, message, folder);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function compare(server: ServerProcess, message: Buffer, folder: string): Promise<void> {
  const { address } = server;
  const calls = {
    form: "unary",
    count: 1,
    questionsPerCall: 1,
    bytesOf: () => message,
    judge: () => "",
    remarks: [],
  } as const;
  const target = await grpcTarget({ address, connections: 1 }, calls);
  const client = await LoadClient.connect(address);
  const body = join(folder, "body.bin");
  // gRPC's frame: not compressed, and the length.
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  writeFileSync(body, Buffer.concat([frame, message]));
  const drivers: Readonly<Record<string, () => Promise<Turn> | Turn>> = {
    "verdict load": async () => {
      const loop = { kind: "closed", callers: IN_FLIGHT } as const;
      const { tally, elapsedMs } = await drive(target, realClock, { loop, durationMs: SLICE_S * 1000, drainMs: 1000 });
      if (tally.errorCount > 0) throw new Error("a call failed");
      return { calls: tally.good, seconds: elapsedMs / 1000 };
    },
    "bench:grpc": async () => {
      const run = { path: PATH, messages: [message], inFlight: IN_FLIGHT, durationMs: SLICE_S * 1000 };
      const { calls: made, elapsedMs } = await client.run(run);
      return { calls: made, seconds: elapsedMs / 1000 };
    },
    ...(spawnSync("h2load", ["--version"]).status === 0 ? { h2load: () => h2load(address, body) } : {}),
  };
  const rates = new Map<string, number[]>();
  const perProcessor = new Map<string, number[]>();
  const names = Object.keys(drivers);
  try {
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const name of round % 2 === 0 ? names : [...names].reverse()) {
        const before = server.processorSeconds();
        const turn = await drivers[name]?.();
        const used = server.processorSeconds() - before;
        if (turn === undefined || round === 0) continue;
        rates.set(name, [...(rates.get(name) ?? []), turn.calls / turn.seconds]);
        perProcessor.set(name, [...(perProcessor.get(name) ?? []), turn.calls / used]);
      }
    }
  } finally {
    client.close();
    await target.close();
  }
  const of = (map: typeof rates, name: string): number[] => map.get(name) ?? [];
  const [own = ""] = names;
  printTable(
    ["driver", "calls/s", "verdict load is", "/ server's processor s", "verdict load is"],
    names.map((name) => [
      name,
      formatRate(median(of(rates, name))),
      formatRatio(medianRatio(of(rates, own), of(rates, name))),
      formatRate(median(of(perProcessor, name))),
      formatRatio(medianRatio(of(perProcessor, own), of(perProcessor, name))),
    ]),
  );
}

/** h2load counts answers of HTTP, not of gRPC: that they are right is the others' to say. */
function h2load(address: string, body: string): Turn {
  const flags = ["-D", String(SLICE_S), "-c", "1", "-m", String(IN_FLIGHT), "-d", body];
  const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
  const { stdout, status } = spawnSync("h2load", [...flags, ...headers, `http://${address}${PATH}`], {
    encoding: "utf8",
  });
  const calls = Number(/ (\d+) succeeded/.exec(stdout)?.[1]);
  const failed = Number(/ (\d+) failed/.exec(stdout)?.[1]);
  if (status !== 0 || !(calls > 0) || failed > 0) throw new Error(`h2load: ${stdout}`);
  return { calls, seconds: SLICE_S };
}

await main(process.argv[2] ?? "examples/acme");
