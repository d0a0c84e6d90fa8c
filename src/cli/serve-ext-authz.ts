/** The ext_authz part of `verdict serve`: loads the mapping and makes the service. Loaded only where the setting names a mapping. */
import type { ExtAuthzOptions } from "../server/ext-authz/authorization.js";
import { extAuthzService } from "../server/ext-authz/authorization.js";
import { loadMapping } from "../server/ext-authz/read-mapping.js";
import type { GrpcService } from "../server/grpc-service.js";
import { CommandError } from "./command-error.js";
import { findingLine, findingPieces } from "./report-findings.js";
import { printError } from "./terminal.js";

/** The service with the mapping of a file; throws a CommandError with its findings if the mapping is refused. */
export async function serveExtAuthz(path: string, parts: Omit<ExtAuthzOptions, "mapping">): Promise<GrpcService> {
  const loaded = await loadMapping(path);
  if (!loaded.ok) throw new CommandError(loaded.findings.map(findingLine));
  for (const finding of loaded.findings) printError(...findingPieces(finding));
  return extAuthzService({ ...parts, mapping: loaded.mapping });
}
