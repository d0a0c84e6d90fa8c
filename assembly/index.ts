// What the host may call. Numbers only: addresses in the shared memory, lengths, status codes.
import "./format/prove-records";
import { decideCall, scanRange } from "./call/batch";
import { scratchLength as lengthOfScratch } from "./format/scratch";
import { Control } from "./format/views";
import { planBatch } from "./question/plan";

/** Decides what the control block asks for; gives a Status. */
export function decide(controlAt: u32): u32 {
  return decideCall(changetype<Control>(usize(controlAt)));
}

/** Finds the items of the batch message in the control block; gives a Status. */
export function plan(controlAt: u32): u32 {
  return planBatch(changetype<Control>(usize(controlAt)));
}

/** Bytes of scratch that requests against an image need. */
export function scratchLength(imageAt: u32): u32 {
  return lengthOfScratch(usize(imageAt));
}

/** Decodes and hashes items without deciding them, for benchmarks; gives a checksum. */
export function scan(controlAt: u32): u32 {
  return scanRange(changetype<Control>(usize(controlAt)));
}
