/**
 * Server reflection, v1 and v1alpha: tells tools such as grpcurl which services there are and how their messages look. What
 * answers is loaded with the first call, because few servers are ever asked.
 */
import { EventEmitter, once } from "node:events";
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { bytesDefinition, type GrpcService } from "./grpc-service.js";

type ReflectionCall = ServerDuplexStream<Buffer, Uint8Array>;

/** Answers serialised requests of one version with serialised responses. */
type Answerer = (request: Buffer) => Uint8Array;

/** Both versions of the service, over the .proto files of the given services and their own names. */
export function reflectionServices(described: () => readonly GrpcService[]): readonly GrpcService[] {
  let loading: Promise<ReadonlyMap<string, Answerer>> | undefined;
  return ["v1", "v1alpha"].map((version) => {
    const name = `grpc.reflection.${version}.ServerReflection`;
    const ServerReflectionInfo = (call: ReflectionCall): void => {
      loading ??= loadAnswerers(described());
      const answerer = loading.then((all) => all.get(name));
      let last: Promise<unknown> = answerer;
      // INVARIANT: one request at a time, and no further one before its answer is taken: callers cannot fill our memory.
      call.on("data", (request: Buffer) => {
        call.pause();
        last = answerer.then((answer) => answerOne(call, request, answer)).catch((error) => call.emit("error", error));
      });
      call.on("end", () => void last.then(() => call.end()));
    };
    return {
      name,
      protoFile: "",
      isOpenToAll: true,
      definition: bytesDefinition(name, { ServerReflectionInfo: "bothStream" }),
      implementation: { ServerReflectionInfo },
    };
  });
}

async function answerOne(call: ReflectionCall, request: Buffer, answer: Answerer | undefined): Promise<void> {
  if (answer === undefined) throw new Error("reflection: no such version");
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  call.once("cancelled", abort);
  try {
    if (!call.write(answer(request))) await once(call, "drain", { signal: controller.signal });
  } finally {
    call.off("cancelled", abort);
  }
  call.resume();
}

async function loadAnswerers(described: readonly GrpcService[]): Promise<ReadonlyMap<string, Answerer>> {
  const files = described.map(({ protoFile }) => protoFile).filter((file) => file !== "");
  const [{ ReflectionService }, { fileDescriptors }] = await Promise.all([
    import("@grpc/reflection"),
    import("./file-descriptors.js"),
  ]);
  const fileDescriptorProtos = fileDescriptors([...new Set(files)]).map((bytes) => Buffer.from(bytes));
  const answerers = new Map<string, Answerer>();
  const reflection = new ReflectionService(packageOf(fileDescriptorProtos), {
    services: described.map(({ name }) => name),
  });
  reflection.addToServer({
    addService(service: ServiceDefinition, implementation: UntypedServiceImplementation) {
      const [method] = Object.values(service);
      const handler = implementation.ServerReflectionInfo;
      if (method === undefined || handler === undefined) throw new Error("@grpc/reflection: no ServerReflectionInfo");
      const name = method.path.split("/")[1] ?? "";
      answerers.set(name, (request) => method.responseSerialize(ask(handler, method.requestDeserialize(request))));
    },
  });
  return answerers;
}

/** The library takes a package for the descriptors that its members carry, and looks at nothing else. */
function packageOf(fileDescriptorProtos: Buffer[]): PackageDefinition {
  return { all: { format: "Protocol Buffer 3 EnumDescriptorProto", type: {}, fileDescriptorProtos } };
}

/** The library's handler answers each message at once on the stream that it is given. */
function ask(handler: UntypedServiceImplementation[string], request: unknown): unknown {
  const answers: unknown[] = [];
  const stream = Object.assign(new EventEmitter(), { write: (answer: unknown) => answers.push(answer), end: () => {} });
  Reflect.apply(handler, undefined, [stream]);
  stream.emit("data", request);
  return answers[0];
}
