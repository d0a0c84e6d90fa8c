/** A client of any service that knows nothing but its .proto file: the one client that tests call servers with. */
import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Options } from "@grpc/proto-loader";
import { type Method, methodOf } from "./proto-file.js";

/** A call that ended with a status. */
export interface Failure {
  readonly code: number;
  readonly details: string;
}

/** How a client calls. */
export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** Is told what came with the status, before the answer is given. */
  readonly onTrailer?: (trailer: Metadata) => void;
}

/** Calls by method name, with objects or with bytes. */
export class ProtoClient {
  private readonly client: Client;

  constructor(
    private readonly protoFile: string,
    private readonly service: string,
    address: string,
    channel: ChannelCredentials = credentials.createInsecure(),
    options: Readonly<Record<string, string | number>> = {},
    private readonly reading: Options = {},
  ) {
    // grpc-js gives an address as the server's name, which Node 26 refuses (RFC 6066): certificates of tests are of localhost.
    this.client = new Client(address, channel, { "grpc.ssl_target_name_override": "localhost", ...options });
  }

  /** The decoded answer, or the status. */
  call(name: string, request: object, options: CallOptions = {}): Promise<object | Failure> {
    return this.send(name, this.method(name).requestSerialize(request), options);
  }

  /** As `call`, for bytes that may be no message. */
  send(name: string, bytes: Buffer, options: CallOptions = {}): Promise<object | Failure> {
    const { metadata = {}, deadlineMs = 300_000, onTrailer = () => {} } = options;
    const { path, responseDeserialize } = this.method(name);
    return new Promise((resolve) => {
      this.client
        .makeUnaryRequest(
          path,
          (message: Buffer) => message,
          responseDeserialize,
          bytes,
          metadataOf(metadata),
          { deadline: Date.now() + deadlineMs },
          (error, answer) => resolve(answer ?? failure(error)),
        )
        .on("status", (status) => onTrailer(status.metadata));
    });
  }

  /** Sends the messages one after another and gives every answer, then the status if it is not OK. */
  stream(name: string, requests: readonly object[]): Promise<readonly (object | Failure)[]> {
    const call = this.duplex(name);
    const answers: (object | Failure)[] = [];
    return new Promise((resolve) => {
      call.on("data", (answer: object) => answers.push(answer));
      call.on("error", (error: ServiceError) => resolve([...answers, failure(error)]));
      call.on("end", () => resolve(answers));
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  /** A stream that stays open, on which each request has one answer: `ended` when the server ends it. */
  openStream(name: string): { readonly answer: (request: object) => Promise<object>; readonly ended: Promise<void> } {
    const call = this.duplex(name);
    const ended = new Promise<void>((resolve) => {
      call.on("error", () => resolve());
      call.on("end", () => resolve());
    });
    const answer = (request: object): Promise<object> =>
      new Promise((resolve) => {
        call.once("data", resolve);
        call.write(request);
      });
    return { answer, ended };
  }

  /** A stream of answers, for whoever listens to all that a call tells; `options` as grpc-js has them. */
  serverStream(name: string, request: object, options: object = {}): ClientReadableStream<object> {
    const { path, requestSerialize, responseDeserialize } = this.method(name);
    return this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, options);
  }

  /** A stream of either kind: what came so far, and the status once it has ended. */
  open(name: string, first: object) {
    const answers: object[] = [];
    let ended: Failure | undefined;
    const bidi = this.method(name).requestStream ? this.duplex(name) : undefined;
    const call = bidi ?? this.serverStream(name, first);
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
      /** Resolves once the message has left; the server reads no faster than it answers. */
      send: (request: object): Promise<void> => new Promise((resolve) => bidi?.write(request, () => resolve())),
      end: (): void => void bidi?.end(),
      cancel: () => call.cancel(),
    };
  }

  close(): void {
    this.client.close();
  }

  private duplex(name: string) {
    const { path, requestSerialize, responseDeserialize } = this.method(name);
    return this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  }

  private method(name: string): Method {
    return methodOf(this.protoFile, this.service, name, this.reading);
  }
}

function metadataOf(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

function failure(error: ServiceError | null): Failure {
  return { code: error?.code ?? -1, details: error?.details ?? "" };
}
