/** SHA-256 of large contents without holding up the thread that answers calls: other work goes on between two pieces. */
import { createHash } from "node:crypto";
import { setImmediate as otherWork } from "node:timers/promises";

/** About a millisecond of work. */
const PIECE = 1 << 20;

/** The digest of the parts one after another, in hex. */
export async function contentDigest(parts: Iterable<string | Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  let sinceLast = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) {
      const piece = typeof part === "string" ? part.slice(at, at + PIECE) : part.subarray(at, at + PIECE);
      hash.update(piece);
      sinceLast += piece.length;
      if (sinceLast < PIECE) continue;
      sinceLast = 0;
      await otherWork();
    }
  }
  return hash.digest("hex");
}
