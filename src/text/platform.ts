/**
 * What Node and browsers do each in their own way: whoever runs the rooms that both have hands it in.
 */

/** Where the program runs. */
export interface Platform {
  /** SHA-256 of texts as UTF-8, in hex. */
  readonly sha256: Sha256;
  /** The absolute folder, with slashes, that relative names of files are relative to; `/` where there are no folders. */
  readonly workingFolder: string;
  readonly deflate: Deflate;
}

/** SHA-256 in hex, of one text or of texts one behind the other, which need not be in memory together. */
export interface Sha256 {
  ofText(text: string): string;
  ofTexts(texts: Iterable<string>): string;
}

/** Raw deflate (RFC 1951), both ways at once. */
export interface Deflate {
  /** For speed rather than for size. */
  pack(bytes: Uint8Array): Uint8Array;
  /** Throws for what `pack` did not give. The bytes may lie in memory that threads share. */
  unpack(bytes: Uint8Array): Uint8Array;
}
