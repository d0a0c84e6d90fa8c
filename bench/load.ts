// What the driver of `verdict load` costs: the same questions, decided by a bare loop and by the driver with its clock, histograms and
// judge, in turns. `npm run bench:load [-- examples/acme]`
import { auditorOver } from "../src/audit/auditor-over.js";
import { Engine } from "../src/engine/engine.js";
import { callsOf } from "../src/load/driver/calls.js";
import { realClock } from "../src/load/driver/clock.js";
import { drive } from "../src/load/driver/drive.js";
import { matcherTarget } from "../src/load/driver/in-process.js";
import { makeTraffic } from "../src/load/traffic/make-traffic.js";
import type { Traffic } from "../src/load/traffic/traffic.js";
import type { PolicySet } from "../src/policy/policy-set.js";
import { everythingAt } from "../src/reachable/everything-at.js";
import { loadPolicies } from "../src/terminal/load-policies.js";
import { loadWholeCatalogue } from "../src/validate/catalogue/load-catalogue.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable } from "./measure.js";
import { loadBuild } from "./subject.js";

const ROUNDS = 11;
const SLICE_MS = 250;
const BATCH = 1_000;
const CLOCK_EVERY = 32;

async function main(path: string): Promise<void> {
  console.log(machineLine());
  const set = await loadPolicies(path);
  const nowMs = Date.now();
  const traffic = await trafficOf(set, nowMs);
  const subject = (await loadBuild()).open(set);
  const rows: string[][] = [];
  for (const form of ["unary", "batch"] as const) {
    const calls = callsOf(traffic, form, form === "unary" ? 1 : BATCH);
    const messages = Array.from({ length: calls.count }, (_, call) => calls.bytesOf(call));
    const decide = form === "unary" ? subject.decideOne : subject.decideBatch;
    const target = matcherTarget(set, calls, nowMs);
    const bare: number[] = [];
    const driven: number[] = [];
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      const turns = [
        () => bareRate(messages, decide),
        async () => drivenRate(target, form === "unary" ? CLOCK_EVERY : 1),
      ];
      const rates = [0, 0];
      for (const turn of round % 2 === 0 ? [0, 1] : [1, 0]) rates[turn] = (await turns[turn]?.()) ?? 0;
      if (round === 0) continue;
      bare.push((rates[0] ?? 0) * calls.questionsPerCall);
      driven.push((rates[1] ?? 0) * calls.questionsPerCall);
    }
    rows.push([form, formatRate(median(bare)), formatRate(median(driven)), formatRatio(medianRatio(driven, bare))]);
  }
  printTable(["form", "bare loop, decisions/s", "driver", "driver is"], rows);
}

async function trafficOf(set: PolicySet, nowMs: number): Promise<Traffic> {
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(set);
  try {
    const catalogue = await loadWholeCatalogue();
    return await makeTraffic({
      auditor: auditorOver(engine, { set, catalogue, region: everythingAt(nowMs), nowMs, budget: 200_000 }),
      decide: (question) => engine.decide(question, { nowMs }),
      explain: (question) => engine.decide(question, { nowMs, detail: "explain" }),
      seed: "1",
      mix: { allowed: 0.6, implicitDeny: 0.3, explicitDeny: 0.1 },
      distribution: "zipf",
      length: 10_000,
      allowsWhatIf: false,
      mostStatements: 20_000,
      budget: 200_000,
    });
  } finally {
    await engine.close();
  }
}

/** Calls a second of processor time. */
function bareRate(messages: readonly Buffer[], decide: (message: Buffer) => Uint8Array): number {
  const before = process.cpuUsage();
  const end = performance.now() + SLICE_MS;
  let calls = 0;
  while (performance.now() < end) {
    for (let count = 0; count < 64; count++) {
      const message = messages[calls++ % messages.length];
      if (message === undefined || decide(message).length === 0) throw new Error("no answer");
    }
  }
  return calls / processorS(before);
}

async function drivenRate(target: ReturnType<typeof matcherTarget>, clockEvery: number): Promise<number> {
  const before = process.cpuUsage();
  const loop = { kind: "closed", callers: 1 } as const;
  const { tally } = await drive(target, realClock, { loop, durationMs: SLICE_MS, drainMs: 10, clockEvery });
  if (tally.errorCount > 0) throw new Error("a wrong answer");
  return tally.good / processorS(before);
}

function processorS(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

await main(process.argv[2] ?? "examples/acme");
