// What callers share in memory: nobody holds all of it, and what nobody takes gives way.
import { connect } from "node:http2";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ByteBudget } from "../../src/server/byte-budget.js";
import { type ArrivingBody, BodyBudget } from "../../src/server/http/read-body.js";
import { ProtoClient } from "../kit/proto-client.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { allowedQuestion, atEnd, serving, until } from "../kit/serving.js";

const MIB = 1 << 20;
const tooMany = "server: too many questions are waiting";

describe("ByteBudget", () => {
  it("lets a single call in whatever its size", () => {
    const budget = new ByteBudget(MIB);
    const held = budget.take("a", 3 * MIB);
    expect(budget.fits("b", 1)).toBe(true);
    expect(budget.fits("b", MIB / 2)).toBe(false);
    held.release();
    held.release();
    expect(budget.fits("b", MIB / 2)).toBe(true);
  });

  it("gives one caller three quarters at most, and others the rest", () => {
    const budget = new ByteBudget(MIB);
    const held = [1, 2, 3].map(() => budget.take("a", MIB / 4));
    expect(() => budget.take("a", 1)).toThrow(tooMany);
    const other = budget.take("b", MIB / 8);
    expect(() => budget.take("c", MIB / 8)).toThrow(tooMany);
    other.release();
    held[0]?.release();
    expect(budget.fits("a", MIB / 4)).toBe(true);
  });

  it("keeps an eighth for small batches, whatever answers have grown to", () => {
    const budget = new ByteBudget(MIB);
    const held = ["a", "b", "c"].map((share) => budget.take(share, MIB / 4));
    for (const one of held) one.resize(MIB);
    expect(budget.fits("d", 65 << 10)).toBe(false);
    const small = [budget.take("d", 64 << 10), budget.take("e", 64 << 10)];
    expect(budget.fits("f", 1)).toBe(false);
    small[0]?.release();
    expect(budget.fits("f", 1)).toBe(true);
  });
});

describe("BodyBudget", () => {
  const most = 4 * MIB;
  /** A body, and whether it has given way. */
  const arriving = (share: string) => {
    const gone: string[] = [];
    const body: ArrivingBody = { share, giveWay: (error) => void gone.push(error.message) };
    const arrive = (): void => {
      body.giveWay = undefined;
    };
    return { body, gone, arrive };
  };

  it("lets the caller that holds most give way first, and its oldest body", () => {
    const budget = new BodyBudget(most);
    const [first, second, other] = [arriving("a"), arriving("a"), arriving("b")];
    budget.hold(other.body, MIB);
    budget.hold(first.body, MIB);
    budget.hold(second.body, 2 * MIB);
    const late = arriving("c");
    budget.hold(late.body, MIB);
    const crowded = "server: too many large requests";
    expect([first.gone, second.gone, other.gone]).toEqual([[crowded], [], []]);
  });

  it("makes nobody who holds less give way", () => {
    const budget = new BodyBudget(most);
    const [large, small] = [arriving("a"), arriving("b")];
    budget.hold(large.body, 3 * MIB);
    budget.hold(small.body, MIB);
    expect(() => budget.hold(large.body, 3 * MIB + 1)).toThrow("server: too many large requests");
    expect(small.gone).toEqual([]);
  });

  it("gives one caller three quarters at most, also of bodies that are there", () => {
    const budget = new BodyBudget(most);
    for (let i = 0; i < 3; i++) {
      const { body, arrive } = arriving("a");
      budget.hold(body, MIB);
      arrive();
    }
    expect(() => budget.hold(arriving("a").body, MIB)).toThrow("server: too many large requests");
    budget.hold(arriving("b").body, MIB);
  });
});

describe("batches whose answers nobody takes", () => {
  it("give way to those of others", async () => {
    const { server, address, port } = await serving({ maxPendingBytes: MIB, requestTimeoutMs: 60_000 });
    const requests = new Array(2000).fill(allowedQuestion);
    const message = authorizationMethod("BatchAuthorize").requestSerialize({ requests, detail: "REASON" });
    const framed = Buffer.concat([Buffer.alloc(5), message]);
    framed.writeUInt32BE(message.length, 1);
    const codes: number[] = [];
    for (let i = 0; i < 6; i++) {
      const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
      session.on("error", () => {});
      atEnd(() => session.destroy());
      const stream = session.request({
        ":method": "POST",
        ":path": "/verdict.v1.AuthorizationService/BatchAuthorize",
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.on("error", () => {});
      stream.on("close", () => codes.push(stream.rstCode));
      stream.end(framed);
    }
    const client = new ProtoClient("verdict/v1/authorization.proto", "verdict.v1.AuthorizationService", address);
    atEnd(() => client.close());
    const { turnedAway } = server.listener;
    const refused = { code: status.RESOURCE_EXHAUSTED, details: tooMany };
    await until(async () => {
      const answer = await client.call("BatchAuthorize", { requests, detail: "OUTCOME" });
      if (!("code" in answer)) return turnedAway.crowdedOutCalls > 0;
      expect(answer).toEqual(refused);
      return false;
    }, "room for others");
    expect(turnedAway.timedOutCalls).toBe(0);
    await until(() => codes.includes(0xb), "the end of those that take nothing");
  });
});
