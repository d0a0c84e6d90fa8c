/** The candidates of searches in the order of their names, kept as long as the policy set that names them and the mapping. */

import type { SetDirectory } from "../../ask/set-directory.js";
import type { ListScope } from "../../audit/list-scope.js";
import type { AuthzenMapping } from "./authzen-mapping.js";
import { actionsOfType, type Named, resourcesOfType, subjectsOfType } from "./authzen-names.js";
import type { Naming } from "./authzen-question.js";

/** What is searched for. */
export type Searched = "subject" | "resource" | "action";

/** Finds candidates. */
export class Candidates {
  // A large set takes long to go through, and pages of one search ask for the same candidates.
  private readonly known = new WeakMap<SetDirectory, Known>();

  /** Subjects or resources of a type, or the actions that a resource of a type can have. */
  of(
    { mapping, directory }: Naming,
    searched: Searched,
    type: string,
    resource: string,
    scope: ListScope | undefined,
  ): readonly Named[] {
    const known = scope?.names ?? [];
    if (searched === "action") return sorted(actionsOfType(mapping, directory, type, resource, known));
    const lists = this.listsOf(directory, mapping);
    const key = `${searched} ${scope === undefined ? "" : "whole"} ${type}`;
    const before = lists.get(key);
    if (before !== undefined) return before;
    const found = sorted(
      searched === "subject"
        ? subjectsOfType(mapping, directory, type, known)
        : resourcesOfType(mapping, directory, type),
    );
    // Callers choose types; only those that name something are kept.
    if (found.length > 0) lists.set(key, found);
    return found;
  }

  private listsOf(directory: SetDirectory, mapping: AuthzenMapping): Known["lists"] {
    const known = this.known.get(directory);
    if (known?.mapping === mapping) return known.lists;
    const lists: Known["lists"] = new Map();
    this.known.set(directory, { mapping, lists });
    return lists;
  }
}

interface Known {
  readonly mapping: AuthzenMapping;
  readonly lists: Map<string, readonly Named[]>;
}

function sorted(found: readonly Named[]): readonly Named[] {
  return [...found].sort((left, right) => (left.name < right.name ? -1 : 1));
}
