import { getEventListeners } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ClientError, type ClientOptions, connect, type Question, type VerdictClient } from "../../src/client/index.js";
import { allowing, type Behave, fakeService, type Message } from "../kit/fake-service.js";
import { atEnd, until } from "../kit/serving.js";

const read: Question = {
  principal: "arn:aws:iam::111111111111:user/alice",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
};
const unavailable = { code: status.UNAVAILABLE, details: "not yet" };

describe("wrong answers", () => {
  const rows: readonly (readonly [string, Buffer | Message, string])[] = [
    ["no outcome", {}, "invalidAnswer"],
    ["an empty message", Buffer.alloc(0), "invalidAnswer"],
    ["an outcome that does not exist", Buffer.from([0x10, 7]), "invalidAnswer"],
    ["garbage", Buffer.from("<html>Bad Gateway</html>"), "invalidAnswer"],
    ["ERROR", { outcome: "ERROR" }, "undecided"],
    ["a batch's answer", { outcomes: ["ALLOWED"] }, "invalidAnswer"],
  ];
  it.each(rows)("to one question, %s: a denial", async (_, answer, code) => {
    const { client } = await talkingTo(() => answer);
    expect(await client.isAllowed(read)).toBe(false);
    expect(await client.authorize(read)).toMatchObject({ decision: "error", allowed: false, code });
  });

  const lists: readonly (readonly [string, Buffer | Message, string])[] = [
    ["no answers", {}, "answer: 0 answers to 3 questions"],
    ["one answer too few", { outcomes: ["ALLOWED", "ALLOWED"] }, "answer: 2 answers to 3 questions"],
    ["one answer too many", { outcomes: new Array(4).fill("ALLOWED") }, "answer: more than 3 values"],
    [
      "outcomes and decisions",
      { outcomes: ["ALLOWED", "ALLOWED"], decisions: [{ outcome: "ALLOWED" }] },
      "outcomes beside",
    ],
    ["a single answer", { outcome: "ALLOWED" }, "answer: 0 answers to 3 questions"],
    ["garbage", Buffer.from([0xff, 0xff, 0xff]), "answer: ends inside a field"],
  ];
  it.each(lists)("to three questions, %s: three denials", async (_, answer, error) => {
    const { client } = await talkingTo(({ method }) => (method === "Authorize" ? { outcome: "ALLOWED" } : answer));
    const asked = [read, read, read];
    expect(await client.areAllowed(asked)).toEqual([false, false, false]);
    expect(await Promise.all(asked.map((one) => client.isAllowed(one)))).toEqual([false, false, false]);
    const answers = await client.authorizeAll(asked, { detail: "outcome" });
    for (const one of answers)
      expect(one).toMatchObject({ code: "invalidAnswer", error: expect.stringContaining(error) });
  });

  it("of other sizes on a stream end it with an error", async () => {
    const { client } = await talkingTo(() => ({ outcomes: ["ALLOWED"] }));
    await expect(drained(client.authorizeStream([[read, read]]))).rejects.toThrow("answer: 1 answers to 2 questions");
  });

  it("that leave out a batch of a stream end it with an error", async () => {
    let count = 0;
    const { client } = await talkingTo((call) => (count++ === 0 ? allowing(call) : undefined));
    await expect(drained(client.authorizeStream([[read], [read]]))).rejects.toThrow(
      "answer: fewer answers than batches",
    );
  });
});

describe("deadlines", () => {
  it("end what the server does not answer", async () => {
    const { client, seen } = await talkingTo(() => undefined);
    const have = await client.authorize(read, { timeoutMs: 150 });
    expect(have).toMatchObject({ allowed: false, code: "deadlineExceeded" });
    expect(await client.areAllowed([read, read], { timeoutMs: 150 })).toEqual([false, false]);
    await until(() => seen.length === 2, "both calls");
    await seen[0]?.cancelled;
  });

  it("are each question's own, however many travel together", async () => {
    const { client, seen } = await talkingTo((call) => (call.count === 3 ? undefined : allowing(call)));
    const ended: number[] = [];
    const ask = async (timeoutMs: number): Promise<void> => {
      expect(await client.authorize(read, { timeoutMs })).toMatchObject({ code: "deadlineExceeded" });
      ended.push(timeoutMs);
    };
    await Promise.all([ask(400), ask(50), ask(200)]);
    expect(ended).toEqual([50, 200, 400]);
    expect(seen.map(({ count }) => count)).toEqual([3]);
  });

  it("bound a token that never comes", async () => {
    const { client, seen } = await talkingTo(allowing, { token: () => new Promise(() => {}) });
    expect(await client.authorize(read, { timeoutMs: 40 })).toMatchObject({ code: "deadlineExceeded" });
    const stream = drained(client.authorizeStream([[read]], { timeoutMs: 40 }));
    await expect(stream).rejects.toThrow("call: no answer in time");
    expect(seen).toHaveLength(0);
  });

  it("end a stream that has one", async () => {
    const { client } = await talkingTo(() => undefined);
    await expect(drained(client.authorizeStream([[read]], { timeoutMs: 50 }))).rejects.toMatchObject({
      allowed: false,
      failure: { code: "deadlineExceeded" },
    });
  });
});

describe("retries", () => {
  it("find a server that was not there at first", async () => {
    const { client, seen } = await talkingTo(unavailableFirst(2));
    expect(await client.isAllowed(read)).toBe(true);
    expect(await client.areAllowed([read, read])).toEqual([true, true]);
    expect(seen).toHaveLength(4);
  });

  it("end after their number", async () => {
    const { client, seen } = await talkingTo(() => unavailable, { retries: 2 });
    expect(await client.authorize(read)).toEqual({
      decision: "error",
      allowed: false,
      code: "unavailable",
      status: "UNAVAILABLE",
      error: "call: UNAVAILABLE: not yet",
    });
    expect(seen).toHaveLength(3);
  });

  it("end with the time of the question", async () => {
    const { client, seen } = await talkingTo(() => unavailable, { retries: 10 });
    const answer = await client.authorize(read, { timeoutMs: 150 });
    // The last attempt is refused in time or just not.
    expect(answer).toMatchObject({ allowed: false, code: expect.stringMatching(/^(unavailable|deadlineExceeded)$/) });
    expect(seen.length).toBeLessThan(6);
  });

  it.each([
    ["CANCELLED", "cancelled"],
    ["DEADLINE_EXCEEDED", "deadlineExceeded"],
    ["RESOURCE_EXHAUSTED", "overloaded"],
    ["UNAUTHENTICATED", "unauthenticated"],
    ["PERMISSION_DENIED", "refused"],
    ["INVALID_ARGUMENT", "refused"],
    ["INTERNAL", "internal"],
    ["UNKNOWN", "internal"],
  ] as const)("are not made after %s", async (name, code) => {
    const { client, seen } = await talkingTo(() => ({ code: status[name], details: "no" }));
    expect(await client.authorize(read)).toMatchObject({ allowed: false, code, error: `call: ${name}: no` });
    expect(seen).toHaveLength(1);
  });

  it("survive connections that break in mid-call", async () => {
    let isHanging = true;
    const service = await fakeService((call) => (isHanging ? undefined : allowing(call)));
    const { address, breakAll } = await relayTo(service.address);
    const client = opened(address);
    const asked = Promise.all([client.isAllowed(read), client.areAllowed([read])]);
    await until(() => service.seen.length === 2, "the calls");
    isHanging = false;
    breakAll();
    expect(await asked).toEqual([true, [true]]);
  });

  it("deny when nobody listens", async () => {
    const gone = await fakeService(allowing);
    gone.die();
    const client = opened(gone.address, { retries: 1 });
    expect(await client.authorize(read)).toMatchObject({
      code: "unavailable",
      status: "UNAVAILABLE",
      error: `call: UNAVAILABLE: no connection: connect ECONNREFUSED ${gone.address}`,
    });
    await expect(client.ready(50)).rejects.toThrow(ClientError);
  });
});

describe("coalescing", () => {
  it("sends the questions of one turn as batches of at most so many, over every connection", async () => {
    const { client, seen } = await talkingTo(allowing, { coalesce: { maxQuestions: 10 } });
    const have = await Promise.all(Array.from({ length: 25 }, () => client.isAllowed(read)));
    expect(have).toEqual(new Array(25).fill(true));
    expect(seen.map(({ count }) => count).sort()).toEqual([10, 10, 5]);
  });

  it("has a connection for every channel, and asks over all of them", async () => {
    const service = await fakeService(allowing);
    const relay = await relayTo(service.address);
    const client = opened(relay.address, { channels: 3, coalesce: false });
    await client.ready();
    expect(relay.count()).toBe(3);
    await Promise.all(Array.from({ length: 6 }, () => client.isAllowed(read)));
    expect(new Set(service.seen.map(({ peer }) => peer)).size).toBe(3);
  });

  it("sends a single question as such, and every one where it is switched off", async () => {
    const { client, seen } = await talkingTo(allowing, { coalesce: false });
    await Promise.all([client.isAllowed(read), client.isAllowed(read)]);
    expect(seen.map(({ method }) => method)).toEqual(["Authorize", "Authorize"]);
  });

  it("lets a large question travel alone, and its neighbours together", async () => {
    const { client, seen } = await talkingTo(allowing, { coalesce: { maxBytes: 1000 } });
    const large = { ...read, resource: `arn:aws:s3:::reports/${"x".repeat(5000)}` };
    const have = await Promise.all([read, read, large, read, read].map((question) => client.isAllowed(question)));
    expect(have).toEqual(new Array(5).fill(true));
    expect(seen.map(({ count }) => count).sort()).toEqual([1, 2, 2]);
  });

  it("waits for others as long as it is told, and no longer than a question has time", async () => {
    const { client, seen } = await talkingTo(allowing, { coalesce: { maxWaitMs: 100 } });
    const first = client.isAllowed(read);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, client.isAllowed(read)]);
    expect(seen.map(({ count }) => count)).toEqual([2]);
    expect(await client.isAllowed(read, { timeoutMs: 90 })).toBe(true);
  });

  it.each(["INTERNAL", "INVALID_ARGUMENT"] as const)(
    "asks each question by itself when one makes the whole call fail with %s",
    async (name) => {
      const { client, seen } = await talkingTo((call) => {
        const isPoisoned = JSON.stringify(call.request).includes("poison");
        return isPoisoned ? { code: status[name], details: "bug" } : allowing(call);
      });
      const questions = [read, read, { ...read, action: "poison:Get" }, read];
      const have = await Promise.all(questions.map((question) => client.isAllowed(question)));
      expect(have).toEqual([true, true, false, true]);
      expect(seen.map(({ count }) => count)).toEqual([4, 1, 1, 1, 1]);
    },
  );

  it("fails every question of a call that failed, without asking again", async () => {
    const { client, seen } = await talkingTo(() => ({ code: status.RESOURCE_EXHAUSTED, details: "busy" }));
    const have = await Promise.all([client.authorize(read), client.authorize(read)]);
    expect(have).toMatchObject([{ code: "overloaded" }, { code: "overloaded" }]);
    expect(seen).toHaveLength(1);
  });

  it("never lets what-if and enforcing questions share a call", async () => {
    const { client, seen } = await talkingTo(allowing);
    const questions = [read, { ...read, whatIf: true }, read, { ...read, whatIf: true }];
    await Promise.all(questions.map((question) => client.isAllowed(question)));
    expect(seen).toHaveLength(2);
    for (const { request } of seen) {
      const kinds = Array.isArray(request.requests) ? request.requests.map(({ whatIf }) => whatIf) : [];
      expect(new Set(kinds).size).toBe(1);
    }
  });
});

describe("a server that does not answer", () => {
  it("leaves no more questions waiting than are allowed, and room again after them", async () => {
    let isHanging = true;
    const { client } = await talkingTo((call) => (isHanging ? undefined : allowing(call)), { maxPending: 10 });
    const ask = () => client.authorize(read, { timeoutMs: 200, detail: "outcome" });
    const codes = (await Promise.all(Array.from({ length: 15 }, ask))).map((answer) => "code" in answer && answer.code);
    expect(codes).toEqual([...new Array(10).fill("deadlineExceeded"), ...new Array(5).fill("overloaded")]);
    isHanging = false;
    const invalid: Question = JSON.parse("{}");
    await Promise.all(Array.from({ length: 15 }, () => client.isAllowed(invalid)));
    expect(await Promise.all(Array.from({ length: 10 }, () => client.isAllowed(read)))).toEqual(
      new Array(10).fill(true),
    );
  });
});

describe("signals", () => {
  it("end one question and leave its neighbours", async () => {
    const { client, seen } = await talkingTo(() => undefined);
    const controller = new AbortController();
    const aborted = client.authorize(read, { signal: controller.signal });
    let isOpen = true;
    const other = client.authorize(read, { timeoutMs: 300 }).finally(() => {
      isOpen = false;
    });
    await until(() => seen.length === 1, "the call");
    controller.abort();
    expect(await aborted).toMatchObject({ code: "cancelled" });
    expect(isOpen).toBe(true);
    expect(await other).toMatchObject({ code: "deadlineExceeded" });
  });

  it("end the call with its last question", async () => {
    const { client, seen } = await talkingTo(() => undefined);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = [
      client.isAllowed(read, { signal }),
      client.isAllowed(read, { signal }),
      client.authorize(read, { signal }),
      client.areAllowed([read], { signal }),
    ];
    await until(() => seen.length === 3, "the calls");
    controller.abort();
    expect(await Promise.all(asked)).toMatchObject([false, false, { code: "cancelled" }, [false]]);
    await Promise.all(seen.map(({ cancelled }) => cancelled));
  });

  it("are listened to once, however many questions share them", async () => {
    const { client } = await talkingTo(() => undefined);
    const controller = new AbortController();
    const asked = Array.from({ length: 20 }, (_, index) =>
      client.authorize(read, { signal: controller.signal, policySet: `set-${index % 5}` }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort();
    for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ code: "cancelled" });
  });

  it("that are aborted before the call, or in the turn of the question, send nothing", async () => {
    const { client, seen } = await talkingTo(allowing);
    expect(await client.isAllowed(read, { signal: AbortSignal.abort() })).toBe(false);
    const controller = new AbortController();
    const asked = [1, 2].map(() => client.isAllowed(read, { signal: controller.signal }));
    const single = client.authorize(read, { signal: controller.signal });
    controller.abort();
    expect(await Promise.all(asked)).toEqual([false, false]);
    expect(await single).toMatchObject({ code: "cancelled" });
    expect(seen).toHaveLength(0);
  });
});

describe("tokens", () => {
  it("travel with every call, asked for anew", async () => {
    let count = 0;
    const { client, seen } = await talkingTo(allowing, { token: async () => `token-${++count}` });
    expect(await client.isAllowed(read)).toBe(true);
    expect(await client.areAllowed([read])).toEqual([true]);
    await drained(client.authorizeStream([[read]], { detail: "outcome" }));
    expect(seen.map(({ metadata }) => metadata.get("authorization"))).toEqual([
      ["Bearer token-1"],
      ["Bearer token-2"],
      ["Bearer token-3"],
    ]);
  });

  const failing = (): string => {
    throw new Error("no token today");
  };
  const badTokens: readonly (readonly [string, () => string | Promise<string>, string])[] = [
    ["throws", failing, "no token today"],
    ["rejects", async () => failing(), "no token today"],
    ["gives two lines", () => "secret\r\nx: y", "token: expected visible ASCII characters"],
    ["gives undefined", () => JSON.parse("{}").token, "token: expected visible ASCII characters"],
    ["gives nothing", async () => "", "token: expected visible ASCII characters"],
  ];
  it.each(badTokens)("deny, and send nothing, where the function %s", async (_, token, error) => {
    const { client, seen } = await talkingTo(allowing, { token });
    expect(await client.authorize(read)).toEqual({ decision: "error", allowed: false, code: "unauthenticated", error });
    await expect(drained(client.authorizeStream([[read]]))).rejects.toThrow(error);
    expect(seen).toHaveLength(0);
  });
});

describe("close()", () => {
  it("ends what is under way, what waits and what comes later, as closed", async () => {
    const { client, seen } = await talkingTo(() => undefined);
    const underWay = [client.authorize(read), client.authorize(read, { detail: "explain" })];
    const batch = client.authorizeAll([read]);
    const stream = drained(client.authorizeStream([[read]]));
    stream.catch(() => {});
    await until(() => seen.length === 4, "the calls");
    const waits = client.authorize(read);
    client.close();
    client.close();
    expect(await Promise.all([...underWay, waits, client.authorize(read)])).toMatchObject(
      new Array(4).fill({ allowed: false, code: "closed" }),
    );
    expect(await batch).toMatchObject([{ code: "closed" }]);
    expect(await client.areAllowed([read])).toEqual([false]);
    await expect(stream).rejects.toThrow("client: closed");
    await expect(drained(client.authorizeStream([[read]]))).rejects.toThrow("client: closed");
    await expect(client.ready()).rejects.toThrow("client: closed");
  });
});

/** Unavailable so many times for each kind of call, then everything is allowed. */
function unavailableFirst(times: number): Behave {
  let count = 0;
  return (call) => (count++ < times ? unavailable : allowing(call));
}

/** A port that passes everything on, until the connections break. */
async function relayTo(address: string) {
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    const onwards = createConnection(Number(address.split(":")[1]), "127.0.0.1");
    for (const one of [socket, onwards]) sockets.add(one.on("error", () => {}));
    socket.pipe(onwards).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  atEnd(() => {
    breakAll();
    relay.close();
  });
  const bound = relay.address();
  const port = typeof bound === "object" ? bound?.port : "";
  return { address: `127.0.0.1:${port}`, count: () => sockets.size / 2, breakAll };
}

async function talkingTo(behave: Behave, options: ClientOptions = {}) {
  const service = await fakeService(behave);
  const client = opened(service.address, options);
  // Short deadlines are to hold for calls, not for connecting.
  await client.ready();
  return { client, seen: service.seen };
}

function opened(address: string, options: ClientOptions = {}): VerdictClient {
  const one = connect(address, { timeoutMs: 5000, ...options });
  atEnd(() => one.close());
  return one;
}

async function drained(answers: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of answers);
}
