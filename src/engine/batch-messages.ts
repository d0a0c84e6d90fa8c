/**
 * Batches put together from serialised questions, and their answers taken apart into serialised single answers: field by
 * field, so that a large batch can be worked on in steps. Knows the numbers of the fields and nothing in them.
 */
import { Detail } from "../../assembly/format/layout.js";

/** What holds for every question of a batch. */
export interface BatchTerms {
  readonly detail: "outcome" | "reason" | "explain";
  readonly policySet?: string;
  /** A serialised AuthorizeRequest with what the questions leave empty. */
  readonly defaults?: Uint8Array;
}

/** A serialised BatchAuthorizeRequest of what `encodeBatchItem` made. */
export function encodeBatch(items: readonly Uint8Array[], terms: BatchTerms): Uint8Array {
  const { detail, policySet = "", defaults } = terms;
  const parts: Uint8Array[] = defaults === undefined ? [] : [...lengthDelimited(1, defaults)];
  for (const item of items) parts.push(item);
  parts.push(Buffer.from([(3 << 3) | 0, DETAILS[detail]]));
  if (policySet !== "") parts.push(...lengthDelimited(4, Buffer.from(policySet, "utf8")));
  return Buffer.concat(parts);
}

/** A serialised AuthorizeRequest as an item of a batch. */
export function encodeBatchItem(question: Uint8Array): Uint8Array {
  return Buffer.concat(lengthDelimited(2, question));
}

/** A serialised AuthorizeRequest that says one text only: 1 is the principal, 2 the action, 3 the resource. */
export function encodeText(field: 1 | 2 | 3, text: string): Uint8Array {
  return Buffer.concat(lengthDelimited(field, Buffer.from(text, "utf8")));
}

/**
 * The answers of a serialised BatchAuthorizeResponse in order, each a serialised AuthorizeResponse with the version of the
 * policy set: `decisions` of the one is `decision` of the other, `outcomes` become its `outcome`.
 */
export class BatchAnswers {
  private version = new Uint8Array();
  private readonly outcomes: Uint8Array[] = [];
  /** First byte and the one after the last of each. */
  private readonly decisions: number[] = [];

  constructor(private readonly response: Uint8Array) {
    for (let at = 0; at < response.length; ) {
      const from = at;
      const field = response[at] ?? 0;
      const [length, bodyAt] = readVarint(response, at + 1);
      at = bodyAt + length;
      if (field === POLICY_SET) this.version = response.slice(from, at);
      else if (field === OUTCOMES) this.outcomes.push(response.subarray(bodyAt, at));
      else if (field === DECISIONS) this.decisions.push(from, at);
      else throw new Error(`BatchAuthorizeResponse: unexpected field ${field}`);
    }
  }

  /** How many answers there are. */
  get length(): number {
    const outcomes = this.outcomes.reduce((sum, { length }) => sum + length, 0);
    return this.decisions.length / 2 + outcomes;
  }

  /** One answer. */
  at(index: number): Uint8Array {
    if (this.decisions.length > 0) {
      const decision = this.response.subarray(this.decisions[index * 2], this.decisions[index * 2 + 1]);
      return Buffer.concat([this.version, decision]);
    }
    let rest = index;
    for (const outcomes of this.outcomes) {
      if (rest < outcomes.length) return Buffer.concat([this.version, outcomeField(outcomes[rest] ?? 0)]);
      rest -= outcomes.length;
    }
    throw new RangeError(`BatchAuthorizeResponse: no answer ${index}`);
  }
}

const DETAILS = { outcome: Detail.Outcome, reason: Detail.Reason, explain: Detail.Explain } as const;
const POLICY_SET = (1 << 3) | 2;
const OUTCOMES = (2 << 3) | 2;
const DECISIONS = (3 << 3) | 2;
const SINGLE_OUTCOME = (2 << 3) | 0;

function outcomeField(outcome: number): Uint8Array {
  return Buffer.from([SINGLE_OUTCOME, outcome]);
}

function lengthDelimited(field: number, bytes: Uint8Array): readonly Uint8Array[] {
  const head = [(field << 3) | 2];
  let { length } = bytes;
  for (; length >= 0x80; length >>>= 7) head.push((length & 0x7f) | 0x80);
  return [Buffer.from([...head, length]), bytes];
}

function readVarint(message: Uint8Array, from: number): readonly [value: number, next: number] {
  let value = 0;
  for (let at = from; at < from + 5; at++) {
    const byte = message[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return [value, at + 1];
  }
  throw new Error("BatchAuthorizeResponse: malformed length");
}
