/**
 * What a gRPC listener can be given to serve, and how a service definition is read from a .proto file. Loads files of this
 * package only, never what a client sends.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { loadSync, type Options } from "@grpc/proto-loader";
import { protoFolder } from "../artifacts.js";

/** A service with its methods. */
export interface GrpcService {
  /** The full name, as health checks and reflection show it. */
  readonly name: string;
  /** Its .proto file, for reflection. */
  readonly protoFile: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** The definition of a service with objects for messages. */
export function serviceDefinition(protoFile: string, name: string, options: Options = {}): ServiceDefinition {
  const service = loadSync(protoFile, { includeDirs: [protoFolder], ...options })[name];
  if (service === undefined || "format" in service) throw new Error(`${protoFile}: holds no service ${name}`);
  return service;
}

/** The same definition with bytes for messages. */
export function bytesDefinition(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, { path, requestStream, responseStream }]) => [
    name,
    {
      path,
      requestStream,
      responseStream,
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    },
  ]);
  return Object.fromEntries(methods);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
