/** The ext_authz part of `verdict serve`: reads the mapping and makes the service. Loaded only where the setting names a mapping. */
import type { ExtAuthzOptions } from "../server/ext-authz/authorization.js";
import { extAuthzService } from "../server/ext-authz/authorization.js";
import { buildMapping } from "../server/ext-authz/read-mapping.js";
import type { GrpcService } from "../server/grpc-service.js";
import type { ServedMappings } from "./served-mappings.js";

/** The service with the mapping of a file; throws a CommandError with its findings if the mapping is refused. */
export async function serveExtAuthz(
  path: string,
  mappings: ServedMappings,
  parts: Omit<ExtAuthzOptions, "mapping">,
): Promise<GrpcService> {
  const mapping = await mappings.follow({
    name: "ext_authz",
    path,
    read: buildMapping,
    policySetOf: ({ policySet }) => policySet,
  });
  return extAuthzService({ ...parts, mapping });
}
