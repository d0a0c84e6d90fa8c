/**
 * Where the rule behind a finding can be read. Addresses are relative to the folder of this package and of its repository, where the
 * documents have the same places; they begin with the homepage once `package.json` names one.
 */
import { ruleDescription } from "./rules.js";

/** The document of the rules that policies are read and decided by. */
export const SEMANTICS = "src/policy/SEMANTICS.md";
/** The document of the rules that are ours: advice, formats of policy sets and of mappings. */
export const OWN_RULES = "src/validate/README.md";

/** Whether the rule is one of ours: its id has words only, as `SET-FORMAT`, where the ids of the law (`SET-2`) end in numbers. */
export function isOwnRule(id: string): boolean {
  return id === "YAML" || /^(?:LINT|SET|MAP)-[A-Z]/.test(id);
}

/** The address of a rule, with its anchor; none for an id that is in no document. */
export function helpUri(id: string): string | undefined {
  if (ruleDescription(id) === undefined) return undefined;
  return `${isOwnRule(id) ? OWN_RULES : SEMANTICS}#${id}`;
}
