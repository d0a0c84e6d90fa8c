/**
 * What a catalogue of AWS's services, actions, resource types and condition keys tells. Validation and audits read it, never a decision
 * (ACT-11); where none can be loaded there is no advice from it.
 */
import { lowerAscii } from "../../text/fold.js";
import type { ConditionKeyFacts } from "./condition-keys.js";

/** What AWS documents about its services. */
export interface Catalogue {
  /** Of the data. */
  readonly version: string;
  /** Every prefix that exists, in lower case. */
  readonly prefixes: ReadonlySet<string>;
  /** One of the services that were asked for. */
  service(prefix: string): CatalogueService | undefined;
}

/** One service. */
export interface CatalogueService {
  readonly prefix: string;
  /** By name in lower case. */
  readonly actions: ReadonlyMap<string, CatalogueAction>;
  /** The names and levels of the actions alone, where they are at hand without them. */
  readonly listing?: ActionListing;
  readonly keys: readonly CatalogueKey[];
}

/** Actions of a service in the order of its `actions`, their names with the prefix before them. */
export interface ActionListing {
  readonly names: readonly string[];
  /** In lower case. */
  readonly folded: readonly string[];
  readonly levels: readonly (AccessLevel | undefined)[];
}

/** That of any service. */
export function actionListing({ prefix, actions, listing }: CatalogueService): ActionListing {
  return (
    listing ?? {
      names: [...actions.values()].map(({ name }) => `${prefix}:${name}`),
      folded: [...actions.keys()].map((name) => `${prefix}:${name}`),
      levels: [...actions.values()].map(({ accessLevel }) => accessLevel),
    }
  );
}

/** The kinds of access in the order in which AWS lists them. */
export const accessLevels = ["List", "Read", "Tagging", "Write", "Permissions management"] as const;

/** What kind of access an action gives. Each action has one, though some also write. */
export type AccessLevel = (typeof accessLevels)[number];

/** One action of a service. */
export interface CatalogueAction {
  readonly name: string;
  /** `undefined`: of a kind that AWS did not have when this was written. */
  readonly accessLevel: AccessLevel | undefined;
  /** None: the action has no resource (RES-9). */
  readonly resourceTypes: readonly { readonly name: string; readonly arn: string }[];
  /** Templates of all keys that requests for it may carry, of its resources included. */
  readonly conditionKeys: readonly string[];
}

/** What the catalogue knows of an action, whatever its case; undefined if it does not list it. */
export function actionIn(catalogue: Catalogue | undefined, action: string): CatalogueAction | undefined {
  const [prefix = "", name = ""] = lowerAscii(action).split(":", 2);
  return catalogue?.service(prefix)?.actions.get(name);
}

/** A key or, with a placeholder in its name, a family of keys. */
export interface CatalogueKey extends ConditionKeyFacts {
  readonly template: RegExp;
}

/**
 * The key's template as a test. AWS writes the part that varies as `${…}`, as `<…>`, as `tag-key` after
 * the last slash, or leaves it out after that slash.
 */
export function keyTemplate(name: string): RegExp {
  const pattern = name
    .replace(/\/(?:tag-key)?$/i, "/<tag-key>")
    .split(/\$\{[^}]*\}|<[^>]*>/)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".+");
  return new RegExp(`^${pattern}$`, "i");
}
