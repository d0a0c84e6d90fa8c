// The cost profile: counters against counts by hand, parts against the whole, ranks, and that counting decides nothing.
import { describe, expect, it } from "vitest";
import { WorkOf } from "../../assembly/format/layout.js";
import { lineThrough, releaseAsker } from "../../src/load/profile/calibrate.js";
import { CountingSession } from "../../src/load/profile/counting-session.js";
import {
  addParts,
  countTraffic,
  type ProfiledTraffic,
  profileJson,
  profileOf,
  profileTraffic,
} from "../../src/load/profile/profile.js";
import { profileLines } from "../../src/load/profile/profile-lines.js";
import { worstCandidates } from "../../src/load/profile/worst-texts.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { Random } from "../../src/synth/random.js";
import { synthFile } from "../../src/synth/synth-files.js";
import { planSynth } from "../../src/synth/synth-plan.js";
import { sourceText } from "../../src/text/source-text.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";

const nowMs = Date.UTC(2026, 10, 30);
const account = "111122223333";

/** Two users: one with a statement of each kind, one with a statement that costs more than anything else. */
const file = {
  users: [
    {
      arn: `arn:aws:iam::${account}:user/ann`,
      inlinePolicies: [
        {
          name: "Own",
          document: {
            Version: "2012-10-17",
            Statement: [
              { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" },
              {
                Sid: "Office",
                Effect: "Deny",
                Action: "s3:GetObject",
                Resource: ["arn:aws:s3:::data/secret/*", "arn:aws:s3:::vault/*/key"],
                Condition: { StringEquals: { "s3:prefix": "x" } },
              },
            ],
          },
        },
      ],
    },
    {
      arn: `arn:aws:iam::${account}:user/bob`,
      inlinePolicies: [
        {
          name: "Planted",
          document: {
            Version: "2012-10-17",
            Statement: [
              { Sid: "Plain", Effect: "Allow", Action: "s3:*", Resource: "*" },
              {
                Sid: "Pathological",
                Effect: "Deny",
                Action: "s3:*",
                Resource: Array.from({ length: 20 }, (_, index) => `arn:aws:s3:::*a*a*a*aaaaaaaaab${index}*`),
              },
            ],
          },
        },
      ],
    },
  ],
};

function setOf(content: object): PolicySet {
  const loaded = buildPolicySet([sourceText("set.json", JSON.stringify(content, null, 1))]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policySet;
}

function ask(user: string, resource: string, context: Record<string, string> = {}): AuthorizationQuestion {
  return {
    principal: `arn:aws:iam::${account}:user/${user}`,
    action: "s3:GetObject",
    resource: `arn:aws:s3:::${resource}`,
    resourceAccount: account,
    endpoint: "",
    context: new Map(Object.entries(context).map(([key, value]) => [key, [value]])),
    resourceTags: [],
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
}

function trafficOf(questions: readonly AuthorizationQuestion[]): ProfiledTraffic {
  return {
    questions: questions.map((question) => ({ question })),
    order: Uint32Array.from(questions.keys()),
    nowMs,
  };
}

describe("profileTraffic()", () => {
  const set = setOf(file);
  const questions = [
    ask("ann", "data/one"),
    ask("ann", "data/secret/two", { "s3:prefix": "x" }),
    ask("ann", "data/secret/two", { "s3:prefix": "y" }),
    ask("ann", "vault/9/key"),
  ];

  it("counts as one does by hand", () => {
    const { statements, keys, patterns, work, unowned } = profileTraffic(set, trafficOf(questions), false);
    const counts = statements.map(({ place, ...one }) => ({
      sid: place.sid,
      at: `${place.file}:${place.line}`,
      ...Object.fromEntries(
        (
          [
            "scanned",
            "considered",
            "resourcesTested",
            "conditionsTested",
            "conditionsFailed",
            "applied",
            "decided",
          ] as const
        ).map((name) => [name, one[name]]),
      ),
    }));
    expect(counts).toEqual([
      {
        // Its two patterns are looked at, but where the first one matches; the last question passes no condition, since it has no key.
        sid: "Office",
        at: "set.json:17",
        scanned: 4,
        considered: 4,
        resourcesTested: 6,
        conditionsTested: 3,
        conditionsFailed: 2,
        applied: 1,
        decided: 1,
      },
      {
        sid: "Read",
        at: "set.json:11",
        scanned: 4,
        considered: 4,
        resourcesTested: 4,
        conditionsTested: 0,
        conditionsFailed: 0,
        applied: 3,
        decided: 3,
      },
    ]);
    expect(keys.map(({ key, tested, failed }) => [key, tested, failed])).toEqual([["s3:prefix", 3, 2]]);
    // What a comparison of eight bytes rules out is not run.
    expect(patterns.map(({ pattern, run, matched }) => [pattern, run, matched])).toEqual([
      ["arn:aws:s3:::data/*", 3, 3],
      ["arn:aws:s3:::data/secret/*", 2, 2],
      ["arn:aws:s3:::vault/*/key", 1, 1],
    ]);
    expect(work - unowned).toBe(statements.reduce((sum, one) => sum + one.work, 0));
    expect(unowned).toBeGreaterThanOrEqual(4 * WorkOf.Question);
  });

  it("adds the steps of the statement that was planted first, and finds the text that its pattern takes longest for", () => {
    const many = Array.from({ length: 50 }, (_, index) => ask("bob", `pictures/aa/aaa/${index}`));
    const traffic = trafficOf([...questions, ...many]);
    const profile = profileTraffic(set, traffic, false);
    const [first] = profile.statements;
    expect(first?.place).toMatchObject({
      sid: "Pathological",
      file: "set.json",
      policy: expect.stringContaining("Planted"),
    });
    expect(first?.wasted).toBe(first?.work);
    expect(profile.policies[0]?.policy).toContain("Planted");
    expect(profile.principals[0]).toMatchObject({ name: `arn:aws:iam::${account}:user/bob`, decisions: 50 });
    // The question that took most of it is one of bob's.
    expect(traffic.questions[first?.mostAt ?? 0]?.question.principal).toContain("bob");
    const [worst] = profile.worst;
    expect(worst?.pattern).toMatch(/a\*aaaaaaaaab\d+\*$/);
    expect(worst?.steps).toBeGreaterThan(5_000);
    expect(worst?.steps).toBeGreaterThan(20 * (worst?.met ?? 0));
  });

  it.each([
    ["NotAction", { NotAction: Array.from({ length: 100 }, (_, index) => `s3:*et*b${index}`) }],
    ["Action", { Action: [...Array.from({ length: 100 }, (_, index) => `s3:*et*b${index}*`), "s3:Get*"] }],
  ])("adds the steps of a long list of %s to its statement, though they are run before any is met", (_, element) => {
    const planted = { Sid: "Long", Effect: "Allow", ...element, Resource: "*" };
    const plain = { Sid: "Plain", Effect: "Allow", Action: "s3:PutObject", Resource: "*" };
    const document = { Version: "2012-10-17", Statement: [plain, planted] };
    const users = ["ann", "eve"].map((name, index) => ({
      arn: `arn:aws:iam::${account}:user/${name}`,
      inlinePolicies: [{ name: "Own", document: index === 0 ? document : { ...document, Statement: [plain] } }],
    }));
    const { statements, work, unowned } = profileTraffic(
      setOf({ users }),
      trafficOf([ask("ann", "data/one"), ask("eve", "data/one")]),
      false,
    );
    const [first] = statements;
    expect(first?.place).toMatchObject({ sid: "Long", file: "set.json" });
    // The questions of both users run them, whoever lists them.
    expect(first?.work).toBeGreaterThan(2 * 100 * WorkOf.Pattern);
    expect(first?.most).toBeGreaterThanOrEqual(100 * WorkOf.Pattern);
    expect(first?.considered).toBe(1);
    expect(unowned).toBeLessThan(2.5 * WorkOf.Question);
    expect(work - unowned).toBe(statements.reduce((sum, one) => sum + one.work, 0));
  });

  it("adds what it takes to ignore case, value by value", () => {
    const values = Array.from({ length: 100 }, (_, index) => `agent-${100 + index}`);
    const workUnder = (operator: string): number => {
      const Condition = { [operator]: { "s3:prefix": values } };
      const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*", Condition };
      const document = { Version: "2012-10-17", Statement: statement };
      const users = [{ arn: `arn:aws:iam::${account}:user/ann`, inlinePolicies: [{ name: "Own", document }] }];
      return profileTraffic(setOf({ users }), trafficOf([ask("ann", "data", { "s3:prefix": "agent-999" })]), false)
        .work;
    };
    expect(workUnder("StringEqualsIgnoreCase")).toBe(workUnder("StringEquals") + 100 * WorkOf.Folded);
  });

  it("fits 80 columns, and prints as JSON what it says", () => {
    const traffic = trafficOf([...questions, ask("bob", "pictures/".repeat(30))]);
    const profile = profileTraffic(set, traffic);
    const lines = profileLines(profile, traffic, 3);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join("\n")).toMatch(/\n {4}set\.json:\d+:\d+\n/);
    const json = JSON.parse(JSON.stringify(profileJson(profile, traffic, 2)));
    expect(json).toMatchObject({ decisions: 5, statements: { count: 4 }, calibration: { groups: 5 } });
    expect(json.statements.items).toHaveLength(2);
    expect(json.statements.items[0].mostQuestion).toMatchObject({ action: "s3:GetObject" });
  });
});

describe("the counting matcher", () => {
  const { set, questions } = randomWorld();
  const traffic = trafficOf(questions);

  it("decides as the release build does", () => {
    const release = releaseAsker(set, nowMs);
    const counting = new CountingSession(set, questions.length, nowMs);
    for (const [place, question] of questions.entries()) {
      const want = decodeResponse(release(encodeQuestion(question, "outcome")));
      const have = decodeResponse(counting.decide(question, place));
      expect("decision" in have ? have.decision : have.error).toBe("decision" in want ? want.decision : want.error);
    }
  });

  it("counts the same however the questions are dealt out", () => {
    const whole = countTraffic(set, traffic).counted;
    const parts = [0, 100, 250].map((first, part) => {
      return countTraffic(set, traffic, first, [100, 250, questions.length][part]).counted;
    });
    const [one, other] = [profileOf(whole, traffic), profileOf(addParts(parts), traffic)];
    expect(other).toEqual(one);
    expect(one.statements.length).toBeGreaterThan(50);
  });
});

describe("lineThrough()", () => {
  it("finds the line, and how much of the points it explains", () => {
    const exact = lineThrough([100, 200, 400].map((x) => [x, 50 + 2 * x]));
    expect(exact.nsPerStep).toBeCloseTo(2, 9);
    expect(exact.nsPerQuestion).toBeCloseTo(50, 9);
    expect(exact.r2).toBeCloseTo(1, 9);
    // By hand: x 0 1 2 3, y 0 2 1 3 has the slope 0.8 and R² 0.64.
    const { nsPerStep, r2 } = lineThrough([0, 2, 1, 3].map((y, x) => [x, y]));
    expect([nsPerStep, r2]).toEqual([expect.closeTo(0.8, 9), expect.closeTo(0.64, 9)]);
  });
});

describe("worstCandidates()", () => {
  it("repeats beginnings of what stands between stars", () => {
    const texts = worstCandidates({ text: "p/*ab?d*z", segments: ["ab?d"], prefix: "p/", suffix: "z" });
    expect(texts.map((text) => [text.slice(0, 8), text.length])).toEqual([
      ["p/aaaaaa", 1003],
      ["p/abxabx", 1003],
      ["p/abx~ab", 1003],
    ]);
    expect(worstCandidates({ text: "p/*", segments: undefined, prefix: "p/", suffix: "" })).toEqual([]);
  });
});

/** A synthesised set, and questions out of its own names. */
function randomWorld(): { readonly set: PolicySet; readonly questions: readonly AuthorizationQuestion[] } {
  const plan = planSynth({
    statements: 300,
    seed: 3,
    principals: 20,
    accounts: 1,
    roles: 50,
    groups: 2,
    inline: 50,
    boundaries: 50,
    denies: 20,
    wildcards: 80,
    conditions: 50,
    variables: 10,
    exclusions: 10,
    depth: 1,
    scps: 2,
    rcps: 2,
    resourcePolicies: 20,
  });
  if (typeof plan === "string") throw new Error(plan);
  const text = [...synthFile(plan).pieces].join("");
  const set = setOf(JSON.parse(text));
  const random = new Random(5);
  const principals = set.principals.map(({ arn }) => arn);
  const actions = [...new Set(text.match(/(?<=")(?:s3|sqs|sns|dynamodb):[A-Z][A-Za-z]+(?=")/g))];
  const resources = [...new Set(text.match(/(?<=")arn:aws:(?:s3|sqs|sns|dynamodb):[^"]+(?=")/g))];
  const questions = Array.from({ length: 400 }, (): AuthorizationQuestion => {
    const resource = random
      .pick(resources)
      .replaceAll("*", "x1")
      .replace(/\$\{.*\}/, "core");
    return {
      ...ask("nobody", ""),
      principal: random.pick(principals),
      action: random.pick(actions),
      resource,
      resourceAccount: resource.startsWith("arn:aws:s3") ? "200000000000" : "",
      context: new Map([
        ["aws:SourceIp", [`10.${random.below(256)}.1.1`]],
        ["aws:MultiFactorAuthPresent", [random.pick(["true", "false"])]],
        ["aws:RequestedRegion", [random.pick(["us-east-1", "eu-west-1"])]],
      ]),
    };
  });
  return { set, questions };
}
