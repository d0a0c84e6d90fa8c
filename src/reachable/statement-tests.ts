/** What a statement asks for, as far as requests for it depend on it. */
import type { Auditor } from "../audit/auditor.js";
import { actionApplies } from "../classes/action-applies.js";
import type { Statement } from "../policy/document/document.js";
import { lowerAscii } from "../text/fold.js";

/** Whether it asks for tags of the resource. */
export function asksForTags({ resource, conditions }: Statement): boolean {
  const asks = (text: string): boolean => /aws:resourcetag\//i.test(text);
  return resource?.patterns.some(asks) === true || conditions.some(({ key, values }) => asks(key) || values.some(asks));
}

/** The actions of a statement, and how they are spelled. */
export interface StatementActions {
  /** One name for each way in which AWS's rules and the catalogue tell apart the actions that it is about; the known ones first. */
  readonly representatives: readonly string[];
  /** False: there are more. */
  readonly isWhole: boolean;
  /** Names that the catalogue or the set knows, in lower case, grouped as the representatives are. */
  readonly groups: readonly (readonly string[])[];
}

/** The actions that a statement is about: nothing else tells them apart where the statement stands alone. */
export function actionsOfStatement(statement: Statement, { actions }: Pick<Auditor, "actions">): StatementActions {
  const { patterns, negated } = statement.action;
  const about = negated ? ["*"] : patterns;
  const names = new Set<string>();
  const literal: string[] = [];
  for (const pattern of about) {
    for (const name of actions.matching(pattern)) if (actionApplies(statement, name)) names.add(name);
    const folded = lowerAscii(pattern);
    if (!/[*?]/.test(pattern) && !names.has(folded) && /^[^:]+:[^:]+$/.test(folded)) literal.push(folded);
  }
  const groups = actions.alike([...new Set([...names, ...literal])], [patterns]);
  const found = groups.flatMap(([name]) => (name === undefined ? [] : [actions.names.get(name) ?? name]));
  let isWhole = true;
  const invented = new Set<string>();
  for (const pattern of about) {
    if (!/[*?]/.test(pattern)) continue;
    const more = actions.invented(pattern, everyAction, patterns);
    if (more === undefined) isWhole = false;
    for (const name of more ?? []) if (actionApplies(statement, lowerAscii(name))) invented.add(name);
  }
  return { representatives: [...found, ...invented], isWhole, groups };
}

const everyAction = ["*"];
