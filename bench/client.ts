// The client of the package against a plain grpc-js client made of the .proto file, both in this process and both asking one
// `verdict serve` in a process of its own. `npm run bench:client [-- W1]`. Callers ask one question each, wait for its answer and
// ask the next; the machine is shared by callers and server, so rates are rates of the pair.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
import { connect, type Question } from "../src/client/index.js";
import { authorization, methodOf } from "../test/kit/proto-file.js";
import { Random } from "../test/kit/random.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, quantile } from "./measure.js";
import { type ServerProcess, startVerdict } from "./server-process.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const ROUNDS = 7;
const SLICE_MS = 500;
const random = new Random(20_261_122);
/** Callers that wait for nothing but their answers, and callers who come when they come: each thinks for up to so long before it asks. */
const LOADS: readonly Load[] = [
  { name: "64 at once", callers: 64, thinkMs: 0 },
  { name: "256, apart", callers: 256, thinkMs: 20 },
];
const dist = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Who asks. */
interface Load {
  readonly name: string;
  readonly callers: number;
  readonly thinkMs: number;
}

/** A way of asking one question. */
interface Contestant {
  readonly name: string;
  /** The contestant that it is compared with. */
  readonly against: string;
  ask(index: number): Promise<string>;
  close(): void;
}

interface Slice {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Questions a second of this process's processor time. */
  readonly processorRate: number;
}

interface Asked {
  readonly questions: readonly Question[];
  /** For each question, what it is due to be answered with. */
  readonly wants: readonly string[];
}

async function main(name: string): Promise<void> {
  console.log(machineLine());
  const workload = loadWorkload(name);
  const folder = join(dist, "workloads");
  mkdirSync(folder, { recursive: true });
  const policies = join(folder, `${name}.json`);
  writeFileSync(policies, verdictFile(workload));
  const questions = workload.questions.map(({ want: _, principal, ...rest }) => ({
    ...rest,
    principal: workload.principals[principal]?.arn ?? "",
  }));
  const wants = workload.questions.map(({ want }) => want);
  const server = await startVerdict(dist, ["--policies", policies]);
  const rows: string[][] = [];
  try {
    for (const load of LOADS) rows.push(...(await measure({ questions, wants }, server, load)));
  } finally {
    await server.stop();
  }
  printTable(["callers", "client", "questions/s", "is", "/ processor s", "is", "p50 ms", "p99 ms", "p99 is"], rows);
}

async function measure(asked: Asked, server: ServerProcess, load: Load): Promise<string[][]> {
  const contestants = contestantsFor(asked, server.address);
  const slices = new Map<string, Slice[]>(contestants.map(({ name }) => [name, []]));
  try {
    for (const contestant of contestants) await checkAnswers(contestant, asked);
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      const order = round % 2 === 0 ? contestants : [...contestants].reverse();
      for (const contestant of order) {
        const slice = await runSlice(contestant, asked.questions.length, load);
        if (round > 0) slices.get(contestant.name)?.push(slice);
      }
    }
  } finally {
    for (const contestant of contestants) contestant.close();
  }
  const pick = (name: string, member: keyof Slice): number[] => (slices.get(name) ?? []).map((slice) => slice[member]);
  return contestants.map(({ name, against }) => [
    load.name,
    name,
    formatRate(median(pick(name, "rate"))),
    formatRatio(medianRatio(pick(name, "rate"), pick(against, "rate"))),
    formatRate(median(pick(name, "processorRate"))),
    formatRatio(medianRatio(pick(name, "processorRate"), pick(against, "processorRate"))),
    median(pick(name, "p50")).toFixed(2),
    median(pick(name, "p99")).toFixed(2),
    formatRatio(medianRatio(pick(name, "p99"), pick(against, "p99"))),
  ]);
}

function contestantsFor({ questions }: Asked, address: string): readonly Contestant[] {
  const client = connect(address, { timeoutMs: 30_000 });
  const alone = connect(address, { timeoutMs: 30_000, coalesce: false });
  const at = (index: number): Question => questions[index] ?? { principal: "", action: "", resource: "" };
  const yesOrNo = (allowed: boolean): string => (allowed ? "allowed" : "denied");
  return [
    plainClient(questions, address, "OUTCOME"),
    {
      name: "isAllowed",
      against: "plain, OUTCOME",
      ask: async (index) => yesOrNo(await client.isAllowed(at(index))),
      close: () => client.close(),
    },
    {
      name: "isAllowed, each by itself",
      against: "plain, OUTCOME",
      ask: async (index) => yesOrNo(await alone.isAllowed(at(index))),
      close: () => alone.close(),
    },
    plainClient(questions, address, "REASON"),
    {
      name: "authorize",
      against: "plain, REASON",
      ask: async (index) => (await client.authorize(at(index))).decision,
      close: () => {},
    },
  ];
}

/** A field that was not sent is not there, an enum is its name. */
const asMostLoadIt = { defaults: false, arrays: false, oneofs: false };

/** What a program without this package does: grpc-js and the .proto file, one channel, one call a question. */
function plainClient(questions: readonly Question[], address: string, detail: "OUTCOME" | "REASON"): Contestant {
  const { path, requestSerialize, responseDeserialize } = methodOf(...authorization, "Authorize", asMostLoadIt);
  const client = new Client(address, credentials.createInsecure());
  const requests = questions.map(({ context, ...question }) => ({
    ...question,
    context: Object.fromEntries(Object.entries(context ?? {}).map(([key, value]) => [key, { values: [value] }])),
    detail,
  }));
  const words: Readonly<Record<string, string>> = {
    ALLOWED: "allowed",
    EXPLICIT_DENY: "explicitDeny",
    IMPLICIT_DENY: "implicitDeny",
  };
  const name = `plain, ${detail}`;
  return {
    name,
    against: name,
    ask: (index) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + 30_000;
        const request = requests[index] ?? {};
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, answer) => {
          if (answer === undefined) reject(error);
          else resolve(words["outcome" in answer ? String(answer.outcome) : ""] ?? "undecided");
        });
      }),
    close: () => client.close(),
  };
}

async function runSlice({ ask }: Contestant, questionCount: number, { callers, thinkMs }: Load): Promise<Slice> {
  const latenciesMs: number[] = [];
  const processorBefore = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    for (;;) {
      if (thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, random.below(thinkMs * 1000) / 1000));
      const askedAt = performance.now();
      if (askedAt - start >= SLICE_MS) return;
      await ask(next++ % questionCount);
      latenciesMs.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(processorBefore);
  return {
    rate: latenciesMs.length / seconds,
    processorRate: latenciesMs.length / ((user + system) / 1e6),
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
  };
}

/** Asks everything once; a wrong answer ends the run. */
async function checkAnswers({ name, ask }: Contestant, { questions, wants }: Asked): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < questions.length; index = next++) {
      const have = await ask(index);
      const want = wants[index];
      const isRight = have === want || (have === "denied" && want !== "allowed");
      if (!isRight) throw new Error(`${name}, question ${index}: ${have} instead of ${want}`);
    }
  };
  await Promise.all(Array.from({ length: 64 }, caller));
}

await main(process.argv[2] ?? "W1");
