// A worker thread that computes on for a while after it was told to end, as one does that the scheduler has forgotten; the second time it
// tells at once whether the first was still there, by a word that its starter writes.
import { spawnSync } from "node:child_process";

export default function lingerOrTell({ words, lane }) {
  const [attempt, ended] = [0, 1];
  // Nothing but a system call withstands the end of a thread.
  const linger = () => spawnSync(process.execPath, ["-e", "setTimeout(() => {}, 3000)"]);
  if (lane !== undefined) return linger();
  return Atomics.add(words, attempt, 1) === 0 ? linger() : Atomics.load(words, ended);
}
