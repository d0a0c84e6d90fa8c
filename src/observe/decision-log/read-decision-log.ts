/**
 * Decision records out of a log, as far as deciding them again needs them: one line at a time, so that a log may be of any
 * size and compressed. Lines end at LF only; the last one may be torn, any other that is no record is said to be none.
 */

import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import type { GivenAnswer } from "../../wire/given-answers.js";
import { logBytes, TruncatedLogError } from "./log-bytes.js";

/** A record that can be decided again. */
export interface LoggedDecision {
  readonly kind: "decision";
  readonly line: number;
  readonly id: string;
  /** The name of the policy set that decided. */
  readonly policySet: string;
  readonly clockMs: number;
  readonly question: AuthorizationQuestion;
  readonly whatIfAllowed: boolean;
  readonly result: GivenAnswer;
}

/** A record that cannot: why. */
export interface Unreplayable {
  readonly kind: "unreplayable";
  readonly line: number;
  readonly id: string;
  readonly reason: "erased" | "malformed" | "internal failure";
}

/** What a line of a log holds. */
export type LogLine =
  | LoggedDecision
  | Unreplayable
  /** The end of a log whose process was killed. */
  | { readonly kind: "torn"; readonly line: number }
  | { readonly kind: "unreadable"; readonly line: number };

/** Longer lines are no records. */
const LONGEST_LINE = 16 << 20;
const LF = 0x0a;

/** The lines of a log, in order. Rejects where the stream does, and for compressed bytes that cannot be inflated. */
export async function* readDecisionLog(stream: AsyncIterable<unknown>): AsyncGenerator<LogLine> {
  const pending = new PendingLine();
  let line = 1;
  let breaksOff = false;
  try {
    for await (const chunk of logBytes(stream)) {
      let start = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
        pending.add(chunk.subarray(start, end));
        const text = pending.take();
        if (text === undefined) yield { kind: "unreadable", line };
        else if (text !== "") yield readLine(text, line);
        start = end + 1;
        line++;
      }
      pending.add(chunk.subarray(start));
    }
  } catch (error: unknown) {
    if (!(error instanceof TruncatedLogError)) throw error;
    breaksOff = true;
  }
  const text = pending.take();
  if (text === undefined) yield { kind: "unreadable", line };
  else if (isTorn(text)) breaksOff = true;
  else if (text !== "") yield readLine(text, line++);
  if (breaksOff) yield { kind: "torn", line };
}

/** A line of which more may come. */
class PendingLine {
  private parts: Buffer[] = [];
  private length = 0;

  add(part: Buffer): void {
    this.length += part.length;
    if (this.length > LONGEST_LINE) this.parts = [];
    else this.parts.push(part);
  }

  /** The line, after which another one begins; undefined for one that is too long. */
  take(): string | undefined {
    const { parts, length } = this;
    this.parts = [];
    this.length = 0;
    return length > LONGEST_LINE ? undefined : Buffer.concat(parts).toString("utf8");
  }
}

/** Whether a text begins as a record and breaks off; a power failure may leave zeros where the record was to be. */
function isTorn(text: string): boolean {
  return text.startsWith("\0") || (text.startsWith("{") && parseLine(text) === undefined);
}

function readLine(text: string, line: number): LogLine {
  const record = parseLine(text);
  return (isJsonObject(record) ? readRecord(record, line) : undefined) ?? { kind: "unreadable", line };
}

/** Undefined for what is no JSON. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readRecord(record: JsonObject, line: number): LogLine | undefined {
  const { decision_id: id, bundles, clock, input, result } = record;
  if (typeof id !== "string" || typeof clock !== "string" || !isJsonObject(bundles) || !isJsonObject(input))
    return undefined;
  const answer = readResult(result);
  const clockMs = Date.parse(clock);
  const [policySet] = Object.keys(bundles);
  if (answer === undefined || policySet === undefined || Number.isNaN(clockMs)) return undefined;
  const reason = hindranceOf(record);
  if (reason !== undefined) return { kind: "unreplayable", line, id, reason };
  const question = readQuestion(input);
  if (question === undefined) return undefined;
  const whatIfAllowed = record.what_if_allowed === true;
  return { kind: "decision", line, id, policySet, clockMs, question, whatIfAllowed, result: answer };
}

function hindranceOf({ erased, malformed, errorCode }: JsonObject): Unreplayable["reason"] | undefined {
  if (malformed === true) return "malformed";
  if (errorCode === "InternalFailure") return "internal failure";
  const isErased =
    Array.isArray(erased) && erased.some((path) => path === "input" || String(path).startsWith("input."));
  return isErased ? "erased" : undefined;
}

function readResult(result: unknown): GivenAnswer | undefined {
  if (!isJsonObject(result)) return undefined;
  if (typeof result.error === "string") return { error: result.error };
  const { decision, blockedBy, matchedStatements } = result;
  if (decision !== "allowed" && decision !== "explicitDeny" && decision !== "implicitDeny") return undefined;
  const types = textsOf(blockedBy);
  return {
    decision,
    allowed: decision === "allowed",
    ...(types === undefined ? {} : { blockedBy: types }),
    ...(Array.isArray(matchedStatements)
      ? { matchedStatements: matchedStatements.filter(isJsonObject).map(statementOf) }
      : {}),
  };
}

function statementOf(
  statement: JsonObject,
): NonNullable<Exclude<GivenAnswer, { error: string }>["matchedStatements"]>[number] {
  const { policyType, policy, sid, effect, file } = statement;
  return {
    policyType: String(policyType),
    policy: String(policy),
    statement: Number(statement.statement),
    ...(typeof sid === "string" ? { sid } : {}),
    effect: effect === "Deny" ? "Deny" : "Allow",
    file: String(file),
    line: Number(statement.line),
    column: Number(statement.column),
  };
}

function readQuestion(input: JsonObject): AuthorizationQuestion | undefined {
  const { principal, action, resource, resourceAccount, endpoint } = input;
  if (typeof principal !== "string" || typeof action !== "string" || typeof resource !== "string") return undefined;
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(isJsonObject(input.context) ? input.context : {})) {
    const values = typeof value === "string" ? [value] : textsOf(value);
    if (values === undefined) return undefined;
    context.set(key, values);
  }
  return {
    principal,
    action,
    resource,
    context,
    resourceTags: tagsOf(input.resourceTags),
    sessionPolicies: textsOf(input.sessionPolicies) ?? [],
    sessionTags: tagsOf(input.sessionTags),
    whatIf: input.whatIf === true,
    ...(typeof resourceAccount === "string" ? { resourceAccount } : {}),
    ...(typeof endpoint === "string" ? { endpoint } : {}),
  };
}

function tagsOf(value: unknown): AuthorizationQuestion["resourceTags"] {
  return Object.entries(isJsonObject(value) ? value : {}).map(([key, text]) => ({ key, value: String(text) }));
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts: readonly unknown[] = value;
  return texts.every((text) => typeof text === "string") ? texts : undefined;
}
