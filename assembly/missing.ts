// The context keys that identity and resource policies asked for and the request lacked (OUT-6).
import { actionMatches } from "./action";
import { slotState } from "./context";
import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_SIZE,
  KEY_SLOTS_AT,
  ONE_IN_FIELD,
  Operator,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  POOL_PRINCIPALS,
  RESOURCE_PATTERN_SIZE,
  SECTION_LAST,
  SECTION_SIZE,
  STATEMENT_ASKS,
  TEXT_BYTES_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_LIST,
  VARIABLE_SIZE,
} from "./layout";
import { anySections, ownSections, passesFilter, sectionOf, statementOf } from "./pool";
import { principalClass } from "./principal";
import { isPresent } from "./slots";
import { resourceMatches } from "./statement";
import { resourceCountOf, resourcesOf, testCountOf, testsOf } from "./statement-lists";
import {
  CandidateView,
  ImageHeader,
  KeyView,
  PoolView,
  ResourcePatternView,
  SlotView,
  StatementView,
  TestView,
} from "./views";
import { Binding, Question, Requester, Writer } from "./work-views";
import { writeBytesField } from "./writer";

/** Adds what the statements of a pool asked for; only statements whose action (and principal) test holds count. */
export function collectMissing(b: Binding, q: Question, r: Requester, directory: usize, poolAt: u32): void {
  if (poolAt == 0) return;
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const carries: bool = (pool.flags & POOL_PRINCIPALS) != 0;
  collectFrom(b, q, r, directory, carries, ownSections(b, pool), b.serviceMask);
  collectFrom(b, q, r, directory, carries, anySections(b, pool), b.anyMask);
}

function collectFrom(
  b: Binding,
  q: Question,
  r: Requester,
  directory: usize,
  carries: bool,
  references: usize,
  mask: u32,
): void {
  let next: usize = references;
  let reference: u32 = references == 0 ? SECTION_LAST : 0;
  while ((reference & SECTION_LAST) == 0) {
    reference = load<u32>(next);
    next += 4;
    const section = sectionOf(b, reference);
    const candidates: usize = changetype<usize>(section) + SECTION_SIZE;
    for (let i: u32 = 0; i < section.count; i++) {
      const candidate = changetype<CandidateView>(candidates + i * CANDIDATE_SIZE);
      if (!passesFilter(candidate, mask)) continue;
      const statement = statementOf(b, candidate);
      if ((candidate.statement & CANDIDATE_CHECK_ACTION) != 0 && !actionMatches(b, statement)) continue;
      if (carries && principalClass(b, directory, r, statement) == 0) continue;
      collectStatement(b, q, statement);
    }
  }
}

function collectStatement(b: Binding, q: Question, statement: StatementView): void {
  if ((statement.flags & STATEMENT_ASKS) != 0) {
    const patterns = resourcesOf(statement);
    const resourceCount = resourceCountOf(statement);
    for (let i: u32 = 0; i < resourceCount; i++) {
      askVariables(b, changetype<ResourcePatternView>(patterns + i * RESOURCE_PATTERN_SIZE).patternAt);
    }
  }
  const testCount = testCountOf(statement);
  if (testCount == 0 || !resourceMatches(b, q, statement)) return;
  const tests = testsOf(statement);
  for (let i: u32 = 0; i < testCount; i++) {
    const test = changetype<TestView>(usize(b.image) + load<u32>(tests + i * 4));
    if (test.operator == Operator.Null) continue;
    ask(b, test.slot);
    const texts: bool =
      test.operator <= <u8>Operator.Like || test.operator == Operator.Arn || test.operator == Operator.Bool;
    if (!texts) continue;
    const values: usize = changetype<usize>(test) + offsetof<TestView>();
    for (let j: u32 = 0; j < test.valueCount; j++) askVariables(b, load<u32>(values + j * 4));
  }
}

/** Asks for every variable of a pattern that has no default. */
function askVariables(b: Binding, patternAt: u32): void {
  const pattern: usize = usize(b.image) + patternAt;
  const head: u32 = load<u32>(pattern);
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
    if (load<u32>(at, 5) == 0) ask(b, load<u32>(at, 1) & ~VARIABLE_LIST);
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
  let place: u32 = b.missingCount++;
  const list: usize = b.missingAt;
  while (place > 0 && load<u32>(list + (place - 1) * 4) > slot) {
    store<u32>(list + place * 4, load<u32>(list + (place - 1) * 4));
    place--;
  }
  store<u32>(list + place * 4, slot);
}

/** Writes the missing keys, each name once: in the spelling that sorts first. */
export function writeMissing(b: Binding, w: Writer, field: u32): void {
  const header = changetype<ImageHeader>(usize(b.image));
  for (let i: u32 = 0; i < b.missingCount; i++) {
    const slot: u32 = load<u32>(usize(b.missingAt) + i * 4);
    const record = changetype<SlotView>(usize(b.image) + header.slotsAt + slot * offsetof<SlotView>());
    if (isRepeated(b, slot, changetype<KeyView>(usize(b.image) + record.keyAt))) continue;
    const text: usize = usize(b.image) + record.textAt;
    writeBytesField(w, field, text + TEXT_BYTES_AT, load<u32>(text));
  }
}

function isRepeated(b: Binding, slot: u32, key: KeyView): bool {
  for (let i: u32 = 0; i < key.slotCount; i++) {
    const other: u32 = load<u32>(changetype<usize>(key) + KEY_SLOTS_AT + i * 4);
    if (other < slot && load<u32>(usize(b.askedAt) + other * 4) == b.epoch) return true;
  }
  return false;
}
