// One large policy set put in force again and again in one process, a batch for the worker after each: what the process takes beyond
// what it took before. `node dist/bench/swapped-copies.js [WORKAROUND …]` leaves out the workarounds named and prints MiB.
import { Detail } from "../assembly/format/layout.js";
import { Engine } from "../src/engine/engine.js";
import { createMemory } from "../src/engine/matcher.js";
import { IMAGE_AT } from "../src/engine/memory-map.js";
import type { PreparedPolicySet } from "../src/engine/preparation.js";
import { leaveOut, workarounds } from "../src/node-workarounds/workarounds.js";
import { Preparer } from "../src/prepare/preparer.js";
import { encodeBatch, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { verdictFile } from "./workloads/policy-set.js";

const SWAPS = 50;
const PREPARATION_MS = 600_000;

/** The set in a memory of its own, as a further preparation would give it. */
function copyOf(prepared: PreparedPolicySet): PreparedPolicySet {
  const memory = createMemory(prepared.map.length);
  new Uint8Array(memory.buffer).set(new Uint8Array(prepared.memory.buffer, 0, IMAGE_AT + prepared.imageBytes));
  return { ...prepared, memory };
}

leaveOut(workarounds.filter((name) => process.argv.includes(name)));
const engine = await Engine.start({ workers: 1 });
const preparer = new Preparer(engine.preparationTerms, PREPARATION_MS);
const workload = loadWorkload("W3x");
const requests = workload.questions.map((question) =>
  encodeRequest({ ...question, principal: workload.principals[question.principal]?.arn ?? "" }),
);
const batch = encodeBatch(requests.slice(0, 5000), Detail.Outcome);
const result = await preparer.prepare({ files: [{ name: "set.json", text: verdictFile(workload) }] });
if (result.outcome !== "prepared") throw new Error(`not prepared: ${result.outcome}`);
const base = process.memoryUsage.rss();
let most = 0;
for (let swap = 0; swap < SWAPS; swap++) {
  engine.adopt(copyOf(result.prepared));
  await engine.batchAuthorize(batch);
  most = Math.max(most, process.memoryUsage.rss());
}
console.log(((most - base) / 2 ** 20).toFixed(1));
await preparer.close();
await engine.close();
