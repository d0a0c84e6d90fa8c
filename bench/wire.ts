// Messages of benches as bytes and outcomes out of bytes, by the project's own encoder and reader (`src/wire`), which the tests hold
// against protobufjs. All of it happens before or after what is measured.
import { Detail, Outcome } from "../assembly/format/layout.js";
import { BatchField, DecisionField, RequestField } from "../src/wire/authorization-fields.js";
import { decisionWord, readBatch, readSingle } from "../src/wire/decode-answer.js";
import { writeQuestionTable } from "../src/wire/table.js";
import { type WireReader, wireReader } from "../src/wire/wire-reader.js";
import { WireWriter } from "../src/wire/wire-writer.js";
import { writeQuestion } from "../src/wire/write-question.js";

/** What a request carries. */
export interface WireQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
  readonly resourceTags?: Readonly<Record<string, string>>;
}

/** Questions by index: every text once. */
export interface WireTable {
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly contexts: readonly Readonly<Record<string, string>>[];
  /** Principal, action, resource from 0; context 0 for none, else index + 1. */
  readonly rows: readonly (readonly [number, number, number, number])[];
}

/** Empty between calls. */
const shared = new WireWriter("refuse");
const ownBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** A serialised AuthorizeRequest. */
export function encodeRequest(question: WireQuestion, detail: Detail = Detail.Unspecified): Buffer {
  const { principal, action, resource, context, resourceTags = {} } = question;
  writeQuestion(shared, { principal, action, resource, context, resourceTags }, "complete");
  if (detail !== Detail.Unspecified) shared.number(RequestField.Detail, detail);
  return shared.takeAs(ownBuffer);
}

/** A serialised BatchAuthorizeRequest of serialised requests; `policySet`: the one that is not in force without a name. */
export function encodeBatch(requests: readonly Buffer[], detail: Detail, policySet?: string): Buffer {
  for (const request of requests) shared.content(BatchField.Requests, request);
  if (policySet !== undefined) shared.text(BatchField.PolicySet, policySet);
  return shared.number(BatchField.Detail, detail).takeAs(ownBuffer);
}

/** A serialised BatchAuthorizeRequest that holds a table. */
export function encodeTable(table: WireTable, detail: Detail): Buffer {
  shared.number(BatchField.Detail, detail);
  shared.message(BatchField.Table, (writer) =>
    writeQuestionTable(writer, { ...table, rows: table.rows.flat() }, "complete"),
  );
  return shared.takeAs(ownBuffer);
}

/** A serialised LoadPolicySetRequest of one file. */
export function encodeLoad(name: string, text: string): Buffer {
  shared.text(1, name).message(2, (file) => file.text(1, "verdict.json").text(2, text));
  return shared.takeAs(ownBuffer);
}

/** A serialised UnloadPolicySetRequest. */
export function encodeUnload(name: string): Buffer {
  return shared.text(1, name).takeAs(ownBuffer);
}

/** The decisions in a BatchAuthorizeResponse; an outcome that is none is given as text. */
export function decodeBatch(response: Uint8Array): string[] {
  const { outcomes, decisions } = readBatch(wireReader(response, "strict"));
  return [...outcomes, ...decisions.map(outcomeIn)].map(decisionText);
}

/** The decision in an AuthorizeResponse. */
export function decodeResponse(response: Uint8Array): string {
  return decisionText(readSingle(wireReader(response, "strict")).outcome);
}

/** Of a Decision, whose first field it is. */
function outcomeIn(decision: WireReader): number {
  return decision.next() && decision.field === DecisionField.Outcome ? decision.number() : Outcome.Unspecified;
}

function decisionText(outcome: number): string {
  return decisionWord(outcome) ?? `outcome ${outcome}`;
}
