import { writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { policySet } from "../kit/http-server.js";
import { callHeaders } from "../kit/http2-frames.js";
import { alice, folder } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";

const hourMs = 3_600_000;
const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::b/k" };

describe("a clock", () => {
  it("is the one of the call, whatever zone and season the host is in", async () => {
    const engine = await Engine.start({ workers: 0 });
    const zone = process.env.TZ;
    try {
      engine.publish(policySet(allowingBetween("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z")));
      for (const name of ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]) {
        process.env.TZ = name;
        const seen = [
          // Berlin's clocks go forward, and back again.
          "2026-03-29T00:59:59Z",
          "2026-03-29T01:00:00Z",
          "2026-10-25T00:59:59Z",
          "2026-10-25T01:00:00Z",
        ].map((time) => engine.decide(plainQuestion(question), { nowMs: Date.parse(time) }));
        expect(seen).toMatchObject([{ allowed: false }, { allowed: true }, { allowed: true }, { allowed: false }]);
      }
      // A time that the request states is believed as little as any derived key (CTX-1).
      const stated = { ...plainQuestion(question), context: new Map([["aws:CurrentTime", ["2026-06-01T00:00:00Z"]]]) };
      expect(engine.decide(stated, { nowMs: 0 })).not.toMatchObject({ allowed: true });
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
      await engine.close();
    }
  });

  it("that jumps an hour to and fro leaves deadlines, connections and reloads alone", async () => {
    const file = join(folder, "clock.json");
    const set = (from: number, to: number): string =>
      JSON.stringify(allowingBetween(new Date(from).toISOString(), new Date(to).toISOString()));
    const soon = Date.now() + hourMs / 2;
    writeFileSync(file, set(Date.now() - hourMs / 2, soon));
    const { output: server, address } = await startJumping(file);
    const client = new AuthorizationClient(address);
    const session = connect(`http://${address}`);
    const jump = async (to: number): Promise<void> => {
      const heard = server.err().split(`clock: ${to}\n`).length;
      server.kill("SIGUSR2");
      await until(() => server.err().split(`clock: ${to}\n`).length > heard, "the jump");
    };
    const outcome = async (): Promise<unknown> => {
      const answer = await client.call("Authorize", question);
      return "outcome" in answer ? answer.outcome : answer;
    };
    try {
      expect(await outcome()).toBe("ALLOWED");
      for (const [to, want] of [
        [hourMs, "IMPLICIT_DENY"],
        [-hourMs, "IMPLICIT_DENY"],
        [0, "ALLOWED"],
      ] as const) {
        // Calls that were there before the jump: one ends when its second is over, one goes on.
        const short = hangingCall(session, "1S");
        const long = hangingCall(session, "50S");
        const stream = client.openStream("StreamAuthorize");
        await stream.answer({ requests: [question], detail: "OUTCOME" });
        await jump(to);
        expect(await outcome()).toBe(want);
        expect(await stream.answer({ requests: [question], detail: "OUTCOME" })).toMatchObject({ outcomes: [want] });
        expect(await short.ended).toBe(String(status.DEADLINE_EXCEEDED));
        expect(long.isOpen()).toBe(true);
        long.cancel();
      }
      // Files are followed as well while the clock stands an hour ahead, and an hour behind.
      for (const [index, to] of [hourMs, -hourMs].entries()) {
        await jump(to);
        writeFileSync(file, set(Date.now() - (2 + index) * hourMs, Date.now() + 2 * hourMs));
        await until(() => server.err().includes(`"generation":${index + 2}`), "the reload");
        expect(await outcome()).toBe("ALLOWED");
      }
      session.destroy();
      server.kill("SIGTERM");
      expect(await server.code).toBe(0);
    } finally {
      session.destroy();
      client.close();
      server.kill("SIGKILL");
    }
  });
});

/** A set in which alice may read everything for some time. */
function allowingBetween(from: string, to: string): object {
  const statement = {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "*",
    Condition: { DateGreaterThanEquals: { "aws:CurrentTime": from }, DateLessThan: { "aws:CurrentTime": to } },
  };
  const document = { Version: "2012-10-17", Statement: [statement] };
  return {
    accounts: [{ id: "111111111111" }],
    users: [{ arn: alice, inlinePolicies: [{ name: "own", document }] }],
    resources: [{ arn: "arn:aws:s3:::b", account: "111111111111" }],
  };
}

/** A server whose clock jumps when it is told to. */
function startJumping(policies: string): Promise<ServeProcess> {
  const clock = fileURLToPath(new URL("jumping-clock.mjs", import.meta.url));
  const flags = ["--policies", policies, "--watch-quiet", "100ms"];
  return startServe(flags, { nodeOptions: ["--import", clock] });
}

/** A stream on which nothing is asked, with a deadline of its own. */
function hangingCall(session: ReturnType<typeof connect>, timeout: string) {
  const path = "/verdict.v1.AuthorizationService/StreamAuthorize";
  const stream = session.request(callHeaders(path, { "grpc-timeout": timeout }));
  let isOpen = true;
  const ended = new Promise<string>((resolve) => {
    const hear = (headers: { "grpc-status"?: unknown }): void => {
      if (headers["grpc-status"] === undefined) return;
      isOpen = false;
      resolve(String(headers["grpc-status"]));
    };
    stream.on("response", hear);
    stream.on("trailers", hear);
    stream.on("close", () => hear({ "grpc-status": "none" }));
  });
  stream.on("error", () => {});
  stream.resume();
  return { ended, isOpen: () => isOpen, cancel: () => stream.close(8) };
}
