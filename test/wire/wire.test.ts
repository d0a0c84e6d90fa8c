// The matcher as a reader of hostile bytes: whatever arrives, there is an answer, nothing traps, nothing is written outside
// the session's own region, nothing is read behind the message (it ends where the memory ends).

import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { CONTROL_WITH_VERSION, Status } from "../../assembly/format/layout.js";
import { PlanFields } from "../../assembly/format/records.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { createMemory } from "../../src/engine/matcher.js";
import { MatcherSession } from "../../src/engine/matcher-session.js";
import { type CallArea, IMAGE_AT, mapMemory, type Region } from "../../src/engine/memory-map.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { compileImage } from "../../src/image/compile.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const SEED = Number(process.env.VERDICT_SEED ?? 20261122);
const CASES = Number(process.env.VERDICT_WIRE_CASES ?? 20_000);
const examples = fileURLToPath(new URL("../../examples/acme", import.meta.url));
const MESSAGE_CAPACITY = 8192;
const TERMS = { flags: 0, nowSeconds: 1_800_000_000, policySet: "default" };

/** What the tests look at of any message. */
interface Message {
  readonly outcome: string;
  readonly outcomes: readonly string[];
  readonly decisions: readonly { readonly outcome: string }[];
  readonly table?: { readonly rows: readonly number[] } | null;
}

interface Codec {
  encode(message: object): Buffer;
  decode(bytes: Buffer): Message;
}

function codec(name: "Authorize" | "BatchAuthorize", side: "request" | "response"): Codec {
  const method = authorizationMethod<Message>(name);
  return {
    encode: method[`${side}Serialize`] as Codec["encode"],
    decode: method[`${side}Deserialize`] as Codec["decode"],
  };
}

let session: MatcherSession;
let region: Region;
let bytes: Uint8Array;
let memoryEnd: number;
let guardedFrom: number;

beforeAll(async () => {
  const loaded = await loadPolicySet(examples);
  if (!loaded.ok) throw new Error("examples/acme does not load");
  const image = compileImage(loaded.policySet);
  const map = mapMemory({
    imageLength: image.bytes.length,
    scratchLength: 1 << 20,
    taskRegions: 0,
    callAreas: 0,
    maxMessageBytes: 0,
    maxBatchRequests: 0,
  });
  const memory = createMemory(map.length + (1 << 20));
  bytes = new Uint8Array(memory.buffer);
  bytes.set(image.bytes, IMAGE_AT);
  memoryEnd = bytes.length;
  region = map.frontRegion;
  guardedFrom = map.frontArea.messageAt;
  session = new MatcherSession(loadMatcher("release"), memory, new SessionImages());
});

/** An area whose message ends with the memory: one byte further is a trap. */
function areaFor(message: Uint8Array): CallArea {
  const planAt = (memoryEnd - MESSAGE_CAPACITY - (1 << 19)) & ~63;
  return {
    messageAt: memoryEnd - message.length - (message.byteOffset & 7),
    messageCapacity: message.length,
    planAt,
    planCapacity: 1 << 18,
    cancelAt: planAt - 64,
  };
}

function decideUnary(message: Uint8Array): Uint8Array {
  const area = areaFor(message);
  return session.decideOne(region, area, session.store(area, message), TERMS);
}

function decideBatch(message: Uint8Array): Uint8Array | "malformed" {
  const area = areaFor(message);
  const status = session.plan(region, area, session.store(area, message));
  if (status === Status.Malformed || status === Status.BadRows || status === Status.TooLarge) return "malformed";
  expect(status).toBe(Status.Done);
  const items = session.planWord(area, PlanFields.requestCount) + session.planWord(area, PlanFields.rowCount);
  expect(PlanFields.size).toBeLessThan(area.planCapacity);
  return Buffer.concat(session.decideRange(region, area, 0, items, { ...TERMS, flags: CONTROL_WITH_VERSION }));
}

const PRINCIPALS = [
  "anonymous",
  "events.amazonaws.com",
  "arn:aws:iam::111111111111:root",
  "arn:aws:iam::222222222222:user/alice",
  "arn:aws:sts::222222222222:assumed-role/Deployer/x",
  "arn:aws:sts::222222222222:federated-user/carol",
];
const ACTIONS = ["s3:GetObject", "orders:Refund", "sts:AssumeRole", "KMS:decrypt", "iam:CreateRole", "new:Thing"];
const RESOURCES = [
  "arn:aws:s3:::bucket/ключ/😀",
  "arn:acme:orders:eu:tenant-7:order/123",
  "arn:aws:kms:eu-west-1:222222222222:key/k-1",
  "arn:aws:iam::222222222222:role/aws-reserved/x",
];

function randomText(random: Random): string {
  return random.pick([
    "",
    "*",
    "anonymous",
    "events.amazonaws.com",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:user/alice",
    "arn:aws:sts::222222222222:assumed-role/Deployer/x",
    "arn:aws:sts::222222222222:federated-user/carol",
    "arn:aws:iam::222222222222:oidc-provider/ci.example",
    "arn:aws:s3:::bucket/ключ/😀",
    "arn:acme:orders:eu:tenant-7:order/123",
    "arn:::::",
    "s3:GetObject",
    "orders:Refund",
    "sts:AssumeRoleWithWebIdentity",
    "2026-02-30T00:00:00Z",
    "::ffff:10.0.0.1",
    "1e400",
    "true",
    "x".repeat(random.below(300)),
  ]);
}

function randomRequest(random: Random): Record<string, unknown> {
  const context: Record<string, { values: string[] }> = {};
  const keys = [
    "aws:SourceIp",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalTag/team",
    "aws:CurrentTime",
    "AWS:sourceip",
    "Schlüssel/ß",
    "",
  ];
  for (let i = random.below(5); i > 0; i--) {
    const key = random.pick(keys);
    // What is no address is an error (CTX-16), and would be nearly every text.
    const isAddress = /sourceip/i.test(key) && random.chance(0.9);
    const text = (): string => (isAddress ? random.pick(["10.1.2.3", "::ffff:10.0.0.1"]) : randomText(random));
    context[key] = { values: Array.from({ length: random.below(3) }, text) };
  }
  const principal = random.chance(0.15) ? randomText(random) : random.pick(PRINCIPALS);
  // Session facts of whoever has no session are an error (IN-7).
  const mayHaveSession = /assumed-role|federated-user/.test(principal) || random.chance(0.1);
  return {
    principal,
    action: random.chance(0.15) ? randomText(random) : random.pick(ACTIONS),
    resource: random.chance(0.15) ? randomText(random) : random.pick(RESOURCES),
    context,
    resourceAccount: random.chance(0.2) ? "222222222222" : "",
    resourceTags: random.chance(0.2) ? { team: randomText(random) } : {},
    sessionTags: mayHaveSession && random.chance(0.2) ? { Team: randomText(random) } : {},
    sessionPolicies:
      mayHaveSession && random.chance(0.1)
        ? [random.pick(["{}", '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'])]
        : [],
    endpoint: random.chance(0.1) ? "vpce-1" : "",
    detail: random.pick(["DETAIL_UNSPECIFIED", "OUTCOME", "REASON", "EXPLAIN"]),
    whatIf: random.chance(0.05),
  };
}

function mutate(random: Random, message: Buffer): Buffer {
  const parts = Buffer.from(message);
  for (let i = random.below(4); i > 0 && parts.length > 0; i--)
    parts[random.below(parts.length)] = random.chance(0.8) ? 0x20 + random.below(0x60) : random.below(256);
  const kind = random.below(12);
  if (kind === 0) return parts.subarray(0, random.below(parts.length + 1));
  if (kind === 1) return Buffer.concat([parts, Buffer.from([random.below(256), random.below(256)])]);
  if (kind === 2) return Buffer.concat([parts.subarray(random.below(parts.length + 1)), parts]);
  return parts;
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
}

/** Whether everything but the session's own region and the call's own area is as it was. */
function checksum(): number {
  let sum = 0;
  for (let i = 0; i < region.controlAt; i += 4) sum = (Math.imul(sum, 31) + (bytes[i] ?? 0)) | 0;
  for (let i = guardedFrom; i < guardedFrom + 4096; i++) sum = (Math.imul(sum, 31) + (bytes[i] ?? 0)) | 0;
  return sum;
}

describe(`hostile messages (seed ${SEED})`, () => {
  it("answers random bytes and mutated requests without a trap, and reads what it accepts as protobuf does", () => {
    const request = codec("Authorize", "request");
    const response = codec("Authorize", "response");
    const random = new Random(SEED);
    const before = checksum();
    let errors = 0;
    for (let i = 0; i < CASES; i++) {
      const clean = request.encode(randomRequest(random));
      const message = random.chance(0.15) ? randomBytes(random) : mutate(random, clean);
      if (message.length > MESSAGE_CAPACITY) continue;
      const answer = response.decode(Buffer.from(decideUnary(message)));
      expect(answer.outcome).not.toBe("OUTCOME_UNSPECIFIED");
      if (answer.outcome === "ERROR") {
        errors++;
        continue;
      }
      // What was accepted means what a protobuf library reads: encoded canonically it is decided alike.
      const canonical = canonicalForm(request, message);
      if (canonical === undefined) continue;
      const again = response.decode(Buffer.from(decideUnary(canonical)));
      expect({ i, outcome: again.outcome }).toEqual({ i, outcome: answer.outcome });
    }
    expect(errors).toBeGreaterThan(CASES / 4);
    expect(errors).toBeLessThan(CASES * 0.8);
    expect(checksum()).toBe(before);
  });

  it("plans and answers random and mutated batches without a trap, one answer a question", () => {
    const request = codec("BatchAuthorize", "request");
    const response = codec("BatchAuthorize", "response");
    const random = new Random(SEED + 1);
    const before = checksum();
    let decided = 0;
    for (let i = 0; i < CASES / 4; i++) {
      const requests = Array.from({ length: random.below(4) }, () => randomRequest(random));
      const table = {
        principals: [randomText(random), randomText(random)],
        actions: [randomText(random)],
        resources: [randomText(random)],
        contexts: [{ entries: { "aws:SourceIp": { values: ["10.0.0.1"] } } }],
        rows: Array.from({ length: random.below(3) * 4 }, () => random.below(3)),
      };
      const clean = request.encode({
        requests,
        detail: random.pick(["OUTCOME", "REASON"]),
        ...(random.chance(0.5) ? { defaults: randomRequest(random) } : {}),
        ...(random.chance(0.5) ? { table } : {}),
      });
      const message = random.chance(0.5) ? clean : mutate(random, clean);
      if (message.length > MESSAGE_CAPACITY) continue;
      const answer = decideBatch(message);
      if (answer === "malformed") {
        expect(message.equals(clean)).toBe(false);
        continue;
      }
      const read = response.decode(Buffer.from(answer));
      decided += read.outcomes.length + read.decisions.length;
      for (const outcome of read.outcomes) expect(outcome).not.toBe("OUTCOME_UNSPECIFIED");
      for (const decision of read.decisions) expect(decision.outcome).not.toBe("OUTCOME_UNSPECIFIED");
      if (message.equals(clean))
        expect(read.outcomes.length + read.decisions.length).toBe(requests.length + countRows(clean, request));
    }
    expect(decided).toBeGreaterThan(1000);
    expect(checksum()).toBe(before);
  });
});

/** The message read and written again by protobufjs; undefined where it stumbles over a map entry without value. */
function canonicalForm(request: Codec, message: Buffer): Buffer | undefined {
  try {
    return request.encode(request.decode(message));
  } catch (error: unknown) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function countRows(message: Buffer, request: Codec): number {
  const read = request.decode(message);
  return (read.table?.rows.length ?? 0) / 4;
}
