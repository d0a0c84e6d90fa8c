/** Answers as JSON, for everything that is not the hot path: that hands bytes on as they come. */
import type { Decision, DecisionError } from "../question/decision.js";
import { givenAnswer } from "./given-answers.js";

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
