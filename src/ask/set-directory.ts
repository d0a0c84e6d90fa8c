/** What the served policy sets name (principals, resources, actions), read once a generation, for names and searches. */
import type { Engine } from "../engine/engine.js";
import { decodeListing } from "../image/policy-set-listing.js";
import type { PrincipalKind } from "../policy/policy-set.js";
import { parseRequester } from "../policy/requester.js";
import { foldText } from "../text/fold.js";

/** One policy set. */
export interface SetDirectory {
  readonly generation: number;
  /** ARNs of principals by kind, sorted. */
  principals(kind: PrincipalKind): readonly string[];
  /** The kind of a principal that the set declares. */
  kindOf(arn: string): PrincipalKind | undefined;
  /** ARNs of the principals of a kind with a name (without path); several in several accounts. */
  named(kind: PrincipalKind, name: string): readonly string[];
  /** Sorted. */
  readonly resources: readonly string[];
  /** As written; sorted; names that differ in case only stand there once (ACT-2). */
  readonly actions: readonly string[];
  /** Whether some policy of the set reads a condition key; names ignore case (COND-7). */
  readsKey(key: string): boolean;
}

/** The directories of an engine's policy sets. */
export class SetDirectories {
  private readonly known = new Map<string, SetDirectory>();

  constructor(private readonly engine: Engine) {}

  /** The directory of a set in force; empty is the default one. */
  of(name: string): SetDirectory | undefined {
    const published = name === "" ? this.engine.published() : this.engine.published(name);
    if (published === undefined) {
      this.known.delete(name);
      return undefined;
    }
    const known = this.known.get(name);
    if (known?.generation === published.generation) return known;
    const directory = makeDirectory(published.generation, published.listing);
    this.known.set(name, directory);
    return directory;
  }
}

function makeDirectory(generation: number, listing: Uint8Array): SetDirectory {
  const { principals, resources, actions, readKeys } = decodeListing(listing);
  const kinds = new Map(principals.map(({ arn, kind }) => [arn, kind]));
  const byKind = new Map<PrincipalKind, string[]>();
  const byName = new Map<string, string[]>();
  for (const { kind, arn } of principals) {
    listIn(byKind, kind).push(arn);
    const requester = parseRequester(arn, "generic");
    if (requester !== undefined) listIn(byName, `${kind}/${requester.name}`).push(arn);
  }
  for (const arns of byKind.values()) arns.sort();
  const keys = new Set(readKeys);
  const folded = new Map(actions.toReversed().map((action) => [action.toLowerCase(), action]));
  return {
    generation,
    principals: (kind) => byKind.get(kind) ?? [],
    kindOf: (arn) => kinds.get(arn),
    named: (kind, name) => byName.get(`${kind}/${name}`) ?? [],
    resources: [...resources].sort(),
    actions: [...folded.values()].sort(),
    readsKey: (key) => keys.has(foldText(key)),
  };
}

function listIn<K>(map: Map<K, string[]>, key: K): string[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
