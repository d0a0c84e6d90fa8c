/**
 * Answers to Envoy as serialised `CheckResponse` messages. Only `passed` has the code 0; a denial and the inability to decide are
 * different answers, because an Envoy with `failure_mode_allow` lets the second one pass.
 */
import type { Decision } from "../../question/decision.js";
import { EntryField } from "../../wire/authorization-fields.js";
import { WireWriter } from "../../wire/wire-writer.js";
import { deniedBody, refusedBody, requestHeadersOf, undecidedBody } from "./answer-body.js";
import type { MappedQuestion, UnaskedDenial } from "./ask-question.js";
import {
  CheckResponseField,
  DeniedField,
  HeaderOptionField,
  HeaderValueField,
  HttpStatusField,
  OkField,
  StatusField,
  StructField,
  StructValueField,
} from "./check-fields.js";
import type { Undecided } from "./decide-check.js";
import type { Mapping } from "./mapping.js";

/** Values of `google.rpc.Code` that answers have. */
const codes = { ok: 0, permissionDenied: 7, unavailable: 14 } as const;

/** Answers are written at once, one after the other. A buffer for each would be most of what a Check leaves to the collector. */
const shared = new WireWriter("mark");

/** `OVERWRITE_IF_EXISTS_OR_ADD`: the caller's own copies do not survive. */
const overwrite = 2;

/** The request goes on, with the headers of the mapping in place of the caller's own. */
export function passed(
  mapping: Mapping,
  asked: MappedQuestion,
  policySet: Decision["policySet"],
  decisionId: string,
): Buffer {
  const writer = statusOf(codes.ok, "");
  writer.message(CheckResponseField.OkResponse, (ok) => {
    for (const name of mapping.removeHeaders) ok.text(OkField.HeadersToRemove, name);
    // The caller's own header goes in any case.
    for (const [name, text] of requestHeadersOf(mapping, asked)) {
      if (text !== undefined) writeHeader(ok, name, text);
      else ok.text(OkField.HeadersToRemove, name);
    }
  });
  return withMetadata(writer, { decision_id: decisionId, ...decided("allowed", policySet), route: asked.route.name });
}

/** The policies say no. */
export function denied(mapping: Mapping, asked: MappedQuestion, decision: Decision, decisionId: string): Buffer {
  const writer = statusOf(codes.permissionDenied, "denied");
  writeHttp(writer, CheckResponseField.DeniedResponse, 403, deniedBody(mapping, asked, decision, decisionId));
  const { decision: outcome, policySet } = decision;
  return withMetadata(writer, { decision_id: decisionId, ...decided(outcome, policySet), route: asked.route.name });
}

/** The request is denied unasked, or its question is none. */
export function refused(refusal: UnaskedDenial, decisionId: string): Buffer {
  const { httpStatus, reason } = refusal;
  const writer = statusOf(codes.permissionDenied, "refused");
  const headers = httpStatus === 401 ? [["www-authenticate", "Bearer"] as const] : [];
  writeHttp(writer, CheckResponseField.DeniedResponse, httpStatus, refusedBody(refusal, decisionId), headers);
  return withMetadata(writer, { decision_id: decisionId, outcome: "refused", reason });
}

/** Nothing could be decided, by no fault of the caller. */
export function undecided({ httpStatus, reason }: Undecided, decisionId: string): Buffer {
  const writer = statusOf(codes.unavailable, "undecided");
  writeHttp(writer, CheckResponseField.ErrorResponse, httpStatus, undecidedBody(decisionId));
  return withMetadata(writer, { decision_id: decisionId, outcome: "error", reason });
}

function statusOf(code: number, message: string): WireWriter {
  shared.truncate(0);
  return shared.message(CheckResponseField.Status, (status) => {
    if (code !== codes.ok) status.number(StatusField.Code, code).text(StatusField.Message, message);
  });
}

function writeHttp(
  writer: WireWriter,
  field: number,
  httpStatus: number,
  body: object,
  headers: readonly (readonly [name: string, value: string])[] = [],
): void {
  writer.message(field, (http) => {
    http.message(DeniedField.Status, (status) => status.number(HttpStatusField.Code, httpStatus));
    writeHeader(http, "content-type", "application/json");
    for (const [name, value] of headers) writeHeader(http, name, value);
    http.text(DeniedField.Body, JSON.stringify(body));
  });
}

/** Both kinds of responses have their headers in one field. */
function writeHeader(writer: WireWriter, name: string, value: string): void {
  writer.message(OkField.Headers, (option) =>
    option
      .message(HeaderOptionField.Header, (header) =>
        header.text(HeaderValueField.Key, name).text(HeaderValueField.Value, value),
      )
      .number(HeaderOptionField.AppendAction, overwrite),
  );
}

function decided(outcome: string, { digest, generation }: Decision["policySet"]) {
  return { outcome, policy_set_digest: digest, generation };
}

function withMetadata(writer: WireWriter, members: Readonly<Record<string, string | number>>): Buffer {
  writer.message(CheckResponseField.DynamicMetadata, (struct) => {
    for (const [name, value] of Object.entries(members)) {
      struct.message(StructField.Fields, (entry) =>
        entry.text(EntryField.Key, name).message(EntryField.Value, (held) => {
          if (typeof value === "number") held.double(StructValueField.NumberValue, value);
          else held.text(StructValueField.StringValue, value);
        }),
      );
    }
  });
  return writer.takeAs((bytes) => Buffer.from(bytes));
}
