// The statements that an answer names (OUT-3): by policy type, then in the order of documents and statements.

import { nextValue } from "../context/slots";
import { isOrganizations, layerPool, levelCount } from "../decide/layers";
import { anySections, ownSections, passesFilter, sectionOf, statementOf } from "../decide/pool";
import { principalClass } from "../decide/principal";
import { applies } from "../decide/statement";
import { findByte } from "../format/bytes";
import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  Detail,
  LAYER_COUNT,
  Layer,
  POOL_PRINCIPALS,
  SECTION_LAST,
  STATEMENT_DENY,
  TEXT_BYTES_AT,
  Text,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import {
  AccountView,
  CandidateView,
  DetailView,
  DocumentView,
  ImageHeader,
  PoolView,
  SectionView,
  StatementView,
} from "../format/views";
import { SLASH } from "../format/words";
import { Binding, verdictOf } from "../format/work-views";
import { DecisionField, StatementField } from "../wire/fields";
import { beginNested, endNested, writeBytesField, writeNumberField, writeTextField } from "../wire/writer";

/** The text of an image for answers. */
export function textOf(image: usize, index: u32): u32 {
  return load<u32>(image + changetype<ImageHeader>(image).textsAt + index * 4);
}

/** Writes every applying statement of the wanted effect, in the order of OUT-3. */
export function writeMatched(scratch: Scratch, denies: bool): void {
  const work = scratch.work;
  const overlay = scratch.overlay;
  work.controlAt = 0;
  for (let layer: u32 = 0; layer < <u32>LAYER_COUNT; layer++) {
    if (verdictOf(work, layer) == Verdict.Unbound) continue;
    const levels = levelCount(scratch, layer);
    for (let level: u32 = 0; level < levels; level++) {
      const nameAt = writePool(scratch, scratch.binding, layerPool(scratch, layer, level), layer, level, denies);
      if (isOrganizations(layer) && work.controlAt == 0) work.controlAt = nameAt;
    }
    if (layer != Layer.Session || overlay == null) continue;
    writePool(scratch, overlay, changetype<ImageHeader>(usize(overlay.image)).sessionPoolAt, layer, 0, denies);
  }
}

/**
 * The next candidate that applies with the wanted effect, from a cursor on; 0 if there is none. A cursor is the address of a
 * reference to a section in the high half and that of a candidate in it, or 0 for its first, in the low half.
 */
function nextApplying(scratch: Scratch, b: Binding, carries: bool, cursor: u64, mask: u32, denies: bool): u64 {
  let next: usize = usize(cursor >> 32);
  let at: usize = usize(u32(cursor));
  while (next != 0) {
    const reference: u32 = load<u32>(next);
    const section = sectionOf(b, reference);
    const first: usize = changetype<usize>(section) + offsetof<SectionView>();
    const end: usize = first + section.count * offsetof<CandidateView>();
    for (at = at == 0 ? first : at; at < end; at += offsetof<CandidateView>()) {
      const candidate = changetype<CandidateView>(at);
      if (!passesFilter(candidate, mask)) continue;
      if (((candidate.statement & CANDIDATE_DENY) != 0) != denies) continue;
      const statement = statementOf(b, candidate);
      if (carries && principalClass(b, scratch.image, scratch.requester, statement) == 0) continue;
      if (applies(b, scratch.question, statement, (candidate.statement & CANDIDATE_CHECK_ACTION) != 0)) {
        return (u64(next) << 32) | u64(at);
      }
    }
    next = (reference & SECTION_LAST) != 0 ? 0 : next + 4;
    at = 0;
  }
  return 0;
}

/** The cursor at the first candidate of a list of sections. */
function cursorAt(references: usize): u64 {
  return u64(references) << 32;
}

/** The detail of the statement that a cursor is at. */
function detailAt(b: Binding, cursor: u64): DetailView {
  const statement = statementOf(b, changetype<CandidateView>(usize(u32(cursor))));
  return changetype<DetailView>(usize(b.image) + statement.detailAt);
}

/** Offset of the document of a detail. */
function documentOf(b: Binding, detail: DetailView): u32 {
  return u32(changetype<usize>(detail) - b.image) - detail.index * offsetof<DetailView>() - offsetof<DocumentView>();
}

/** Position of a statement's document in the pool, from a position on: both lists run in the order of documents. */
function documentPosition(b: Binding, pool: PoolView, from: u32, detail: DetailView): u32 {
  const documentAt = documentOf(b, detail);
  let position: u32 = from;
  // INVARIANT: the document is in the pool and not before `from`, so that the walk ends; over a whole answer it
  // passes each document once.
  while (load<u32>(usize(b.image) + pool.documentsAt + position * 4) != documentAt) position++;
  return position;
}

/**
 * Merges the service's candidates and those of every service, both in document order; gives the name of the first one's policy, 0
 * if there is none.
 */
function writePool(scratch: Scratch, b: Binding, poolAt: u32, layer: u32, level: u32, denies: bool): u32 {
  if (poolAt == 0) return 0;
  const w = scratch.writer;
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const carries: bool = (pool.flags & POOL_PRINCIPALS) != 0;
  // Both lists run in the order of documents, and a document may stand in both: merging them restores the order of
  // the pool (OUT-3).
  let own = nextApplying(scratch, b, carries, cursorAt(ownSections(b, pool)), b.serviceMask, denies);
  let any = nextApplying(scratch, b, carries, cursorAt(anySections(b, pool)), b.anyMask, denies);
  let ownDocument: u32 = 0;
  let anyDocument: u32 = 0;
  let nameAt: u32 = 0;
  while (own != 0 || any != 0) {
    let order: i32 = own == 0 ? 1 : any == 0 ? -1 : 0;
    if (order == 0) {
      const a = detailAt(b, own);
      const c = detailAt(b, any);
      ownDocument = documentPosition(b, pool, ownDocument, a);
      anyDocument = documentPosition(b, pool, anyDocument, c);
      if (ownDocument != anyDocument) order = ownDocument < anyDocument ? -1 : 1;
      else if (a.index != c.index) order = a.index < c.index ? -1 : 1;
    }
    const detail = detailAt(b, order <= 0 ? own : any);
    if (nameAt == 0) nameAt = changetype<DocumentView>(usize(b.image) + documentOf(b, detail)).nameAt;
    const mark = beginNested(w);
    writeStatement(scratch, b, detail, layer, level);
    endNested(w, DecisionField.MatchedStatements, mark);
    // Whatever follows would not fit either; the caller starts over in an empty buffer or gives the outcome alone.
    if (w.full != 0) return nameAt;
    if (order <= 0) own = nextApplying(scratch, b, carries, own + offsetof<CandidateView>(), b.serviceMask, denies);
    if (order >= 0) any = nextApplying(scratch, b, carries, any + offsetof<CandidateView>(), b.anyMask, denies);
  }
  return nameAt;
}

/** Writes the fields of a MatchedStatement of a policy type and, where it has several, of a level. */
export function writeStatement(scratch: Scratch, b: Binding, detail: DetailView, layer: u32, level: u32): void {
  const w = scratch.writer;
  const texts: usize = scratch.image;
  const image: usize = b.image;
  const document = changetype<DocumentView>(image + documentOf(b, detail));
  const statement = changetype<StatementView>(image + detail.statementAt);
  writeTextField(w, StatementField.PolicyType, texts, textOf(texts, Text.LayerFirst + layer));
  writeTextField(w, StatementField.Policy, image, document.nameAt);
  writeNumberField(w, StatementField.Statement, detail.index);
  writeTextField(w, StatementField.Sid, image, detail.sidAt);
  const denies: bool = (statement.flags & STATEMENT_DENY) != 0;
  writeTextField(w, StatementField.Effect, texts, textOf(texts, denies ? Text.EffectDeny : Text.EffectAllow));
  writeTextField(w, StatementField.File, image, document.fileAt);
  writeNumberField(w, StatementField.Line, detail.line);
  writeNumberField(w, StatementField.Column, detail.column);
  if (layer == Layer.Scp && scratch.work.detail == Detail.Explain) writeAttachedTo(scratch, level);
}

/**
 * The id of what a level of SCPs is attached to: the nodes of the account's path from the root down, then the account (SCP-2). Left out
 * where path and levels are of different lengths, as in simulation cases.
 */
function writeAttachedTo(scratch: Scratch, level: u32): void {
  const image: usize = scratch.image;
  const facts = changetype<AccountView>(image + scratch.requester.factsAt);
  if (facts.pathsCount != 1) return;
  const paths: usize = image + facts.pathsAt + TEXT_BYTES_AT;
  const path: u64 = nextValue(paths, paths + load<u32>(image + facts.pathsAt), 0);
  const end: usize = usize(path >> 32) + u32(path);
  let nodeAt: usize = 0;
  let nodeLength: u32 = 0;
  let count: u32 = 0;
  // The organization's own id comes first and every id ends with a slash: there are as many slashes as levels.
  for (let at: usize = usize(path >> 32); at < end; count++) {
    const slash = findByte(at, end, SLASH);
    if (count == level + 1) {
      nodeAt = at;
      nodeLength = u32(slash - at);
    }
    at = slash + 1;
  }
  if (count != facts.scpCount) return;
  if (nodeAt == 0) writeTextField(scratch.writer, StatementField.AttachedTo, image, facts.idAt);
  else writeBytesField(scratch.writer, StatementField.AttachedTo, nodeAt, nodeLength);
}
