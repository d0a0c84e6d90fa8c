// The context keys that policies asked for and the request lacked: of identity and resource policies together (OUT-6), and of each
// policy type that denied or was silent by itself (OUT-13).

import { slotState } from "../context/context";
import { isPresent } from "../context/slots";
import { layerPool, levelCount } from "../decide/layers";
import { anySections, ownSections, passesFilter, sectionOf, statementOf } from "../decide/pool";
import { principalClass } from "../decide/principal";
import { resourceMatches } from "../decide/statement";
import { compareBytes } from "../format/bytes";
import {
  CANDIDATE_CHECK_ACTION,
  LAYER_COUNT,
  Layer,
  ONE_IN_FIELD,
  Operator,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  POOL_PRINCIPALS,
  SECTION_LAST,
  STATEMENT_ASKS,
  TEST_VARIABLES,
  TEXT_BYTES_AT,
  Text,
  VARIABLE_DEFAULT_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_LIST,
  VARIABLE_SIZE,
  VARIABLE_SLOT_AT,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { resourceCountOf, resourcesOf, testCountOf, testsOf } from "../format/statement-lists";
import {
  CandidateView,
  ImageHeader,
  KeyView,
  PatternView,
  PoolView,
  ResourcePatternView,
  SectionView,
  SlotView,
  StatementView,
  TestView,
} from "../format/views";
import { Binding, Question, verdictOf, Work, Writer } from "../format/work-views";
import { actionMatches } from "../question/action";
import { DecisionField, MissingKeysField } from "../wire/fields";
import { beginNested, endNested, writeBytesField, writeTextField } from "../wire/writer";
import { textOf } from "./matched";

/** Adds what the statements of a pool asked for; only statements whose action (and principal) test holds count. */
function collectMissing(scratch: Scratch, b: Binding, poolAt: u32): void {
  if (poolAt == 0) return;
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const carries: bool = (pool.flags & POOL_PRINCIPALS) != 0;
  collectFrom(scratch, b, carries, ownSections(b, pool), b.serviceMask);
  collectFrom(scratch, b, carries, anySections(b, pool), b.anyMask);
}

/** Goes through the sections of a list; `references` 0 is a list that the pool does not have. */
function collectFrom(scratch: Scratch, b: Binding, carries: bool, references: usize, mask: u32): void {
  let next: usize = references;
  let reference: u32 = references == 0 ? SECTION_LAST : 0;
  while ((reference & SECTION_LAST) == 0) {
    reference = load<u32>(next);
    next += 4;
    const section = sectionOf(b, reference);
    const candidates: usize = changetype<usize>(section) + offsetof<SectionView>();
    for (let i: u32 = 0; i < section.count; i++) {
      const candidate = changetype<CandidateView>(candidates + i * offsetof<CandidateView>());
      if (!passesFilter(candidate, mask)) continue;
      const statement = statementOf(b, candidate);
      if ((candidate.statement & CANDIDATE_CHECK_ACTION) != 0 && !actionMatches(b, statement)) continue;
      // A statement that is not about this requester asked it nothing.
      if (carries && principalClass(b, scratch.image, scratch.requester, statement) == 0) continue;
      collectStatement(b, scratch.question, statement);
    }
  }
}

/** Asks for the keys of tests and variables, in the order in which the decision would need them. */
function collectStatement(b: Binding, q: Question, statement: StatementView): void {
  // Resource patterns ask before the resource test: a variable without a value is why it fails.
  if ((statement.flags & STATEMENT_ASKS) != 0) {
    const patterns = resourcesOf(statement);
    const resourceCount = resourceCountOf(statement);
    for (let i: u32 = 0; i < resourceCount; i++) {
      askVariables(b, changetype<ResourcePatternView>(patterns + i * offsetof<ResourcePatternView>()).patternAt);
    }
  }
  const testCount = testCountOf(statement);
  // Conditions count only where everything before them holds: of other statements more context would change
  // nothing.
  if (testCount == 0 || !resourceMatches(b, q, statement)) return;
  const tests = testsOf(statement);
  for (let i: u32 = 0; i < testCount; i++) {
    const test = changetype<TestView>(usize(b.image) + load<u32>(tests + i * 4));
    if (test.operator == Operator.Null) continue;
    ask(b, test.slot);
    if ((test.flags & TEST_VARIABLES) == 0) continue;
    const values: usize = changetype<usize>(test) + offsetof<TestView>();
    for (let j: u32 = 0; j < test.valueCount; j++) askVariables(b, load<u32>(values + j * 4));
  }
}

/** Asks for every variable of a pattern that has no default. */
function askVariables(b: Binding, patternAt: u32): void {
  const pattern: usize = usize(b.image) + patternAt;
  const head: u32 = changetype<PatternView>(pattern).head;
  const kind: u32 = head & ((1 << PATTERN_KIND_BITS) - 1);
  if (kind != PatternKind.Template && kind != PatternKind.States && kind != PatternKind.Never) return;
  let at: usize = pattern + PATTERN_BYTES_AT;
  const end: usize = at + (head >> PATTERN_KIND_BITS);
  while (at < end) {
    const token: i32 = load<u8>(at);
    if (token < VARIABLE_IN_FIELD || token >= ONE_IN_FIELD) {
      at++;
      continue;
    }
    if (load<u32>(at, VARIABLE_DEFAULT_AT) == 0) ask(b, load<u32>(at, VARIABLE_SLOT_AT) & ~VARIABLE_LIST);
    at += VARIABLE_SIZE;
  }
}

/** Notes a slot once if the request lacks it. */
function ask(b: Binding, slot: u32): void {
  if (isPresent(b, slotState(b, slot))) return;
  const asked: usize = usize(b.askedAt) + slot * 4;
  if (load<u32>(asked) == b.epoch) return;
  store<u32>(asked, b.epoch);
  // Slots are numbered in the order of their spellings; keep the list in it.
  // Insertion: a list has a handful of keys, and most come in their order.
  let place: u32 = b.missingCount++;
  const list: usize = b.missingAt;
  while (place > 0 && load<u32>(list + (place - 1) * 4) > slot) {
    store<u32>(list + place * 4, load<u32>(list + (place - 1) * 4));
    place--;
  }
  store<u32>(list + place * 4, slot);
}

/**
 * Writes the keys that identity and resource policies asked for (OUT-6), and for each policy type that denied or was silent those that
 * its statements asked for (OUT-13), types without any left out. Session policies that came with the request are statements of the
 * session type.
 */
export function writeMissing(scratch: Scratch): void {
  const b = scratch.binding;
  const overlay = scratch.overlay;
  const w = scratch.writer;
  const work = scratch.work;
  b.missingCount = 0;
  if (overlay != null) overlay.missingCount = 0;
  if (verdictOf(work, Layer.Identity) != Verdict.Unbound) collectMissing(scratch, b, scratch.requester.identityPoolAt);
  // As far as it is collected, the list is that of the first type: most answers need no other.
  if (stopped(work, Layer.Identity)) writeType(b, null, w, Layer.Identity);
  collectMissing(scratch, b, scratch.owner.poolAt);
  writeMerged(b, null, w, DecisionField.MissingContextKeys);
  forgetMissing(b);
  for (let layer: u32 = Layer.Identity + 1; layer < <u32>LAYER_COUNT; layer++) {
    if (!stopped(work, layer)) continue;
    const levels = levelCount(scratch, layer);
    for (let level: u32 = 0; level < levels; level++) {
      collectMissing(scratch, b, layerPool(scratch, layer, level));
    }
    const own: Binding | null = layer == Layer.Session ? overlay : null;
    if (own != null) collectMissing(scratch, own, changetype<ImageHeader>(usize(own.image)).sessionPoolAt);
    writeType(b, own, w, layer);
    forgetMissing(b);
    if (own != null) forgetMissing(own);
  }
}

/** Whether policies of this type kept the request from being allowed. */
function stopped(work: Work, layer: u32): bool {
  const verdict = verdictOf(work, layer);
  return verdict == Verdict.Deny || verdict == Verdict.Silent;
}

/** Writes the keys that were collected for a policy type, if there are any. */
function writeType(b: Binding, own: Binding | null, w: Writer, layer: u32): void {
  if (b.missingCount == 0 && (own == null || own.missingCount == 0)) return;
  const mark = beginNested(w);
  writeTextField(w, MissingKeysField.PolicyType, b.image, textOf(b.image, Text.LayerFirst + layer));
  writeMerged(b, own, w, MissingKeysField.Keys);
  endNested(w, DecisionField.MissingContextKeysByType, mark);
}

/** Lets no key count as asked for, so that the next list begins empty. */
function forgetMissing(b: Binding): void {
  for (let i: u32 = 0; i < b.missingCount; i++) {
    // The stamp is the epoch of the request, which several lists share: taken back one by one, since clearing all
    // slots would cost more.
    store<u32>(usize(b.askedAt) + load<u32>(usize(b.missingAt) + i * 4) * 4, 0);
  }
  b.missingCount = 0;
}

/** Merges the sorted lists of two bindings; a name in both is written in the spelling that sorts first. */
function writeMerged(b: Binding, other: Binding | null, w: Writer, field: u32): void {
  // Two sorted lists; of equal names one side yields, so that each is written once.
  let i = nextMissing(b, other, 0, false);
  let j: u32 = other == null ? 0 : nextMissing(other, b, 0, true);
  const count: u32 = other == null ? 0 : other.missingCount;
  while (i < b.missingCount || j < count) {
    let first: bool = j >= count;
    if (!first && i < b.missingCount && other != null) {
      first = compareTexts(spellingAt(b, i), spellingAt(other, j)) <= 0;
    }
    const text: usize = first || other == null ? spellingAt(b, i) : spellingAt(other, j);
    writeBytesField(w, field, text + TEXT_BYTES_AT, load<u32>(text));
    if (first || other == null) i = nextMissing(b, other, i + 1, false);
    else j = nextMissing(other, b, j + 1, true);
  }
}

/** The next position whose name has not been written and is not written in a better spelling by the other list. */
function nextMissing(b: Binding, other: Binding | null, from: u32, yields: bool): u32 {
  let i: u32 = from;
  for (; i < b.missingCount; i++) {
    const slot: u32 = load<u32>(usize(b.missingAt) + i * 4);
    const key = keyOf(b, slot);
    if (isRepeated(b, slot, key)) continue;
    if (other == null || !isBetter(other, usize(b.image) + key.textAt, spellingAt(b, i), yields)) break;
  }
  return i;
}

/** Whether a list has the key of this folded name in a spelling that sorts before the given one; `yields`: or in the same one. */
function isBetter(b: Binding, name: usize, spelling: usize, yields: bool): bool {
  for (let i: u32 = 0; i < b.missingCount; i++) {
    const key = keyOf(b, load<u32>(usize(b.missingAt) + i * 4));
    if (compareTexts(usize(b.image) + key.textAt, name) != 0) continue;
    const order = compareTexts(spellingAt(b, i), spelling);
    if (order < 0 || (order == 0 && yields)) return true;
  }
  return false;
}

function slotOf(b: Binding, slot: u32): SlotView {
  const slotsAt: u32 = changetype<ImageHeader>(usize(b.image)).slotsAt;
  return changetype<SlotView>(usize(b.image) + slotsAt + slot * offsetof<SlotView>());
}

function keyOf(b: Binding, slot: u32): KeyView {
  return changetype<KeyView>(usize(b.image) + slotOf(b, slot).keyAt);
}

/** Address of the text of a missing slot, as written in policies. */
function spellingAt(b: Binding, i: u32): usize {
  return usize(b.image) + slotOf(b, load<u32>(usize(b.missingAt) + i * 4)).textAt;
}

/** Compares two texts of images. */
function compareTexts(a: usize, other: usize): i32 {
  return compareBytes(a + TEXT_BYTES_AT, load<u32>(a), other + TEXT_BYTES_AT, load<u32>(other));
}

function isRepeated(b: Binding, slot: u32, key: KeyView): bool {
  for (let i: u32 = 0; i < key.slotCount; i++) {
    const other: u32 = load<u32>(changetype<usize>(key) + offsetof<KeyView>() + i * 4);
    if (other < slot && load<u32>(usize(b.askedAt) + other * 4) == b.epoch) return true;
  }
  return false;
}
