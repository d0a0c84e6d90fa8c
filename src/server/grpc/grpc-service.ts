/** What a gRPC listener can be given to serve, and definitions of services whose messages stay bytes. */
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";

/** A service with its methods. */
export interface GrpcService {
  /** The full name, as health checks and reflection show it. */
  readonly name: string;
  /** Its .proto file, for reflection. */
  readonly protoFile: string;
  /** Whether no gate is before it. Default false. */
  readonly isOpenToAll?: boolean;
  /** Whether its messages are bytes and its calls are served without grpc-js (`byte-calls.ts`). Default false. */
  readonly takesBytes?: boolean;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What a method takes and gives: one message each, one and many, or many and many. */
export type MethodShape = "unary" | "serverStream" | "bothStream";

/**
 * The definition of a service with bytes for messages. The methods are those of its .proto file, which a test compares: reading
 * the file and compiling its messages would take 45 ms of every start (Node 20).
 */
export function bytesDefinition(name: string, methods: Readonly<Record<string, MethodShape>>): ServiceDefinition {
  const definitions = Object.entries(methods).map(([method, shape]) => [
    method,
    {
      path: `/${name}/${method}`,
      requestStream: shape === "bothStream",
      responseStream: shape !== "unary",
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    },
  ]);
  return Object.fromEntries(definitions);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
