/** A client of the service that knows nothing but the .proto file. */
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { authorization, methodOf } from "./proto-file.js";

/** A call that ended with a status. */
export interface Failure {
  readonly code: number;
  readonly details: string;
}

/** Calls by method name, with objects or with bytes. */
export class AuthorizationClient {
  private readonly client: Client;

  constructor(address: string, options: Readonly<Record<string, number>> = {}) {
    this.client = new Client(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      ...options,
    });
  }

  /** The decoded answer, or the status. */
  call(name: string, request: object, deadlineMs = 120_000): Promise<object | Failure> {
    return this.send(name, methodNamed(name).requestSerialize(request), deadlineMs);
  }

  /** As `call`, for bytes that are no message. */
  send(name: string, bytes: Buffer, deadlineMs = 120_000): Promise<object | Failure> {
    const { path, responseDeserialize } = methodNamed(name);
    return new Promise((resolve) => {
      this.client.makeUnaryRequest(
        path,
        (message: Buffer) => message,
        responseDeserialize,
        bytes,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => resolve(answer ?? failure(error)),
      );
    });
  }

  /** Sends the messages one after another and gives every answer, then the status if it is not OK. */
  stream(name: string, requests: readonly object[]): Promise<readonly (object | Failure)[]> {
    const { path, requestSerialize, responseDeserialize } = methodNamed(name);
    const call = this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const answers: (object | Failure)[] = [];
    return new Promise((resolve) => {
      call.on("data", (answer: object) => answers.push(answer));
      call.on("error", (error: ServiceError) => resolve([...answers, failure(error)]));
      call.on("end", () => resolve(answers));
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  /** A stream that stays open: `ended` when the server ends it. */
  openStream(name: string): { readonly answer: (request: object) => Promise<object>; readonly ended: Promise<void> } {
    const { path, requestSerialize, responseDeserialize } = methodNamed(name);
    const call = this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
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

  close(): void {
    this.client.close();
  }
}

function methodNamed(name: string): MethodDefinition<object, object> {
  return methodOf(...authorization, name);
}

function failure(error: ServiceError | null): Failure {
  return { code: error?.code ?? -1, details: error?.details ?? "" };
}
