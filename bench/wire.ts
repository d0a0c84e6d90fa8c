// Requests as bytes and outcomes out of bytes, without any library: what a client of the hot path does. Field numbers are those of
// proto/verdict/v1/authorization.proto.
import { Detail, Outcome } from "../assembly/format/layout.js";
import type { Decision } from "../test/oracle/simulation-case.js";

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

/** A serialised AuthorizeRequest. */
export function encodeRequest(question: WireQuestion, detail: Detail = Detail.Unspecified): Buffer {
  const { principal, action, resource, context, resourceTags = {} } = question;
  return Buffer.concat([
    textField(1, principal),
    textField(2, action),
    textField(3, resource),
    ...contextFields(4, context),
    ...Object.entries(resourceTags).map(([tag, value]) =>
      bytesField(6, Buffer.concat([textField(1, tag), textField(2, value)])),
    ),
    ...(detail === Detail.Unspecified ? [] : [numberField(10, detail)]),
  ]);
}

/** A serialised BatchAuthorizeRequest of serialised requests. */
export function encodeBatch(requests: readonly Buffer[], detail: Detail): Buffer {
  return Buffer.concat([...requests.map((request) => bytesField(2, request)), numberField(3, detail)]);
}

/** A serialised BatchAuthorizeRequest that holds a table. */
export function encodeTable(table: WireTable, detail: Detail): Buffer {
  const fields = Buffer.concat([
    ...table.principals.map((text) => textField(1, text)),
    ...table.actions.map((text) => textField(2, text)),
    ...table.resources.map((text) => textField(3, text)),
    ...table.contexts.map((context) => bytesField(4, Buffer.concat(contextFields(1, context)))),
    bytesField(5, Buffer.from(table.rows.flat().flatMap(varint))),
  ]);
  return Buffer.concat([numberField(3, detail), bytesField(5, fields)]);
}

/** The decisions in a BatchAuthorizeResponse; an outcome that is none is given as text. */
export function decodeBatch(response: Uint8Array): string[] {
  const decisions: string[] = [];
  for (const [field, value] of fieldsOf(response)) {
    if (field === 2 && typeof value !== "number") for (const outcome of value) decisions.push(decisionText(outcome));
    if (field === 3 && typeof value !== "number") decisions.push(decisionText(outcomeIn(value, 1)));
  }
  return decisions;
}

/** The decision in an AuthorizeResponse. */
export function decodeResponse(response: Uint8Array): string {
  return decisionText(outcomeIn(response, 2));
}

function outcomeIn(message: Uint8Array, wanted: number): number {
  for (const [field, value] of fieldsOf(message)) if (field === wanted && typeof value === "number") return value;
  return Outcome.Unspecified;
}

function decisionText(outcome: number): Decision | `outcome ${number}` {
  if (outcome === Outcome.Allowed) return "allowed";
  if (outcome === Outcome.ExplicitDeny) return "explicitDeny";
  if (outcome === Outcome.ImplicitDeny) return "implicitDeny";
  return `outcome ${outcome}`;
}

function contextFields(field: number, context: Readonly<Record<string, string>>): Buffer[] {
  return Object.entries(context).map(([key, value]) =>
    bytesField(field, Buffer.concat([textField(1, key), bytesField(2, textField(1, value))])),
  );
}

/** A field that holds a text. */
export function textField(field: number, text: string): Buffer {
  return bytesField(field, Buffer.from(text, "utf8"));
}

/** A field that holds bytes or a message. */
export function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function numberField(field: number, value: number): Buffer {
  return Buffer.from([...varint(field * 8), ...varint(value)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** The top-level fields: numbers, or the bytes of length-delimited ones. */
export function* fieldsOf(message: Uint8Array): Generator<readonly [number, number | Uint8Array]> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("response ends inside a field");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const value = next();
    if (tag % 8 === 0) yield [tag >>> 3, value];
    else if (tag % 8 === 2) {
      yield [tag >>> 3, message.subarray(at, at + value)];
      at += value;
    } else throw new Error(`response holds a field of wire type ${tag % 8}`);
  }
}
