/** The question of a Check as a serialised `verdict.v1.AuthorizeRequest`, and what its answer says at least. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { DecisionField, OutcomeNumber, ResponseField, VersionField } from "../../wire/authorization-fields.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { type WireReader, wireReader } from "../../wire/wire-reader.js";

/** A serialised AuthorizeRequest; as much detail as a decision log wants to know. */
export function writeQuestion(question: AuthorizationQuestion, policySet: string): Buffer {
  return encodeQuestion(question, "reason", policySet, (bytes) => Buffer.from(bytes));
}

/** The policy set that allowed a question; undefined for every other answer. Throws WireError. */
export function readAllowed(
  response: Uint8Array,
): { readonly digest: string; readonly generation: number } | undefined {
  const reader = wireReader(response, "refuse");
  let outcome = 0;
  let decided: number = OutcomeNumber.Allowed;
  let version = { digest: "", generation: 0 };
  while (reader.next()) {
    if (reader.field === ResponseField.PolicySet) version = readVersion(reader.once().message());
    else if (reader.field === ResponseField.Outcome) outcome = reader.once().number();
    else if (reader.field === ResponseField.Decision) decided = readOutcome(reader.once().message());
  }
  return outcome === OutcomeNumber.Allowed && decided === OutcomeNumber.Allowed ? version : undefined;
}

function readVersion(reader: WireReader): { readonly digest: string; readonly generation: number } {
  const version = { digest: "", generation: 0 };
  while (reader.next()) {
    if (reader.field === VersionField.Digest) version.digest = reader.text();
    else if (reader.field === VersionField.Generation) version.generation = reader.number();
  }
  return version;
}

function readOutcome(reader: WireReader): number {
  let outcome = 0;
  while (reader.next()) if (reader.field === DecisionField.Outcome) outcome = reader.number();
  return outcome;
}
