/** The actions of a catalogue by name: found once for all sets that are audited with it. */
import { compareTexts, compareUtf8 } from "../text/compare-texts.js";
import { actionListing, type Catalogue } from "../validate/catalogue/catalogue.js";

/** All of them. */
export interface CatalogueNames {
  /** As the catalogue spells them, by their lower case. */
  readonly names: ReadonlyMap<string, string>;
  /** The spellings in the same order, and AWS's levels: null where the catalogue does not say. */
  readonly spelled: readonly string[];
  readonly levels: readonly (string | null)[];
  /** The places of the spellings in the order of UTF-8. */
  readonly order: readonly number[];
  /** In lower case, by what stands before the name, colon included. */
  readonly byPrefix: ReadonlyMap<string, readonly string[]>;
}

const none: CatalogueNames = { names: new Map(), spelled: [], levels: [], order: [], byPrefix: new Map() };
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
  const spelled: string[] = [];
  const levels: (string | null)[] = [];
  for (const prefix of catalogue.prefixes) {
    const service = catalogue.service(prefix);
    if (service === undefined) continue;
    const listing = actionListing(service);
    for (const [index, name] of listing.names.entries()) {
      names.set(listing.folded[index] ?? name, name);
      spelled.push(name);
      levels.push(listing.levels[index] ?? null);
    }
    if (listing.names.length > 0) byPrefix.set(`${prefix}:`, listing.folded);
  }
  return { names, spelled, levels, order: orderOf(spelled), byPrefix };
}

/** Names of a service mostly stand in order, so there is little to sort. */
function orderOf(spelled: readonly string[]): readonly number[] {
  const compare = /[\ud800-\udfff]/.test(spelled.join("\n")) ? compareUtf8 : compareTexts;
  return spelled.map((_, place) => place).sort((left, right) => compare(spelled[left] ?? "", spelled[right] ?? ""));
}
