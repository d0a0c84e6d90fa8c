/** The beginning of an input, plain or compressed, without taking it from whoever reads the whole. */
import { createReadStream } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { isPiped, openInput } from "../../files/piped-source.js";

/** So many bytes of an input are looked at, as they are stored. */
const headBytes = 64 << 10;
/** So many characters of what is in them. */
const headLength = 256 << 10;

/** An input whose beginning is known. */
export interface Peeked {
  readonly head: string;
  readonly bytes: AsyncIterable<unknown>;
}

/** Opens an input and looks at its beginning. Rejects with the system's error. */
export async function peekInput(path: string): Promise<Peeked> {
  if (!(await isPiped(path))) {
    const taken: Buffer[] = [];
    for await (const bytes of createReadStream(path, { end: headBytes - 1 }))
      if (Buffer.isBuffer(bytes)) taken.push(bytes);
    return { head: textOf(Buffer.concat(taken)), bytes: createReadStream(path) };
  }
  const iterator = openInput(path)[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    const bytes = Buffer.isBuffer(next.value) ? next.value : Buffer.from(String(next.value));
    taken.push(bytes);
    length += bytes.length;
  }
  return { head: textOf(Buffer.concat(taken)), bytes: followedBy(taken, iterator) };
}

async function* followedBy(taken: readonly Buffer[], rest: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  yield* taken;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** What cannot be inflated is told by its reader. */
function textOf(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.subarray(0, headLength).toString("utf8");
  try {
    const inflated = gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
    return inflated.subarray(0, headLength).toString("utf8");
  } catch {
    return "";
  }
}

/** The records that an input holds, told by how it begins; undefined for anything else. */
export function recordsIn(head: string): "CloudTrail" | "decision log" | undefined {
  // Trimmed first: two runs of blanks in one pattern would try every way to share them.
  const text = head.replace(/^\ufeff/, "").trimStart();
  const isObject = text.startsWith("{");
  if (isObject && text.split("\n", 1)[0]?.includes('"decision_id"') === true) return "decision log";
  if (/^\{\s*"(?:Records|CloudTrailEvent|digestStartTime)"\s*:/.test(text)) return "CloudTrail";
  // What AWS signs about files of a trail lies beside them; it is known by any of its first members.
  if (isObject && /"digestStartTime"\s*:/.test(text.slice(0, 256))) return "CloudTrail";
  const isWrapped = /^\{\s*"Events"\s*:/.test(text) && text.includes('"EventId"');
  const isEvent = (isObject || text.startsWith("[")) && /"event(?:Version|Source|Name)"\s*:/.test(text.slice(0, 8192));
  return isWrapped || isEvent ? "CloudTrail" : undefined;
}
