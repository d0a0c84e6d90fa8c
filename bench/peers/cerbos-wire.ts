// CheckResources calls of cerbos.svc.v1.CerbosService as bytes, and effects out of answers. Field numbers are those of Cerbos's public
// API; written by hand so that the client costs the same for both servers.
import { bytesField, fieldsOf, textField } from "../wire.js";
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
  const roles = documentsOf(workload, principal).map((role) => textField(3, role));
  return Buffer.concat([
    bytesField(3, Buffer.concat([textField(1, principal.arn), ...roles])),
    ...indexes.map((index) => bytesField(4, encodeEntry(workload, index))),
  ]);
}

/** What was decided, in the order of the questions. */
export function decodeCheck(response: Uint8Array): PeerDecision[] {
  const decisions: PeerDecision[] = [];
  for (const [field, result] of fieldsOf(response)) {
    if (field !== 2 || typeof result === "number") continue;
    for (const [member, effects] of fieldsOf(result)) {
      if (member !== 2 || typeof effects === "number") continue;
      const allows = [...fieldsOf(effects)].some(([part, effect]) => part === 2 && effect === EFFECT_ALLOW);
      decisions.push(allows ? "allowed" : "denied");
    }
  }
  return decisions;
}

function encodeEntry(workload: Workload, index: number): Buffer {
  const { action, resource } = workload.questions[index] ?? { action: "", resource: "" };
  const [service = "", name = ""] = action.split(":");
  const attributes = Object.entries(fullContext(workload, index)).map(([key, value]) =>
    bytesField(4, Buffer.concat([textField(1, attributeNames[key] ?? key), bytesField(2, encodeValue(key, value))])),
  );
  const subject = Buffer.concat([textField(1, service), textField(3, resource), ...attributes]);
  return Buffer.concat([textField(1, name), bytesField(2, subject)]);
}

/** A google.protobuf.Value: CEL compares numbers and booleans, not their texts. */
function encodeValue(key: string, value: string): Buffer {
  if (key === "aws:MultiFactorAuthPresent") return Buffer.from([0x20, value === "true" ? 1 : 0]);
  if (key !== "aws:MultiFactorAuthAge") return textField(3, value);
  const number = Buffer.alloc(9, 0x11);
  number.writeDoubleLE(Number(value), 1);
  return number;
}
