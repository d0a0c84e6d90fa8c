/** What is known about a condition key: the global table first, then the catalogue of the key's service. */
import type { CatalogueService } from "./catalogue/catalogue.js";
import { type ConditionKeyFacts, globalKey } from "./catalogue/condition-keys.js";
import type { Subject } from "./subject.js";

/** The facts about a key; undefined when nothing is known about it. */
export function knownKey(subject: Subject, key: string): ConditionKeyFacts | undefined {
  return globalKey(key) ?? keyOfService(serviceOfKey(subject, key), key);
}

/** The catalogued service whose prefix the key has. */
export function serviceOfKey({ catalogue }: Subject, key: string): CatalogueService | undefined {
  const colonAt = key.indexOf(":");
  return colonAt < 0 ? undefined : catalogue?.service(key.slice(0, colonAt));
}

/** The key of a service by its name or as one of a family. */
export function keyOfService(service: CatalogueService | undefined, key: string): ConditionKeyFacts | undefined {
  return service?.keys.find(({ template }) => template.test(key));
}
