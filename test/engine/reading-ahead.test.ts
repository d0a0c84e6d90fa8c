// Large images are read ahead of the items of a batch: that changes no answer, whatever shape the items have.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import type { BatchAnswer } from "../kit/batch-answer.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const SEED = 20261128;
const USERS = 4000;
/** From here on the matcher reads ahead. */
const LARGE_BYTES = 2 << 20;
const SERVICES = ["s3", "sqs", "sns", "logs", "orders"];
const batch = authorizationMethod("BatchAuthorize");
const single = authorizationMethod("Authorize");

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.start({ workers: 0 });
  const built = buildPolicySet([sourceText("large.json", JSON.stringify({ users: makeUsers() }))], {});
  if (!built.ok) throw new Error(JSON.stringify(built.findings.slice(0, 3)));
  expect(engine.publish(built.policySet).imageBytes).toBeGreaterThan(LARGE_BYTES);
});
afterAll(() => engine.close());

function arnOf(user: number): string {
  return `arn:aws:iam::111111111111:user/team-${user % 7}/user-${user}`;
}

function makeUsers(): object[] {
  return Array.from({ length: USERS }, (_, user) => ({
    arn: arnOf(user),
    tags: { team: `t${user % 5}` },
    inlinePolicies: Array.from({ length: 1 + (user % 9) }, (_, policy) => ({
      name: `p${policy}`,
      document: {
        Version: "2012-10-17",
        Statement: [
          statement(user, policy, "Allow", policy % 4 === 3 ? "*" : `${SERVICES[(user + policy) % 5]}:Get*`),
          statement(user, policy, "Deny", `${SERVICES[(user + policy) % 5]}:GetSecret`),
        ],
      },
    })),
  }));
}

function statement(user: number, policy: number, effect: string, action: string): object {
  return { Effect: effect, Action: action, Resource: `arn:aws:s3:::bucket-${(user + policy) % 6}/*` };
}

/** Questions of the usual shape and of shapes that reading ahead passes over. */
function makeItem(random: Random): Buffer {
  const user = random.below(USERS + 50);
  const question = {
    principal: random.below(12) === 0 ? "" : random.below(12) === 0 ? "anonymous" : arnOf(user),
    action:
      random.below(12) === 0
        ? "new:GetThing"
        : `${SERVICES[random.below(5)]}:Get${random.below(3) === 0 ? "Secret" : "Item"}`,
    resource: `arn:aws:s3:::bucket-${random.below(6)}/${"x".repeat(random.below(200))}`,
    resourceAccount: "111111111111",
    context: random.below(2) === 0 ? {} : { "aws:SourceIp": { values: ["10.0.0.1"] } },
  };
  const bytes = Buffer.from(single.requestSerialize(question));
  if (random.below(6) !== 0) return bytes;
  if (random.below(2) === 0) return bytes.subarray(0, random.below(bytes.length + 1));
  bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function batchOf(items: readonly Buffer[]): Buffer {
  return Buffer.concat(items.flatMap((item) => [Buffer.from([0x12, ...varint(item.length)]), item]));
}

describe("reading ahead in large images", () => {
  it.each(["OUTCOME", "REASON"] as const)(
    `answers batches as it answers single questions, %s, seed ${SEED}`,
    async (detail) => {
      const random = new Random(SEED);
      const items = Array.from({ length: 3000 }, () => makeItem(random));
      const message = Buffer.concat([batchOf(items), Buffer.from([0x18, detail === "OUTCOME" ? 1 : 2])]);
      const answer = batch.responseDeserialize(Buffer.from(await engine.batchAuthorize(message))) as BatchAnswer;
      const have = detail === "OUTCOME" ? answer.outcomes : answer.decisions.map(({ outcome }) => outcome);
      const want = items.map(
        (item) => (single.responseDeserialize(Buffer.from(engine.authorize(item))) as { outcome: string }).outcome,
      );
      expect(have).toEqual(want);
      expect(new Set(want).size).toBe(4);
    },
  );
});
