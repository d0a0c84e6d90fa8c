/** Whether an answer says what was expected, out of its bytes, and what it says: for every answer of a run, so it reads no more than it has to. */
import { BatchResponseField, OutcomeNumber, ResponseField } from "../../wire/authorization-fields.js";
import { contentTag, WireType } from "../../wire/wire-format.js";
import type { Expected } from "../traffic/traffic.js";
import type { DecisionCounts } from "./target.js";

/** An answer that says otherwise than the matcher in this process. */
export const WRONG_ANSWER = "WRONG_ANSWER";
/** An answer that is none. */
export const UNREADABLE_ANSWER = "UNREADABLE_ANSWER";

/** An answer of ext_authz that nothing could be decided. */
export const UNDECIDED_ANSWER = "UNDECIDED";

const numbers: Readonly<Record<Expected, number>> = {
  allowed: OutcomeNumber.Allowed,
  explicitDeny: OutcomeNumber.ExplicitDeny,
  implicitDeny: OutcomeNumber.ImplicitDeny,
  error: OutcomeNumber.Error,
};

/** The number by which answers say it. */
export function outcomeNumber(expected: Expected): number {
  return numbers[expected];
}

const versionTag = contentTag(ResponseField.PolicySet);
const outcomeTag = (ResponseField.Outcome << 3) | WireType.Varint;
const outcomesTag = contentTag(BatchResponseField.Outcomes);

/** Judges an AuthorizeResponse with OUTCOME, and counts what it says. */
export function judgeSingle(bytes: Uint8Array, expected: number, counts: DecisionCounts): string {
  const at = behindVersion(bytes);
  if (bytes[at] !== outcomeTag) return UNREADABLE_ANSWER;
  const outcome = bytes[at + 1] ?? OutcomeNumber.Unspecified;
  countOutcome(outcome, counts);
  return outcome === expected ? "" : WRONG_ANSWER;
}

/** Judges a BatchAuthorizeResponse with OUTCOME. */
export function judgeBatch(bytes: Uint8Array, expected: Uint8Array, counts: DecisionCounts): string {
  let at = behindVersion(bytes);
  if (bytes[at] !== outcomesTag) return UNREADABLE_ANSWER;
  let length = 0;
  let shift = 0;
  let byte = 0;
  do {
    byte = bytes[++at] ?? 0;
    length |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80);
  at++;
  if (length !== expected.length || at + length > bytes.length) return UNREADABLE_ANSWER;
  let isRight = true;
  for (let index = 0; index < length; index++) {
    const outcome = bytes[at + index] ?? OutcomeNumber.Unspecified;
    countOutcome(outcome, counts);
    if (outcome !== expected[index]) isRight = false;
  }
  return isRight ? "" : WRONG_ANSWER;
}

/** What Envoy would be told of its answer's status; the request and a mapping that the server does not have may be refused unasked. */
const statusTag = contentTag(1);
const codeTag = (1 << 3) | WireType.Varint;
const permissionDenied = 7;
/** The first letter of `denied`, where other refusals begin otherwise. */
const deniedLetter = "d".charCodeAt(0);

/** Judges a CheckResponse of ext_authz, and counts what it says. Which kind of denial it was is not looked at. */
export function judgeCheck(bytes: Uint8Array, expected: Expected, counts: DecisionCounts): string {
  if (bytes[0] !== statusTag) return UNREADABLE_ANSWER;
  if (bytes[1] === 0) {
    counts.allowed++;
    return expected === "allowed" ? "" : WRONG_ANSWER;
  }
  if (bytes[2] !== codeTag) return UNREADABLE_ANSWER;
  // Code, then a text: its tag, its length and its letters.
  if (bytes[3] !== permissionDenied) return UNDECIDED_ANSWER;
  if (expected === "allowed" || bytes[6] !== deniedLetter) return WRONG_ANSWER;
  counts[expected]++;
  return "";
}

/** The place behind the version of the policy set, which is shorter than 128 bytes. */
function behindVersion(bytes: Uint8Array): number {
  return bytes[0] === versionTag && (bytes[1] ?? 0) < 0x80 ? 2 + (bytes[1] ?? 0) : 0;
}

function countOutcome(outcome: number, counts: DecisionCounts): void {
  if (outcome === OutcomeNumber.Allowed) counts.allowed++;
  else if (outcome === OutcomeNumber.ImplicitDeny) counts.implicitDeny++;
  else if (outcome === OutcomeNumber.ExplicitDeny) counts.explicitDeny++;
  else counts.error++;
}
