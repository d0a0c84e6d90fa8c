/**
 * Batches put together from serialised questions, and their answers taken apart into serialised single answers: field by field, so
 * that a large batch can be worked on in steps. Nothing in a question or a decision is read.
 */
import {
  BatchField,
  BatchResponseField,
  DecisionField,
  type Detail,
  detailNumbers,
  OutcomeNumber,
  type RequestField,
  ResponseField,
} from "./authorization-fields.js";
import { concat } from "./wire-format.js";
import { WireError, wireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

/** What holds for every question of a batch. */
export interface BatchTerms {
  readonly detail: Detail;
  readonly policySet?: string;
  /** A serialised AuthorizeRequest with what the questions leave empty. */
  readonly defaults?: Uint8Array;
}

/** Empty between calls of these functions. */
const shared = new WireWriter("mark");

/** A serialised BatchAuthorizeRequest of what `batchItem` made. */
export function joinBatch(items: readonly Uint8Array[], terms: BatchTerms): Uint8Array {
  const { defaults } = terms;
  if (defaults !== undefined) shared.content(BatchField.Defaults, defaults);
  const head = shared.take();
  return concat([head, ...items, endBatch(terms)]);
}

/** A serialised AuthorizeRequest as an item of a batch. */
export function batchItem(question: Uint8Array): Uint8Array {
  return shared.content(BatchField.Requests, question).take();
}

/** The members of a question that are one text. */
export type TextMember = RequestField.Principal | RequestField.Action | RequestField.Resource;

/** A serialised BatchAuthorizeRequest of questions that say one text only: their bytes are written once, where they stay. */
export function textBatch(field: TextMember, texts: readonly string[], terms: BatchTerms): Uint8Array {
  const { defaults } = terms;
  if (defaults !== undefined) shared.content(BatchField.Defaults, defaults);
  for (const text of texts) {
    const contentAt = shared.begin(BatchField.Requests);
    shared.text(field, text);
    shared.end(contentAt);
  }
  return endBatch(terms);
}

/** What has been written, and behind it what holds for every question and is no question. */
function endBatch({ detail, policySet = "" }: BatchTerms): Uint8Array {
  shared.number(BatchField.Detail, detailNumbers[detail]);
  if (policySet !== "") shared.text(BatchField.PolicySet, policySet);
  return shared.take();
}

/** A serialised BatchAuthorizeResponse that says ERROR so many times, never an allow. */
export function errorAnswers(count: number, error: string, detail: Detail): Uint8Array {
  if (detail === "outcome") {
    return shared.packed(BatchResponseField.Outcomes, new Uint8Array(count).fill(OutcomeNumber.Error)).take();
  }
  for (let i = 0; i < count; i++) {
    shared.message(BatchResponseField.Decisions, (decision) =>
      decision.number(DecisionField.Outcome, OutcomeNumber.Error).text(DecisionField.Error, error),
    );
  }
  return shared.take();
}

/**
 * The answers of a serialised BatchAuthorizeResponse in order, each a serialised AuthorizeResponse with the version of the
 * policy set: `decisions` of the one is `decision` of the other, `outcomes` become its `outcome`. Throws WireError for what is no
 * such response.
 */
export class BatchAnswers {
  private version = new Uint8Array();
  private readonly outcomes: number[] = [];
  /** First byte and the one after the last of each. */
  private readonly decisions: number[] = [];

  constructor(private readonly response: Uint8Array) {
    const reader = wireReader(response, "lenient");
    while (reader.next()) {
      const { field } = reader;
      if (field === BatchResponseField.PolicySet) this.version = reader.bytes().slice();
      else if (field === BatchResponseField.Outcomes) reader.numbersInto(this.outcomes);
      else if (field === BatchResponseField.Decisions && reader.hasContent) {
        this.decisions.push(reader.valueAt, reader.valueEnd);
      } else throw new WireError(`BatchAuthorizeResponse: unexpected field ${field}`);
    }
  }

  /** How many answers there are. */
  get length(): number {
    return this.decisions.length / 2 + this.outcomes.length;
  }

  /** One answer. */
  at(index: number): Uint8Array {
    const { decisions, outcomes } = this;
    const outcome = outcomes[index];
    const from = decisions[index * 2];
    if (decisions.length > 0 ? from === undefined : outcome === undefined) {
      throw new RangeError(`BatchAuthorizeResponse: no answer ${index}`);
    }
    shared.content(ResponseField.PolicySet, this.version);
    if (from === undefined) shared.number(ResponseField.Outcome, outcome ?? OutcomeNumber.Error);
    else shared.content(ResponseField.Decision, this.response.subarray(from, decisions[index * 2 + 1]));
    return shared.take();
  }
}
