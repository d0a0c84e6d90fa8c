/**
 * How a test names a statement: by its Sid, by its policy with Sid or index, or by the file and line where it begins. A policy is
 * named as answers name it (OUT-3) or, of an ARN, by what follows its last slash.
 */
import { basename } from "node:path";
import type { MatchedStatement } from "../question/decision.js";
import { closestName } from "../text/closest-name.js";

/** What names one statement. */
export type NamedStatement = Pick<MatchedStatement, "policy" | "statement" | "sid" | "file" | "line">;

/** Whether the text names the statement. */
export function namesStatement(text: string, statement: NamedStatement): boolean {
  return namesOf(statement).includes(text) || isPlace(text, statement);
}

/** Every text that names a statement, but for longer ways to its file. */
export function namesOf({ policy, statement, sid, file, line }: NamedStatement): readonly string[] {
  const policies = new Set([policy, policy.startsWith("arn:") ? policy.slice(policy.lastIndexOf("/") + 1) : policy]);
  const names: string[] = sid === undefined || sid === "" ? [] : [sid];
  for (const name of policies) {
    if (sid !== undefined && sid !== "") names.push(`${name}/${sid}`);
    names.push(`${name}[${statement}]`);
  }
  return [...names, `${basename(file)}:${line}`];
}

/** The way to the file may begin anywhere above it. */
function isPlace(text: string, { file, line }: NamedStatement): boolean {
  const end = `:${line}`;
  if (!text.endsWith(end)) return false;
  const wanted = text.slice(0, -end.length).replace(/^\.\//, "");
  return wanted !== "" && (file === wanted || file.endsWith(`/${wanted}`) || wanted.endsWith(`/${file}`));
}

/** The name of a statement of the set that a text which names none was meant to be. */
export function meantStatement(text: string, statements: Iterable<NamedStatement>): string | undefined {
  const names = new Set<string>();
  for (const statement of statements) for (const name of namesOf(statement)) names.add(name);
  return closestName(text, names);
}
