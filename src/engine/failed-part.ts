/** The answer to the items of a part that no worker survived: ERROR for each, never an allow. */
import { Detail, Outcome } from "../../assembly/format/layout.js";

const REASON = Buffer.from("engine: the worker died, try again");

/** A BatchAuthorizeResponse that says ERROR `count` times. */
export function failedPart(count: number, detail: number): Uint8Array {
  if (detail === Detail.Outcome) {
    return Buffer.concat([Buffer.from([0x12, ...varint(count)]), Buffer.alloc(count, Outcome.Error)]);
  }
  const decision = Buffer.concat([Buffer.from([0x08, Outcome.Error, 0x32, REASON.length]), REASON]);
  const field = Buffer.concat([Buffer.from([0x1a, ...varint(decision.length)]), decision]);
  return Buffer.concat(Array.from({ length: count }, () => field));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value);
  return bytes;
}
