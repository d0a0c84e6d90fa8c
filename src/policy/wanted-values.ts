/**
 * What a condition that failed wanted, out of the policy set at hand: an explanation says what the request had. Variables are filled
 * in with what the question and the directory say; one that neither knows stays as it is written.
 */

import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, StatementExplanation } from "../question/decision.js";
import { foldText } from "../text/fold.js";
import type { ConditionTest } from "./document/document.js";
import { parseTemplate } from "./document/template.js";
import { type DirectoryPrincipal, forEachAttached, type NamedPolicy, type PolicySet } from "./policy-set.js";
import { parseRequester } from "./requester.js";

/** A value as the policy has it, and what its variables made of it. */
export interface WantedValue {
  readonly written: string;
  /** Absent where it has no variables, or some that nobody knows. */
  readonly filled?: string;
}

/** Finds what the condition of a statement that did not apply wanted. */
export type WantedBy = (explained: StatementExplanation) => readonly WantedValue[];

/** For a question over a policy set; documents that are not of the set want nothing that is known here. */
export function wantedBy(policySet: PolicySet, question: AuthorizationQuestion): WantedBy {
  return wantedIn(policySet)(question);
}

/** For many questions over a policy set, whose documents are found once. */
export function wantedIn(policySet: PolicySet): (question: AuthorizationQuestion) => WantedBy {
  const documents = new Map<string, NamedPolicy["document"]>();
  forEachAttached(policySet, ({ document }) => {
    for (const { source, offset } of document.statements) documents.set(placeOf(source.positionAt(offset)), document);
  });
  return (question) => {
    const known = knownValues(policySet, question);
    return ({ statement, operator, key }) => {
      const document = documents.get(placeOf(statement));
      const test = document?.statements[statement.statement]?.conditions.find(
        (one) => one.operatorName === operator && one.key === key,
      );
      return document === undefined || test === undefined ? [] : valuesOf(test, document.version, known);
    };
  };
}

function placeOf({ file, line, column }: { readonly file: string; readonly line: number; readonly column: number }) {
  return `${file}:${line}:${column}`;
}

function valuesOf(
  { values }: ConditionTest,
  version: NamedPolicy["document"]["version"],
  known: ReadonlyMap<string, string>,
): readonly WantedValue[] {
  return values.map((written) => {
    let hasVariables = false;
    let isKnown = true;
    const pieces = parseTemplate(written, version).map((part) => {
      if (part.kind !== "variable") return part.text;
      hasVariables = true;
      const value = known.get(foldText(part.key)) ?? part.default;
      if (value === undefined) isKnown = false;
      return value ?? "";
    });
    return hasVariables && isKnown ? { written, filled: pieces.join("") } : { written };
  });
}

/** Values of the keys that variables are mostly made of, by folded key. */
function knownValues(policySet: PolicySet, question: AuthorizationQuestion): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined) known.set(foldText(key), value);
  };
  for (const [key, [only, ...others]] of question.context) if (others.length === 0) put(key, only);
  for (const { key, value } of question.resourceTags) put(`aws:ResourceTag/${key}`, value);
  const requester = parseRequester(question.principal, policySet.profile);
  const principal = policySet.principals.find((one) => isOf(one, question.principal, requester));
  for (const { key, value } of principal?.tags ?? []) put(`aws:PrincipalTag/${key}`, value);
  for (const { key, value } of question.sessionTags) put(`aws:PrincipalTag/${key}`, value);
  put("aws:PrincipalAccount", requester?.account);
  if (requester?.kind === "user") {
    put("aws:PrincipalArn", question.principal);
    put("aws:username", requester.name);
  }
  return known;
}

function isOf(one: DirectoryPrincipal, arn: string, requester: ReturnType<typeof parseRequester>): boolean {
  if (one.arn === arn) return true;
  if (requester?.kind !== "session" || one.kind !== "role" || one.account !== requester.account) return false;
  return one.arn.endsWith(`/${requester.name}`);
}

/** The decision with what failed conditions wanted in it, for JSON. */
export function withWanted(decision: Decision, wanted: WantedBy): Decision {
  if (decision.statements === undefined) return decision;
  const statements = decision.statements.map((explained) => {
    const values = wanted(explained);
    return values.length === 0 ? explained : { ...explained, wantedValues: values };
  });
  return { ...decision, statements };
}
