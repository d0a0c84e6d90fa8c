// Whether cost follows the statements that matter: 10,000 statements against 1,000,000, every principal with 100 of its own.
// `npm run bench:scale [-- 100000]`. The same questions about the same principals are put to both sets; then questions about all
// principals to the large one, which also tells what an image costs that no cache holds.

import { Detail } from "../assembly/format/layout.js";
import type { PolicySet } from "../src/policy/policy-set.js";
import { applicationNames, teams } from "../src/synth/services.js";
import { StatementMaker } from "../src/synth/statement-maker.js";
import { Random } from "../test/kit/random.js";
import {
  type Contestant,
  formatRate,
  formatRatio,
  machineLine,
  median,
  medianRatio,
  printTable,
  race,
} from "./measure.js";
import { type Build, loadBuild, type Subject } from "./subject.js";
import { decodeBatch, encodeBatch, encodeRequest } from "./wire.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";
import { makeDocument } from "./workloads/synthetic.js";
import { makeQuestions } from "./workloads/synthetic-question.js";
import {
  ACCOUNT,
  type DocumentJson,
  statementMix,
  type Workload,
  type WorkloadPrincipal,
} from "./workloads/workload.js";

const SEED = 5;
const POLICIES = 10;
const STATEMENTS = 10;
/** Principals of one file: 10,000 statements. */
const PART = 100;
const QUESTIONS = 10_000;
const BATCH = 1_000;

async function main(statements: number): Promise<void> {
  console.log(machineLine());
  const build = await loadBuild();
  const parts = statements / (PART * POLICIES * STATEMENTS);
  const sets: PolicySet[] = [];
  const near: Message[] = [];
  const far: Message[] = [];
  for (let part = 0; part < parts; part++) {
    const count = part === 0 ? QUESTIONS : Math.ceil(QUESTIONS / parts / 10) * 10;
    const workload = makePart(part, count);
    sets.push(loadWorkloadSet(build.loader, workload));
    if (part === 0) near.push(...messagesOf(workload, BATCH));
    far.push(
      ...messagesOf({ ...workload, questions: workload.questions.slice(0, Math.ceil(QUESTIONS / parts)) }, BATCH),
    );
  }
  const small = open(build, sets.slice(0, 1), near);
  const large = open(build, sets, [...near, ...far]);
  const contestants = [
    contestant("10,000 statements", small, near),
    contestant(`${statements} statements, the same questions`, large, near),
    contestant(`${statements} statements, about all principals`, large, far),
  ];
  const rates = race(contestants, { rounds: 15, sliceMs: 80 });
  const first = rates.get("10,000 statements") ?? [];
  printTable(
    ["policy set", "image", "decisions/s", "cost"],
    contestants.map(({ name }, index) => [
      name,
      `${((index === 0 ? small : large).imageBytes / 2 ** 20).toFixed(1)} MiB`,
      formatRate(median(rates.get(name) ?? [])),
      formatRatio(medianRatio(first, rates.get(name) ?? [])),
    ]),
  );
}

interface Message {
  readonly bytes: Buffer;
  readonly wants: readonly string[];
}

/** 100 principals with ten documents each that nobody else carries. */
function makePart(part: number, questions: number): Workload {
  const random = new Random(SEED, part);
  const apps = applicationNames(400);
  const maker = new StatementMaker(random, apps, statementMix);
  const policies: Record<string, DocumentJson> = {};
  const principals = Array.from({ length: PART }, (_, index): WorkloadPrincipal => {
    const name = `role${part * PART + index}`;
    const own = Array.from({ length: POLICIES }, (_, number) => `${name}-policy${number}`);
    for (const policy of own) policies[policy] = makeDocument(maker, STATEMENTS);
    return {
      kind: "role",
      name,
      arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      team: random.pick(teams),
      groups: [],
      policies: own,
    };
  });
  const world = { name: `part ${part}`, seed: SEED, account: ACCOUNT, policies, groups: {}, principals, questions: [] };
  return { ...world, questions: makeQuestions(world, maker, random, apps, questions) };
}

/** Batches; the last one may be shorter. */
function messagesOf({ questions, principals }: Workload, size: number): Message[] {
  const messages: Message[] = [];
  for (let first = 0; first < questions.length; first += size) {
    const some = questions.slice(first, first + size);
    const requests = some.map((one) => encodeRequest({ ...one, principal: principals[one.principal]?.arn ?? "" }));
    messages.push({ bytes: encodeBatch(requests, Detail.Outcome), wants: some.map(({ want }) => want) });
  }
  return messages;
}

/** One set of several: principals of different files share nothing. */
function open(build: Build, sets: readonly PolicySet[], messages: readonly Message[]): Subject {
  const [first] = sets;
  if (first === undefined) throw new Error("no policy set");
  const subject = build.open({ ...first, principals: sets.flatMap(({ principals }) => principals) });
  for (const { bytes, wants } of messages) {
    const have = decodeBatch(subject.decideBatch(bytes));
    for (const [index, want] of wants.entries()) {
      if (have[index] !== want) throw new Error(`question ${index}: ${have[index]} instead of ${want}`);
    }
  }
  return subject;
}

function contestant(name: string, subject: Subject, messages: readonly Message[]): Contestant {
  let next = 0;
  return {
    name,
    run() {
      const message = messages[next++ % messages.length];
      if (message === undefined || subject.decideBatch(message.bytes).length === 0) throw new Error("no answer");
      return message.wants.length;
    },
  };
}

await main(Number(process.argv[2] ?? 1_000_000));
