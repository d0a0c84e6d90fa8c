/** The statements of a policy set that can decide something: those of every document that is attached to something, each once. */
import { fullAccess } from "../policy/formats/policy-directory.js";
import { forEachAttached, type PolicySet } from "../policy/policy-set.js";
import type { MatchedStatement } from "../question/decision.js";

/** One statement under the name of the policy it stands in; `policyType` is the first that it is attached as. */
export type SetStatement = MatchedStatement;

/** Lists them in the order of files and lines. What AWS attaches by itself has no author and is left out. */
export function setStatements(policySet: PolicySet): readonly SetStatement[] {
  const found = new Map<string, SetStatement>();
  const documents = new Set<unknown>([fullAccess.document]);
  forEachAttached(policySet, ({ name, document }, policyType) => {
    if (documents.has(document)) return;
    documents.add(document);
    for (const [index, { sid, effect, source, offset }] of document.statements.entries()) {
      const type = policyType === "trust" ? "resource" : policyType;
      const { file, line, column } = source.positionAt(offset);
      const statement = {
        policyType: type,
        policy: name,
        statement: index,
        ...(sid === undefined ? {} : { sid }),
        effect,
        file,
        line,
        column,
      };
      found.set(statementKey(statement), statement);
    }
  });
  return [...found.values()].sort(
    (left, right) =>
      (left.file < right.file ? -1 : left.file > right.file ? 1 : 0) ||
      left.line - right.line ||
      left.column - right.column,
  );
}

/** The same for every mention of one statement: its place, and its index where a whole document stands at one place. */
export function statementKey({ file, line, column, statement }: MatchedStatement): string {
  return `${file}:${line}:${column}#${statement}`;
}
