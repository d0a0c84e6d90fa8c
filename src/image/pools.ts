/**
 * Pools: all documents of one type that bind together, as one flat set of statements (STM-2), cut by service so that a
 * request only meets sections that may name its action. Principals with the same documents share a pool.
 */
import { POOL_PRINCIPALS, POOL_WIDE, SECTION_LAST } from "../../assembly/format/layout.js";
import { BucketFields, PoolFields, WideBucketFields } from "../../assembly/format/records.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import { ANY_SERVICE } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import type { DocumentWriter, WrittenDocument } from "./documents.js";
import { recordType } from "./record.js";

const BUCKET = recordType(BucketFields);
const POOL = recordType(PoolFields);
const WIDE_BUCKET = recordType(WideBucketFields);

/** Writes pools; equal lists of documents give the same pool. */
export interface PoolWriter {
  readonly poolCount: number;
  /** Offset of the pool; 0 for no documents unless `always` wants an empty pool, which allows nothing. */
  write(policies: readonly NamedPolicy[], hasPrincipals: boolean, always?: boolean): number;
}

/** A writer with an empty memory of pools. `serviceCount` is how many services have names. */
export function poolWriter(writer: ByteWriter, documents: DocumentWriter, serviceCount: number): PoolWriter {
  // By the places of the documents as characters: V8 hashes texts with a seed of its own, so that no choice of documents collides.
  const pools = new Map<string, number>();
  const writePool = poolFunction(writer, serviceCount);
  let poolCount = 0;

  return {
    get poolCount() {
      return poolCount;
    },
    write: (policies, hasPrincipals, always = false) => {
      if (policies.length === 0 && !always) return 0;
      const distinct = policies.length < 2 ? policies : [...new Set(policies)];
      const written = distinct.map((policy) => documents.write(policy));
      let key = hasPrincipals ? "p" : "";
      for (const { at } of written) key += String.fromCharCode(at & 0xffff, at >>> 16);
      const known = pools.get(key);
      if (known !== undefined) return known;
      const at = writePool(written, hasPrincipals);
      poolCount++;
      pools.set(key, at);
      return at;
    },
  };
}

/** Writes one pool after the other. */
function poolFunction(
  writer: ByteWriter,
  serviceCount: number,
): (documents: readonly WrittenDocument[], hasPrincipals: boolean) => number {
  // By service, zero between two pools: how many references it has, then the index of the one after those written.
  const counts = new Uint32Array(serviceCount + 1);
  const named: number[] = [];

  return (documents, hasPrincipals) => {
    named.length = 0;
    let total = 0;
    for (const { sections } of documents) {
      for (let i = 0; i < sections.length; i += 2) {
        const service = sections[i] ?? 0;
        const count = counts[service] ?? 0;
        if (count === 0 && service !== ANY_SERVICE) named.push(service);
        counts[service] = count + 1;
      }
      total += sections.length / 2;
    }
    let places = 0;
    if (named.length > 0) for (places = 2; places * 4 < named.length * 5; ) places *= 2;
    const isWide = total > 0xffff || serviceCount > 0xffff;
    const bucketsSize = places * (isWide ? WIDE_BUCKET.size : BUCKET.size);
    const at = writer.reserve(POOL.size + bucketsSize + (total + documents.length) * 4);
    const sectionsAt = at + POOL.size + bucketsSize;
    const documentsAt = sectionsAt + total * 4;
    const anyCount = counts[ANY_SERVICE] ?? 0;
    writer.setRecord(at, POOL, {
      flags: (hasPrincipals ? POOL_PRINCIPALS : 0) | (isWide ? POOL_WIDE : 0),
      bucketMask: Math.max(places - 1, 0),
      sectionsAt: places === 0 ? 0 : sectionsAt,
      anyAt: anyCount === 0 ? 0 : sectionsAt,
      documentCount: documents.length,
      documentsAt,
    });
    counts[ANY_SERVICE] = 0;
    let first = anyCount;
    for (const service of named) {
      writeBucket(at + POOL.size, places - 1, isWide, service, first);
      const count = counts[service] ?? 0;
      counts[service] = first;
      first += count;
    }
    for (const [index, { at: documentAt, sections }] of documents.entries()) {
      writer.setWord(documentsAt + index * 4, documentAt);
      for (let i = 0; i < sections.length; i += 2) {
        const service = sections[i] ?? 0;
        const next = counts[service] ?? 0;
        writer.setWord(sectionsAt + next * 4, sections[i + 1] ?? 0);
        counts[service] = next + 1;
      }
    }
    markLast(sectionsAt, counts[ANY_SERVICE] ?? 0);
    counts[ANY_SERVICE] = 0;
    for (const service of named) {
      markLast(sectionsAt, counts[service] ?? 0);
      counts[service] = 0;
    }
    return at;
  };

  function writeBucket(bucketsAt: number, mask: number, isWide: boolean, service: number, first: number): void {
    const type = isWide ? WIDE_BUCKET : BUCKET;
    let place = service & mask;
    // INVARIANT: both kinds begin with the service, which is never 0.
    while (writer.word(bucketsAt + place * type.size) !== 0) place = (place + 1) & mask;
    writer.setRecord(bucketsAt + place * type.size, type, { service, first });
  }

  /** The reference before index `end` is the last of its service. */
  function markLast(sectionsAt: number, end: number): void {
    if (end === 0) return;
    const at = sectionsAt + (end - 1) * 4;
    writer.setWord(at, writer.word(at) | SECTION_LAST);
  }
}
