// Writing the answer to one request: a Decision with as much detail as was asked for.

import {
  Detail,
  ErrorCode,
  LAYER_COUNT,
  Layer,
  Outcome,
  RequesterKind,
  TEXT_BYTES_AT,
  Text,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { BACKTICK } from "../format/words";
import { Binding, verdictOf, Writer } from "../format/work-views";
import { DecisionField } from "../wire/fields";
import { lengthTag } from "../wire/reader";
import {
  writeByte,
  writeBytes,
  writeBytesField,
  writeNumberField,
  writeOptionalBool,
  writeTextField,
  writeVarint,
} from "../wire/writer";
import { writeDenial } from "./denial";
import { writeCrossAccount, writeExplanation } from "./explain";
import { textOf, writeMatched } from "./matched";
import { writeMissing } from "./missing";

const LONGEST_SHOWN: u32 = 64;

/** Writes the Decision of a request that was decided. */
export function writeDecision(scratch: Scratch): void {
  const image: usize = scratch.image;
  const w = scratch.writer;
  const work = scratch.work;
  const r = scratch.requester;
  writeNumberField(w, DecisionField.Outcome, work.outcome);
  if (work.detail == Detail.Outcome) return;
  // In the order of policy types, which is the order that OUT-2 wants.
  for (let layer: u32 = 0; layer < <u32>LAYER_COUNT; layer++) {
    if ((work.blocked & (1 << layer)) != 0)
      writeTextField(w, DecisionField.BlockedBy, image, textOf(image, Text.LayerFirst + layer));
  }
  // Nothing matched that decides an implicit denial: statements that allow elsewhere are not its reason (OUT-3).
  if (work.outcome != Outcome.ImplicitDeny) writeMatched(scratch, work.outcome == Outcome.ExplicitDeny);
  writeMissing(scratch);
  writeNumberField(w, DecisionField.UnknownPrincipal, u32(r.known == 0 && isListable(r.kind)));
  // As found, whether or not they made a difference (OUT-5).
  const scps = verdictOf(work, Layer.Scp);
  if (scps != Verdict.Unbound) writeOptionalBool(w, DecisionField.AllowedByOrganizations, scps == Verdict.Allow);
  const boundary = verdictOf(work, Layer.Boundary);
  if (boundary != Verdict.Unbound)
    writeOptionalBool(w, DecisionField.AllowedByPermissionsBoundary, boundary == Verdict.Allow);
  if (work.detail != Detail.Explain) return;
  writeExplanation(scratch);
  writeCrossAccount(scratch);
  if (work.outcome != Outcome.Allowed) writeDenial(scratch);
}

/** Whether requesters of this kind are listed in a directory at all. */
function isListable(kind: u32): bool {
  return kind >= <u32>RequesterKind.User && kind <= <u32>RequesterKind.FederatedUser;
}

/** A text that goes on with the value of the request that was refused, and a backtick. */
function writeRefusedValue(b: Binding, w: Writer, textAt: u32): void {
  const text: usize = usize(b.image) + textAt;
  const shown: u32 = shownLength(b.refusedAt, b.refusedLength);
  writeVarint(w, lengthTag(DecisionField.Error));
  writeVarint(w, load<u32>(text) + shown + 1);
  writeBytes(w, text + TEXT_BYTES_AT, load<u32>(text));
  writeBytes(w, b.refusedAt, shown);
  writeByte(w, BACKTICK);
}

/** As much of a value as a message shows: whole characters, and not its last part if it is long. */
function shownLength(at: usize, length: u32): u32 {
  if (length <= LONGEST_SHOWN) return length;
  let shown: u32 = LONGEST_SHOWN;
  // A character is never cut in two: the message has to be UTF-8 as a whole.
  while (shown > 0 && (load<u8>(at + shown) & 0xc0) == 0x80) shown--;
  return shown;
}

/** Writes the Decision of a request that could not be decided: a text of the image, or one of the host's. */
export function writeErrorDecision(scratch: Scratch, error: u32, at: u32, length: u32): void {
  const b = scratch.binding;
  const w = scratch.writer;
  writeNumberField(w, DecisionField.Outcome, Outcome.Error);
  if (scratch.work.detail == Detail.Outcome) return;
  if (at != 0) writeBytesField(w, DecisionField.Error, at, length);
  else if (error == ErrorCode.SourceAddress) writeRefusedValue(b, w, textOf(b.image, Text.ErrorFirst + error));
  else writeTextField(w, DecisionField.Error, b.image, textOf(b.image, Text.ErrorFirst + error));
}
