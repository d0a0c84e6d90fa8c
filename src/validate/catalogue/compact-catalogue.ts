/**
 * The catalogue in one small file, made when the package is built: names and levels of all actions at hand, what else is known of a
 * service as a text that is read when somebody asks for it.
 */
import type { KeyType } from "../../policy/document/operators.js";
import {
  type AccessLevel,
  type ActionListing,
  accessLevels,
  type Catalogue,
  type CatalogueAction,
  type CatalogueKey,
  type CatalogueService,
  keyTemplate,
} from "./catalogue.js";

/** A catalogue as JSON. */
export interface CompactCatalogue {
  /** Of this form. */
  readonly format: number;
  /** Of the data. */
  readonly version: string;
  /** In the order of the catalogue. */
  readonly services: readonly CompactService[];
}

/** One service. */
interface CompactService {
  readonly prefix: string;
  /** The names of its actions, as AWS spells them, with blanks between. */
  readonly actions: string;
  /** A digit an action: its place in `accessLevels`; `-` for a level that is not known. */
  readonly levels: string;
  /** `ServiceDetails` as JSON. */
  readonly details: string;
}

/** What is seldom asked for. Actions name types and keys by their places. */
interface ServiceDetails {
  readonly keys: readonly (readonly [name: string, type: KeyType, multivalued: boolean])[];
  readonly types: readonly (readonly [name: string, arn: string])[];
  readonly keyNames: readonly string[];
  readonly actions: readonly (readonly [types: readonly number[], keyNames: readonly number[]])[];
}

/** Another one is not read. */
export const COMPACT_FORMAT = 1;

/** The whole catalogue in its compact form. */
export function compactCatalogue(catalogue: Catalogue): CompactCatalogue {
  const services = [...catalogue.prefixes].flatMap((prefix) => catalogue.service(prefix) ?? []).map(compactService);
  return { format: COMPACT_FORMAT, version: catalogue.version, services };
}

function compactService({ prefix, actions, keys }: CatalogueService): CompactService {
  const types = new Places<readonly [string, string]>();
  const keyNames = new Places<string>();
  const all = [...actions.values()];
  const details: ServiceDetails = {
    keys: keys.map(({ name, type, multivalued }) => [name, type, multivalued]),
    actions: all.map(({ resourceTypes, conditionKeys }) => [
      resourceTypes.map(({ name, arn }) => types.of([name, arn])),
      conditionKeys.map((name) => keyNames.of(name)),
    ]),
    types: types.values,
    keyNames: keyNames.values,
  };
  return {
    prefix,
    actions: all.map(({ name }) => name).join(" "),
    levels: all
      .map(({ accessLevel }) => (accessLevel === undefined ? "-" : accessLevels.indexOf(accessLevel)))
      .join(""),
    details: JSON.stringify(details),
  };
}

/** Values by the place at which each stands once. */
class Places<T> {
  readonly values: T[] = [];
  private readonly places = new Map<string, number>();

  of(value: T): number {
    const id = JSON.stringify(value);
    let place = this.places.get(id);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.places.set(id, place);
    }
    return place;
  }
}

/** The catalogue that was made compact; with `prefixes`, in lower case, only these services. */
export function expandedCatalogue({ version, services }: CompactCatalogue, prefixes?: ReadonlySet<string>): Catalogue {
  const byPrefix = new Map(
    services
      .filter(({ prefix }) => prefixes === undefined || prefixes.has(prefix))
      .map((service) => [service.prefix, new LazyService(service)]),
  );
  return {
    version,
    prefixes: new Set(services.map(({ prefix }) => prefix)),
    service: (prefix) => byPrefix.get(prefix) ?? byPrefix.get(prefix.toLowerCase()),
  };
}

class LazyService implements CatalogueService {
  readonly prefix: string;
  private knownActions: ReadonlyMap<string, CatalogueAction> | undefined;
  private knownKeys: readonly CatalogueKey[] | undefined;
  private knownDetails: ServiceDetails | undefined;

  constructor(private readonly compact: CompactService) {
    this.prefix = compact.prefix;
  }

  get actions(): ReadonlyMap<string, CatalogueAction> {
    if (this.knownActions === undefined) {
      const { actions, levels } = this.compact;
      const names = actions === "" ? [] : actions.split(" ");
      const folded = actions.toLowerCase().split(" ");
      const known = new Map<string, CatalogueAction>();
      for (const [index, name] of names.entries()) {
        const level = accessLevels[Number(levels[index])];
        known.set(folded[index] ?? "", new LazyAction(name, level, this, index));
      }
      this.knownActions = known;
    }
    return this.knownActions;
  }

  /** Cut out of two texts: twenty thousand names one by one would take longer than what is asked about most of them. */
  get listing(): ActionListing {
    const { actions, levels, prefix } = this.compact;
    if (actions === "") return { names: [], folded: [], levels: [] };
    const all = `${prefix}:${actions.replaceAll(" ", ` ${prefix}:`)}`;
    return {
      names: all.split(" "),
      folded: all.toLowerCase().split(" "),
      levels: Array.from(levels, (digit) => accessLevels[Number(digit)]),
    };
  }

  get keys(): readonly CatalogueKey[] {
    this.knownKeys ??= this.details.keys.map(([name, type, multivalued]) => ({
      name,
      type,
      multivalued,
      template: keyTemplate(name),
    }));
    return this.knownKeys;
  }

  get details(): ServiceDetails {
    if (this.knownDetails === undefined) {
      const details: ServiceDetails = JSON.parse(this.compact.details);
      this.knownDetails = details;
    }
    return this.knownDetails;
  }
}

class LazyAction implements CatalogueAction {
  constructor(
    readonly name: string,
    readonly accessLevel: AccessLevel | undefined,
    private readonly service: LazyService,
    private readonly index: number,
  ) {}

  get resourceTypes(): CatalogueAction["resourceTypes"] {
    const { actions, types } = this.service.details;
    return (actions[this.index]?.[0] ?? []).map((place) => {
      const [name = "", arn = "*"] = types[place] ?? [];
      return { name, arn };
    });
  }

  get conditionKeys(): readonly string[] {
    const { actions, keyNames } = this.service.details;
    return (actions[this.index]?.[1] ?? []).map((place) => keyNames[place] ?? "");
  }
}
