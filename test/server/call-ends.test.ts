import { connect } from "node:http2";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/engine/engine-error.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { callHeaders } from "../kit/http2-frames.js";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, atEnd, type Serving, serving, until } from "../kit/serving.js";

const service = ["verdict/v1/authorization.proto", "verdict.v1.AuthorizationService"] as const;

describe("a deadline", () => {
  it.each(["Authorize", "BatchAuthorize", "StreamAuthorize"])(
    "that has passed keeps %s from the engine",
    async (method) => {
      const started = await serving();
      const asked = countAsked(started);
      for (const timeout of ["0m", "0n", "1n"]) {
        const have = await rawCall(started, `/verdict.v1.AuthorizationService/${method}`, { "grpc-timeout": timeout });
        expect(have).toBe(String(status.DEADLINE_EXCEEDED));
      }
      expect(asked()).toBe(0);
    },
  );

  it("of a millisecond ends every call, with an answer or without", async () => {
    const started = await serving({}, 1);
    const client = new AuthorizationClient(started.address);
    atEnd(() => client.close());
    const requests = new Array(2000).fill(allowedQuestion);
    const calls = Array.from({ length: 50 }, (_, index) =>
      client.call(index % 2 === 0 ? "Authorize" : "BatchAuthorize", index % 2 === 0 ? allowedQuestion : { requests }, {
        deadlineMs: 1,
      }),
    );
    for (const have of await Promise.all(calls)) {
      if (!("outcome" in have)) expect(have).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    }
    expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
  });
});

describe("a stream that the server has ended", () => {
  it("is closed although its caller never says that it is done", async () => {
    const started = await serving();
    const session = connect(`http://${started.address}`);
    atEnd(() => session.destroy());
    const path = "/verdict.v1.AuthorizationService/StreamAuthorize";
    const stream = session.request(callHeaders(path, { "grpc-timeout": "100m" }), { endStream: false });
    const ended = new Promise<string>((resolve) => {
      stream.on("error", () => {});
      stream.once("close", () => resolve(`closed with ${stream.rstCode}`));
    });
    // A client that leaves its own half open: nothing is written and nothing is ended.
    stream.resume();
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("still open"), 50_000).unref());
    expect(await Promise.race([ended, late])).toBe("closed with 0");
  });
});

describe("a caller that gives up", () => {
  it("is heard of by the work on its batch, and gets no answer", async () => {
    const started = await serving();
    const client = clientOf(started);
    let begun = 0;
    let ends = 0;
    started.engine.batchAuthorize = (_, signal) =>
      new Promise((_, reject) => {
        begun += 1;
        signal?.addEventListener("abort", () => {
          ends += 1;
          reject(new EngineError("cancelled", "call: cancelled"));
        });
      });
    for (let attempt = 1; attempt <= 5; attempt++) {
      const call = client.open("StreamAuthorize", { requests: [allowedQuestion] });
      await until(() => begun === attempt, "the beginning of the work");
      call.cancel();
      await until(() => ends === attempt, "the end of the work");
      expect([call.answers, call.ended()]).toMatchObject([[], { code: status.CANCELLED }]);
    }
    const unary = client.call("BatchAuthorize", { requests: [allowedQuestion] }, { deadlineMs: 50 });
    expect(await unary).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await until(() => ends === 6, "the end of the work");
  });
});

describe("batches in memory", () => {
  it("beyond the budget are refused at once, and let in again later", async () => {
    const started = await serving({ maxPendingBytes: 4000 });
    const client = clientOf(started);
    const held = holdBatches(started);
    const batch = { requests: new Array(20).fill(allowedQuestion), detail: "OUTCOME" };
    const first = client.call("BatchAuthorize", batch);
    await until(() => held.waiting() === 1, "the first batch");
    const refused = { code: status.RESOURCE_EXHAUSTED, details: "server: too many questions are waiting" };
    expect(await client.call("BatchAuthorize", batch)).toEqual(refused);
    const stream = client.open("StreamAuthorize", batch);
    await until(() => stream.ended() !== undefined, "the refusal");
    expect(stream.ended()).toEqual(refused);
    expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
    held.release();
    expect(await first).toMatchObject({ outcomes: { length: 20 } });
    expect(await client.call("BatchAuthorize", batch)).toMatchObject({ outcomes: { length: 20 } });
  });
});

describe("a stop", () => {
  it("ends streams that have nothing to answer, after what they asked before", async () => {
    const started = await serving();
    const client = clientOf(started);
    const message = { requests: [allowedQuestion], detail: "OUTCOME" };
    const idle = client.open("StreamAuthorize", message);
    await until(() => idle.answers.length === 1, "the first answer");
    const busy = client.open("StreamAuthorize", message);
    await until(() => busy.answers.length === 1, "the first answer");
    // What has arrived before the stop is answered. It has arrived when later calls of the same connection are answered.
    const held = holdBatches(started);
    const sent = Array.from({ length: 200 }, () => busy.send(message));
    await until(() => held.waiting() === 1, "the next message");
    await Promise.all(sent.slice(0, -1));
    for (let count = 0; count < 20; count++) await client.call("Authorize", allowedQuestion);
    const stopped = started.server.stop();
    await until(() => idle.ended() !== undefined, "the end of the idle stream");
    held.release();
    await stopped;
    await until(() => idle.ended() !== undefined && busy.ended() !== undefined, "the ends");
    const refusal = { code: status.UNAVAILABLE, details: "server: is stopping" };
    expect([idle.ended(), busy.ended(), busy.answers.length]).toEqual([refusal, refusal, 201]);
  });
});

describe("a connection", () => {
  it("that is old is renewed without failing a call", async () => {
    const started = await serving({ maxConnectionAgeMs: 100 });
    const client = clientOf(started);
    const session = connect(`http://${started.address}`);
    let code: number | undefined;
    session.once("goaway", (said: number) => {
      code = said;
    });
    // Some calls more once a connection has been told to leave: they find a new one.
    for (let after = 0; after < 50; ) {
      expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
      if (code !== undefined) after += 1;
    }
    expect(code).toBe(0);
    session.destroy();
  });
});

/** Keeps batches waiting until they are released. */
function holdBatches({ engine }: Serving): { waiting(): number; release(): void } {
  const original = engine.batchAuthorize.bind(engine);
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  engine.batchAuthorize = async (...parameters) => {
    waiting += 1;
    await released;
    return original(...parameters);
  };
  return { waiting: () => waiting, release: () => release() };
}

function countAsked({ engine }: Serving): () => number {
  let asked = 0;
  const authorize = engine.authorize.bind(engine);
  engine.authorize = (...parameters) => {
    asked += 1;
    return authorize(...parameters);
  };
  const batchAuthorize = engine.batchAuthorize.bind(engine);
  engine.batchAuthorize = (...parameters) => {
    asked += 1;
    return batchAuthorize(...parameters);
  };
  return () => asked;
}

/** The grpc-status of a call of one empty message. */
function rawCall({ address }: Serving, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const session = connect(`http://${address}`);
  return new Promise((resolve, reject) => {
    const request = session.request(callHeaders(path, headers));
    const hear = (heard: { "grpc-status"?: unknown }): void => {
      if (heard["grpc-status"] === undefined) return;
      resolve(String(heard["grpc-status"]));
      session.destroy();
    };
    request.on("response", hear);
    request.on("trailers", hear);
    request.on("error", reject);
    request.resume();
    request.end(Buffer.alloc(5));
  });
}

function clientOf({ address }: Serving): ProtoClient {
  const client = new ProtoClient(...service, address);
  atEnd(() => client.close());
  return client;
}
