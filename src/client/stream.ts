/**
 * StreamAuthorize: batches in, one list of answers a batch out, in order, with back-pressure both ways. A stream is never made
 * again: what it ends with is an error that says so.
 */
import { once } from "node:events";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Batch } from "../question/question.js";
import { ClientError, failureOf, isFailure, type OutcomeAnswer } from "./answer.js";
import { cancelledFailure, thrownFailure } from "./call-failure.js";
import { decodePlaced } from "./decode-answer.js";
import { type CallTerms, callWriter, type EncodedBatch, encodeCall, reasonOf } from "./encode-call.js";
import { onAbort } from "./on-abort.js";

/** What is asked over a stream: taken one after the other, as fast as the server answers. */
export type BatchSource = AsyncIterable<Batch> | Iterable<Batch>;

/** Sends the batches over an open stream and gives their answers. Throws ClientError where the stream ends before the last one. */
export async function* streamAnswers(
  stream: ClientDuplexStream<Buffer, Buffer>,
  source: BatchSource,
  terms: CallTerms,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly OutcomeAnswer[], void, undefined> {
  const sender = new BatchSender(stream, terms);
  const forget = signal && onAbort(signal, () => stream.cancel());
  if (signal?.aborted === true) stream.cancel();
  let ending: unknown;
  // INVARIANT: an error has a listener for as long as the stream lives; without one it would end the process. grpc-js ends the
  // messages first and then tells of the error, which the loop below so never sees.
  stream.on("error", (error: unknown) => {
    ending = error;
    sender.stop();
  });
  void sender.send(source);
  try {
    for await (const message of stream) {
      const batch = sender.unanswered.shift();
      if (batch === undefined) throw invalidAnswer("more answers than batches");
      const answers = decodePlaced(message, batch, terms.detail);
      if (isFailure(answers)) throw new ClientError(answers);
      yield answers;
    }
    if (ending !== undefined) throw ending;
    if (sender.unanswered.length > 0 || !sender.hasSentAll) throw invalidAnswer("fewer answers than batches");
  } catch (error: unknown) {
    if (sender.error !== undefined) throw sender.error;
    if (error instanceof ClientError) throw error;
    if (signal?.aborted === true) throw new ClientError(cancelledFailure, { cause: error });
    throw new ClientError(thrownFailure(error), { cause: error });
  } finally {
    forget?.();
    sender.stop();
    stream.cancel();
  }
}

/** Takes batches out of their source for as long as the stream takes them. */
class BatchSender {
  /** Batches that were sent and not yet answered, in order. */
  readonly unanswered: EncodedBatch[] = [];
  hasSentAll = false;
  /** Why the source gave no further batch: its own error, or that of a batch that cannot be sent. */
  error: unknown;
  private readonly stopping = new AbortController();

  constructor(
    private readonly stream: ClientDuplexStream<Buffer, Buffer>,
    private readonly terms: CallTerms,
  ) {}

  /** Sends everything. Does not reject: an error of the source ends the stream. */
  async send(source: BatchSource): Promise<void> {
    const { signal } = this.stopping;
    const writer = callWriter();
    try {
      for await (const batch of source) {
        if (signal.aborted) return;
        const encoded = encode(writer, batch, this.terms);
        this.unanswered.push(encoded);
        if (!this.stream.write(encoded.bytes)) await once(this.stream, "drain", { signal });
      }
      this.hasSentAll = true;
      if (!signal.aborted) this.stream.end();
    } catch (error: unknown) {
      if (signal.aborted) return;
      this.error = error;
      this.stream.cancel();
    }
  }

  stop(): void {
    this.stopping.abort();
  }
}

function encode(writer: ReturnType<typeof callWriter>, batch: Batch, terms: CallTerms): EncodedBatch {
  try {
    return encodeCall(writer, batch, terms);
  } catch (error: unknown) {
    throw new ClientError(failureOf("invalidQuestion", reasonOf(error)), { cause: error });
  }
}

function invalidAnswer(why: string): ClientError {
  return new ClientError(failureOf("invalidAnswer", `answer: ${why}`));
}
