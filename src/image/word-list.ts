/** A growing list of 32-bit words, for what is counted in hundreds of thousands: no number in it is an object. */
import { type FieldValues, type RecordType, writeFields } from "./record.js";

/** Lists up to this length are sorted by insertion. */
const SHORT = 16;

/** 32-bit words that are appended one by one. */
export class WordList {
  private words = new Uint32Array(64);
  private used = 0;

  /** How many words it holds. */
  get length(): number {
    return this.used;
  }

  push(word: number): void {
    if (this.used === this.words.length) this.grow();
    this.words[this.used++] = word;
  }

  /** Appends a record. */
  pushRecord<Name extends string>(type: RecordType<Name>, values: FieldValues<NoInfer<Name>>): void {
    const first = this.extend(type.size >> 2);
    writeFields(this.words, first, type, values);
  }

  /** Appends zeros and gives the place of the first. */
  extend(count: number): number {
    const first = this.used;
    for (let i = 0; i < count; i++) this.push(0);
    return first;
  }

  set(index: number, word: number): void {
    this.words[index] = word;
  }

  /** Sets bits that are 0 so far. */
  add(index: number, bits: number): void {
    this.words[index] = this.at(index) | bits;
  }

  /** A word; 0 beyond the end. */
  at(index: number): number {
    return this.words[index] ?? 0;
  }

  /** Forgets the words and keeps their room. */
  clear(): void {
    this.used = 0;
  }

  /** Sorts the words, ascending, and keeps each once. */
  sortDistinct(): void {
    if (this.used < 2) return;
    const { words } = this;
    // Most lists have a few words; the built-in sort takes longer to be called than those to be sorted.
    if (this.used > SHORT) words.subarray(0, this.used).sort();
    else {
      for (let i = 1; i < this.used; i++) {
        const word = this.at(i);
        let place = i;
        for (; place > 0 && this.at(place - 1) > word; place--) words[place] = this.at(place - 1);
        words[place] = word;
      }
    }
    let kept = 1;
    for (let i = 1; i < this.used; i++) {
      if (this.at(i) !== this.at(kept - 1)) words[kept++] = this.at(i);
    }
    this.used = kept;
  }

  private grow(): void {
    const words = new Uint32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
