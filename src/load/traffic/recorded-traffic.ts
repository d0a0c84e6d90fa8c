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

/** Reads a file, or a directory of CloudTrail; told apart by what is in them. Throws where there is no question. */
export async function recordedTraffic(path: string, terms: RecordedTerms): Promise<Traffic> {
  const remarks: string[] = [];
  const found = new Gathered(terms.allowsWhatIf);
  const isFolder = path !== "-" && (await stat(path)).isDirectory();
  if (isFolder || !(await ofDecisionLog(path, found, remarks))) await ofCloudTrail(path, terms, found, remarks);
  if (found.leftOut > 0) remarks.push(`${found.leftOut} questions say what-if, and are left out`);
  if (found.clocksMs.length === 0) throw new Error("holds no question: decision logs and records of CloudTrail do");
  const { clocksMs, places: placesOf } = found;
  const inTime = Uint32Array.from(clocksMs, (_, index) => index).sort(
    (one, other) => (clocksMs[one] ?? 0) - (clocksMs[other] ?? 0) || one - other,
  );
  const questions: LoadQuestion[] = [];
  const placed = new Map<number, number>();
  const order = new Uint32Array(inTime.length);
  const dueMs = new Float64Array(inTime.length);
  const firstMs = clocksMs[inTime[0] ?? 0] ?? 0;
  for (const [index, record] of inTime.entries()) {
    const gathered = placesOf[record] ?? 0;
    const question = found.questions[gathered];
    let place = placed.get(gathered);
    if (place === undefined && question !== undefined) {
      place = questions.length;
      placed.set(gathered, place);
      const decision = terms.decide(question);
      questions.push({ question, expected: "error" in decision ? "error" : decision.decision });
    }
    order[index] = place ?? 0;
    dueMs[index] = ((clocksMs[record] ?? 0) - firstMs) / terms.speed;
  }
  return { questions, order, dueMs, coverage: undefined, mix: mixOf(questions, order), remarks, nowMs: terms.nowMs };
}

/** Records as they are read: of a question that comes again, two numbers, so that logs of gigabytes fit. */
class Gathered {
  readonly questions: AuthorizationQuestion[] = [];
  /** Of each record, which question it asks. */
  readonly places: number[] = [];
  readonly clocksMs: number[] = [];
  leftOut = 0;
  private readonly known = new Map<string, number>();

  constructor(private readonly allowsWhatIf: boolean) {}

  add(question: AuthorizationQuestion, clockMs: number): void {
    if (question.whatIf && !this.allowsWhatIf) {
      this.leftOut++;
      return;
    }
    const key = Buffer.from(encodeQuestion(question, "outcome")).toString("latin1");
    let place = this.known.get(key);
    if (place === undefined) {
      place = this.questions.length;
      this.known.set(key, place);
      this.questions.push(question);
    }
    this.places.push(place);
    this.clocksMs.push(clockMs);
  }
}

/** A log that was cut off at its front begins inside of a record; other files have no record in so many lines. */
const mostBefore = 20;

/** Whether the file is a decision log. */
async function ofDecisionLog(path: string, found: Gathered, remarks: string[]): Promise<boolean> {
  let decisions = 0;
  let left = 0;
  let before = 0;
  for await (const read of readDecisionLog(openInput(path))) {
    if (read.kind === "decision") {
      decisions++;
      found.add(read.question, read.clockMs);
    } else if (read.kind === "unreadable" && decisions === 0 && ++before > mostBefore) return false;
    else left++;
  }
  if (decisions === 0) return false;
  if (left > 0) remarks.push(`${left} records of the log hold no question that can be asked again`);
  return true;
}

async function ofCloudTrail(
  path: string,
  { set, catalogue }: RecordedTerms,
  found: Gathered,
  remarks: string[],
): Promise<void> {
  const reader = new EventReader(catalogue, namesOfSet(set));
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
        for (const { questions } of call.asked) for (const question of questions) found.add(question, call.clockMs);
      }
    }
  }
  if (left > 0) remarks.push(`${left} records are no call that becomes a question`);
}
