// One large batch over gRPC, by a client that knows the proto file only: 10,000 answers, in order, equal to the oracle's.
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { Random } from "../kit/random.js";
import { atEnd, serveEngine } from "../kit/serving.js";
import { evaluate } from "../oracle/evaluate.js";

const NOW_MS = Date.UTC(2026, 10, 22);
const SEED = 10_000;
const RESOURCE = "arn:aws:s3:::reports/q3/summary.csv";
const allow = (rest: object): object => ({ Effect: "Allow", Resource: "*", ...rest });
const policies = {
  identity: [
    {
      name: "work",
      document: {
        Version: "2012-10-17",
        Statement: [
          { ...allow({ Action: "s3:Get*" }), Resource: "arn:aws:s3:::reports/${aws:PrincipalTag/folder}/*" },
          allow({ Action: ["s3:PutObject", "s3:Delete*"], Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
          allow({ NotAction: "s3:*", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
          { Effect: "Deny", Action: "*", Resource: "*", Condition: { NumericGreaterThan: { "s3:max-keys": "100" } } },
          {
            Effect: "Deny",
            NotAction: "s3:Get*",
            Resource: "*",
            Condition: { StringNotLike: { "aws:UserAgent": "*acme*" } },
          },
        ],
      },
    },
  ],
  boundary: { Version: "2012-10-17", Statement: [allow({ Action: ["s3:*", "sqs:Send*"] })] },
  scps: [
    [
      {
        Version: "2012-10-17",
        Statement: [allow({ Action: "*" }), { Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" }],
      },
    ],
  ],
};
const fixed = {
  principal: "arn:aws:iam::111122223333:user/alice",
  principalTags: { folder: "q3" },
  resource: RESOURCE,
};

interface Question {
  readonly action: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

function questions(count: number): Question[] {
  const random = new Random(SEED);
  const values: Readonly<Record<string, readonly string[]>> = {
    "aws:SourceIp": [
      "10.1.2.3",
      "192.0.2.1",
      "::ffff:10.9.9.9",
      "10.1.2.4",
      "192.0.2.2",
      "::ffff:10.9.9.8",
      "nonsense",
    ],
    "aws:MultiFactorAuthPresent": ["true", "FALSE"],
    "s3:max-keys": ["100", "100.5", "7", "1e1"],
    "aws:UserAgent": ["acme-cli/1", "curl"],
  };
  return Array.from({ length: count }, () => {
    const context: Record<string, readonly string[]> = {};
    for (const [key, list] of Object.entries(values)) if (random.chance(0.6)) context[key] = [random.pick(list)];
    const actions = [
      "s3:GetObject",
      "S3:PUTOBJECT",
      "s3:DeleteObject",
      "s3:DeleteBucket",
      "sqs:SendMessage",
      "ec2:RunInstances",
    ];
    return { action: random.pick(actions), context };
  });
}

const OUTCOMES = { allowed: "ALLOWED", explicitDeny: "EXPLICIT_DENY", implicitDeny: "IMPLICIT_DENY" } as const;
let client: AuthorizationClient;

beforeAll(async () => {
  const text = JSON.stringify({ id: "set", policies, request: { ...fixed, action: "s3:GetObject" } });
  const source = sourceText("set.json", text);
  const node = readJson(source, []);
  const read = node && readSimulationCase(node, source);
  if (read === undefined || "error" in read) throw new Error(read?.error ?? "no JSON");
  const engine = await Engine.start({ workers: 2, nowMs: () => NOW_MS });
  engine.publish(read.policySet);
  const { address } = await serveEngine(engine, { maxMessageBytes: 16 << 20 });
  client = new AuthorizationClient(address);
  atEnd(() => client.close());
});

describe("BatchAuthorize", () => {
  it("gives 10,000 answers in order, equal to the oracle's", async () => {
    const asked = questions(10_000);
    const wanted = asked.map(({ action, context }) => {
      // CTX-16: an enforcing call has to state an address.
      if (context["aws:SourceIp"]?.includes("nonsense") === true) return "ERROR";
      const request = { ...fixed, action, context };
      return OUTCOMES[evaluate({ policies, request } as Parameters<typeof evaluate>[0], { nowMs: NOW_MS }).decision];
    });
    const requests = asked.map(({ action, context }) => ({
      principal: fixed.principal,
      action,
      resource: RESOURCE,
      context: Object.fromEntries(Object.entries(context).map(([key, values]) => [key, { values }])),
    }));
    const brief = await client.call("BatchAuthorize", { requests, detail: "OUTCOME" });
    expect(brief).toMatchObject({ outcomes: wanted });
    const full = (await client.call("BatchAuthorize", { requests })) as { decisions: { outcome: string }[] };
    expect(full.decisions.map(({ outcome }) => outcome)).toEqual(wanted);
    for (const outcome of Object.values(OUTCOMES)) {
      expect(wanted.filter((one) => one === outcome).length).toBeGreaterThan(1000);
    }
  });
});
