/** A growing list of 32-bit words, for what is counted in hundreds of thousands: no number in it is an object. */
export class WordList {
  private words = new Uint32Array(1024);
  private used = 0;

  /** How many words it holds. */
  get length(): number {
    return this.used;
  }

  push(word: number): void {
    if (this.used === this.words.length) this.grow();
    this.words[this.used++] = word;
  }

  /** A word; 0 beyond the end. */
  at(index: number): number {
    return this.words[index] ?? 0;
  }

  set(index: number, word: number): void {
    this.words[index] = word;
  }

  /** Forgets the words and keeps their room. */
  clear(): void {
    this.used = 0;
  }

  /** A part of the words, without a copy; valid until the next `push`. */
  slice(from: number, to: number): Uint32Array {
    return this.words.subarray(from, to);
  }

  private grow(): void {
    const words = new Uint32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
