// The sentence that AWS prints for a denial (OUT-12): who may not do what, and which type of policy says so.
import { isOrganizations } from "../decide/layers";
import { LAYER_COUNT, Layer, Outcome, TEXT_BYTES_AT, Text } from "../format/layout";
import { Scratch } from "../format/scratch";
import { ImageHeader } from "../format/views";
import { ARN, COLON, SPACE } from "../format/words";
import { Writer } from "../format/work-views";
import { DecisionField } from "../wire/fields";
import { beginNested, endNested, writeByte, writeBytes } from "../wire/writer";
import { textOf } from "./matched";

/** Writes the sentence as a text field; the question's own words stand in it as they came. */
export function writeDenial(scratch: Scratch): void {
  const image: usize = scratch.image;
  const w = scratch.writer;
  const work = scratch.work;
  const q = scratch.question;
  const layer = namedLayer(image, work.blocked);
  const mark = beginNested(w);
  writeBytes(w, q.principalAt, q.principalLength);
  writeText(w, image, Text.DenialNotAuthorized);
  writeBytes(w, q.actionAt, q.actionLength);
  writeText(w, image, Text.DenialOnResource);
  writeBytes(w, q.resourceAt, q.resourceLength);
  if (work.outcome == Outcome.ExplicitDeny) {
    writeText(w, image, Text.DenialExplicit + layer);
    if (isOrganizations(layer)) writePolicy(w, image, work.controlAt);
    // A rule of section 15 is no policy that could be missing: the sentence ends after the resource.
  } else if (layer != Layer.Service) {
    writeText(w, image, Text.DenialNoPolicy + layer);
    writeBytes(w, q.actionAt, q.actionLength);
    writeText(w, image, Text.DenialAction);
  }
  endNested(w, DecisionField.Message, mark);
}

/** The policy of an organization that denied, if it has an ARN. */
function writePolicy(w: Writer, image: usize, nameAt: u32): void {
  if (nameAt == 0) return;
  const at: usize = image + nameAt;
  const length: u32 = load<u32>(at);
  // Without an ARN a policy has a name inside its set only, which means nothing to who reads a denial.
  if (length < 4 || load<u32>(at + TEXT_BYTES_AT) != ARN) return;
  writeByte(w, COLON);
  writeByte(w, SPACE);
  writeBytes(w, at + TEXT_BYTES_AT, length);
}

/** The one type of policy that the sentence names where several deny: the first in the order of the image. */
function namedLayer(image: usize, blocked: u32): u32 {
  const order = changetype<ImageHeader>(image).denialOrder;
  for (let place: u32 = 0; place < <u32>LAYER_COUNT; place++) {
    const layer: u32 = u32(order >> (place * 4)) & 15;
    if ((blocked & (1 << layer)) != 0) return layer;
  }
  return Layer.Identity;
}

function writeText(w: Writer, image: usize, text: u32): void {
  const at: usize = image + textOf(image, text);
  writeBytes(w, at + TEXT_BYTES_AT, load<u32>(at));
}
