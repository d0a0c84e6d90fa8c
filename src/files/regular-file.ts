/**
 * Files that end: opened so that nobody waits for a writer, and checked by what was opened, which a path may stop to name at any time. A
 * FIFO, a terminal or a device is refused.
 */
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

/** A file that is not read. The message has no place in front. */
export class RegularFileError extends Error {
  constructor(
    readonly code: "notRegular" | "tooLarge",
    message: string,
  ) {
    super(message);
    this.name = "RegularFileError";
  }
}

const READ_BYTES = 1 << 20;
/** Of pipes, terminals and standard input (`-`). */
const readOnce = "not a regular file: it can be read only once, but is read again: save it as a file";

/** Opens a regular file of at most so many bytes for reading. Rejects with RegularFileError or the system's error. */
export async function openRegularFile(path: string, maxBytes: number): Promise<FileHandle> {
  if (path === "-") throw new RegularFileError("notRegular", readOnce);
  // Some devices notice that they are opened.
  checkFacts(await stat(path), maxBytes);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    checkFacts(await file.stat(), maxBytes);
    return file;
  } catch (error: unknown) {
    await file.close();
    throw error;
  }
}

/** Reads a regular file of at most so many bytes whole. Rejects with RegularFileError or the system's error. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openRegularFile(path, maxBytes);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    // What a file says of its size is true of the moment only, and some say 0.
    for (let size = (await file.stat()).size + 1; ; size = READ_BYTES) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size);
      if (bytesRead === 0) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      length += bytesRead;
      if (length > maxBytes) throw tooLarge(length, maxBytes);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

function checkFacts(
  facts: { isFile(): boolean; isDirectory(): boolean; readonly size: number },
  maxBytes: number,
): void {
  if (facts.isDirectory()) throw new RegularFileError("notRegular", "is a directory");
  if (!facts.isFile()) throw new RegularFileError("notRegular", readOnce);
  if (facts.size > maxBytes) throw tooLarge(facts.size, maxBytes);
}

function tooLarge(bytes: number, maxBytes: number): RegularFileError {
  return new RegularFileError("tooLarge", `the file has ${bytes} bytes, more than ${maxBytes}`);
}
