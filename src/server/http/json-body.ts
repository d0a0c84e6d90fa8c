/** A JSON body as a tree, read as strictly as policies are: no repeated members, no lone surrogates, bounded nesting (I-JSON). */
import { setImmediate as nextTurn } from "node:timers/promises";
import { heapRoom } from "../../ask/heap-room.js";
import type { Finding } from "../../text/finding.js";
import { readJsonInSteps } from "../../text/json-reader.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import { placeText } from "../../text/tree-place.js";
import { HttpError } from "./http-error.js";

/** A parsed body. */
export interface JsonBody {
  readonly source: SourceText;
  readonly node: TreeNode;
}

/** Values between two looks at other work: a few milliseconds. */
const STEP = 10_000;

/** Looking at the heap takes as long as reading a question. */
const SMALL_BYTES = 64 << 10;
/** Heap for each byte of a body: its text, and the least that its values take. */
const HEAP_OF_BYTE = 8;

/** Parses a body; rejects with 400 and the place of the first mistake, with CallRefusal where the heap is too small for it. */
export async function parseJsonBody(bytes: Uint8Array): Promise<JsonBody> {
  if (bytes.length === 0) throw new HttpError(400, "body: empty");
  if (bytes.length > SMALL_BYTES) heapRoom.require(bytes.length * HEAP_OF_BYTE);
  const source = sourceText("body", decode(bytes));
  const findings: Finding[] = [];
  const node = await readJsonInSteps(source, findings, STEP, async () => {
    await nextTurn();
    heapRoom.require(0);
  });
  if (node === undefined) throw new HttpError(400, findingText(findings));
  return { source, node };
}

/** The first error among findings as one line. */
export function findingText(findings: readonly Finding[]): string {
  const first = findings.find(({ severity }) => severity === "error") ?? findings[0];
  return first === undefined ? "body: cannot be read" : `${placeText(first)}: ${first.message}`;
}

/** The value of a member; undefined where there is none, or null, or no object. */
export function memberOf(node: TreeNode | undefined, name: string): TreeNode | undefined {
  if (node?.kind !== "object") return undefined;
  const value = node.members.find(({ key }) => key === name)?.value;
  return value?.kind === "null" ? undefined : value;
}

function decode(bytes: Uint8Array): string {
  try {
    // A byte-order mark stays, for the reader to refuse.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new HttpError(400, "body: not valid UTF-8");
  }
}
