/**
 * Single questions that are asked within one turn of the event loop travel as one BatchAuthorize: grpc-js costs a caller 0.2 ms a
 * call, a question in a batch some microseconds. Order, deadlines, signals and errors stay each question's own; questions that
 * differ in detail, policy set or what-if never share a batch.
 */

import type { Question } from "../question/question.js";
import { type Detail, type Failure, failureOf, isFailure, type OutcomeAnswer } from "./answer.js";
import { cancelledFailure, closedFailure, deadlineFailure } from "./call-failure.js";
import { decodeBatch, decodeSingle } from "./decode-answer.js";
import { appendQuestion, batchTerms, callWriter, reasonOf, singleTerms, takeBuffer } from "./encode-call.js";
import { onAbort } from "./on-abort.js";
import type { Abandon, UnaryCaller } from "./unary-caller.js";

/** Bounds of a batch of single questions. */
export interface CoalesceLimits {
  /** Questions that travel together at most; 1 sends every question on its own. */
  readonly maxQuestions: number;
  /** Bytes that travel together at most; a larger question travels alone. */
  readonly maxBytes: number;
  /** How long a question may wait for others; 0 until the end of the turn of the event loop. */
  readonly maxWaitMs: number;
}

/** Questions that wait for an answer: memory that a server which does not answer must not make grow. */
interface Load {
  pending: number;
}

/** How one question is asked. */
export interface AskTerms {
  readonly detail: Detail;
  readonly policySet: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Takes the answer to one question; called exactly once. */
export type Settle = (answer: OutcomeAnswer) => void;

interface Pending {
  readonly load: Load;
  readonly settle: Settle;
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
  /** Where the question's own bytes begin in its batch. */
  contentAt: number;
  endAt: number;
  isSettled: boolean;
  onAbort: (() => void) | undefined;
}

/** Questions that may share a batch and have not been sent. */
interface Group {
  readonly detail: Detail;
  readonly policySet: string;
  readonly whatIf: boolean;
  readonly writer: ReturnType<typeof callWriter>;
  pendings: Pending[];
}

/** Deadlines that lie closer together than this are kept by the call alone. */
const SAME_DEADLINE_MS = 5;
/** Groups that are kept, with their buffers, before the empty ones are looked for. */
const KEPT_GROUPS = 16;

/** Gathers questions into calls. */
export class Coalescer {
  private readonly groups = new Map<string, Group>();
  private last: Group | undefined;
  private readonly load: Load = { pending: 0 };
  private sweepAt = KEPT_GROUPS;
  private isScheduled = false;
  private closed = false;

  constructor(
    private readonly caller: UnaryCaller,
    private readonly limits: CoalesceLimits,
    private readonly maxPending: number,
  ) {}

  /** Asks one question. Never throws. */
  ask(question: Question, terms: AskTerms, settle: Settle): void {
    if (this.closed || terms.signal?.aborted === true) {
      settle(this.closed ? closedFailure : cancelledFailure);
      return;
    }
    if (this.load.pending >= this.maxPending) {
      settle(overloadedFailure);
      return;
    }
    let group: Group;
    let pending: Pending;
    try {
      group = this.groupOf(terms, question?.whatIf === true);
      const contentAt = appendQuestion(group.writer, question, false);
      const deadlineAt = performance.now() + terms.timeoutMs;
      const endAt = group.writer.length;
      const { signal } = terms;
      const { load } = this;
      pending = { load, settle, deadlineAt, signal, contentAt, endAt, isSettled: false, onAbort: undefined };
    } catch (error: unknown) {
      settle(failureOf("invalidQuestion", reasonOf(error)));
      return;
    }
    const { maxQuestions, maxBytes, maxWaitMs } = this.limits;
    // What would make the batch too large leaves the earlier questions in a batch of their own.
    if (group.pendings.length > 0 && pending.endAt > maxBytes) this.sendFirst(group, pending);
    group.pendings.push(pending);
    this.load.pending++;
    const isFull = group.pendings.length >= maxQuestions || group.writer.length >= maxBytes;
    if (isFull || terms.detail === "explain" || terms.timeoutMs <= maxWaitMs)
      this.send(group, takeBuffer(group.writer));
    else this.schedule(maxWaitMs);
  }

  /** Questions that have not been sent fail. */
  close(): void {
    this.closed = true;
    for (const { pendings } of this.groups.values()) for (const pending of pendings) finish(pending, closedFailure);
    this.groups.clear();
    this.last = undefined;
  }

  private groupOf({ detail, policySet }: AskTerms, whatIf: boolean): Group {
    const { last } = this;
    if (last?.detail === detail && last.policySet === policySet && last.whatIf === whatIf) return last;
    // Injective: no detail begins with another one, then one character, then the rest.
    const key = `${detail}${whatIf ? "+" : "-"}${policySet}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      if (this.groups.size >= this.sweepAt) this.sweep();
      group = { detail, policySet, whatIf, writer: callWriter(), pendings: [] };
      this.groups.set(key, group);
    }
    this.last = group;
    return group;
  }

  /** Forgets groups that nothing waits in: names of policy sets may come from anywhere. */
  private sweep(): void {
    for (const [key, { pendings }] of this.groups) if (pendings.length === 0) this.groups.delete(key);
    this.sweepAt = Math.max(KEPT_GROUPS, this.groups.size * 2);
  }

  private schedule(maxWaitMs: number): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const sendAll = (): void => {
      this.isScheduled = false;
      for (const group of this.groups.values())
        if (group.pendings.length > 0) this.send(group, takeBuffer(group.writer));
    };
    if (maxWaitMs > 0) setTimeout(sendAll, maxWaitMs);
    else setImmediate(sendAll);
  }

  /** Sends what is gathered without the question that was written last. */
  private sendFirst(group: Group, next: Pending): void {
    const before = group.pendings[group.pendings.length - 1]?.endAt ?? 0;
    this.send(group, takeBuffer(group.writer, before));
    next.contentAt -= before;
    next.endAt -= before;
  }

  private send(group: Group, bytes: Buffer): void {
    const { pendings } = group;
    group.pendings = [];
    const batch = new SentBatch(this.caller, group, pendings, bytes);
    if (pendings.length === 1) batch.sendAlone();
    else batch.sendTogether();
  }
}

/** Questions under way in one call. */
class SentBatch {
  private unsettled: number;
  private abandon: Abandon | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly caller: UnaryCaller,
    private readonly group: Pick<Group, "detail" | "policySet">,
    private readonly pendings: readonly Pending[],
    /** BatchAuthorizeRequest.requests without the call's terms. */
    private readonly bytes: Buffer,
  ) {
    this.unsettled = pendings.length;
    for (const pending of pendings) this.listen(pending);
  }

  sendTogether(): void {
    const { pendings } = this;
    let latest = 0;
    for (const { deadlineAt } of pendings) latest = Math.max(latest, deadlineAt);
    this.watchDeadlines(latest);
    if (this.unsettled === 0) return;
    const message = Buffer.concat([this.bytes, batchTerms(this.group)]);
    this.abandon = this.caller.call("BatchAuthorize", message, latest, (end) => {
      clearTimeout(this.timer);
      const answers = isFailure(end) ? end : decodeBatch(end, pendings.length, this.group.detail);
      if (isFailure(answers)) this.failAll(answers);
      else for (const [index, pending] of pendings.entries()) finish(pending, answers[index] ?? missing);
    });
  }

  /** Asks a question by a call of its own; the only one of the batch unless the batch failed as a whole. */
  sendAlone(pending: Pending | undefined = this.pendings[0]): void {
    if (pending === undefined || pending.isSettled) return;
    if (pending.signal?.aborted === true) {
      finish(pending, cancelledFailure);
      return;
    }
    const message = Buffer.concat([this.bytes.subarray(pending.contentAt, pending.endAt), singleTerms(this.group)]);
    const abandon = this.caller.call("Authorize", message, pending.deadlineAt, (end) => {
      finish(pending, isFailure(end) ? end : decodeSingle(end, this.group.detail));
    });
    pending.onAbort?.();
    const { signal } = pending;
    if (signal === undefined || pending.isSettled) return;
    pending.onAbort = onAbort(signal, () => {
      finish(pending, cancelledFailure);
      abandon(cancelledFailure);
    });
  }

  /**
   * One question can make the server fail a whole call: a bug, or a bound that it crosses. Its neighbours must not be denied for
   * it, so each is then asked once by itself.
   */
  private failAll(failure: Failure): void {
    const mayBeOneQuestion = failure.status === "INTERNAL" || failure.status === "INVALID_ARGUMENT";
    for (const pending of this.pendings) {
      if (mayBeOneQuestion) this.sendAlone(pending);
      else finish(pending, failure);
    }
  }

  private listen(pending: Pending): void {
    const { signal } = pending;
    if (signal === undefined || this.pendings.length === 1) return;
    pending.onAbort = onAbort(signal, () => this.giveUp(pending, cancelledFailure));
    if (signal.aborted) this.giveUp(pending, cancelledFailure);
  }

  /** Ends one question early, and the call with the last one. */
  private giveUp(pending: Pending, failure: Failure): void {
    if (pending.isSettled) return;
    finish(pending, failure);
    this.unsettled--;
    if (this.unsettled === 0) this.abandon?.(failure);
  }

  /** The call lasts until the latest deadline; questions with an earlier one are ended by a timer of the batch. */
  private watchDeadlines(latest: number): void {
    const now = performance.now();
    let next = latest;
    for (const pending of this.pendings) {
      if (pending.isSettled || pending.deadlineAt > latest - SAME_DEADLINE_MS) continue;
      if (pending.deadlineAt <= now) this.giveUp(pending, deadlineFailure);
      else next = Math.min(next, pending.deadlineAt);
    }
    if (next < latest) this.timer = setTimeout(() => this.watchDeadlines(latest), Math.ceil(next - now));
  }
}

const overloadedFailure = failureOf("overloaded", "client: too many questions wait for an answer");
const missing = failureOf("invalidAnswer", "answer: missing");

function finish(pending: Pending, answer: OutcomeAnswer): void {
  if (pending.isSettled) return;
  pending.isSettled = true;
  pending.load.pending--;
  pending.onAbort?.();
  pending.settle(answer);
}
