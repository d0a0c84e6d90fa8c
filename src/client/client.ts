/**
 * The client of Verdict: questions in, answers out, and a denial for everything that goes wrong on the way. Loads grpc-js and
 * nothing of the engine.
 */

import type { Batch, Question } from "../question/question.js";
import { refuseUnknownOptions } from "../wire/known-options.js";
import {
  type Answer,
  ClientError,
  type Detail,
  type Failure,
  failureOf,
  isFailure,
  type OutcomeAnswer,
} from "./answer.js";
import { cancelledFailure, closedFailure } from "./call-failure.js";
import { type ChannelSettings, Channels, type TlsOptions } from "./channels.js";
import { type AskTerms, type CoalesceLimits, Coalescer, type Settle } from "./coalescer.js";
import { decodePlaced } from "./decode-answer.js";
import { answersDue, callWriter, type EncodedBatch, encodeCall, reasonOf } from "./encode-call.js";
import { onAbort } from "./on-abort.js";
import { type BatchSource, streamAnswers } from "./stream.js";
import { UnaryCaller } from "./unary-caller.js";

/** How a client is set up. */
export interface ClientOptions extends ChannelSettings {
  /** How long a question may take, all attempts included. Default 2,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** How often a call that found no server is made again within its time, 0 to 10. Default 4. */
  readonly retries?: number | undefined;
  /** How single questions travel together; `false` sends each one by itself. */
  readonly coalesce?: Partial<CoalesceLimits> | false | undefined;
  /** Single questions that may wait for their answers at once; further ones fail as `overloaded`. Default 65,536. */
  readonly maxPending?: number | undefined;
  /** The policy set that is asked; default: the server's default one. */
  readonly policySet?: string | undefined;
  /** Hears why `isAllowed` and `areAllowed` denied what the server did not decide; they themselves only say false. */
  readonly onFailure?: ((failure: Failure) => void) | undefined;
}

/** How one call differs from the client's settings. */
export interface CallOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly policySet?: string | undefined;
}

/** How much an answer is to tell. */
export interface DetailOptions<D extends Detail = Detail> extends CallOptions {
  /** Default `reason`. */
  readonly detail?: D | undefined;
}

const optionNames: Readonly<Record<keyof ClientOptions, true>> = {
  channels: true,
  tls: true,
  insecure: true,
  token: true,
  maxAnswerBytes: true,
  timeoutMs: true,
  retries: true,
  coalesce: true,
  maxPending: true,
  policySet: true,
  onFailure: true,
};
const tlsNames: Readonly<Record<keyof TlsOptions, true>> = { ca: true, cert: true, key: true, serverName: true };
const limitNames: Readonly<Record<keyof CoalesceLimits, true>> = {
  maxQuestions: true,
  maxBytes: true,
  maxWaitMs: true,
};

const DEFAULT_TIMEOUT_MS = 2000;
/** The longest delay of a timer, and the largest of other settings. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const DEFAULT_RETRIES = 4;
const MAX_RETRIES = 10;
const DEFAULT_MAX_PENDING = 65_536;
const DEFAULT_LIMITS: CoalesceLimits = { maxQuestions: 256, maxBytes: 256 << 10, maxWaitMs: 0 };
const MAX_QUESTIONS = 1024;
const MAX_WAIT_MS = 1000;

/**
 * A client of the server at `host:port`, `[ipv6]:port` or `unix:PATH`. Connects when it is first asked. Throws TypeError or
 * RangeError for settings that cannot be, and for another machine without TLS unless `insecure` is said.
 */
export function connect(address: string, options: ClientOptions = {}): VerdictClient {
  return new VerdictClient(address, options);
}

/** Asks one server. Made by `connect`. */
export class VerdictClient {
  private readonly channels: Channels;
  private readonly caller: UnaryCaller;
  private readonly coalescer: Coalescer;
  private readonly writer = callWriter();
  private readonly timeoutMs: number;
  private readonly policySet: string;
  private readonly onFailure: (failure: Failure) => void;
  private closed = false;

  constructor(address: string, options: ClientOptions = {}) {
    refuseUnknownOptions(options, optionNames);
    if (typeof options.tls === "object") refuseUnknownOptions(options.tls, tlsNames, "tls.");
    if (typeof options.coalesce === "object") refuseUnknownOptions(options.coalesce, limitNames, "coalesce.");
    const { retries = DEFAULT_RETRIES, coalesce = {}, maxPending = DEFAULT_MAX_PENDING } = options;
    this.timeoutMs = inRange("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS, 1, MAX_TIMEOUT_MS);
    this.policySet = checkPolicySet(options.policySet ?? "");
    this.onFailure = options.onFailure ?? (() => {});
    const limits = coalesce === false ? { ...DEFAULT_LIMITS, maxQuestions: 1 } : { ...DEFAULT_LIMITS, ...coalesce };
    inRange("coalesce.maxQuestions", limits.maxQuestions, 1, MAX_QUESTIONS);
    inRange("coalesce.maxBytes", limits.maxBytes, 1, MAX_TIMEOUT_MS);
    inRange("coalesce.maxWaitMs", limits.maxWaitMs, 0, MAX_WAIT_MS);
    this.channels = new Channels(address, options);
    this.caller = new UnaryCaller(this.channels, inRange("retries", retries, 0, MAX_RETRIES));
    this.coalescer = new Coalescer(this.caller, limits, inRange("maxPending", maxPending, 1, MAX_TIMEOUT_MS));
  }

  /** Whether the server said ALLOWED to this question. Never rejects: whatever goes wrong is false, and `onFailure` hears why. */
  isAllowed(question: Question, options: CallOptions = {}): Promise<boolean> {
    return new Promise((resolve) => {
      this.ask(question, options, "outcome", (answer) => {
        if (isFailure(answer)) this.report(answer);
        resolve(answer.allowed === true);
      });
    });
  }

  /** The answer to one question. Never rejects: whatever goes wrong is an answer with `allowed: false` that says why. */
  authorize(
    question: Question,
    options: DetailOptions<"outcome"> & { readonly detail: "outcome" },
  ): Promise<OutcomeAnswer>;
  authorize(question: Question, options?: DetailOptions): Promise<Answer>;
  authorize(question: Question, options: DetailOptions = {}): Promise<OutcomeAnswer> {
    return new Promise((resolve) => this.ask(question, options, options.detail ?? "reason", resolve));
  }

  /**
   * Whether the server said ALLOWED, one a question, in order; the form for many questions that costs least. Whatever goes wrong
   * is false. Rejects with ClientError only for something that is no batch, because nobody could say how many answers are due.
   */
  async areAllowed(batch: Batch, options: CallOptions = {}): Promise<boolean[]> {
    const answers = await this.askAll(batch, options, "outcome");
    let last: Failure | undefined;
    for (const answer of answers) {
      // A call that failed as a whole is one failure, however many questions it was asked.
      if (isFailure(answer) && answer !== last) {
        last = answer;
        this.report(answer);
      }
    }
    return answers.map(({ allowed }) => allowed === true);
  }

  /** One answer a question, in order. A call that fails is a failure of every question; rejects as `areAllowed` does. */
  authorizeAll(
    batch: Batch,
    options: DetailOptions<"outcome"> & { readonly detail: "outcome" },
  ): Promise<readonly OutcomeAnswer[]>;
  authorizeAll(batch: Batch, options?: DetailOptions): Promise<readonly Answer[]>;
  authorizeAll(batch: Batch, options: DetailOptions = {}): Promise<readonly OutcomeAnswer[]> {
    return this.askAll(batch, options, options.detail ?? "reason");
  }

  /**
   * The answers to one batch after another, over one stream: each batch is decided by one policy set, and no batch is taken
   * before the server can have it. Lasts until the source ends unless `timeoutMs` is given. Throws ClientError where the stream
   * ends early; it is not made again.
   */
  authorizeStream(
    source: BatchSource,
    options: DetailOptions<"outcome"> & { readonly detail: "outcome" },
  ): AsyncGenerator<readonly OutcomeAnswer[], void, undefined>;
  authorizeStream(source: BatchSource, options?: DetailOptions): AsyncGenerator<readonly Answer[], void, undefined>;
  async *authorizeStream(
    source: BatchSource,
    options: DetailOptions = {},
  ): AsyncGenerator<readonly OutcomeAnswer[], void, undefined> {
    const { timeoutMs, signal, policySet = this.policySet, detail = "reason" } = options;
    if (this.closed) throw new ClientError(closedFailure);
    if (timeoutMs !== undefined) inRange("timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    const stream = await this.caller.stream(timeoutMs ?? this.timeoutMs, timeoutMs);
    yield* streamAnswers(stream, source, { detail, policySet }, signal);
  }

  /** Connects, where a first question should not have to wait for it. Rejects with ClientError if there is no server in time. */
  async ready(timeoutMs: number = this.timeoutMs): Promise<void> {
    if (this.closed) throw new ClientError(closedFailure);
    try {
      await this.channels.ready(timeoutMs);
    } catch (error: unknown) {
      throw new ClientError(failureOf("unavailable", `connect: ${reasonOf(error)}`), { cause: error });
    }
  }

  /** Ends the connections. Questions without an answer, and later ones, fail as `closed`. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.coalescer.close();
    this.caller.close();
    this.channels.close();
  }

  /** Never throws. */
  private ask(question: Question, options: CallOptions, detail: Detail, settle: Settle): void {
    let terms: AskTerms;
    try {
      terms = this.termsOf(options, detail);
    } catch (error: unknown) {
      settle(failureOf("invalidQuestion", reasonOf(error)));
      return;
    }
    this.coalescer.ask(question, terms, settle);
  }

  private async askAll(batch: Batch, options: CallOptions, detail: Detail): Promise<readonly OutcomeAnswer[]> {
    const count = answersDue(batch);
    if (count === undefined) {
      throw new ClientError(failureOf("invalidQuestion", "batch: expected questions or a table"));
    }
    const failed = (failure: Failure): readonly OutcomeAnswer[] => new Array<Failure>(count).fill(failure);
    if (this.closed) return failed(closedFailure);
    if (options.signal?.aborted === true) return failed(cancelledFailure);
    let terms: AskTerms;
    let encoded: EncodedBatch;
    try {
      terms = this.termsOf(options, detail);
      encoded = encodeCall(this.writer, batch, terms);
    } catch (error: unknown) {
      return failed(failureOf("invalidQuestion", reasonOf(error)));
    }
    if (encoded.refused.size === encoded.count) return orFailed(decodePlaced(noAnswers, encoded, detail), failed);
    const end = await this.callBatch(encoded.bytes, terms);
    return isFailure(end) ? failed(end) : orFailed(decodePlaced(end, encoded, detail), failed);
  }

  private callBatch(message: Buffer, { timeoutMs, signal }: AskTerms): Promise<Buffer | Failure> {
    return new Promise((resolve) => {
      const forget = signal && onAbort(signal, () => abandon(cancelledFailure));
      const abandon = this.caller.call("BatchAuthorize", message, performance.now() + timeoutMs, (end) => {
        forget?.();
        resolve(end);
      });
    });
  }

  /** Throws for what a caller without a compiler got wrong. */
  private termsOf(
    { timeoutMs = this.timeoutMs, signal, policySet = this.policySet }: CallOptions,
    detail: Detail,
  ): AskTerms {
    if (timeoutMs !== this.timeoutMs) inRange("timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    if (policySet !== this.policySet) checkPolicySet(policySet);
    if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      throw new TypeError("signal: expected an AbortSignal");
    }
    if (!isDetail(detail))
      throw new TypeError(`detail: expected outcome, reason or explain, not \`${String(detail)}\``);
    return { detail, policySet, timeoutMs, signal };
  }

  private report(failure: Failure): void {
    try {
      this.onFailure(failure);
    } catch {
      // A listener that fails must not turn a denial into a rejection.
    }
  }
}

const noAnswers = Buffer.alloc(0);

function orFailed(
  answers: readonly OutcomeAnswer[] | Failure,
  failed: (failure: Failure) => readonly OutcomeAnswer[],
): readonly OutcomeAnswer[] {
  return isFailure(answers) ? failed(answers) : answers;
}

function isDetail(detail: string): detail is Detail {
  return detail === "outcome" || detail === "reason" || detail === "explain";
}

function checkPolicySet(name: string): string {
  if (typeof name !== "string" || /\p{Surrogate}/u.test(name)) throw new TypeError("policySet: expected a name");
  return name;
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name}: expected ${least} to ${most}, not \`${String(value)}\``);
}
