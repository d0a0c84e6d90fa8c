// A worker thread that fails in the way that the name of the policy set says, a few times or for ever, and else does its work.
import { threadId } from "node:worker_threads";
import runTask, { doEntry, serveTask } from "../../dist/bundle/worker.js";

const MEMORY_WANTED = -1;
const hoard = [];
const memories = new Map();

export default function failOrRun(task) {
  if (task.lane !== undefined) return serveTask(task, failOrDo);
  const { work, area, terms } = task;
  if (task.memory !== undefined) memories.set(task.generation, task.memory);
  const memory = memories.get(task.generation);
  if (memory === undefined) return MEMORY_WANTED;
  if (work.kind === "decide" && work.first > 0) fail(terms.policySet, memory.buffer, area);
  return runTask(task);
}

function failOrDo(entry, known) {
  const { session, policySet, areas } = known;
  if (entry.kind === "decide" && entry.first > 0) fail(policySet, session.view(0, 0).buffer, areas[entry.area]);
  return doEntry(entry, known);
}

function fail(policySet, buffer, area) {
  const [fault, times] = policySet.split(".");
  // The word behind the cancel flag is nobody's: it counts failures across threads.
  const failures = new Int32Array(buffer, area.cancelAt + 4, 1);
  if (Atomics.add(failures, 0, 1) < Number(times)) {
    if (fault === "exit") process.exit(3);
    if (fault === "throw") throw new WebAssembly.RuntimeError(`unreachable in thread ${threadId}`);
    if (fault === "hang") for (;;);
    if (fault === "hoard") for (;;) hoard.push(new Array(100_000).fill(hoard.length));
  }
}
