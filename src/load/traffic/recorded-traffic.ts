/** Traffic that really was: the questions of a decision log or of CloudTrail, in their order and at their moments. */
import { stat } from "node:fs/promises";
import { namesOfSet } from "../../evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../../evidence/cloudtrail/questions-of-event.js";
import { readEvents } from "../../evidence/cloudtrail/read-events.js";
import { openInput } from "../../files/piped-source.js";
import { readDecisionLog } from "../../observe/decision-log/read-decision-log.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { type LoadQuestion, mixOf, type Traffic } from "./traffic.js";

/** What records become traffic with. */
export interface RecordedTerms {
  readonly set: PolicySet;
  readonly catalogue: Catalogue | undefined;
  readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError;
  /** How much faster than it was. */
  readonly speed: number;
  /** Whether questions may say `whatIf`; those that do are left out otherwise. */
  readonly allowsWhatIf: boolean;
  readonly nowMs: number;
}

interface Recorded {
  readonly question: AuthorizationQuestion;
  readonly clockMs: number;
}

/** Reads a file, or a directory of CloudTrail; told apart by what is in them. Throws where there is no question. */
export async function recordedTraffic(path: string, terms: RecordedTerms): Promise<Traffic> {
  const remarks: string[] = [];
  const isFolder = path !== "-" && (await stat(path)).isDirectory();
  const found =
    (isFolder ? undefined : await ofDecisionLog(path, remarks)) ?? (await ofCloudTrail(path, terms, remarks));
  const asked = found.filter(({ question }) => terms.allowsWhatIf || !question.whatIf);
  if (asked.length < found.length)
    remarks.push(`${found.length - asked.length} questions say what-if, and are left out`);
  if (asked.length === 0) throw new Error("holds no question: decision logs and records of CloudTrail do");
  asked.sort((one, other) => one.clockMs - other.clockMs);
  const questions: LoadQuestion[] = [];
  const places = new Map<string, number>();
  const order = new Uint32Array(asked.length);
  const dueMs = new Float64Array(asked.length);
  const firstMs = asked[0]?.clockMs ?? 0;
  for (const [index, { question, clockMs }] of asked.entries()) {
    const key = Buffer.from(encodeQuestion(question, "outcome")).toString("latin1");
    let place = places.get(key);
    if (place === undefined) {
      place = questions.length;
      places.set(key, place);
      const decision = terms.decide(question);
      questions.push({ question, expected: "error" in decision ? "error" : decision.decision });
    }
    order[index] = place;
    dueMs[index] = (clockMs - firstMs) / terms.speed;
  }
  return { questions, order, dueMs, coverage: undefined, mix: mixOf(questions, order), remarks, nowMs: terms.nowMs };
}

/** A log that was cut off at its front begins inside of a record; other files have no record in so many lines. */
const mostBefore = 20;

/** Undefined where the file is no decision log. */
async function ofDecisionLog(path: string, remarks: string[]): Promise<Recorded[] | undefined> {
  const found: Recorded[] = [];
  let left = 0;
  let before = 0;
  for await (const read of readDecisionLog(openInput(path))) {
    if (read.kind === "decision") found.push(read);
    else if (read.kind === "unreadable" && found.length === 0 && ++before > mostBefore) return undefined;
    else left++;
  }
  if (found.length === 0) return undefined;
  if (left > 0) remarks.push(`${left} records of the log hold no question that can be asked again`);
  return found;
}

async function ofCloudTrail(path: string, { set, catalogue }: RecordedTerms, remarks: string[]): Promise<Recorded[]> {
  const reader = new EventReader(catalogue, namesOfSet(set));
  const found: Recorded[] = [];
  let left = 0;
  for await (const read of readEvents(path)) {
    if (read.kind === "unreadable") {
      left++;
      continue;
    }
    for (const event of read.events) {
      const call = reader.read(event);
      if (call.kind !== "call" || call.asked === undefined) left++;
      else {
        for (const { questions } of call.asked)
          for (const question of questions) found.push({ question, clockMs: call.clockMs });
      }
    }
  }
  if (left > 0) remarks.push(`${left} records are no call that becomes a question`);
  return found;
}
