/**
 * Answers to Envoy as serialised `CheckResponse` messages. Only `passed` has the code 0; a denial and the inability to decide are
 * different answers, because an Envoy with `failure_mode_allow` lets the second one pass.
 */
import type { Decision } from "../../question/decision.js";
import { deniedBody, refusedBody, requestHeadersOf, undecidedBody } from "./answer-body.js";
import type { AskedQuestion, Refusal } from "./ask-question.js";
import type { Undecided } from "./decide-check.js";
import type { Mapping } from "./mapping.js";
import { WireWriter } from "./wire-writer.js";

/** Values of `google.rpc.Code` that answers have. */
const codes = { ok: 0, permissionDenied: 7, unavailable: 14 } as const;

/** Fields of `CheckResponse`. */
const fields = { status: 1, deniedResponse: 2, okResponse: 3, dynamicMetadata: 4, errorResponse: 5 } as const;

/** `OVERWRITE_IF_EXISTS_OR_ADD`: the caller's own copies do not survive. */
const overwrite = 2;

/** The request goes on, with the headers of the mapping in place of the caller's own. */
export function passed(
  mapping: Mapping,
  asked: AskedQuestion,
  policySet: Decision["policySet"],
  decisionId: string,
): Buffer {
  const writer = statusOf(codes.ok, "");
  writer.message(fields.okResponse, (ok) => {
    for (const name of mapping.removeHeaders) ok.text(5, name);
    // The caller's own header goes in any case.
    for (const [name, text] of requestHeadersOf(mapping, asked)) {
      if (text !== undefined) writeHeader(ok, name, text);
      else ok.text(5, name);
    }
  });
  return withMetadata(writer, { decision_id: decisionId, ...decided("allowed", policySet), route: asked.route.name });
}

/** The policies say no. */
export function denied(mapping: Mapping, asked: AskedQuestion, decision: Decision, decisionId: string): Buffer {
  const writer = statusOf(codes.permissionDenied, "denied");
  writeHttp(writer, fields.deniedResponse, 403, deniedBody(mapping, asked, decision, decisionId));
  const { decision: outcome, policySet } = decision;
  return withMetadata(writer, { decision_id: decisionId, ...decided(outcome, policySet), route: asked.route.name });
}

/** The request is denied unasked, or its question is none. */
export function refused(refusal: Refusal, decisionId: string): Buffer {
  const { httpStatus, reason } = refusal;
  const writer = statusOf(codes.permissionDenied, "refused");
  const headers = httpStatus === 401 ? [["www-authenticate", "Bearer"] as const] : [];
  writeHttp(writer, fields.deniedResponse, httpStatus, refusedBody(refusal, decisionId), headers);
  return withMetadata(writer, { decision_id: decisionId, outcome: "refused", reason });
}

/** Nothing could be decided, by no fault of the caller. */
export function undecided({ httpStatus, reason }: Undecided, decisionId: string): Buffer {
  const writer = statusOf(codes.unavailable, "undecided");
  writeHttp(writer, fields.errorResponse, httpStatus, undecidedBody(decisionId));
  return withMetadata(writer, { decision_id: decisionId, outcome: "error", reason });
}

function statusOf(code: number, message: string): WireWriter {
  return new WireWriter().message(fields.status, (status) => {
    if (code !== codes.ok) status.number(1, code).text(2, message);
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
    http.message(1, (status) => status.number(1, httpStatus));
    writeHeader(http, "content-type", "application/json");
    for (const [name, value] of headers) writeHeader(http, name, value);
    http.text(3, JSON.stringify(body));
  });
}

/** Both kinds of responses have their headers in field 2. */
function writeHeader(writer: WireWriter, name: string, value: string): void {
  writer.message(2, (option) =>
    option.message(1, (header) => header.text(1, name).text(2, value)).number(3, overwrite),
  );
}

function decided(outcome: string, { digest, generation }: Decision["policySet"]) {
  return { outcome, policy_set_digest: digest, generation };
}

function withMetadata(writer: WireWriter, members: Readonly<Record<string, string | number>>): Buffer {
  writer.message(fields.dynamicMetadata, (struct) => {
    for (const [name, value] of Object.entries(members)) {
      struct.message(1, (entry) =>
        entry
          .text(1, name)
          .message(2, (held) => (typeof value === "number" ? held.double(2, value) : held.text(3, value))),
      );
    }
  });
  return writer.finish();
}
