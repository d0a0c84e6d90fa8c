// The statements that an answer names (OUT-3): by policy type, then in the order of documents and statements.

import { rcpPool } from "./decide";
import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  CANDIDATE_FLAGS,
  CANDIDATE_SIZE,
  Layer,
  STATEMENT_DENY,
  Text,
  Verdict,
} from "./layout";
import { findBucket } from "./pool";
import { principalClass } from "./principal";
import { applies } from "./statement";
import { AccountView, CandidateView, DocumentView, ImageHeader, PoolView, StatementView } from "./views";
import { Binding, Owner, Question, Requester, verdictOf, Work, Writer } from "./work-views";
import { beginNested, endNested, writeNumberField, writeTextField } from "./writer";

/** The text of an image for answers. */
export function textOf(image: usize, index: u32): u32 {
  return load<u32>(image + changetype<ImageHeader>(image).textsAt + index * 4);
}

/** Writes every applying statement of the wanted effect, in the order of OUT-3. */
export function writeMatched(
  b: Binding,
  overlay: Binding | null,
  w: Writer,
  work: Work,
  q: Question,
  r: Requester,
  owner: Owner,
  field: u32,
  denies: bool,
): void {
  const image: usize = b.image;
  if (bound(work, Layer.Identity)) writePool(b, w, q, r, image, r.identityPoolAt, Layer.Identity, field, denies);
  if (bound(work, Layer.Boundary)) writePool(b, w, q, r, image, r.boundaryPoolAt, Layer.Boundary, field, denies);
  if (bound(work, Layer.Session)) {
    writePool(b, w, q, r, image, r.sessionPoolAt, Layer.Session, field, denies);
    if (overlay != null) {
      const poolAt: u32 = changetype<ImageHeader>(usize(overlay.image)).sessionPoolAt;
      writePool(overlay, w, q, r, image, poolAt, Layer.Session, field, denies);
    }
  }
  if (bound(work, Layer.Resource)) writePool(b, w, q, r, image, owner.poolAt, Layer.Resource, field, denies);
  if (bound(work, Layer.Endpoint)) writePool(b, w, q, r, image, owner.endpointPoolAt, Layer.Endpoint, field, denies);
  if (bound(work, Layer.Scp)) {
    const facts = changetype<AccountView>(image + r.factsAt);
    for (let level: u32 = 0; level < facts.scpCount; level++) {
      writePool(b, w, q, r, image, load<u32>(image + facts.scpsAt + level * 4), Layer.Scp, field, denies);
    }
  }
  if (bound(work, Layer.Rcp)) writePool(b, w, q, r, image, rcpPool(b, r, owner), Layer.Rcp, field, denies);
}

function bound(work: Work, layer: u32): bool {
  return verdictOf(work, layer) != Verdict.Unbound;
}

/** The index of the first candidate from `from` on that applies with the wanted effect; `count` if there is none. */
function nextApplying(
  b: Binding,
  q: Question,
  r: Requester,
  directory: usize,
  pool: PoolView,
  candidatesAt: u32,
  from: u32,
  count: u32,
  mask: u32,
  denies: bool,
): u32 {
  for (let i: u32 = from; i < count; i++) {
    const candidate = changetype<CandidateView>(usize(b.image) + candidatesAt + i * CANDIDATE_SIZE);
    if ((candidate.mask & mask) == 0 && candidate.mask != 0xffffffff) continue;
    if (((candidate.statement & CANDIDATE_DENY) != 0) != denies) continue;
    const statement = changetype<StatementView>(usize(b.image) + (candidate.statement & ~CANDIDATE_FLAGS));
    if (pool.hasPrincipals != 0 && principalClass(b, directory, r, statement) == 0) continue;
    if (applies(b, q, statement, (candidate.statement & CANDIDATE_CHECK_ACTION) != 0)) return i;
  }
  return count;
}

/** Position of a statement's document in the pool, from a cursor on: both candidate lists run in that order. */
function documentPosition(b: Binding, pool: PoolView, from: u32, statement: StatementView): u32 {
  let position: u32 = from;
  while (load<u32>(usize(b.image) + pool.documentsAt + position * 4) != statement.documentAt) position++;
  return position;
}

function statementAt(b: Binding, candidatesAt: u32, index: u32): StatementView {
  const candidate = changetype<CandidateView>(usize(b.image) + candidatesAt + index * CANDIDATE_SIZE);
  return changetype<StatementView>(usize(b.image) + (candidate.statement & ~CANDIDATE_FLAGS));
}

/** Merges the service's candidates and those of every service, both in document order. */
function writePool(
  b: Binding,
  w: Writer,
  q: Question,
  r: Requester,
  directory: usize,
  poolAt: u32,
  layer: u32,
  field: u32,
  denies: bool,
): void {
  if (poolAt == 0) return;
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const bucket = findBucket(b, pool);
  const count: u32 = bucket == null ? 0 : bucket.count;
  const candidatesAt: u32 = bucket == null ? 0 : bucket.candidatesAt;
  let own = nextApplying(b, q, r, directory, pool, candidatesAt, 0, count, b.serviceMask, denies);
  let any = nextApplying(b, q, r, directory, pool, pool.anyAt, 0, pool.anyCount, b.anyMask, denies);
  let ownDocument: u32 = 0;
  let anyDocument: u32 = 0;
  while (own < count || any < pool.anyCount) {
    let order: i32 = own >= count ? 1 : any >= pool.anyCount ? -1 : 0;
    if (order == 0) {
      const a = statementAt(b, candidatesAt, own);
      const c = statementAt(b, pool.anyAt, any);
      ownDocument = documentPosition(b, pool, ownDocument, a);
      anyDocument = documentPosition(b, pool, anyDocument, c);
      if (ownDocument != anyDocument) order = ownDocument < anyDocument ? -1 : 1;
      else if (a.index != c.index) order = a.index < c.index ? -1 : 1;
    }
    const chosen = order <= 0 ? statementAt(b, candidatesAt, own) : statementAt(b, pool.anyAt, any);
    const mark = beginNested(w);
    writeStatement(b, w, chosen, directory, layer);
    endNested(w, field, mark);
    if (w.full != 0) return;
    if (order <= 0) own = nextApplying(b, q, r, directory, pool, candidatesAt, own + 1, count, b.serviceMask, denies);
    if (order >= 0) any = nextApplying(b, q, r, directory, pool, pool.anyAt, any + 1, pool.anyCount, b.anyMask, denies);
  }
}

/** Writes the fields of a MatchedStatement. */
export function writeStatement(b: Binding, w: Writer, statement: StatementView, texts: usize, layer: u32): void {
  const image: usize = b.image;
  const document = changetype<DocumentView>(image + statement.documentAt);
  writeTextField(w, 1, texts, textOf(texts, Text.LayerIdentity + layer));
  writeTextField(w, 2, image, document.nameAt);
  writeNumberField(w, 3, statement.index);
  writeTextField(w, 4, image, statement.sidAt);
  const denies: bool = (statement.flags & STATEMENT_DENY) != 0;
  writeTextField(w, 5, texts, textOf(texts, denies ? Text.EffectDeny : Text.EffectAllow));
  writeTextField(w, 6, image, document.fileAt);
  writeNumberField(w, 7, statement.line);
  writeNumberField(w, 8, statement.column);
}
