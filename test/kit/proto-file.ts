/** Methods of any service as its .proto file has them, for every client and server of tests and benches. */
import { isAbsolute, join } from "node:path";
import { loadSync, type MethodDefinition, type Options, type PackageDefinition } from "@grpc/proto-loader";
import { protoFolder } from "../../src/artifacts.js";

const loaded = new Map<string, PackageDefinition>();

/** A method: its path, and its messages as bytes and back. Who looks into answers says what stands in them. */
export interface Method<Answer extends object = object> extends MethodDefinition<object, object> {
  responseDeserialize(bytes: Buffer): Answer;
}

/** The service that decides: its file and its name. */
export const authorization = ["verdict/v1/authorization.proto", "verdict.v1.AuthorizationService"] as const;
/** Which server serves. */
export const health = ["grpc/health/v1/health.proto", "grpc.health.v1.Health"] as const;

/** The method of the service that decides. */
export function authorizationMethod<Answer extends object = object>(name: string): Method<Answer> {
  // What a test reads is not there where the message is not what it takes it for, and then the test fails.
  return methodOf(...authorization, name) as unknown as Method<Answer>;
}

/**
 * The method of that name. A file is a path, or a name below `proto/`. Enums are names, integers numbers, and fields that were not
 * sent their defaults, where the options say nothing else. Throws for a method that is not there.
 */
export function methodOf(file: string, service: string, name: string, options: Options = {}): Method {
  const method = methodsOf(file, service, options)[name];
  if (method === undefined) throw new Error(`no method ${name}`);
  return method;
}

/** All methods of a service by name; none for a service that the file has not. */
export function methodsOf(file: string, service: string, options: Options = {}): Readonly<Record<string, Method>> {
  const found = definitions(file, options)[service];
  return found === undefined || "format" in found ? {} : found;
}

/** A file is read once with the same options. */
function definitions(file: string, options: Options): PackageDefinition {
  const key = JSON.stringify([file, options]);
  let have = loaded.get(key);
  if (have === undefined) {
    const path = isAbsolute(file) ? file : join(protoFolder, file);
    have = loadSync(path, {
      includeDirs: [protoFolder],
      enums: String,
      longs: Number,
      defaults: true,
      arrays: true,
      oneofs: true,
      ...options,
    });
    loaded.set(key, have);
  }
  return have;
}
