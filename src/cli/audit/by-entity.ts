/** Users and roles that lines say the same of, together: a table with a line for each has the one that matters nowhere. */
import type { AccessLine } from "../../audit/lines.js";

/** Lines with one answer. */
export interface EntityGroup {
  readonly first: AccessLine;
  /** What the resources begin with; undefined if there is but one resource, whatever it is. */
  readonly prefix: string | undefined;
  readonly resources: string[];
}

/** Fewer are told one by one. */
const fewest = 3;

/** The lines in groups, in order of the first of each. */
export function byEntity(lines: readonly AccessLine[]): readonly EntityGroup[] {
  const groups = new Map<string, EntityGroup>();
  for (const line of lines) {
    const prefix = /^arn:[^:]*:iam::[0-9]*:(?:user|role)\//.exec(line.resource)?.[0];
    const id = JSON.stringify([prefix ?? line.resource, answerId(line)]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { first: line, prefix, resources: [line.resource] });
    else group.resources.push(line.resource);
  }
  return [...groups.values()];
}

/** The names of a group as one line says them, and what they have in common; undefined if they are told one by one. */
export function entityNames({ prefix, resources }: EntityGroup): readonly [common: string, names: string] | undefined {
  if (prefix === undefined || resources.length < fewest) return undefined;
  const kind = prefix.endsWith("role/") ? "roles" : "users";
  const names = resources.map((resource) => resource.slice(prefix.length)).join(", ");
  return [`${prefix}... (${resources.length} ${kind})`, names];
}

/** Equal for lines that say the same of their resources. */
export function answerId({ answer: { access, when, whenIsPartial, reason } }: AccessLine): string {
  return JSON.stringify([access, when, whenIsPartial, reason]);
}
