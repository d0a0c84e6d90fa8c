// Other authorizers in this process against the matcher, turn by turn. Policies and questions are translated and parsed for them
// beforehand; the matcher gets request bytes and gives response bytes.
import { formatRate, median, medianRatio, printTable, race } from "../measure.js";
import { peerVersion } from "../peer-packages.js";
import { loadBuild } from "../subject.js";
import { batchContestant, checkAnswers, encodeWorkload, singleContestant } from "../subject-contestant.js";
import { loadWorkloadSet } from "../workloads/policy-set.js";
import type { Workload } from "../workloads/workload.js";
import { openCasbin, openCasbinByPrincipal } from "./casbin.js";
import { openCedar } from "./cedar.js";
import { openIamSimulate } from "./iam-simulate.js";
import { openPbac } from "./pbac.js";
import { compareAnswers, describeAgreement, type Peer, peerContestant } from "./peer.js";

/** How long a peer is asked before it is timed, which also warms it up. */
const COMPARE_MS = 5_000;

/** The peers by the names that the command takes, with their packages and the goals that were set. */
export const peers: Readonly<
  Record<string, { readonly package: string; readonly goal: number; open(workload: Workload): Peer | Promise<Peer> }>
> = {
  cedar: { package: "@cedar-policy/cedar-wasm", goal: 500, open: openCedar },
  "iam-simulate": { package: "@cloud-copilot/iam-simulate", goal: 1_000, open: openIamSimulate },
  pbac: { package: "pbac", goal: 100, open: openPbac },
  casbin: { package: "casbin", goal: 3_000, open: openCasbin },
  "casbin-by-principal": { package: "casbin", goal: 3_000, open: openCasbinByPrincipal },
};

/** Compares, times and prints the peers of the given names. */
export async function comparePeers(workload: Workload, names: readonly string[]): Promise<void> {
  const build = await loadBuild();
  const subject = build.open(loadWorkloadSet(build.loader, workload));
  const messages = encodeWorkload(workload);
  checkAnswers(subject, messages, workload);
  const batches = batchContestant("batches", subject, messages.batchOutcome);
  const single = singleContestant("single", subject, messages.single);
  const rows: string[][] = [];
  for (const name of names) {
    const entry = peers[name];
    if (entry === undefined) throw new Error(`no peer ${name}`);
    const peer = await entry.open(workload);
    const agreement = compareAnswers(peer, workload, COMPARE_MS);
    const rates = race([batches, peerContestant(peer, workload), single], { rounds: 7, sliceMs: 250 });
    const theirs = rates.get(peer.name) ?? [];
    const ours = (form: string): string[] => {
      const own = rates.get(form) ?? [];
      return [formatRate(median(own)), `${formatRate(medianRatio(own, theirs))} ×`];
    };
    rows.push([
      `${peer.name} ${peerVersion(entry.package)}`,
      formatRate(median(theirs)),
      ...ours("batches"),
      `≥ ${formatRate(entry.goal)} ×`,
      ...ours("single"),
      describeAgreement(agreement),
    ]);
  }
  printTable(
    ["peer", "decisions/s", "verdict, batches", "is", "goal", "verdict, one by one", "is", "peer agrees on"],
    rows,
  );
}
