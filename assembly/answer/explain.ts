// With EXPLAIN: what every policy type said and, statement by statement, the first element that failed (OUT-7).
import { slotState } from "../context/context";
import { isPresent, nextValue } from "../context/slots";
import { testHolds } from "../decide/condition";
import { layerPool, levelCount } from "../decide/layers";
import { principalClass } from "../decide/principal";
import { resourceMatches } from "../decide/statement";
import {
  LAYER_COUNT,
  Layer,
  MOST_WANTED,
  ONE_IN_FIELD,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  STAR_IN_FIELD,
  STATEMENT_NOT_PRINCIPAL,
  STATEMENT_PRINCIPAL,
  TEST_VARIABLES,
  Text,
  VARIABLE,
  VARIABLE_IN_FIELD,
  VARIABLE_SIZE,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { testCountOf, testsOf } from "../format/statement-lists";
import { DetailView, DocumentView, ImageHeader, PoolView, SlotView, StatementView, TestView } from "../format/views";
import { ASTERISK, QUESTION_MARK } from "../format/words";
import { Binding, verdictOf, Writer } from "../format/work-views";
import { resolveVariable } from "../pattern/glob";
import { actionMatches } from "../question/action";
import { CrossAccountField, DecisionField, ExplanationField, LayerField, WantedField } from "../wire/fields";
import {
  beginNested,
  endNested,
  writeByte,
  writeBytes,
  writeBytesField,
  writeNumberField,
  writeTextField,
} from "../wire/writer";
import { textOf, writeStatement } from "./matched";

/** Writes the verdict of every layer that binds, then all its statements. */
export function writeExplanation(scratch: Scratch): void {
  const image: usize = scratch.image;
  const w = scratch.writer;
  const work = scratch.work;
  for (let layer: u32 = 0; layer < <u32>LAYER_COUNT; layer++) {
    // A type that does not bind is left out: its silence says nothing (EVAL-3).
    const verdict = verdictOf(work, layer);
    if (verdict == Verdict.Unbound) continue;
    const mark = beginNested(w);
    writeTextField(w, LayerField.PolicyType, image, textOf(image, Text.LayerFirst + layer));
    writeTextField(w, LayerField.Verdict, image, textOf(image, Text.VerdictSilent + verdict - Verdict.Silent));
    endNested(w, DecisionField.Layers, mark);
  }
  for (let layer: u32 = 0; layer < <u32>LAYER_COUNT; layer++) {
    if (verdictOf(work, layer) != Verdict.Unbound) explainLayer(scratch, layer);
  }
}

/** Where requester and owner are of different accounts: which they are, and who says whose the resource is (XACC-1). */
export function writeCrossAccount(scratch: Scratch): void {
  const w = scratch.writer;
  const r = scratch.requester;
  const owner = scratch.owner;
  if (owner.same != 0 || r.accountLength == 0) return;
  const image: usize = scratch.image;
  const mark = beginNested(w);
  writeBytesField(w, CrossAccountField.PrincipalAccount, r.accountAt, r.accountLength);
  writeBytesField(w, CrossAccountField.ResourceAccount, owner.accountAt, owner.accountLength);
  if (owner.source != 0) writeTextField(w, CrossAccountField.ResourceAccountFrom, image, textOf(image, owner.source));
  writeTextField(w, CrossAccountField.NamedBy, image, owner.sourceTextAt);
  endNested(w, DecisionField.CrossAccount, mark);
}

function explainLayer(scratch: Scratch, layer: u32): void {
  const levels = levelCount(scratch, layer);
  for (let level: u32 = 0; level < levels; level++) {
    explainPool(scratch, scratch.binding, layerPool(scratch, layer, level), layer, level);
  }
  const overlay = scratch.overlay;
  if (layer != Layer.Session || overlay == null) return;
  explainPool(scratch, overlay, changetype<ImageHeader>(usize(overlay.image)).sessionPoolAt, layer, 0);
}

function explainPool(scratch: Scratch, b: Binding, poolAt: u32, layer: u32, level: u32): void {
  if (poolAt == 0) return;
  const w = scratch.writer;
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  for (let i: u32 = 0; i < pool.documentCount && w.full == 0; i++) {
    const documentAt: u32 = load<u32>(usize(b.image) + pool.documentsAt + i * 4);
    const document = changetype<DocumentView>(usize(b.image) + documentAt);
    const details: usize = changetype<usize>(document) + offsetof<DocumentView>();
    for (let j: u32 = 0; j < document.statementCount && w.full == 0; j++) {
      const detail = changetype<DetailView>(details + j * offsetof<DetailView>());
      const statement = changetype<StatementView>(usize(b.image) + detail.statementAt);
      // Every statement is shown, also those of other services: why one did not apply is what the caller asks.
      const mark = beginNested(w);
      const inner = beginNested(w);
      writeStatement(scratch, b, detail, layer, level);
      endNested(w, ExplanationField.Statement, inner);
      explainStatement(scratch, b, statement);
      endNested(w, DecisionField.Statements, mark);
    }
  }
}

/** The first element that failed, in the order of the grammar; `applies` if none did. */
function explainStatement(scratch: Scratch, b: Binding, statement: StatementView): void {
  const w = scratch.writer;
  const directory: usize = scratch.image;
  const carries: bool = (statement.flags & (STATEMENT_PRINCIPAL | STATEMENT_NOT_PRINCIPAL)) != 0;
  if (carries && principalClass(b, directory, scratch.requester, statement) == 0) {
    writeTextField(w, ExplanationField.FailedElement, directory, textOf(directory, Text.ElementPrincipal));
    return;
  }
  if (!actionMatches(b, statement)) {
    writeTextField(w, ExplanationField.FailedElement, directory, textOf(directory, Text.ElementAction));
    return;
  }
  if (!resourceMatches(b, scratch.question, statement)) {
    writeTextField(w, ExplanationField.FailedElement, directory, textOf(directory, Text.ElementResource));
    return;
  }
  const tests = testsOf(statement);
  const count = testCountOf(statement);
  for (let i: u32 = 0; i < count; i++) {
    // Only the first failing test is shown, in the order of the policy: the ones behind it were never needed.
    const testAt: u32 = load<u32>(tests + i * 4);
    if (testHolds(b, testAt)) continue;
    writeTextField(w, ExplanationField.FailedElement, directory, textOf(directory, Text.ElementCondition));
    explainTest(b, w, changetype<TestView>(usize(b.image) + testAt));
    return;
  }
  writeNumberField(w, ExplanationField.Applies, 1);
}

/** Operator and key as written, and what the request had for the key. */
function explainTest(b: Binding, w: Writer, test: TestView): void {
  const image: usize = b.image;
  writeTextField(w, ExplanationField.Operator, image, test.operatorTextAt);
  const slotsAt: u32 = changetype<ImageHeader>(image).slotsAt;
  writeTextField(
    w,
    ExplanationField.Key,
    image,
    changetype<SlotView>(image + slotsAt + test.slot * offsetof<SlotView>()).textAt,
  );
  writeWanted(b, w, test);
  const state = slotState(b, test.slot);
  if (!isPresent(b, state)) {
    writeNumberField(w, ExplanationField.KeyMissing, 1);
    return;
  }
  if (state.entryAt == 0) {
    writeBytesField(w, ExplanationField.RequestValues, state.firstAt, state.firstLength);
    return;
  }
  let value: u64 = nextValue(state.entryAt, state.entryEnd, 0);
  while (value != 0) {
    writeBytesField(w, ExplanationField.RequestValues, usize(value >> 32), u32(value));
    value = nextValue(state.entryAt, state.entryEnd, usize(value >> 32) + u32(value));
  }
}

/** What the test wanted: its values as written and, where that can be said, with their variables filled in. */
function writeWanted(b: Binding, w: Writer, test: TestView): void {
  const image: usize = b.image;
  const list: usize = image + test.writtenAt;
  const count: u32 = load<u32>(list);
  const shown: u32 = min(count, <u32>MOST_WANTED);
  // Where every value is a program, both lists run alike.
  const hasPrograms: bool = (test.flags & TEST_VARIABLES) != 0 && test.valueCount == count;
  const programs: usize = changetype<usize>(test) + offsetof<TestView>();
  for (let i: u32 = 0; i < shown; i++) {
    const mark = beginNested(w);
    writeTextField(w, WantedField.Written, image, load<u32>(list + 4 + i * 4));
    if (hasPrograms) writeFilled(b, w, image + load<u32>(programs + i * 4));
    endNested(w, ExplanationField.WantedValues, mark);
  }
  writeNumberField(w, ExplanationField.MoreWantedValues, count - shown);
}

/** A value with its variables filled in, if it has some and all have values for this request. */
function writeFilled(b: Binding, w: Writer, pattern: usize): void {
  const head: u32 = load<u32>(pattern);
  const kind: u32 = head & ((1 << PATTERN_KIND_BITS) - 1);
  if (kind != PatternKind.Template && kind != PatternKind.States) return;
  const program: usize = pattern + PATTERN_BYTES_AT;
  const end: usize = program + (head >> PATTERN_KIND_BITS);
  let hasVariables: bool = false;
  for (let at: usize = program; at < end; at += tokenSize(at)) {
    if (!isVariable(at)) continue;
    if (resolveVariable(b, at) == 0) return;
    hasVariables = true;
  }
  if (!hasVariables) return;
  const mark = beginNested(w);
  for (let at: usize = program; at < end; at += tokenSize(at)) {
    const token: i32 = load<u8>(at);
    if (isVariable(at)) {
      const value = resolveVariable(b, at);
      writeBytes(w, usize(value >> 32), u32(value));
    } else if (token >= STAR_IN_FIELD) writeByte(w, ASTERISK);
    else writeByte(w, token >= ONE_IN_FIELD ? QUESTION_MARK : token);
  }
  endNested(w, WantedField.Filled, mark);
}

function isVariable(at: usize): bool {
  const token: u32 = load<u8>(at);
  return token == VARIABLE || token == VARIABLE_IN_FIELD;
}

function tokenSize(at: usize): u32 {
  return isVariable(at) ? VARIABLE_SIZE : 1;
}
