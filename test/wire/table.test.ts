// A table is the same questions with every text sent once: its rows are decided like requests that are written out, whatever the
// rows share and in whatever order they come.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const SEED = Number(process.env.VERDICT_SEED ?? 20261122);
const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");
const ACCOUNT = "111111111111";

const POLICIES = JSON.stringify({
  users: Array.from({ length: 300 }, (_, i) => ({
    arn: `arn:aws:iam::${ACCOUNT}:user/u${i}`,
    tags: i % 2 === 0 ? { team: "blue" } : {},
    inlinePolicies: [
      {
        name: "own",
        document: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: [`s3:Act${i % 7}`, "s3:Get*"], Resource: "arn:aws:s3:::b/*" },
            { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::b/secret*" },
            {
              Effect: "Allow",
              Action: "sqs:*",
              Resource: "*",
              Condition: {
                StringEquals: { "aws:PrincipalTag/team": "blue", "app:Level": ["high", "hoch ä"] },
                IpAddressIfExists: { "aws:SourceIp": "10.0.0.0/8" },
              },
            },
            {
              Effect: "Allow",
              Action: "s3:List",
              Resource: "*",
              Condition: { "ForAllValues:StringEquals": { "app:Keys": ["a", "b"] }, Null: { "app:Keys": "false" } },
            },
          ],
        },
      },
    ],
  })),
  roles: [{ arn: `arn:aws:iam::${ACCOUNT}:role/team/App`, inlinePolicies: [] }],
});

const ACTIONS = [
  "s3:GetObject",
  "S3:getobject",
  "s3:List",
  "sqs:Send",
  "sqs:send",
  "x",
  "s3:*",
  "ec2:Run",
  "",
  "s3:Ünit",
];
const RESOURCES = [
  "arn:aws:s3:::b/1",
  "arn:aws:s3:::b/3",
  "arn:aws:s3:::b/secret/2",
  "arn:aws:sqs:eu:111111111111:q",
  "*",
  "nothing",
  "",
];
const SESSION_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringLike: { "app:Level": "h*" } } },
});

type Context = Record<string, { values: string[] }>;

interface Table {
  principals: string[];
  actions: string[];
  resources: string[];
  contexts: { entries: Context }[];
  rows: number[];
}

let engines: Engine[];
beforeAll(async () => {
  const built = buildPolicySet([sourceText("set.json", POLICIES)]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  engines = await Promise.all(
    [{ workers: 0, matcher: "debug" as const }, { workers: 0 }, { workers: 0, allowWhatIf: true }].map((options) =>
      Engine.start({ ...options, nowMs: () => 1_800_000_000_000 }),
    ),
  );
  for (const engine of engines) engine.publish(built.policySet);
});
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

function randomContext(random: Random): Context {
  const context: Context = {};
  const keys = [
    "app:Level",
    "APP:level",
    "aws:SourceIp",
    "app:Keys",
    "aws:PrincipalTag/team",
    "aws:CurrentTime",
    "zz",
    "k",
    "",
  ];
  const values = ["high", "low", "hoch ä", "10.1.1.1", "192.0.2.1", "blue", "a", "b", "", "x".repeat(200)];
  for (let i = random.below(random.chance(0.1) ? 40 : 6); i > 0; i--) {
    const key = random.chance(0.2) ? `noise:${random.below(50)}` : random.pick(keys);
    context[key] = {
      values: Array.from({ length: random.chance(0.8) ? 1 : random.below(3) }, () => random.pick(values)),
    };
  }
  return context;
}

function randomTable(random: Random): Table {
  const users = random.chance(0.3) ? 300 : 5;
  const principals = Array.from({ length: users }, (_, i) => `arn:aws:iam::${ACCOUNT}:user/u${i}`);
  principals.push(`arn:aws:sts::${ACCOUNT}:assumed-role/App/s`, "anonymous", "ec2.amazonaws.com", "nobody", "");
  const actions = [...ACTIONS, ...Array.from({ length: random.chance(0.2) ? 300 : 3 }, (_, i) => `s3:Act${i}`)];
  const contexts = Array.from({ length: random.chance(0.2) ? 80 : 4 }, () => ({ entries: randomContext(random) }));
  const rows: number[] = [];
  for (let i = 0; i < 60; i++) {
    const same = i > 0 && random.chance(0.5);
    rows.push(same ? (rows.at(-4) ?? 0) : random.below(principals.length));
    rows.push(random.chance(0.5) && i > 0 ? (rows.at(-4) ?? 0) : random.below(actions.length));
    rows.push(random.below(RESOURCES.length));
    rows.push(random.below(contexts.length + 1));
  }
  return { principals, actions, resources: RESOURCES, contexts, rows };
}

function writtenOut({ principals, actions, resources, contexts, rows }: Table): object[] {
  const requests: object[] = [];
  for (let i = 0; i < rows.length; i += 4) {
    const [principal = 0, action = 0, resource = 0, context = 0] = rows.slice(i, i + 4);
    requests.push({
      principal: principals[principal],
      action: actions[action],
      resource: resources[resource],
      context: context === 0 ? {} : contexts[context - 1]?.entries,
    });
  }
  return requests;
}

function randomDefaults(random: Random, whatIf: boolean): object {
  return {
    ...(random.chance(0.5) ? { context: randomContext(random) } : {}),
    ...(random.chance(0.3) ? { sessionPolicies: [SESSION_POLICY] } : {}),
    ...(random.chance(0.3) ? { resourceAccount: "222222222222" } : {}),
    ...(random.chance(0.3) ? { action: "s3:GetObject" } : {}),
    ...(whatIf && random.chance(0.5) ? { whatIf: true } : {}),
  };
}

describe("rows of a table", () => {
  it(`are decided like requests that are written out, seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const seen = new Map<string, number>();
    for (let round = 0; round < 200; round++) {
      const table = randomTable(random);
      const allowsWhatIf = round % 3 === 2;
      const frame = {
        ...(random.chance(0.4) ? { defaults: randomDefaults(random, allowsWhatIf) } : {}),
        ...(allowsWhatIf && random.chance(0.3) ? { whatIf: true } : {}),
        detail: random.pick(["OUTCOME", "REASON", "EXPLAIN"]),
      };
      const engine = engines[round % 3];
      const decide = async (message: object): Promise<object> =>
        responseDeserialize(Buffer.from((await engine?.batchAuthorize(requestSerialize(message))) ?? []));
      const have = await decide({ ...frame, table });
      const want = await decide({ ...frame, requests: writtenOut(table) });
      expect(have, `round ${round}`).toEqual(want);
      for (const outcome of JSON.stringify(have).match(/"(ALLOWED|EXPLICIT_DENY|IMPLICIT_DENY|ERROR)"/g) ?? []) {
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
    }
    const outcomes = ["ALLOWED", "EXPLICIT_DENY", "IMPLICIT_DENY", "ERROR"];
    for (const outcome of outcomes) expect(seen.get(`"${outcome}"`), outcome).toBeGreaterThan(200);
  });

  it("are decided anew by every call", async () => {
    const [, engine] = engines;
    const table = (level: string): object => ({
      principals: [`arn:aws:iam::${ACCOUNT}:user/u0`],
      actions: ["sqs:Send"],
      resources: ["arn:aws:sqs:eu:111111111111:q"],
      contexts: [{ entries: { "app:Level": { values: [level] } } }],
      rows: [0, 0, 0, 1, 0, 0, 0, 1],
    });
    const outcomes: unknown[] = [];
    for (const level of ["high", "none", "high"]) {
      const message = requestSerialize({ table: table(level), detail: "OUTCOME" });
      const answer = responseDeserialize(Buffer.from((await engine?.batchAuthorize(message)) ?? []));
      outcomes.push("outcomes" in answer ? answer.outcomes : undefined);
    }
    const [allowed, denied] = [
      ["ALLOWED", "ALLOWED"],
      ["IMPLICIT_DENY", "IMPLICIT_DENY"],
    ];
    expect(outcomes).toEqual([allowed, denied, allowed]);
  });
});
