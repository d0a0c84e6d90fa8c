/**
 * Pools: all documents of one type that bind together, as one flat set of statements (STM-2), cut by service so that a
 * request only meets statements that may name its action. Principals with the same documents share a pool.
 */
import { BUCKET_SIZE, CANDIDATE_SIZE, POOL_SIZE } from "../../assembly/layout.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import { ANY_SERVICE } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import type { Candidate, DocumentWriter } from "./documents.js";

/** Writes pools; equal lists of documents give the same pool. */
export interface PoolWriter {
  readonly poolCount: number;
  /** Offset of the pool; 0 for no documents unless `always` wants an empty pool, which allows nothing. */
  write(policies: readonly NamedPolicy[], hasPrincipals: boolean, always?: boolean): number;
}

/** A writer with an empty memory of pools. */
export function poolWriter(writer: ByteWriter, documents: DocumentWriter): PoolWriter {
  const pools = new Map<string, number>();
  return {
    get poolCount() {
      return pools.size;
    },
    write: (policies, hasPrincipals, always = false) => {
      const distinct = [...new Set(policies)];
      if (distinct.length === 0 && !always) return 0;
      const written = distinct.map((policy) => documents.write(policy));
      const cacheKey = `${hasPrincipals} ${written.map(({ at }) => at).join(" ")}`;
      const known = pools.get(cacheKey);
      if (known !== undefined) return known;
      const at = writePool(
        writer,
        written.map((document) => document.at),
        written.map((document) => document.candidates),
        hasPrincipals,
      );
      pools.set(cacheKey, at);
      return at;
    },
  };
}

function writePool(
  writer: ByteWriter,
  documents: readonly number[],
  lists: readonly (readonly Candidate[])[],
  hasPrincipals: boolean,
): number {
  const counts = new Map<number, number>();
  for (const list of lists) for (const { service } of list) counts.set(service, (counts.get(service) ?? 0) + 1);
  const anyCount = counts.get(ANY_SERVICE) ?? 0;
  counts.delete(ANY_SERVICE);
  const documentsAt = writer.appendWords(documents);
  let size = 0;
  if (counts.size > 0) for (size = 2; size * 4 < counts.size * 5; ) size *= 2;
  const mask = Math.max(size - 1, 0);
  const bucketsAt = size === 0 ? 0 : writer.reserve(size * BUCKET_SIZE, 8);
  // Where the next candidate of each service goes.
  const next = new Map<number, number>();
  for (const [service, count] of counts) {
    const candidatesAt = writer.reserve(count * CANDIDATE_SIZE, 8);
    let place = service & mask;
    while (writer.word(bucketsAt + place * BUCKET_SIZE) !== 0) place = (place + 1) & mask;
    const bucket = bucketsAt + place * BUCKET_SIZE;
    writer.setWord(bucket, service);
    writer.setWord(bucket + 4, count);
    writer.setWord(bucket + 8, candidatesAt);
    next.set(service, candidatesAt);
  }
  const anyAt = anyCount === 0 ? 0 : writer.reserve(anyCount * CANDIDATE_SIZE, 8);
  next.set(ANY_SERVICE, anyAt);
  for (const list of lists) {
    for (const { service, statement, mask: filter } of list) {
      const at = next.get(service) ?? 0;
      writer.setWord(at, statement);
      writer.setWord(at + 4, filter);
      next.set(service, at + CANDIDATE_SIZE);
    }
  }
  const at = writer.reserve(POOL_SIZE, 8);
  const fields = [documents.length, documentsAt, mask, bucketsAt, anyCount, anyAt, hasPrincipals ? 1 : 0];
  writer.setWords(at, fields);
  return at;
}
