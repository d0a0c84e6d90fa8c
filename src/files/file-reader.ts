/** Who reads small files of the configuration: this process, or one that can be ended when a disk does not answer. */
import { readRegularFile } from "./regular-file.js";

/** Reads files that are kept up to date: certificates, keys, tokens, mappings. */
export interface FileReader {
  /** A regular file as a whole. Rejects with RegularFileError, or with an error of which `fileFailure` knows the reason. */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /** A reading that has not ended is not waited for any more. */
  giveUp(path: string): void;
}

/** Reads here: a file that does not answer holds a thread of this process for as long as it likes. */
export const readingHere: FileReader = {
  read: readRegularFile,
  giveUp() {
    // Nobody can end it.
  },
};
