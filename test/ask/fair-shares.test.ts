// Callers who prove nothing take what they can get; one who shows a token is answered all the same, on a connection it had and on a new one.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConfiguredGate } from "../../src/access/configured-gate.js";
import { callHeaders, Flag, Frame, frame, headerBlock, RawConnection } from "../kit/http2-frames.js";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, type Serving, serving, until } from "../kit/serving.js";

const token = "0123456789abcdefghij";
const paths = {
  watch: "/grpc.health.v1.Health/Watch",
  reflection: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  stream: "/verdict.v1.AuthorizationService/StreamAuthorize",
  unary: "/verdict.v1.AuthorizationService/Authorize",
};
const enhanceYourCalm = 0xb;
const nothing = Buffer.alloc(5);
const opened: { close(): void }[] = [];
let guarded: Serving;

beforeAll(async () => {
  const gate = new ConfiguredGate({
    verifiers: [{ verify: (shown) => (shown === token ? "good" : undefined), close: () => {} }],
    asksCertificates: false,
    allowPeers: [],
    explainFor: [],
  });
  guarded = await serving({ gate, reflection: true, maxOpenCalls: 300, maxConnections: 60, requestTimeoutMs: 60_000 });
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await until(() => guarded.server.listener.connections === 0, "the end of all connections");
});

function honest(): ProtoClient {
  const file = "verdict/v1/authorization.proto";
  const client = new ProtoClient(file, "verdict.v1.AuthorizationService", guarded.address, undefined, {
    "grpc.use_local_subchannel_pool": 1,
  });
  opened.push(client);
  return client;
}

function attacker(): RawConnection {
  const connection = new RawConnection(guarded.port);
  opened.push(connection);
  return connection;
}

const ask = (client: ProtoClient) =>
  client.call("Authorize", allowedQuestion, { metadata: { authorization: `Bearer ${token}` } });

/** Opens streams and lets them be. */
function openStreams(connection: RawConnection, path: string, count: number, from = 0): void {
  const flags = path === paths.watch ? Flag.endStream : 0;
  for (let at = from; at < from + count; at++) {
    connection.write(frame(Frame.headers, Flag.endHeaders, at * 2 + 1, headerBlock(callHeaders(path))));
    if (flags !== 0) connection.write(frame(Frame.data, flags, at * 2 + 1, nothing));
  }
}

const resets = ({ received }: RawConnection) => received.filter(({ type }) => type === Frame.reset);

describe("a caller with a token", () => {
  it.each(Object.entries(paths))("is answered beside streams of %s that fill every place", async (_, path) => {
    const old = honest();
    expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
    const attackers = Array.from({ length: 5 }, attacker);
    for (const one of attackers) openStreams(one, path, 100);
    const given = () => attackers.filter((one) => resets(one).length > 0 || one.closed || one.heardOf(1)).length;
    await until(() => given() > 0, "those that had to go");
    for (let turn = 0; turn < 5; turn++) {
      expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
      expect(await ask(honest())).toMatchObject({ outcome: "ALLOWED" });
    }
  });

  it("is answered beside connections that say nothing and fill every place", async () => {
    const old = honest();
    expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
    const silent = Array.from({ length: 150 }, () => new RawConnection(guarded.port, false));
    opened.push(...silent);
    await until(() => silent.filter(({ closed }) => closed).length >= 91, "those that had to go");
    expect(guarded.server.listener.connections).toBeLessThanOrEqual(60);
    expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
    expect(await ask(honest())).toMatchObject({ outcome: "ALLOWED" });
    // The newest of them are still there.
    expect(silent.filter(({ closed }) => !closed).length).toBeGreaterThan(50);
  });
});

describe("streams that are open to everyone", () => {
  it("are four on a connection", async () => {
    const connection = attacker();
    openStreams(connection, paths.watch, 10);
    await until(() => resets(connection).length === 6, "the refusals");
    expect(resets(connection).map(({ stream }) => stream)).toEqual([9, 11, 13, 15, 17, 19]);
    for (const { payload } of resets(connection)) expect(payload.readUInt32BE(0)).toBe(enhanceYourCalm);
  });

  it("end a connection that opens them again and again", async () => {
    const connection = attacker();
    openStreams(connection, paths.watch, 400);
    await until(() => connection.closed || connection.goAwayCode !== undefined, "the end");
    expect(connection.goAwayCode).toBe(enhanceYourCalm);
  });

  it("do not stay open for nobody to ask anything", async () => {
    const hasty = await serving({ reflection: true, requestTimeoutMs: 100 });
    const connection = new RawConnection(hasty.port);
    opened.push(connection);
    openStreams(connection, paths.reflection, 1);
    openStreams(connection, paths.watch, 1, 1);
    await until(() => resets(connection).length > 0, "the end of the one that takes messages");
    expect(resets(connection).map(({ stream }) => stream)).toEqual([1]);
  });
});

describe("calls that are refused", () => {
  it("give their places back before their callers leave", async () => {
    const connection = attacker();
    openStreams(connection, paths.stream, 50);
    await until(() => resets(connection).length === 50, "the end of all");
    for (const { payload } of resets(connection)) expect(payload.readUInt32BE(0)).toBe(0);
  });

  it("end the connection of who goes on, and of nobody else", async () => {
    const old = honest();
    expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
    const connection = attacker();
    for (let round = 0; round < 40 && connection.goAwayCode === undefined && !connection.closed; round++) {
      openStreams(connection, paths.stream, 50, round * 50);
      await until(
        () => connection.closed || connection.goAwayCode !== undefined || resets(connection).length >= (round + 1) * 50,
        "the refusals",
      );
    }
    expect(connection.goAwayCode).toBe(enhanceYourCalm);
    expect(await ask(old)).toMatchObject({ outcome: "ALLOWED" });
  });
});
