/** The actions of a catalogue by name: found once for all sets that are audited with it. */
import type { Catalogue } from "../validate/catalogue/catalogue.js";

/** All of them. */
export interface CatalogueNames {
  /** As the catalogue spells them, by their lower case. */
  readonly names: ReadonlyMap<string, string>;
  /** In lower case, by what stands before the name, colon included. */
  readonly byPrefix: ReadonlyMap<string, readonly string[]>;
}

const none: CatalogueNames = { names: new Map(), byPrefix: new Map() };
const memo = new WeakMap<Catalogue, CatalogueNames>();

/** The names; none without a catalogue. */
export function catalogueNames(catalogue: Catalogue | undefined): CatalogueNames {
  if (catalogue === undefined) return none;
  let found = memo.get(catalogue);
  if (found === undefined) {
    found = listNames(catalogue);
    memo.set(catalogue, found);
  }
  return found;
}

function listNames(catalogue: Catalogue): CatalogueNames {
  const names = new Map<string, string>();
  const byPrefix = new Map<string, readonly string[]>();
  for (const prefix of catalogue.prefixes) {
    const own: string[] = [];
    for (const [name, action] of catalogue.service(prefix)?.actions ?? []) {
      const folded = `${prefix}:${name}`;
      names.set(folded, `${prefix}:${action.name}`);
      own.push(folded);
    }
    if (own.length > 0) byPrefix.set(`${prefix}:`, own);
  }
  return { names, byPrefix };
}
