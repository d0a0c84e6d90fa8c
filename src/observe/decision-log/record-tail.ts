/**
 * How a line of the decision log ends: the members that follow from the answer, the policy set and the method. They are most of a
 * line and come again and again, so their JSON is kept.
 */

import { denialReason } from "../../question/denial-sentence.js";
import { jsonText } from "../../text/json-text.js";
import type { GivenAnswer } from "../../wire/given-answers.js";
import type { DecisionRecord, RecordedCall, RecordLabels } from "./decision-record.js";

/** What names a policy set and a method. */
export type AnsweredBy = Pick<RecordedCall, "digest" | "generation" | "path" | "transport">;

/** What is the same for whatever one policy set answers to one method. */
export interface RecordFrame extends AnsweredBy {
  /** The policy set's name. */
  readonly name: string;
  readonly labels: RecordLabels;
  readonly members: Pick<DecisionRecord, "labels" | "bundles" | "path" | "transport">;
  /** Those members as JSON, without braces. */
  readonly json: string;
  /** Answers that come again are the same object: see `given-answers.ts`. */
  readonly tails: WeakMap<GivenAnswer, RecordTail>;
}

/** The end of every line that gives one answer within a frame. */
export interface RecordTail {
  /** The answer as JSON. */
  readonly result: string;
  /** Everything after the members about the question, brace and LF included; a denial's message comes before it. */
  readonly bytes: Buffer;
  /** Of a denial: what its message says after the question. */
  readonly denial: ReturnType<typeof denialReason> | undefined;
}

const MOST_FRAMES = 256;
const MOST_TAILS = 4096;
const frames = new Map<string, RecordFrame>();
let last: RecordFrame | undefined;
let tailCount = 0;

/** The frame of a policy set and a method. */
export function recordFrame(by: AnsweredBy, name: string, labels: RecordLabels): RecordFrame {
  if (last !== undefined && last.name === name && last.labels === labels && isSame(last, by)) return last;
  const { digest, generation, path, transport } = by;
  const key = JSON.stringify([digest, generation, path, transport, name, labels]);
  let frame = frames.get(key);
  if (frame === undefined) {
    // Without a prototype, so that a set may have any name.
    const bundles: Record<string, DecisionRecord["bundles"][string]> = Object.create(null);
    bundles[name] = { revision: digest, generation };
    const members = { labels, bundles, path, transport };
    const json = jsonText(members).slice(1, -1);
    frame = { digest, generation, path, transport, name, labels, members, json, tails: new WeakMap() };
    if (frames.size >= MOST_FRAMES) frames.clear();
    frames.set(key, frame);
  }
  last = frame;
  return frame;
}

function isSame(one: AnsweredBy, other: AnsweredBy): boolean {
  return (
    one.generation === other.generation &&
    one.digest === other.digest &&
    one.path === other.path &&
    one.transport === other.transport
  );
}

/** The end of a line that gives this answer. */
export function recordTail(answer: GivenAnswer, frame: RecordFrame): RecordTail {
  const known = frame.tails.get(answer);
  if (known !== undefined) return known;
  const { digest, generation } = frame;
  const result = jsonText("error" in answer ? answer : { ...answer, policySet: { digest, generation } });
  const error = "error" in answer ? `,${jsonText(errorMembers(answer.error)).slice(1, -1)}` : "";
  const tail: RecordTail = {
    result,
    bytes: Buffer.from(`${error},${frame.json},"result":${result}}\n`),
    denial: "error" in answer || answer.allowed ? undefined : denialReason(answer),
  };
  if (++tailCount > MOST_TAILS) {
    frames.clear();
    last = undefined;
    tailCount = 0;
  }
  frame.tails.set(answer, tail);
  return tail;
}

/** CloudTrail's words for a question that could not be decided. */
export function errorMembers(error: string): Required<Pick<DecisionRecord, "errorCode" | "errorMessage">> {
  const isOurs = error.startsWith("engine:");
  return { errorCode: isOurs ? "InternalFailure" : "ValidationError", errorMessage: error };
}
