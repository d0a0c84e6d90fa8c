/**
 * Answers out of protobuf (proto/verdict/v1/authorization.proto). INVARIANT: an answer says `allowed` only where the server said
 * ALLOWED at the very place of that question, in a message with exactly as many answers as there were questions.
 */
import {
  type Answer,
  type Decision,
  type Detail,
  type Failure,
  failureOf,
  isFailure,
  type MatchedStatement,
  type OutcomeAnswer,
  type PolicySetVersion,
  type StatementExplanation,
} from "./answer.js";
import { WireReader } from "./wire-reader.js";

const ALLOWED = 1;
const EXPLICIT_DENY = 2;
const IMPLICIT_DENY = 3;
const ERROR = 4;
const unknownVersion: PolicySetVersion = { digest: "", generation: 0 };
const nothing: readonly never[] = Object.freeze([]);

/** The answer in an AuthorizeResponse. Bytes that are no answer give a failure. */
export function decodeSingle(bytes: Buffer, detail: Detail): OutcomeAnswer {
  return orInvalid(() => {
    const reader = new WireReader(bytes);
    let policySet = unknownVersion;
    let outcome = 0;
    let decision: WireReader | undefined;
    while (reader.next()) {
      if (reader.field === 1) policySet = readVersion(reader.message());
      else if (reader.field === 2) outcome = reader.number();
      else if (reader.field === 3) decision = reader.message();
      else reader.skip();
    }
    if (decision === undefined) return outcomeAnswer(outcome, policySet, detail);
    const read = readDecision(decision, policySet);
    return read.outcome === outcome ? read.answer : invalid("outcome and decision differ");
  });
}

/** The answers in a BatchAuthorizeResponse, one a question; or a failure that holds for all of them. */
export function decodeBatch(bytes: Buffer, count: number, detail: Detail): readonly OutcomeAnswer[] | Failure {
  return orInvalid(() => {
    const reader = new WireReader(bytes);
    let policySet = unknownVersion;
    const outcomes: number[] = [];
    const decisions: WireReader[] = [];
    while (reader.next()) {
      if (reader.field === 1) policySet = readVersion(reader.message());
      else if (reader.field === 2) reader.numbersInto(outcomes, count);
      else if (reader.field === 3 && decisions.length <= count) decisions.push(reader.message());
      else reader.skip();
    }
    if (outcomes.length + decisions.length !== count) {
      return invalid(`${outcomes.length + decisions.length} answers to ${count} questions`);
    }
    if (outcomes.length > 0 && decisions.length > 0) return invalid("outcomes beside decisions");
    if (decisions.length > 0) return decisions.map((decision) => readDecision(decision, policySet).answer);
    // Few different answers: the questions of a batch share them.
    const shared = [1, 2, 3, 4].map((outcome) => outcomeAnswer(outcome, policySet, detail));
    return outcomes.map((outcome) => shared[outcome - 1] ?? outcomeAnswer(outcome, policySet, detail));
  });
}

/**
 * As `decodeBatch`, with the questions that were not sent at their places: they fail for what was wrong with them, and they alone.
 */
export function decodePlaced(
  bytes: Buffer,
  { count, refused }: { readonly count: number; readonly refused: ReadonlyMap<number, string> },
  detail: Detail,
): readonly OutcomeAnswer[] | Failure {
  const answers = decodeBatch(bytes, count - refused.size, detail);
  if (refused.size === 0 || isFailure(answers)) return answers;
  let next = 0;
  return Array.from({ length: count }, (_, index) => {
    const why = refused.get(index);
    return why === undefined ? (answers[next++] ?? invalid("missing")) : failureOf("invalidQuestion", why);
  });
}

function orInvalid<T>(decode: () => T): T | Failure {
  try {
    return decode();
  } catch (error: unknown) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(why: string): Failure {
  return failureOf("invalidAnswer", `answer: ${why}`);
}

/** An answer without reasons; where reasons were asked for, it says that there are none. */
function outcomeAnswer(outcome: number, policySet: PolicySetVersion, detail: Detail): OutcomeAnswer {
  const decision = decisionWord(outcome);
  if (decision === undefined) {
    return outcome === ERROR ? undecided("") : invalid(`unknown outcome ${outcome}`);
  }
  const told = { decision, allowed: decision === "allowed", policySet } as const;
  if (detail === "outcome") return told;
  const redacted: Decision = {
    ...told,
    blockedBy: nothing,
    matchedStatements: nothing,
    missingContextKeys: nothing,
    unknownPrincipal: false,
    outcomeOnly: true,
  };
  return redacted;
}

function decisionWord(outcome: number): Decision["decision"] | undefined {
  if (outcome === ALLOWED) return "allowed";
  if (outcome === EXPLICIT_DENY) return "explicitDeny";
  return outcome === IMPLICIT_DENY ? "implicitDeny" : undefined;
}

function undecided(error: string): Failure {
  return failureOf("undecided", error === "" ? "the server could not decide this question" : error);
}

function readVersion(reader: WireReader): PolicySetVersion {
  let digest = "";
  let generation = 0;
  while (reader.next()) {
    if (reader.field === 1) digest = reader.text();
    else if (reader.field === 2) generation = reader.number();
    else reader.skip();
  }
  return { digest, generation };
}

function readDecision(reader: WireReader, policySet: PolicySetVersion): { outcome: number; answer: Answer } {
  let outcome = 0;
  let unknownPrincipal = false;
  let error = "";
  let message = "";
  let allowedByOrganizations: boolean | undefined;
  let allowedByPermissionsBoundary: boolean | undefined;
  const blockedBy: string[] = [];
  const matchedStatements: MatchedStatement[] = [];
  const missingContextKeys: string[] = [];
  const missingByType: Record<string, readonly string[]> = {};
  const layers: { policyType: string; verdict: string }[] = [];
  const statements: StatementExplanation[] = [];
  while (reader.next()) {
    if (reader.field === 1) outcome = reader.number();
    else if (reader.field === 2) blockedBy.push(reader.text());
    else if (reader.field === 3) matchedStatements.push(readStatement(reader.message()));
    else if (reader.field === 4) missingContextKeys.push(reader.text());
    else if (reader.field === 5) unknownPrincipal = reader.number() !== 0;
    else if (reader.field === 6) error = reader.text();
    else if (reader.field === 7) allowedByOrganizations = reader.number() !== 0;
    else if (reader.field === 8) allowedByPermissionsBoundary = reader.number() !== 0;
    else if (reader.field === 9) layers.push(readLayer(reader.message()));
    else if (reader.field === 10) statements.push(readExplanation(reader.message()));
    else if (reader.field === 11) message = reader.text();
    else if (reader.field === 12) readMissingByType(reader.message(), missingByType);
    else reader.skip();
  }
  const decision = decisionWord(outcome);
  if (decision === undefined) {
    return { outcome, answer: outcome === ERROR ? undecided(error) : invalid(`unknown outcome ${outcome}`) };
  }
  const answer: Decision = {
    decision,
    allowed: decision === "allowed",
    blockedBy,
    matchedStatements,
    missingContextKeys,
    ...(Object.keys(missingByType).length === 0 ? {} : { missingContextKeysByType: missingByType }),
    unknownPrincipal,
    policySet,
    ...(allowedByOrganizations === undefined ? {} : { allowedByOrganizations }),
    ...(allowedByPermissionsBoundary === undefined ? {} : { allowedByPermissionsBoundary }),
    ...(layers.length === 0 ? {} : { layers }),
    ...(statements.length === 0 ? {} : { statements }),
    ...(message === "" ? {} : { message }),
  };
  return { outcome, answer };
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

function readStatement(reader: WireReader): MatchedStatement {
  const texts = ["", "", "", "", "", "", ""];
  let statement = 0;
  let line = 0;
  let column = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field === 3) statement = reader.number();
    else if (field === 7) line = reader.number();
    else if (field === 8) column = reader.number();
    else if (field <= 6) texts[field] = reader.text();
    else reader.skip();
  }
  const [, policyType = "", policy = "", , sid = "", effect = "", file = ""] = texts;
  return {
    policyType,
    policy,
    statement,
    ...(sid === "" ? {} : { sid }),
    effect: effect === "Deny" ? "Deny" : "Allow",
    file,
    line,
    column,
  };
}

function readLayer(reader: WireReader): { policyType: string; verdict: string } {
  let policyType = "";
  let verdict = "";
  while (reader.next()) {
    if (reader.field === 1) policyType = reader.text();
    else if (reader.field === 2) verdict = reader.text();
    else reader.skip();
  }
  return { policyType, verdict };
}

function readExplanation(reader: WireReader): StatementExplanation {
  let statement = readStatement(new WireReader(Buffer.alloc(0)));
  let applies = false;
  let keyMissing = false;
  const texts = ["", "", "", "", "", ""];
  const requestValues: string[] = [];
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) statement = readStatement(reader.message());
    else if (field === 2) applies = reader.number() !== 0;
    else if (field <= 5) texts[field] = reader.text();
    else if (field === 6) requestValues.push(reader.text());
    else if (field === 7) keyMissing = reader.number() !== 0;
    else reader.skip();
  }
  const [, , , failedElement = "", operator = "", key = ""] = texts;
  if (applies) return { statement, applies };
  if (failedElement !== "condition") return { statement, applies, failedElement };
  return { statement, applies, failedElement, operator, key, requestValues, keyMissing };
}
