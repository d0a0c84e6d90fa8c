// What another authorizer looks like to the race: it gets its policies translated and its questions parsed beforehand, for free, and
// decides one question after the other on this thread.
import type { Decision } from "../../test/oracle/simulation-case.js";
import type { Contestant } from "../measure.js";
import type { Workload } from "../workloads/workload.js";

/** A decision as a peer tells it; most do not say why they deny. */
export type PeerDecision = Decision | "denied";

/** Another authorizer that holds the policies of a workload. */
export interface Peer {
  readonly name: string;
  /** Decides a question of the workload. */
  decide(index: number): PeerDecision;
}

/** How far a peer agrees. */
export interface Agreement {
  readonly asked: number;
  /** How often, by kind: `allowed → denied` is due and had. */
  readonly differences: ReadonlyMap<string, number>;
}

/** Questions that one turn of the contestant decides. */
const CHUNK = 10;

/** Asks a peer the questions in order, all of them or as many as fit into the time, and compares with what is due. */
export function compareAnswers(peer: Peer, workload: Workload, mostMs: number): Agreement {
  const have: PeerDecision[] = [];
  const start = performance.now();
  while (have.length < workload.questions.length && performance.now() - start < mostMs) {
    have.push(peer.decide(have.length));
  }
  return agreementOf(workload, have);
}

/** Compares the answers to the first questions of a workload with what is due. */
export function agreementOf(workload: Workload, answers: readonly string[]): Agreement {
  const differences = new Map<string, number>();
  for (const [index, have] of answers.entries()) {
    const want = workload.questions[index]?.want;
    if (have === want || (have === "denied" && want !== "allowed")) continue;
    const kind = `${want} → ${have}`;
    differences.set(kind, (differences.get(kind) ?? 0) + 1);
  }
  return { asked: answers.length, differences };
}

/** How many of how many, and how the others differ. */
export function describeAgreement({ asked, differences }: Agreement): string {
  const different = [...differences.values()].reduce((sum, count) => sum + count, 0);
  const share = `${(asked - different).toLocaleString("en-US")} of ${asked.toLocaleString("en-US")}`;
  if (different === 0) return share;
  return `${share} (${[...differences].map(([kind, count]) => `${kind}: ${count}`).join(", ")})`;
}

/** As a contestant: all questions again and again. */
export function peerContestant(peer: Peer, workload: Workload): Contestant {
  const count = workload.questions.length;
  let next = 0;
  return {
    name: peer.name,
    run() {
      for (let done = 0; done < CHUNK; done++) peer.decide(next++ % count);
      return CHUNK;
    },
  };
}

/** The context of a question with the keys that Verdict derives and W1's policies read. */
export function fullContext(workload: Workload, index: number): Readonly<Record<string, string>> {
  const question = workload.questions[index];
  const team = workload.principals[question?.principal ?? -1]?.team;
  return { ...question?.context, ...(team === undefined ? {} : { "aws:PrincipalTag/team": team }) };
}
