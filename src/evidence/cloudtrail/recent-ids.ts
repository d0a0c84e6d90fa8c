/**
 * The ids of the records that were read last: CloudTrail delivers at least once, and repetitions come soon. Ids of AWS's are UUIDs, which
 * are kept as the 16 bytes that they stand for; whatever else stands there is kept as a text.
 */

/** So many of them are kept, and as many of those before. */
const MOST_KEPT = 1_000_000;

/** The last million ids, or two. */
export class RecentIds {
  private newer = new IdSet();
  private older = new IdSet();
  private readonly words = new Uint32Array(4);

  constructor(private readonly mostKept = MOST_KEPT) {}

  /** Whether the id was there before; it is there from now on. */
  has(id: string): boolean {
    const words = readUuid(id, this.words) ? this.words : undefined;
    if (words === undefined ? this.older.texts.has(id) : this.older.holds(words)) return true;
    if (words === undefined ? this.newer.texts.has(id) : !this.newer.add(words)) return true;
    if (words === undefined) this.newer.texts.add(id);
    if (this.newer.size >= this.mostKept) [this.older, this.newer] = [this.newer, new IdSet()];
    return false;
  }
}

const FIRST_SLOTS = 1024;

/** UUIDs in a table of four words a slot, at most half full; the slot of zeros is empty, and the id of zeros is kept apart. */
class IdSet {
  readonly texts = new Set<string>();
  private slots = FIRST_SLOTS;
  private table = new Uint32Array(FIRST_SLOTS * 4);
  private count = 0;
  private hasZeros = false;

  get size(): number {
    return this.count + this.texts.size;
  }

  holds(words: Uint32Array): boolean {
    return isZero(words) ? this.hasZeros : this.slotOf(words, this.table, this.slots) < 0;
  }

  /** False if it was there. */
  add(words: Uint32Array): boolean {
    if (isZero(words)) {
      const isNew = !this.hasZeros;
      this.hasZeros = true;
      return isNew;
    }
    const at = this.slotOf(words, this.table, this.slots);
    if (at < 0) return false;
    this.table.set(words, at);
    if (++this.count * 2 > this.slots) this.grow();
    return true;
  }

  /** Where in the table the words may be put; -1 if they are there. */
  private slotOf(words: Uint32Array, table: Uint32Array, slots: number): number {
    const first = words[0] ?? 0;
    const second = words[1] ?? 0;
    const third = words[2] ?? 0;
    const fourth = words[3] ?? 0;
    let slot = (Math.imul(first ^ Math.imul(second ^ Math.imul(third ^ fourth, MIX), MIX), MIX) >>> 0) & (slots - 1);
    for (;;) {
      const at = slot * 4;
      const one = table[at];
      const two = table[at + 1];
      const three = table[at + 2];
      const four = table[at + 3];
      if (one === first && two === second && three === third && four === fourth) return -1;
      if (one === 0 && two === 0 && three === 0 && four === 0) return at;
      slot = (slot + 1) & (slots - 1);
    }
  }

  private grow(): void {
    const slots = this.slots * 2;
    const table = new Uint32Array(slots * 4);
    for (let at = 0; at < this.table.length; at += 4) {
      const words = this.table.subarray(at, at + 4);
      if (!isZero(words)) table.set(words, this.slotOf(words, table, slots));
    }
    this.table = table;
    this.slots = slots;
  }
}

const MIX = 0x9e3779b1;

function isZero(words: Uint32Array): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0;
}

/** Reads a UUID as it is written in lower case; false for any other text. */
function readUuid(text: string, words: Uint32Array): boolean {
  if (text.length !== 36) return false;
  let word = 0;
  let digits = 0;
  for (let index = 0; index < 36; index++) {
    const code = text.charCodeAt(index);
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== 0x2d) return false;
      continue;
    }
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
    if (digit < 0) return false;
    word = (word << 4) | digit;
    if ((++digits & 7) === 0) words[(digits >> 3) - 1] = word;
  }
  return true;
}
