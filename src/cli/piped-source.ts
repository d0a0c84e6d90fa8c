/** A text that is not in a file: standard input (`-`), a pipe or what a shell puts in the place of one (`<(…)`). */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { fileFailure } from "../policy/file-failure.js";
import type { Finding } from "../policy/finding.js";
import type { SourceText } from "../policy/source-text.js";
import { decodeSource, maxFileBytes } from "../policy/sources.js";
import { standardInput } from "./read-cases.js";

/** Whether a path names a stream, which can be read once and to its end. */
export async function isPiped(path: string): Promise<boolean> {
  if (path === standardInput) return true;
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && (facts.isFIFO() || facts.isCharacterDevice() || facts.isSocket());
}

/** Reads a stream to its end as one text. What cannot be read, is too long or no text is a finding. */
export async function readPipedSource(path: string, findings: Finding[]): Promise<SourceText | undefined> {
  const file = path === standardInput ? "<stdin>" : path;
  const refuse = (message: string): undefined => {
    findings.push({ file, line: 1, column: 1, rule: "SET-FILE", severity: "error", message });
    return undefined;
  };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream: AsyncIterable<unknown> = path === standardInput ? process.stdin : createReadStream(path);
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      length += bytes.length;
      if (length > maxFileBytes) return refuse(`the input has more than ${maxFileBytes} bytes`);
      chunks.push(bytes);
    }
  } catch (error: unknown) {
    return refuse(`cannot be read: ${fileFailure(error)}`);
  }
  return decodeSource(file, Buffer.concat(chunks), findings);
}
