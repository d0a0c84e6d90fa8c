/**
 * The calls that are served without grpc-js end as those that it serves: the same headers, messages, trailers and resets, for hundreds of odd
 * calls in pieces (seeded).
 */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { openGate } from "../../src/access/access-gate.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { MessageBuffers } from "../../src/server/grpc/message-buffers.js";
import { type ArrivedMessage, MessageReader } from "../../src/server/grpc/message-reader.js";
import { authorizationService } from "../../src/server/services/authorization-service.js";
import { authorization, authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";
import { allowedQuestion, atEnd, serveServices, serving } from "../kit/serving.js";

const SEED = 20261201;
const CALLS = 400;
const MAX_BYTES = 4000;
const [, serviceName] = authorization;

let own: ClientHttp2Session;
let library: ClientHttp2Session;

beforeAll(async () => {
  const { engine } = await serving();
  const service = authorizationService({
    point: new DecisionPoint(engine),
    gate: openGate,
    onInternalError: () => {},
    maxPendingBytes: 64 << 20,
    stopping: new AbortController().signal,
  });
  const connected = async (takesBytes: boolean): Promise<ClientHttp2Session> => {
    const { address } = await serveServices([{ ...service, takesBytes }], MAX_BYTES);
    const session = connect(`http://${address}`);
    session.on("error", () => {});
    return session;
  };
  [own, library] = await Promise.all([connected(true), connected(false)]);
});
afterAll(() => {
  own.destroy();
  library.destroy();
});

/** What a caller sees of a call. */
interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
  readonly reset: number;
}

interface OddCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
  /** Whether there is one order in which its mistakes can be seen: not so with several messages or a time that is over. */
  readonly isOrdered: boolean;
}

function ask(session: ClientHttp2Session, { headers, pieces }: OddCall): Promise<Seen> {
  return new Promise((resolve) => {
    const request = session.request({ ":method": "POST", te: "trailers", ...headers }, { endStream: false });
    const body: Buffer[] = [];
    let seen: Omit<Seen, "body" | "reset"> = { headers: {}, trailers: {} };
    request.on("error", () => {});
    request.on("response", (answered) => {
      seen = { ...seen, headers: withoutDate(answered) };
    });
    request.on("trailers", (answered) => {
      seen = { ...seen, trailers: { ...answered } };
    });
    request.on("data", (piece: Buffer) => body.push(piece));
    request.on("close", () => {
      resolve({ ...seen, body: Buffer.concat(body).toString("hex"), reset: request.rstCode });
    });
    const send = (at: number): void => {
      const piece = pieces[at];
      if (request.destroyed || request.closed) return;
      if (piece === undefined) request.end();
      else request.write(piece, () => setImmediate(() => send(at + 1)));
    };
    send(0);
  });
}

function statusOf({ trailers, headers, reset }: Seen): string {
  return String(trailers["grpc-status"] ?? headers["grpc-status"] ?? `reset ${reset}`);
}

function withoutDate({ date: _, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}

function frame(flag: number, bytes: Buffer, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

const methods = ["Authorize", "BatchAuthorize", "StreamAuthorize"] as const;

function messageOf(random: Random, method: (typeof methods)[number], encoding: string): Buffer {
  const batch = { requests: Array.from({ length: random.between(1, 12) }, () => allowedQuestion), detail: "OUTCOME" };
  const valid = authorizationMethod(method).requestSerialize(method === "Authorize" ? allowedQuestion : batch);
  const packed = encoding === "deflate" ? deflateSync(valid) : gzipSync(valid);
  return random.pick([
    () => frame(0, valid),
    () => frame(0, valid),
    () => frame(0, valid),
    () => frame(1, packed),
    () => frame(1, packed),
    () => frame(1, packed.subarray(0, packed.length - 3)),
    () => frame(1, Buffer.from("no archive")),
    () => frame(1, encoding === "deflate" ? deflateSync(Buffer.alloc(9000)) : gzipSync(Buffer.alloc(9000))),
    () => frame(1, Buffer.alloc(0)),
    () => frame(0, Buffer.alloc(0)),
    () => frame(0, Buffer.from([0xff, 0xff, 0x01])),
    () => frame(0, valid, valid.length + 7),
    () => frame(0, Buffer.alloc(0), MAX_BYTES + 1),
    () => frame(0, Buffer.alloc(10), 0xffff_ffff),
    () => frame(2, valid),
    () => Buffer.from([0, 0]),
  ])();
}

/** A header that is not sent. */
const ABSENT = "absent";

function oddCall(random: Random): OddCall {
  const method = random.pick(methods);
  const encoding = random.pick([ABSENT, ABSENT, "gzip", "gzip", "deflate", "identity", "snappy"]);
  const contentType = random.pick([
    ...Array.from({ length: 12 }, () => "application/grpc"),
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc-web",
    "text/plain",
    ABSENT,
  ]);
  const timeout = random.pick([
    ...Array.from({ length: 12 }, () => ABSENT),
    "60S",
    "1H",
    "99999999M",
    "0n",
    "0m",
    "1e3S",
    "-1S",
    "999999999S",
    "5",
    "",
  ]);
  const messages = random.pick([0, 1, 1, 1, 1, 1, 2, 3]);
  const whole = Buffer.concat(Array.from({ length: messages }, () => messageOf(random, method, encoding)));
  const requestId = random.pick([ABSENT, ABSENT, "request-7", "two words", "x".repeat(300)]);
  const path = `/${serviceName}/${method}`;
  return {
    headers: Object.fromEntries(
      [
        [":path", path],
        ["content-type", contentType],
        ["grpc-encoding", encoding],
        ["grpc-timeout", timeout],
        ["x-request-id", requestId],
      ].filter(([, value]) => value !== ABSENT),
    ),
    pieces: cut(random, whole),
    isOrdered: messages <= 1 && timeout !== "0n" && timeout !== "0m",
  };
}

/** The same bytes in pieces of any size, some of one byte. */
function cut(random: Random, whole: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  const most = random.pick([1, 7, 200, 100_000]);
  for (let at = 0; at < whole.length && pieces.length < 300; ) {
    const end = pieces.length === 299 ? whole.length : Math.min(whole.length, at + random.between(1, most));
    pieces.push(whole.subarray(at, end));
    at = end;
  }
  return pieces;
}

describe("calls whose messages stay bytes", () => {
  it(`end as grpc-js's do, ${CALLS} odd calls with seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const statuses = new Map<string, number>();
    for (let count = 0; count < CALLS; count++) {
      const call = oddCall(random);
      const [have, want] = await Promise.all([ask(own, call), ask(library, call)]);
      if (call.isOrdered)
        expect({ call: count, sent: call.headers, ...have }).toEqual({ call: count, sent: call.headers, ...want });
      const status = statusOf(want);
      if (!call.isOrdered) expect(statusOf(have) === "0").toBe(status === "0");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // Answers, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL.
    for (const status of ["0", "4", "8", "12", "13"]) expect(statuses.get(status) ?? 0, status).toBeGreaterThan(3);
  });

  it("decompress a few messages at a time, in turn, whoever leaves", async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 20));
    const good = gzipSync(authorizationMethod("BatchAuthorize").requestSerialize({ requests: [allowedQuestion] }));
    const headers = { ...grpcHeaders("BatchAuthorize"), "grpc-encoding": "gzip" };
    const asked = Array.from({ length: 60 }, (_, index) => {
      const timeout = index % 5 === 1 ? { "grpc-timeout": "1n" } : {};
      const pieces = [frame(1, index % 3 === 0 ? good : bomb)];
      return ask(own, { headers: { ...headers, ...timeout }, pieces, isOrdered: true });
    });
    const have = (await Promise.all(asked)).map(statusOf);
    expect(have).toEqual(have.map((_, index) => (index % 5 === 1 ? "4" : index % 3 === 0 ? "0" : "8")));
  });

  it("answer large batches at once, each with its own", async () => {
    const { engine, address } = await serving({}, 1);
    expect(engine.published()?.generation).toBe(1);
    const session = connect(`http://${address}`);
    atEnd(() => session.destroy());
    const random = new Random(SEED);
    const denied = { ...allowedQuestion, action: "s3:DeleteObject" };
    const asked = Array.from({ length: 24 }, () => {
      const isAllowed = Array.from({ length: random.between(300, 1500) }, () => random.between(0, 1) === 1);
      const requests = isAllowed.map((allowed) => (allowed ? allowedQuestion : denied));
      const bytes = authorizationMethod("BatchAuthorize").requestSerialize({ requests, detail: "OUTCOME" });
      return {
        isAllowed,
        call: { headers: grpcHeaders("BatchAuthorize"), pieces: cut(random, frame(0, bytes)), isOrdered: true },
      };
    });
    for (let round = 0; round < 2; round++) {
      await Promise.all(
        asked.map(async ({ isAllowed, call }) => {
          const { body } = await ask(session, call);
          const answer = authorizationMethod("BatchAuthorize").responseDeserialize(
            Buffer.from(body, "hex").subarray(5),
          );
          const want = isAllowed.map((allowed) => (allowed ? "ALLOWED" : "IMPLICIT_DENY"));
          expect(answer).toMatchObject({ outcomes: want });
        }),
      );
    }
  });

  it("give the memory of a message back when it is answered and when it is refused", async () => {
    const { address } = await serving();
    const session = connect(`http://${address}`);
    atEnd(() => session.destroy());
    const takenBack = vi.spyOn(MessageBuffers.prototype, "giveBack");
    onTestFinished(() => takenBack.mockRestore());
    const { requestSerialize } = authorizationMethod("BatchAuthorize");
    const good = requestSerialize({ requests: Array(5000).fill(allowedQuestion) });
    const tooMany = requestSerialize({ requests: Array(100_001).fill({}) });
    const malformed = Buffer.alloc(300_000, 0xff);
    for (const [bytes, status] of [
      [good, "0"],
      [tooMany, "8"],
      [malformed, "3"],
    ] as const) {
      const seen = await ask(session, {
        headers: grpcHeaders("BatchAuthorize"),
        pieces: [frame(0, bytes)],
        isOrdered: true,
      });
      expect(statusOf(seen)).toBe(status);
      expect(takenBack).toHaveBeenCalledOnce();
      takenBack.mockClear();
    }
  });

  it("say of a batch whether others are open beside it", async () => {
    const { engine, address } = await serving();
    const session = connect(`http://${address}`);
    atEnd(() => session.destroy());
    const decided = vi.spyOn(engine, "batchAuthorize");
    const bytes = authorizationMethod("BatchAuthorize").requestSerialize({ requests: [allowedQuestion] });
    const call = { headers: grpcHeaders("BatchAuthorize"), pieces: [frame(0, bytes)], isOrdered: true };
    expect(statusOf(await ask(session, call))).toBe("0");
    session
      .request({ ":method": "POST", ...grpcHeaders("StreamAuthorize") }, { endStream: false })
      .on("error", () => {});
    expect(statusOf(await ask(session, call))).toBe("0");
    expect(decided.mock.calls.map(([, , rights]) => rights?.isOneOfMany)).toEqual([false, true]);
  });
});

function grpcHeaders(method: string): Record<string, string> {
  return { ":path": `/${serviceName}/${method}`, "content-type": "application/grpc" };
}

describe("messages in pieces", () => {
  it("come out as they went in, whatever the pieces", () => {
    const random = new Random(SEED);
    const buffers = new MessageBuffers();
    for (let round = 0; round < 300; round++) {
      const messages = Array.from({ length: random.between(0, 4) }, () => {
        const length = random.pick([0, 1, 5, 300, 70_000, 200_000]);
        return Buffer.alloc(length, random.between(0, 255));
      });
      const have: Buffer[] = [];
      const reader = new MessageReader(200_000, buffers, {
        message({ bytes, buffer }: ArrivedMessage) {
          have.push(Buffer.from(bytes));
          if (buffer !== undefined) buffers.giveBack(buffer);
        },
        tooLarge: () => have.push(Buffer.from("too large")),
      });
      for (const piece of cut(random, Buffer.concat(messages.map((bytes) => frame(0, bytes))))) reader.take(piece);
      reader.stop();
      expect(have.length).toBe(messages.length);
      expect(have.every((bytes, index) => messages[index]?.equals(bytes))).toBe(true);
    }
  });

  it("hold no memory for what is announced and does not come, beyond a share", () => {
    const buffers = new MessageBuffers();
    let lent = 0;
    for (let stream = 0; stream < 1000; stream++) {
      const buffer = buffers.lend(8 << 20);
      if (buffer !== undefined) lent += buffer.length;
    }
    expect(lent).toBe(64 << 20);
    const reader = new MessageReader(8 << 20, buffers, {
      message: ({ bytes }) => expect(bytes.equals(Buffer.alloc(100_000, 7))).toBe(true),
      tooLarge: () => expect.unreachable(),
    });
    for (const piece of cut(new Random(SEED), frame(0, Buffer.alloc(100_000, 7)))) reader.take(piece);
  });

  it("hold no more than twice what has come where nothing is lent, and nothing of the pieces", () => {
    const buffers = new MessageBuffers();
    vi.spyOn(buffers, "lend").mockReturnValue(undefined);
    const allocated = vi.spyOn(Buffer, "allocUnsafeSlow");
    onTestFinished(() => allocated.mockRestore());
    const length = 3_000_000;
    let have: Buffer | undefined;
    const reader = new MessageReader(length, buffers, {
      message: ({ bytes }) => {
        have = Buffer.from(bytes);
      },
      tooLarge: () => expect.unreachable(),
    });
    const wire = frame(0, Buffer.alloc(length, 7));
    // A piece keeps the memory alive that the socket was read into, which holds much besides: so here, all of it.
    const piece = Buffer.alloc(500);
    for (let at = 0; at < wire.length; at += piece.length) {
      const size = wire.copy(piece, 0, at);
      reader.take(piece.subarray(0, size));
      piece.fill(0);
      const [most = 0] = allocated.mock.lastCall ?? [];
      expect(most).toBeLessThanOrEqual(2 * (at + size));
    }
    expect(have?.equals(Buffer.alloc(length, 7))).toBe(true);
  });

  it("beyond the largest end the reading", () => {
    const lengths: number[] = [];
    const reader = new MessageReader(10, new MessageBuffers(), {
      message: () => expect.unreachable(),
      tooLarge: (length) => lengths.push(length),
    });
    for (const byte of frame(0, Buffer.alloc(30))) reader.take(Buffer.from([byte]));
    expect(lengths).toEqual([30]);
  });
});
