/** What callers whose request does not pass read, and the headers that the service receives of one that does. */
import type { Decision } from "../../question/decision.js";
import type { MappedQuestion, UnaskedDenial } from "./ask-question.js";
import type { Mapping } from "./mapping.js";
import { fillText } from "./value-template.js";

/** The policies say no; why, only where the mapping says so. */
export function deniedBody(mapping: Mapping, asked: MappedQuestion, decision: Decision, decisionId: string): object {
  const told = mapping.tellsReasons
    ? {
        decision: decision.decision,
        blockedBy: decision.blockedBy,
        action: asked.question.action,
        missingContextKeys: decision.missingContextKeys,
      }
    : {};
  return { error: "forbidden", ...told, decisionId };
}

/** The request is denied unasked; a request that cannot be read says why. */
export function refusedBody({ httpStatus, reason }: UnaskedDenial, decisionId: string): object {
  const error = { 400: "bad request", 401: "unauthenticated", 403: "forbidden" }[httpStatus];
  return { error, ...(httpStatus === 400 ? { reason } : {}), decisionId };
}

/** Nothing could be decided. */
export function undecidedBody(decisionId: string): object {
  return { error: "no decision", decisionId };
}

/** Headers that the service receives instead of the caller's own; without a value the caller's own goes all the same. */
export function requestHeadersOf(
  mapping: Mapping,
  asked: MappedQuestion,
): readonly (readonly [name: string, value: string | undefined])[] {
  return mapping.requestHeaders.map(({ name, value }) => {
    const text = fillText(value, asked.values);
    // A text that no header can hold is left out.
    return [name, text !== undefined && /^[!-~](?:[ -~]*[!-~])?$/.test(text) ? text : undefined];
  });
}
