/** The question of a Check as a serialised `verdict.v1.AuthorizeRequest`, and what its answer says at least. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { WireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

/** `Detail.REASON`: as much as a decision log wants to know. */
const reason = 2;
/** `Outcome.ALLOWED`. */
const allowed = 1;

/** A serialised AuthorizeRequest. Only the members that a Check sets are written. */
export function writeQuestion(question: AuthorizationQuestion, policySet: string): Buffer {
  const writer = new WireWriter();
  writer.text(1, question.principal).text(2, question.action).text(3, question.resource);
  for (const [key, values] of question.context) {
    writer.message(4, (entry) =>
      entry.text(1, key).message(2, (list) => {
        for (const value of values) list.text(1, value);
      }),
    );
  }
  for (const { key, value } of question.sessionTags) writer.message(8, (entry) => entry.text(1, key).text(2, value));
  writer.number(10, reason);
  if (policySet !== "") writer.text(11, policySet);
  return writer.finish();
}

/** The policy set that allowed a question; undefined for every other answer. Throws WireError. */
export function readAllowed(
  response: Uint8Array,
): { readonly digest: string; readonly generation: number } | undefined {
  const reader = new WireReader(Buffer.from(response.buffer, response.byteOffset, response.byteLength));
  let outcome = 0;
  let decided = allowed;
  let version = { digest: "", generation: 0 };
  while (reader.next()) {
    if (reader.field === 1) version = readVersion(reader.once().message());
    else if (reader.field === 2) outcome = reader.once().number();
    else if (reader.field === 3) decided = readOutcome(reader.once().message());
  }
  return outcome === allowed && decided === allowed ? version : undefined;
}

function readVersion(reader: WireReader): { readonly digest: string; readonly generation: number } {
  const version = { digest: "", generation: 0 };
  while (reader.next()) {
    if (reader.field === 1) version.digest = reader.text();
    else if (reader.field === 2) version.generation = reader.number();
  }
  return version;
}

function readOutcome(reader: WireReader): number {
  let outcome = 0;
  while (reader.next()) if (reader.field === 1) outcome = reader.number();
  return outcome;
}
