/** Methods of any service as its .proto file has them, for every client and server of the tests. */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSync, type MethodDefinition, type Options, type PackageDefinition } from "@grpc/proto-loader";

const folder = fileURLToPath(new URL("../../proto/", import.meta.url));
const loaded = new Map<string, PackageDefinition>();

/** The service that decides. */
export const authorization = ["verdict/v1/authorization.proto", "verdict.v1.AuthorizationService"] as const;

/**
 * The method of that name. A file is a path, or a name below `proto/`. Enums are names, integers numbers, and fields that were not
 * sent their defaults, where the options say nothing else. Throws for a method that is not there.
 */
export function methodOf(
  file: string,
  service: string,
  name: string,
  options: Options = {},
): MethodDefinition<object, object> {
  const found = definitions(file, options)[service];
  const method = found === undefined || "format" in found ? undefined : found[name];
  if (method === undefined || !("path" in method)) throw new Error(`no method ${name}`);
  return method;
}

/** A file is read once with the same options. */
function definitions(file: string, options: Options): PackageDefinition {
  const key = JSON.stringify([file, options]);
  let have = loaded.get(key);
  if (have === undefined) {
    const path = isAbsolute(file) ? file : `${folder}${file}`;
    have = loadSync(path, {
      includeDirs: [folder],
      enums: String,
      longs: Number,
      defaults: true,
      arrays: true,
      ...options,
    });
    loaded.set(key, have);
  }
  return have;
}
