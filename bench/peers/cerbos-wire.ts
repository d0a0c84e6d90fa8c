// CheckResources calls of cerbos.svc.v1.CerbosService as bytes, and effects out of answers. Field numbers are those of Cerbos's public
// API; written by the encoder that writes Verdict's calls too, so that the client costs the same for both servers.
import { wireReader } from "../../src/wire/wire-reader.js";
import { WireWriter } from "../../src/wire/wire-writer.js";
import { documentsOf, type Workload } from "../workloads/workload.js";
import { attributeNames } from "./cerbos-policy.js";
import { fullContext, type PeerDecision } from "./peer.js";

/** The path of the call. */
export const CHECK_RESOURCES = "/cerbos.svc.v1.CerbosService/CheckResources";
const EFFECT_ALLOW = 1;

/** A call about questions of one principal. */
export function encodeCheck(workload: Workload, indexes: readonly number[]): Buffer {
  const principal = workload.principals[workload.questions[indexes[0] ?? -1]?.principal ?? -1];
  if (principal === undefined) throw new Error("cerbos: a call without questions");
  const call = new WireWriter("refuse");
  call.message(3, (subject) => {
    subject.text(1, principal.arn);
    for (const role of documentsOf(workload, principal)) subject.text(3, role);
  });
  for (const index of indexes) call.message(4, (entry) => writeEntry(entry, workload, index));
  return call.takeAs((bytes) => Buffer.from(bytes));
}

/** What was decided, in the order of the questions. */
export function decodeCheck(response: Uint8Array): PeerDecision[] {
  const decisions: PeerDecision[] = [];
  for (const reader = wireReader(response, "lenient"); reader.next(); ) {
    if (reader.field !== 2 || !reader.hasContent) continue;
    for (const result = reader.message(); result.next(); ) {
      if (result.field !== 2 || !result.hasContent) continue;
      let isAllowed = false;
      for (const effect = result.message(); effect.next(); ) {
        if (effect.field === 2 && effect.number() === EFFECT_ALLOW) isAllowed = true;
      }
      decisions.push(isAllowed ? "allowed" : "denied");
    }
  }
  return decisions;
}

function writeEntry(entry: WireWriter, workload: Workload, index: number): void {
  const { action, resource } = workload.questions[index] ?? { action: "", resource: "" };
  const [service = "", name = ""] = action.split(":");
  entry.text(1, name);
  entry.message(2, (subject) => {
    subject.text(1, service).text(3, resource);
    for (const [key, value] of Object.entries(fullContext(workload, index))) {
      subject.message(4, (attribute) =>
        attribute.text(1, attributeNames[key] ?? key).message(2, (content) => writeValue(content, key, value)),
      );
    }
  });
}

/** A google.protobuf.Value: CEL compares numbers and booleans, not their texts. */
function writeValue(content: WireWriter, key: string, value: string): void {
  if (key === "aws:MultiFactorAuthPresent") content.number(4, value === "true" ? 1 : 0);
  else if (key === "aws:MultiFactorAuthAge") content.double(2, Number(value));
  else content.text(3, value);
}
