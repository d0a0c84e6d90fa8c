/** `serve --audit`: a listener of its own, off unless it is asked for, and who may ask there. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { ProtoClient } from "../kit/proto-client.js";
import { folder, minimal, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { until } from "../kit/supply-fixture.js";

const proto = ["verdict/v1/audit.proto", "verdict.v1.AuditService"] as const;
const endings: (() => unknown)[] = [];
afterAll(() => {
  for (const end of endings.splice(0)) end();
});

async function serving(args: readonly string[], lineCount: number) {
  const { output: run, address } = await startServe(["--policies", minimal, "--workers", "1", ...args]);
  endings.push(() => run.kill("SIGKILL"));
  await run.lines(lineCount);
  return { run, address };
}

async function answered(client: ProtoClient, request: object) {
  const stream = client.open("WhoCan", request);
  await until(
    () => stream.ended() !== undefined,
    () => stream.answers.length,
  );
  return { ...stream.ended(), lines: stream.answers.length };
}

it("answers audits on a listener of its own, beside decisions, and ends them with the server", async () => {
  const socket = `unix:${join(folder, "audit.sock")}`;
  const { run, address } = await serving(["--audit", socket], 3);
  expect(run.out()).toContain(`audits on ${socket}\n`);
  const [outsider, auditor] = [new ProtoClient(...proto, address), new ProtoClient(...proto, socket)];
  const decisions = new AuthorizationClient(address);
  endings.push(
    () => outsider.close(),
    () => auditor.close(),
    () => decisions.close(),
  );
  const request = { action: "s3:GetObject", region: { closed: true } };
  expect(await answered(outsider, request)).toMatchObject({ code: status.UNIMPLEMENTED, lines: 0 });
  const answer = await answered(auditor, request);
  expect(answer).toMatchObject({ code: status.OK });
  expect(answer.lines).toBeGreaterThan(0);
  expect(run.err()).toContain('"message":"audit WhoCan: answered"');
  run.kill("SIGTERM");
  expect(await run.code).toBe(0);
});

it("is off unless it is asked for", async () => {
  const { run, address } = await serving([], 2);
  expect(run.out()).not.toContain("audits on");
  const outsider = new ProtoClient(...proto, address);
  endings.push(() => outsider.close());
  expect(await answered(outsider, { action: "s3:GetObject" })).toMatchObject({ code: status.UNIMPLEMENTED });
});

it("does not start where every caller with a name could audit, or nobody could", async () => {
  const tokens = join(folder, "tokens");
  writeFileSync(tokens, "auditor: 0123456789abcdef\n");
  const args = ["serve", "--policies", minimal, "--audit", "127.0.0.1:0", "--tokens", tokens];
  expect(await verdict(args)).toEqual({
    code: 2,
    out: "",
    err: [
      "--audit: every caller with a name could audit policy sets: add --allow-peers audits=NAME",
      "--audit: nobody may have more than outcomes, which audits tell: add --explain-for audits=NAME",
      "",
    ].join("\n"),
  });
});
