/** Answers of a block: one decision a cell, and what decided where the plan wants it. */
import type { MatchedStatement } from "../question/decision.js";
import { BatchResponseField, OutcomeNumber } from "../wire/authorization-fields.js";
import { type GivenAnswer, givenAnswers } from "../wire/given-answers.js";
import { wireReader } from "../wire/wire-reader.js";

/** The words of the column `decision`, by code. Only the first lets anybody pass. */
export const decisionWords = ["allowed", "explicitDeny", "implicitDeny", "error"] as const;
const ERROR = decisionWords.indexOf("error");

/** The answers of a block in order. */
export interface BlockAnswers {
  /** Indices of `decisionWords`. */
  readonly codes: Uint8Array;
  /** Where they are wanted: policy types and statements, empty where there are none. */
  readonly layers?: readonly string[];
  readonly statements?: readonly string[];
  /** Of the first cell that could not be decided, where answers tell. */
  readonly error?: string;
}

/** Answers that say the outcome alone. Throws if there is not one for each cell. */
export function readOutcomes(response: Uint8Array, cells: number): BlockAnswers {
  const codes = new Uint8Array(cells);
  let at = 0;
  const reader = wireReader(response, "lenient");
  while (reader.next()) {
    if (reader.field !== BatchResponseField.Outcomes) continue;
    // Outcomes are below 128, so packed ones are a byte each.
    for (const outcome of reader.bytes()) codes[at++] = codeOf(outcome);
  }
  if (at !== cells) throw new Error(`matrix: ${at} answers to ${cells} questions`);
  return { codes };
}

/** Whatever is not one of the three decisions is an error, never an allow. */
function codeOf(outcome: number): number {
  if (outcome === OutcomeNumber.Allowed) return 0;
  if (outcome === OutcomeNumber.ExplicitDeny) return 1;
  return outcome === OutcomeNumber.ImplicitDeny ? 2 : ERROR;
}

/** Answers that say what decided. Throws if there is not one for each cell. */
export function readReasons(response: Uint8Array, cells: number): BlockAnswers {
  const { answers } = givenAnswers(response);
  if (answers.length !== cells) throw new Error(`matrix: ${answers.length} answers to ${cells} questions`);
  const codes = new Uint8Array(cells);
  const layers: string[] = [];
  const statements: string[] = [];
  const known = new Map<GivenAnswer, readonly [code: number, layer: string, statement: string]>();
  let error: string | undefined;
  for (const [cell, answer] of answers.entries()) {
    let told = known.get(answer);
    if (told === undefined) {
      told = tell(answer);
      known.set(answer, told);
    }
    if ("error" in answer) error ??= answer.error;
    const [code, layer, statement] = told;
    codes[cell] = code;
    layers.push(layer);
    statements.push(statement);
  }
  return { codes, layers, statements, ...(error === undefined ? {} : { error }) };
}

function tell(answer: GivenAnswer): readonly [code: number, layer: string, statement: string] {
  if ("error" in answer) return [ERROR, "", ""];
  const { decision, blockedBy = [], matchedStatements = [] } = answer;
  const layers = answer.allowed ? [...new Set(matchedStatements.map(({ policyType }) => policyType))] : blockedBy;
  return [decisionWords.indexOf(decision), layers.join("; "), matchedStatements.map(statementText).join("; ")];
}

/** A statement as tests of policies name it too: `policy/Sid`, or `policy[index]`. */
function statementText({ policy, sid, statement }: MatchedStatement): string {
  return sid === undefined || sid === "" ? `${policy}[${statement}]` : `${policy}/${sid}`;
}
