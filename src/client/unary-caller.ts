/**
 * One call from bytes to bytes or to the reason why there are none. Every call of the service only reads, so a call that found no
 * server is made again, with jittered back-off and on the next connection, as long as its time lasts. Nothing else is repeated.
 */
import type { ClientDuplexStream, Metadata, ServiceError } from "@grpc/grpc-js";
import { ClientError, type Failure, type FailureCode, isFailure } from "./answer.js";
import { callFailure, closedFailure, deadlineFailure, thrownFailure } from "./call-failure.js";
import type { Channels } from "./channels.js";

/** The calls of the service that take one message. */
export type UnaryMethod = "Authorize" | "BatchAuthorize";

/** Takes what a call ended with; called exactly once. */
export type OnEnd = (end: Buffer | Failure) => void;

/** Ends a call early; it then ends with this failure. */
export type Abandon = (failure: Failure) => void;

const SERVICE = "/verdict.v1.AuthorizationService";
const FIRST_BACK_OFF_MS = 50;
const MAX_BACK_OFF_MS = 1000;

/** Makes calls. */
export class UnaryCaller {
  private readonly underWay = new Set<Abandon>();
  private closed = false;

  constructor(
    private readonly channels: Channels,
    private readonly retries: number,
  ) {}

  /** Sends one message; `deadlineAt` is on the clock of `performance.now()`. */
  call(method: UnaryMethod, message: Buffer, deadlineAt: number, onEnd: OnEnd): Abandon {
    let ended = false;
    let cancel = (): void => {};
    const end = (result: Buffer | Failure): void => {
      if (ended) return;
      ended = true;
      this.underWay.delete(abandon);
      onEnd(result);
    };
    const abandon = (failure: Failure): void => {
      end(failure);
      cancel();
    };
    const after = (delayMs: number, then: () => void): void => {
      const timer = setTimeout(then, delayMs);
      cancel = () => clearTimeout(timer);
    };
    const attempt = (count: number): void => {
      const send = (metadata: Metadata): void => {
        cancel();
        if (ended) return;
        cancel = this.send(method, message, metadata, deadlineAt, (result) => {
          const delayMs = isFailure(result) && result.status === "UNAVAILABLE" ? backOffMs(count) : undefined;
          if (delayMs === undefined || count >= this.retries || performance.now() + delayMs >= deadlineAt) end(result);
          else if (!ended) after(delayMs, () => attempt(count + 1));
        });
      };
      const fail = (error: unknown, code?: FailureCode): void => {
        cancel();
        end(thrownFailure(error, code));
      };
      const trySend = (metadata: Metadata): void => {
        try {
          send(metadata);
        } catch (error: unknown) {
          fail(error);
        }
      };
      const noToken = (error: unknown): void => fail(error, "unauthenticated");
      try {
        const metadata = this.channels.metadata();
        if (!("then" in metadata)) {
          trySend(metadata);
          return;
        }
        // A token that never comes must not outlast the call.
        after(deadlineAt - performance.now(), () => end(deadlineFailure));
        metadata.then(trySend, noToken);
      } catch (error: unknown) {
        noToken(error);
      }
    };
    if (this.closed) end(closedFailure);
    else {
      this.underWay.add(abandon);
      attempt(0);
    }
    return abandon;
  }

  /** Opens a StreamAuthorize. Rejects where there is no token within this time. */
  async stream(tokenTimeoutMs: number, deadlineMs: number | undefined): Promise<ClientDuplexStream<Buffer, Buffer>> {
    const metadata = await this.metadataWithin(tokenTimeoutMs);
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    const stream = this.channels
      .next()
      .makeBidiStreamRequest<Buffer, Buffer>(`${SERVICE}/StreamAuthorize`, asIs, asIs, metadata, options);
    const abandon = (failure: Failure): void => {
      stream.destroy(new ClientError(failure));
      stream.cancel();
    };
    this.underWay.add(abandon);
    // Without a listener an error would end the process, and the caller's comes a turn later.
    stream.on("error", () => {});
    stream.once("close", () => this.underWay.delete(abandon));
    return stream;
  }

  /** Ends every call under way and refuses further ones. */
  close(): void {
    this.closed = true;
    for (const abandon of [...this.underWay]) abandon(closedFailure);
  }

  private async metadataWithin(timeoutMs: number): Promise<Metadata> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ClientError(deadlineFailure)), timeoutMs);
    });
    try {
      const metadata = await Promise.race([this.channels.metadata(), late]);
      if (this.closed) throw new ClientError(closedFailure);
      return metadata;
    } catch (error: unknown) {
      if (error instanceof ClientError) throw error;
      throw new ClientError(thrownFailure(error, "unauthenticated"), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private send(method: UnaryMethod, message: Buffer, metadata: Metadata, deadlineAt: number, onEnd: OnEnd): () => void {
    const remainingMs = deadlineAt - performance.now();
    if (remainingMs <= 0) {
      onEnd(deadlineFailure);
      return () => {};
    }
    const options = { deadline: Date.now() + remainingMs };
    const call = this.channels
      .next()
      .makeUnaryRequest(
        `${SERVICE}/${method}`,
        asIs,
        asIs,
        message,
        metadata,
        options,
        (error: ServiceError | null, answer?: Buffer) => {
          onEnd(answer ?? (error === null ? thrownFailure("call: no message received") : callFailure(error)));
        },
      );
    return () => call.cancel();
  }
}

/** Half of it fixed, half of it by chance, so that callers who failed together do not come back together. */
function backOffMs(count: number): number {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** count, MAX_BACK_OFF_MS) * (0.5 + Math.random() / 2);
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
