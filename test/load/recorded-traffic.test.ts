import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/index.js";
import { recordedTraffic } from "../../src/load/traffic/recorded-traffic.js";
import type { Traffic } from "../../src/load/traffic/traffic.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { alice, folder, minimal } from "../kit/run-verdict.js";

async function recorded(name: string, text: string, speed = 1): Promise<Traffic> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const loaded = await loadPolicySet(minimal);
  if (!loaded.ok) throw new Error("the example does not load");
  const engine = await Engine.start({ workers: 0 });
  engine.publish(loaded.policySet);
  try {
    return await recordedTraffic(file, {
      set: loaded.policySet,
      catalogue: await loadCatalogue(["s3"]),
      decide: (question) => engine.decide(question),
      speed,
      allowsWhatIf: false,
      nowMs: 0,
    });
  } finally {
    await engine.close();
  }
}

const line = (clock: string, action: string): string =>
  JSON.stringify({
    decision_id: clock,
    bundles: { default: {} },
    clock,
    input: {
      principal: alice,
      action,
      resource: "arn:aws:s3:::reports/q3.csv",
      context: { "aws:SourceIp": "10.1.2.3" },
    },
    result: { decision: "allowed" },
  });

describe("recordedTraffic()", () => {
  it("asks what a decision log has, at its moments, faster if that is asked for", async () => {
    const log = [
      line("2026-11-30T10:00:01.000Z", "s3:DeleteObject"),
      line("2026-11-30T10:00:00.000Z", "s3:GetObject"),
      line("2026-11-30T10:00:03.000Z", "s3:GetObject"),
    ].join("\n");
    const { questions, order, dueMs } = await recorded("log.jsonl", `${log}\n`, 2);
    expect([...order].map((place) => questions[place]?.question.action)).toEqual([
      "s3:GetObject",
      "s3:DeleteObject",
      "s3:GetObject",
    ]);
    expect([...(dueMs ?? [])]).toEqual([0, 500, 1500]);
    expect(questions.map(({ expected }) => expected)).toEqual(["allowed", "implicitDeny"]);
  });

  it("asks what is left of a log that was cut off at its front", async () => {
    const whole = line("2026-11-30T10:00:00.000Z", "s3:GetObject");
    const { order, remarks } = await recorded("cut.jsonl", `${whole.slice(20)}\n${whole}\n${whole}\n`);
    expect(order.length).toBe(2);
    expect(remarks).toEqual(["1 records of the log hold no question that can be asked again"]);
  });

  it("asks what CloudTrail has, and refuses what is neither", async () => {
    const event = {
      eventVersion: "1.11",
      eventType: "AwsApiCall",
      eventID: "1",
      eventTime: "2026-11-30T10:00:00Z",
      eventSource: "s3.amazonaws.com",
      eventName: "GetObject",
      awsRegion: "us-east-1",
      userIdentity: { type: "IAMUser", arn: alice, accountId: "111111111111", userName: "alice" },
      requestParameters: { bucketName: "reports", key: "q3.csv" },
      recipientAccountId: "111111111111",
    };
    const { questions, remarks } = await recorded("trail.json", JSON.stringify({ Records: [event] }));
    expect(questions[0]?.question).toMatchObject({ principal: alice, action: "s3:GetObject" });
    expect(remarks).toEqual([]);
    await expect(recorded("other.json", "{}")).rejects.toThrow(
      "holds no question: decision logs and records of CloudTrail do",
    );
  });
});
