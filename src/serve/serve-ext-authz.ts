/** The ext_authz part of `verdict serve`: reads the mapping and makes the service. Loaded only where the setting names a mapping. */
import type { ExtAuthzOptions } from "../server/ext-authz/authorization.js";
import { extAuthzService } from "../server/ext-authz/authorization.js";
import type { Mapping } from "../server/ext-authz/mapping.js";
import { buildMapping } from "../server/ext-authz/read-mapping.js";
import type { GrpcService } from "../server/grpc/grpc-service.js";
import type { ServedMappings } from "./served-mappings.js";

/** What proxies ask by. */
export interface ServedExtAuthz {
  /** The mapping in force. */
  readonly mapping: () => Mapping;
  /** The service that Envoy asks. */
  service(parts: Omit<ExtAuthzOptions, "mapping">): GrpcService;
}

/** Follows the mapping of a file; throws a CommandError with its findings if the mapping is refused. */
export async function serveExtAuthz(path: string, mappings: ServedMappings): Promise<ServedExtAuthz> {
  const mapping = await mappings.follow({
    name: "ext_authz",
    path,
    read: buildMapping,
    policySetOf: ({ policySet }) => policySet,
  });
  return { mapping, service: (parts) => extAuthzService({ ...parts, mapping }) };
}
