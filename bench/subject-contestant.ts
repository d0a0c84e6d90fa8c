// The matcher as a contestant of a race, in every form in which it can be asked; no answer is timed before every answer was right.
import { Detail } from "../assembly/format/layout.js";
import type { Contestant } from "./measure.js";
import type { Subject } from "./subject.js";
import { decodeBatch, decodeResponse, encodeBatch, encodeRequest } from "./wire.js";
import type { Workload } from "./workloads/workload.js";

/** Questions in one batch message. */
export const BATCH = 1_000;

/** The questions of a workload, serialised beforehand. */
export interface Messages {
  readonly single: readonly Buffer[];
  readonly singleOutcome: readonly Buffer[];
  readonly batchOutcome: readonly Buffer[];
  readonly batchReason: readonly Buffer[];
}

/** Serialises a workload. */
export function encodeWorkload({ principals, questions }: Workload): Messages {
  const wired = questions.map((question) => ({ ...question, principal: principals[question.principal]?.arn ?? "" }));
  const single = wired.map((question) => encodeRequest(question));
  const batches: Buffer[][] = [];
  for (let first = 0; first < single.length; first += BATCH) batches.push(single.slice(first, first + BATCH));
  return {
    single,
    singleOutcome: wired.map((question) => encodeRequest(question, Detail.Outcome)),
    batchOutcome: batches.map((requests) => encodeBatch(requests, Detail.Outcome)),
    batchReason: batches.map((requests) => encodeBatch(requests, Detail.Reason)),
  };
}

/** A fast wrong answer ends the run. */
export function checkAnswers(subject: Subject, messages: Messages, workload: Workload): void {
  const expect = (how: string, have: readonly string[]): void => {
    for (const [index, { want }] of workload.questions.entries()) {
      if (have[index] === want) continue;
      throw new Error(`${workload.name}, ${how}, question ${index}: ${have[index]} instead of ${want}`);
    }
  };
  const one = (message: Buffer): string => decodeResponse(subject.decideOne(message));
  const many = (message: Buffer): string[] => decodeBatch(subject.decideBatch(message));
  expect("single", messages.single.map(one));
  expect("single with OUTCOME", messages.singleOutcome.map(one));
  expect("batch with OUTCOME", messages.batchOutcome.flatMap(many));
  expect("batch with REASON", messages.batchReason.flatMap(many));
}

/** All forms of asking. */
export function subjectContestants(subject: Subject, messages: Messages, label: string): Contestant[] {
  return [
    batchContestant(`batch of ${BATCH}, OUTCOME${label}`, subject, messages.batchOutcome),
    batchContestant(`batch of ${BATCH}, REASON${label}`, subject, messages.batchReason),
    floorContestant(`batch of ${BATCH}, floor${label}`, subject, messages.batchOutcome),
    singleContestant(`single, OUTCOME${label}`, subject, messages.singleOutcome),
    singleContestant(`single${label}`, subject, messages.single),
  ];
}

/** Asks the batches again and again. */
export function batchContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  let next = 0;
  return {
    name,
    run() {
      const message = messages[next++ % messages.length];
      if (message === undefined || subject.decideBatch(message).length === 0) throw new Error("no answer");
      return BATCH;
    },
  };
}

/** The same bytes copied, decoded and hashed without a decision. */
function floorContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  let next = 0;
  return {
    name,
    run() {
      const message = messages[next++ % messages.length];
      if (message === undefined || subject.scanBatch(message) === 0) throw new Error("nothing was read");
      return BATCH;
    },
  };
}

/** Asks one question after the other. */
export function singleContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  const call = singleCall(subject, messages);
  let next = 0;
  return {
    name,
    run() {
      for (let count = 0; count < BATCH; count++) call(next++);
      return BATCH;
    },
  };
}

/** Asks one question. */
export function singleCall(subject: Subject, messages: readonly Buffer[]): (index: number) => void {
  return (index) => {
    const message = messages[index % messages.length];
    if (message === undefined || subject.decideOne(message).length === 0) throw new Error("no answer");
  };
}
