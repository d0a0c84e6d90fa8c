/** A running server over gRPC: unary calls, batches and tables, or messages on streams that stay open. */
import { type ClientTerms, LoadClient, messageOf } from "../http2-client.js";
import type { Calls } from "./calls.js";
import { UNREADABLE_ANSWER } from "./judge-answer.js";
import { connectAll, reconnectAll } from "./lanes.js";
import { type CallSink, type LoadTarget, noDecisions } from "./target.js";

/** Where the server is and how it is reached. */
export interface ServerPlace extends ClientTerms {
  readonly address: string;
  readonly connections: number;
}

const service = "/verdict.v1.AuthorizationService";
const methods = {
  unary: `${service}/Authorize`,
  batch: `${service}/BatchAuthorize`,
  table: `${service}/BatchAuthorize`,
  stream: `${service}/StreamAuthorize`,
  http: "",
  "ext-authz": "/envoy.service.auth.v3.Authorization/Check",
};
const settleMs = 3000;
const unavailable = "UNAVAILABLE";

/** Connects. Throws where nobody answers. */
export async function grpcTarget(place: ServerPlace, calls: Calls): Promise<LoadTarget> {
  const target = new GrpcTarget(place, methods[calls.form], calls);
  await target.connect();
  return target;
}

/** Calls that decide nothing, on the same server: what this process and the way there can do. */
export async function nullTarget(place: ServerPlace): Promise<LoadTarget> {
  const calls: Calls = {
    form: "unary",
    count: 1,
    questionsPerCall: 1,
    bytesOf: () => Buffer.alloc(0),
    judge: () => "",
    remarks: [],
  };
  const target = new GrpcTarget(place, "/grpc.health.v1.Health/Check", calls);
  await target.connect();
  return target;
}

class GrpcTarget implements LoadTarget {
  readonly name: string;
  readonly decisions = noDecisions();
  readonly isAtOnce = false;
  readonly messages: number;
  readonly questionsPerCall: number;
  sink: CallSink = { answered: () => {} };
  private lanes: readonly Lane[] = [];
  private turn = 0;

  constructor(
    private readonly place: ServerPlace,
    private readonly path: string,
    private readonly calls: Calls,
  ) {
    this.name = `${place.address}, gRPC, ${calls.form}`;
    this.messages = calls.count;
    this.questionsPerCall = calls.questionsPerCall;
  }

  get waiting(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  }

  send(slot: number, message: number): void {
    const lane = this.lanes[this.turn++ % this.lanes.length];
    lane?.send(slot, message);
  }

  flush(): void {
    for (const lane of this.lanes) lane.flush();
  }

  reset(): Promise<void> {
    return reconnectAll(this.fresh(), (lane) => lane.again());
  }

  /** Throws where nobody answers. */
  connect(): Promise<void> {
    return connectAll(this.fresh(), () => this.close());
  }

  private fresh(): readonly Lane[] {
    for (const lane of this.lanes) lane.close();
    const hear = (slot: number, failure: string): void => this.sink.answered(slot, failure);
    this.lanes = Array.from(
      { length: this.place.connections },
      () => new Lane(this.place, this.path, this.calls, this.decisions, hear),
    );
    return this.lanes;
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) lane.close();
  }
}

/** One connection. One that ends fails its calls and is made again. */
class Lane {
  private client: LoadClient | undefined;
  private head: Buffer = Buffer.alloc(0);
  private write: ((message: Buffer) => void) | undefined;
  private readonly open = new Map<number, number>();
  /** Of a stream, whose answers come in order. */
  private queue: number[] = [];
  private queueAt = 0;
  private isCorked = false;
  private isClosed = false;

  constructor(
    private readonly place: ServerPlace,
    private readonly path: string,
    private readonly calls: Calls,
    private readonly decisions: LoadTarget["decisions"],
    private readonly hear: (slot: number, failure: string) => void,
  ) {}

  get waiting(): number {
    return this.client?.callsHeld ?? 0;
  }

  async connect(): Promise<void> {
    const client = await LoadClient.connect(this.place.address, this.place);
    client.listener = {
      onDone: (slot, status, received) => this.done(slot, status, received),
      onFailure: () => this.failed(),
    };
    try {
      await client.settled(settleMs);
    } catch (error: unknown) {
      client.close();
      throw error;
    }
    if (this.isClosed) {
      client.close();
      return;
    }
    this.client = client;
    this.head = client.headersOf(this.path);
    if (this.calls.form === "stream")
      this.write = client.stream(this.head, streamNumber, (message) => this.answeredInOrder(message));
  }

  send(slot: number, message: number): void {
    const { client } = this;
    if (client === undefined) {
      // Not at once: whoever hears of it sends the next call.
      setTimeout(() => this.hear(slot, unavailable), 1);
      return;
    }
    if (!this.isCorked) {
      this.isCorked = true;
      client.cork();
    }
    this.open.set(slot, message);
    const bytes = this.calls.bytesOf(message);
    if (this.write === undefined) client.call(this.head, bytes, slot, 0);
    else {
      this.queue.push(slot);
      this.write(bytes);
    }
  }

  flush(): void {
    if (!this.isCorked) return;
    this.isCorked = false;
    this.client?.uncork();
  }

  close(): void {
    this.isClosed = true;
    this.client?.close();
    this.client = undefined;
    this.open.clear();
  }

  private done(slot: number, status: string, received: readonly Buffer[]): void {
    if (slot === streamNumber) {
      this.failOpen(status);
      this.client?.close();
      this.again();
      return;
    }
    const message = this.open.get(slot);
    if (message === undefined) return;
    this.open.delete(slot);
    this.hear(slot, status === "OK" ? this.judged(message, () => messageOf(received)) : status);
    this.flush();
  }

  private judged(message: number, answer: () => Buffer): string {
    try {
      return this.calls.judge(message, answer(), this.decisions);
    } catch {
      return UNREADABLE_ANSWER;
    }
  }

  private answeredInOrder(answer: Buffer): void {
    const slot = this.queue[this.queueAt++];
    if (this.queueAt > 1024) {
      this.queue = this.queue.slice(this.queueAt);
      this.queueAt = 0;
    }
    const message = slot === undefined ? undefined : this.open.get(slot);
    if (slot === undefined || message === undefined) return;
    this.open.delete(slot);
    this.hear(
      slot,
      this.judged(message, () => answer),
    );
    this.flush();
  }

  private failed(): void {
    if (this.client === undefined) return;
    this.failOpen(unavailable);
    this.again();
  }

  private failOpen(failure: string): void {
    const slots = [...this.open.keys()];
    this.open.clear();
    this.queue = [];
    this.queueAt = 0;
    this.client?.close();
    this.client = undefined;
    this.write = undefined;
    this.isCorked = false;
    for (const slot of slots) this.hear(slot, failure);
  }

  /** Tries until it is closed or connected. */
  again(): void {
    if (this.isClosed || this.client !== undefined) return;
    const retry = setTimeout(() => {
      if (this.isClosed || this.client !== undefined) return;
      this.connect().catch(() => this.again());
    }, 100);
    retry.unref();
  }
}

/** The number of a stream among calls. */
const streamNumber = -1;
