/**
 * Questions as JSON to protobuf, and answers back, for everything that is not the hot path: that hands bytes to the matcher as
 * they come. Written out by hand (proto/verdict/v1/authorization.proto), because loading and compiling the definitions takes
 * longer than everything else that `check` does (50 ms, Node 20).
 */
import { Detail } from "../../assembly/format/layout.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { givenAnswer } from "./given-answers.js";

const DETAILS = { outcome: Detail.Outcome, reason: Detail.Reason, explain: Detail.Explain } as const;

/** A serialised AuthorizeRequest. */
export function encodeQuestion(
  question: AuthorizationQuestion,
  detail: "outcome" | "reason" | "explain",
  policySet = "",
): Uint8Array {
  const { resourceAccount = "", endpoint = "" } = question;
  const parts: Uint8Array[] = [];
  for (const [field, text] of [
    [1, question.principal],
    [2, question.action],
    [3, question.resource],
    [5, resourceAccount],
    [9, endpoint],
    [11, policySet],
  ] as const) {
    if (text !== "") parts.push(textField(field, text));
  }
  for (const [key, values] of question.context) {
    const list = Buffer.concat(values.map((value) => textField(1, value)));
    parts.push(lengthDelimited(4, Buffer.concat([textField(1, key), lengthDelimited(2, list)])));
  }
  for (const { key, value } of question.resourceTags) parts.push(tagField(6, key, value));
  for (const policy of question.sessionPolicies) parts.push(textField(7, policy));
  for (const { key, value } of question.sessionTags) parts.push(tagField(8, key, value));
  parts.push(Buffer.from([10 << 3, DETAILS[detail]]));
  if (question.whatIf) parts.push(Buffer.from([12 << 3, 1]));
  return Buffer.concat(parts);
}

/** A serialised AuthorizeResponse as JSON. */
export function decodeResponse(bytes: Uint8Array): Decision | DecisionError {
  const { digest, generation, answers } = givenAnswer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const [answer] = answers;
  if (answer === undefined || "error" in answer) return answer ?? { error: "engine: no decision" };
  // A caller without the right to explanations gets the outcome alone (OUT-8).
  const { decision, allowed, blockedBy = [], matchedStatements = [], missingContextKeys = [], ...rest } = answer;
  const { unknownPrincipal = false, ...optional } = rest;
  return {
    decision,
    allowed,
    blockedBy,
    matchedStatements,
    missingContextKeys,
    unknownPrincipal,
    policySet: { digest, generation },
    ...optional,
  };
}

function tagField(field: number, key: string, value: string): Uint8Array {
  return lengthDelimited(field, Buffer.concat([textField(1, key), textField(2, value)]));
}

/** Half a surrogate pair has no UTF-8 form; the byte that stands for it makes the matcher refuse the text. */
function textField(field: number, text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return lengthDelimited(field, /\p{Surrogate}/u.test(text) ? Buffer.concat([bytes, Buffer.from([0xff])]) : bytes);
}

function lengthDelimited(field: number, bytes: Uint8Array): Uint8Array {
  const head = [(field << 3) | 2];
  let { length } = bytes;
  for (; length >= 0x80; length >>>= 7) head.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, length]), bytes]);
}
