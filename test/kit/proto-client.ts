/** A client of any service that knows nothing but its .proto file. */
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import type { Failure } from "./grpc-client.js";
import { methodOf } from "./proto-file.js";

/** How a client calls. */
export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** Calls by method name, with objects. */
export class ProtoClient {
  private readonly client: Client;

  constructor(
    private readonly protoFile: string,
    private readonly service: string,
    address: string,
    channel: ChannelCredentials = credentials.createInsecure(),
    options: Readonly<Record<string, string | number>> = {},
  ) {
    this.client = new Client(address, channel, options);
  }

  /** The decoded answer, or the status. */
  call(name: string, request: object, { metadata = {}, deadlineMs = 120_000 }: CallOptions = {}) {
    const { path, requestSerialize, responseDeserialize } = this.method(name);
    return new Promise<object | Failure>((resolve) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadataOf(metadata),
        { deadline: Date.now() + deadlineMs },
        (error, answer) => resolve(answer ?? { code: error?.code ?? -1, details: error?.details ?? "" }),
      );
    });
  }

  /** A stream of either kind: what came so far, and the status once it has ended. */
  open(name: string, first: object) {
    const { path, requestStream, requestSerialize, responseDeserialize } = this.method(name);
    const answers: object[] = [];
    let ended: Failure | undefined;
    const bidi = requestStream
      ? this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
      : undefined;
    const call = bidi ?? this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, first);
    call.on("data", (answer: object) => answers.push(answer));
    call.on("error", ({ code, details }: ServiceError) => {
      ended = { code, details };
    });
    call.on("end", () => {
      ended ??= { code: 0, details: "" };
    });
    bidi?.write(first);
    return {
      answers,
      ended: () => ended,
      send: (request: object): void => void bidi?.write(request),
      end: (): void => void bidi?.end(),
      cancel: () => call.cancel(),
    };
  }

  close(): void {
    this.client.close();
  }

  private method(name: string): MethodDefinition<object, object> {
    return methodOf(this.protoFile, this.service, name, { oneofs: true });
  }
}

function metadataOf(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}
