/** The answers in a serialised response, in the JSON shape of a decision. */
import type { Decision, DecisionError, MatchedStatement, StatementExplanation } from "../question/decision.js";
import { WireReader } from "./wire-reader.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A decision as it was answered; without reasons where the caller asked for the outcome only. */
export type GivenDecision = Pick<Decision, "decision" | "allowed"> & Partial<Omit<Decision, "decision" | "allowed">>;

/** One answer. */
export type GivenAnswer = GivenDecision | DecisionError;

/** The policy set that decided, and its answers in order. */
export interface GivenAnswers {
  readonly digest: string;
  readonly generation: number;
  readonly answers: readonly GivenAnswer[];
}

/** The answer of a serialised AuthorizeResponse. */
export function givenAnswer(response: Buffer): GivenAnswers {
  const reader = new WireReader(response);
  const version = { digest: "", generation: 0 };
  let outcome = 0;
  let decision: GivenAnswer | undefined;
  while (reader.next()) {
    if (reader.field === 1) readVersion(version, reader.message());
    else if (reader.field === 2) outcome = reader.number();
    else if (reader.field === 3) decision = knownDecision(reader.key());
    else reader.skip();
  }
  return { ...version, answers: [decision ?? outcomeAnswer(outcome)] };
}

/** Most answers of single calls were given before, by the same policy set. */
const singles = new Map<string, GivenAnswers>();

/** As `givenAnswer`; equal bytes give the same object as long as it is kept. */
export function knownAnswer(chunk: Buffer, at: number, end: number): GivenAnswers {
  if (end - at > LONGEST_KEY) return givenAnswer(chunk.subarray(at, end));
  const key = chunk.toString("latin1", at, end);
  const known = singles.get(key);
  if (known !== undefined) return known;
  const given = givenAnswer(chunk.subarray(at, end));
  if (singles.size >= MOST_DECISIONS) singles.clear();
  singles.set(key, given);
  return given;
}

/** The answers of a serialised BatchAuthorizeResponse. */
export function givenAnswers(response: Buffer): GivenAnswers {
  const reader = new WireReader(response);
  const version = { digest: "", generation: 0 };
  const answers: GivenAnswer[] = [];
  while (reader.next()) {
    if (reader.field === 1) readVersion(version, reader.message());
    else if (reader.field === 2) {
      const outcomes: number[] = [];
      reader.numbersInto(outcomes);
      for (const outcome of outcomes) answers.push(outcomeAnswer(outcome));
    } else if (reader.field === 3) answers.push(knownDecision(reader.key()));
    else reader.skip();
  }
  return { ...version, answers };
}

const allowed: GivenAnswer = { decision: "allowed", allowed: true };
const explicitDeny: GivenAnswer = { decision: "explicitDeny", allowed: false };
const implicitDeny: GivenAnswer = { decision: "implicitDeny", allowed: false };
const undecided: GivenAnswer = { error: "the question could not be decided" };

/** Anything but the three decisions is an error, never an allow. */
function outcomeAnswer(outcome: number): GivenAnswer {
  if (outcome === 1) return allowed;
  if (outcome === 2) return explicitDeny;
  return outcome === 3 ? implicitDeny : undecided;
}

function readVersion(version: { digest: string; generation: number }, reader: WireReader): void {
  while (reader.next()) {
    if (reader.field === 1) version.digest = reader.text();
    else if (reader.field === 2) version.generation = reader.number();
    else reader.skip();
  }
}

/** Most answers were given before: reading one takes some microseconds, finding it half of one (Node 20). */
const decisions = new Map<string, GivenAnswer>();
const MOST_DECISIONS = 4096;
const LONGEST_KEY = 2048;

/** The answer in these bytes, one character a byte. INVARIANT: equal bytes give the same object as long as it is kept. */
function knownDecision(key: string): GivenAnswer {
  const known = decisions.get(key);
  if (known !== undefined) return known;
  const decision = readDecision(new WireReader(Buffer.from(key, "latin1")));
  if (key.length > LONGEST_KEY) return decision;
  if (decisions.size >= MOST_DECISIONS) decisions.clear();
  decisions.set(key, decision);
  return decision;
}

function readDecision(reader: WireReader): GivenAnswer {
  let outcome = 0;
  let unknownPrincipal = false;
  let error = "";
  const blockedBy: string[] = [];
  const matchedStatements: MatchedStatement[] = [];
  const missingContextKeys: string[] = [];
  const layers: { policyType: string; verdict: string }[] = [];
  const explanations: StatementExplanation[] = [];
  const rest: Writable<Pick<GivenDecision, "allowedByOrganizations" | "allowedByPermissionsBoundary" | "message">> = {};
  const missingByType: Record<string, readonly string[]> = {};
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) outcome = reader.number();
    else if (field === 2) blockedBy.push(reader.text());
    else if (field === 3) matchedStatements.push(readStatement(reader.message()));
    else if (field === 4) missingContextKeys.push(reader.text());
    else if (field === 5) unknownPrincipal = reader.number() !== 0;
    else if (field === 6) error = reader.text();
    else if (field === 7) rest.allowedByOrganizations = reader.number() !== 0;
    else if (field === 8) rest.allowedByPermissionsBoundary = reader.number() !== 0;
    else if (field === 9) layers.push(readLayer(reader.message()));
    else if (field === 10) explanations.push(readExplanation(reader.message()));
    else if (field === 11) rest.message = reader.text();
    else if (field === 12) readMissingByType(reader.message(), missingByType);
    else reader.skip();
  }
  const answer = outcomeAnswer(outcome);
  if ("error" in answer) return error === "" ? answer : { error };
  return {
    ...answer,
    blockedBy,
    matchedStatements,
    missingContextKeys,
    ...(Object.keys(missingByType).length === 0 ? {} : { missingContextKeysByType: missingByType }),
    unknownPrincipal,
    ...rest,
    ...(layers.length === 0 ? {} : { layers }),
    ...(explanations.length === 0 ? {} : { statements: explanations }),
  };
}

function readStatement(reader: WireReader): MatchedStatement {
  const read: Writable<MatchedStatement> = {
    policyType: "",
    policy: "",
    statement: 0,
    effect: "Allow",
    file: "",
    line: 0,
    column: 0,
  };
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) read.policyType = reader.text();
    else if (field === 2) read.policy = reader.text();
    else if (field === 3) read.statement = reader.number();
    else if (field === 4) read.sid = reader.text();
    else if (field === 5) read.effect = reader.text() === "Deny" ? "Deny" : "Allow";
    else if (field === 6) read.file = reader.text();
    else if (field === 7) read.line = reader.number();
    else if (field === 8) read.column = reader.number();
    else reader.skip();
  }
  return read;
}

/** Adds the missing keys of one policy type (OUT-13). */
function readMissingByType(reader: WireReader, into: Record<string, readonly string[]>): void {
  let type = "";
  const keys: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) type = reader.text();
    else if (reader.field === 2) keys.push(reader.text());
    else reader.skip();
  }
  into[type] = keys;
}

function readLayer(reader: WireReader): { policyType: string; verdict: string } {
  const layer = { policyType: "", verdict: "" };
  while (reader.next()) {
    if (reader.field === 1) layer.policyType = reader.text();
    else if (reader.field === 2) layer.verdict = reader.text();
    else reader.skip();
  }
  return layer;
}

function readExplanation(reader: WireReader): StatementExplanation {
  let statement: MatchedStatement | undefined;
  const why: Writable<Omit<StatementExplanation, "statement" | "applies">> = {};
  let applies = false;
  const values: string[] = [];
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) statement = readStatement(reader.message());
    else if (field === 2) applies = reader.number() !== 0;
    else if (field === 3) why.failedElement = reader.text();
    else if (field === 4) why.operator = reader.text();
    else if (field === 5) why.key = reader.text();
    else if (field === 6) values.push(reader.text());
    else if (field === 7) why.keyMissing = reader.number() !== 0;
    else reader.skip();
  }
  if (why.failedElement === "condition") {
    why.requestValues = values;
    why.keyMissing ??= false;
  }
  return { statement: statement ?? readStatement(new WireReader(Buffer.alloc(0))), applies, ...why };
}
