/** Services of the team itself, which no catalogue knows: those that occur in ARNs of other partitions than AWS's (GEN-1). */
import { isAwsPartition, splitArnFields } from "../../policy/document/arn.js";
import type { PolicyDocument } from "../../policy/document/document.js";

/** The service fields, in lower case, of all ARNs outside of AWS's partitions. */
export function ownServices(documents: Iterable<PolicyDocument>, arns: Iterable<string> = []): ReadonlySet<string> {
  const services = new Set<string>();
  for (const arn of arns) addService(arn, services);
  for (const { statements } of documents) {
    for (const { resource } of statements)
      for (const pattern of resource?.patterns ?? []) addService(pattern, services);
  }
  return services;
}

function addService(arn: string, services: Set<string>): void {
  const [scheme, partition, service] = splitArnFields(arn);
  if (scheme !== "arn" || partition === undefined || service === undefined || isAwsPartition(partition)) return;
  if (!/[*?]/.test(partition + service)) services.add(service.toLowerCase());
}
