/**
 * The context keys that documents name, whether a request reads them or not: what AWS's simulator calls missing and what its
 * `GetContextKeysFor…Policy` list.
 */
import type { PolicyDocument, Statement } from "./document.js";
import { parseTemplate } from "./template.js";

/**
 * The condition keys and variables of every statement, with those under `Null` and variables with a default. Spelled as in the
 * policy, two spellings of one key are two; sorted by code unit, without repetition.
 */
export function contextKeysOf(documents: Iterable<PolicyDocument>): readonly string[] {
  const keys = new Set<string>();
  for (const { version, statements } of documents) {
    for (const statement of statements) addStatementKeys(statement, version, keys);
  }
  return [...keys].sort();
}

function addStatementKeys(
  { resource, conditions }: Statement,
  version: PolicyDocument["version"],
  keys: Set<string>,
): void {
  const addVariables = (text: string): void => {
    for (const part of parseTemplate(text, version)) if (part.kind === "variable") keys.add(part.key);
  };
  for (const pattern of resource?.patterns ?? []) addVariables(pattern);
  for (const { key, values } of conditions) {
    keys.add(key);
    for (const value of values) addVariables(value);
  }
}
