// What the image has two forms or a short cut for: statements and pools too large for the narrow form, and the eight bytes that are
// compared before a resource pattern is read. Whatever the form, the answers are the oracle's.
import { describe, expect, it } from "vitest";
import { Simulator } from "../../src/simulate/simulator.js";
import { askMatcher, askOracle, build } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";
import { Random } from "../kit/random.js";
import type { CaseRequest } from "../oracle/simulation-case.js";

const USER = "arn:aws:iam::111122223333:user/a";
const SEED = 20261128;

/** Asserts that the matcher answers each request as the oracle does; gives the decisions. */
async function decisionsOf(
  statements: readonly object[],
  requests: readonly Partial<CaseRequest>[],
  matcher: "release" | "debug" = "release",
): Promise<string[]> {
  const simulator = await Simulator.start({ matcher, nowMs: () => NOW_MS });
  const document = { Version: "2012-10-17", Statement: statements };
  const decisions: string[] = [];
  for (const some of requests) {
    const request: CaseRequest = {
      principal: USER,
      action: "s3:GetObject",
      resource: "*",
      principalTags: { team: "blue-and-green" },
      ...some,
    };
    const one = { policies: { identity: [{ name: "own", document }] }, request };
    const built = build(one);
    if ("error" in built) throw new Error(built.error);
    const want = askOracle(one);
    expect(askMatcher(simulator, built.built), JSON.stringify(request)).toEqual(want);
    decisions.push("error" in want ? want.error : want.decision);
  }
  return decisions;
}

describe.each(["release", "debug"] as const)("wide forms (%s)", (matcher) => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it.each([255, 256, 300])("a statement with %i actions, resources and tests", async (count) => {
    const actions = numbers(count).map((index) => `s3:Get${index}`);
    const resources = numbers(count).map((index) => `arn:aws:s3:::bucket-${index}/*`);
    const tests = Object.fromEntries(numbers(count).map((index) => [`acme:Key${index}`, "yes"]));
    const context = Object.fromEntries(Object.keys(tests).map((key) => [key, "yes"]));
    const last = count - 1;
    const asked = { action: `s3:Get${last}`, resource: `arn:aws:s3:::bucket-${last}/x`, context };
    const statement = { Effect: "Allow", Action: actions, Resource: resources, Condition: { StringEquals: tests } };
    const decisions = await decisionsOf(
      [statement],
      [
        asked,
        { ...asked, action: "s3:Get0", resource: "arn:aws:s3:::bucket-0/x" },
        { ...asked, action: `s3:Get${count}` },
        { ...asked, resource: `arn:aws:s3:::bucket-${count}/x` },
        { ...asked, context: { ...context, [`acme:Key${last}`]: "no" } },
      ],
      matcher,
    );
    expect(decisions).toEqual(["allowed", "allowed", "implicitDeny", "implicitDeny", "implicitDeny"]);
  });

  it("a pool whose statements name more services than two bytes count", async () => {
    const count = 66_000;
    const actions = numbers(count).map((index) => `s${index}:Read`);
    const decisions = await decisionsOf(
      [
        { Effect: "Allow", Action: actions, Resource: "*" },
        { Effect: "Deny", NotAction: actions, Resource: "*" },
      ],
      [
        { action: "s0:Read" },
        { action: `s${count - 1}:READ` },
        { action: `s${count - 1}:Write` },
        { action: `s${count}:Read` },
      ],
      matcher,
    );
    expect(decisions).toEqual(["allowed", "allowed", "explicitDeny", "explicitDeny"]);
  });

  it("a resource policy whose statement names more principals than one byte counts", async () => {
    const simulator = await Simulator.start({ matcher, nowMs: () => NOW_MS });
    const users = numbers(300).map((index) => `arn:aws:iam::111122223333:user/u${index}`);
    const statement = { Effect: "Allow", Principal: { AWS: users }, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*" };
    const decisions = [users[0], users[299], USER].map((principal = "") => {
      const one = {
        policies: { resource: { Version: "2012-10-17", Statement: statement } },
        request: { principal, action: "s3:GetObject", resource: "arn:aws:s3:::b/x", resourceAccount: "111122223333" },
      };
      const built = build(one);
      if ("error" in built) throw new Error(built.error);
      const have = askMatcher(simulator, built.built);
      expect(have).toEqual(askOracle(one));
      return "error" in have ? have.error : have.decision;
    });
    expect(decisions).toEqual(["allowed", "allowed", "implicitDeny"]);
  });
});

describe("the bytes that a resource must have", () => {
  const long = "x".repeat(400);
  const resources = [
    "arn:a:::::",
    "arn:aws:s3:::b",
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::bucket/keys",
    `arn:aws:s3:::${long}`,
    `arn:aws:s3:::${long}/y`,
    `arn:aws:s3:::${long.slice(1)}/y`,
    "arn:aws:sqs:eu-west-1:111122223333:orders-blue-and-green-prod",
    "arn:aws:sqs:eu-west-1:111122223333:orders-blue-and-green-test",
    "arn:aws:s3:::schlüssel/größe",
    "arn:aws:s3:::schlüssel/großes",
  ];
  const patterns = [
    "*",
    "arn:aws:*",
    "arn:aws:s*",
    "arn:aws:s3*",
    "arn:*",
    "arn:a*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b?cket/key",
    "arn:aws:s3:::bucket/k*",
    "arn:aws:s3:::*t/keys",
    "arn:aws:s3:::*ket/keys",
    "arn:aws:s3:::*cket/key",
    "arn:aws:s3:::*bucket/key",
    `arn:aws:s3:::${long}`,
    `arn:aws:s3:::${long}*`,
    `arn:aws:s3:::${long}/?`,
    `arn:aws:s3:::?${long.slice(1)}/y`,
    `arn:aws:s3:::*${long}/y`,
    `arn:aws:s3:::\${aws:PrincipalTag/none}${long}/y`,
    "arn:aws:sqs:*:111122223333:orders-blue-and-green-prod",
    `arn:aws:sqs:*:111122223333:orders-\${aws:PrincipalTag/team}-prod`,
    `arn:aws:sqs:eu-west-1:111122223333:*-\${aws:PrincipalTag/team}-test`,
    `arn:aws:sqs:eu-west-1:111122223333:orders-\${aws:PrincipalTag/team}*`,
    "arn:aws:s*:*:orders-blue-and-green-prod",
    "arn:aws:s3:::schl*/größe",
    "arn:aws:s3:::schlüssel/gr*",
    "arn:aws:s3:::schlüsse?/großes",
    "arn:aws:s3:::*üssel/größe",
  ];

  it.each(["Resource", "NotResource"])("turn away nothing that %s matches", async (element) => {
    const statements = patterns.map((pattern) => ({ Effect: "Allow", Action: "*", [element]: [pattern] }));
    const decisions = await decisionsOf(
      statements,
      resources.map((resource) => ({ resource })),
    );
    expect(new Set(decisions)).toEqual(new Set(["allowed"]));
  });

  it("turn away nothing that random patterns match", async () => {
    const random = new Random(SEED);
    for (let round = 0; round < 60; round++) {
      const names = Array.from({ length: 4 }, () => resourceLike(random));
      const statements = Array.from({ length: 40 }, () => ({
        Effect: random.chance(0.1) ? "Deny" : "Allow",
        Action: "s3:*",
        Resource: Array.from({ length: 1 + random.below(2) }, () => patternLike(random, random.pick(names))),
      }));
      await decisionsOf(
        statements,
        names.map((resource) => ({ resource })),
      );
    }
  });
});

const PIECES = ["a", "ab", "team", "blue-and-green", "eu-west-1", "ü", "x".repeat(90), "/", "-", "/data/"];

function resourceLike(random: Random): string {
  const rest = Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES)).join("");
  return `arn:aws:s3:${random.pick(["", "eu-west-1"])}:${random.pick(["", "111122223333"])}:${rest}`;
}

/** A pattern that matches the resource or misses it by little: pieces of it become wildcards or a variable, or change. */
function patternLike(random: Random, resource: string): string {
  let pattern = resource;
  for (let changes = random.below(4); changes > 0; changes--) {
    const from = 9 + random.below(Math.max(pattern.length - 9, 1));
    const to = Math.min(pattern.length, from + random.below(8));
    if (/[:${}]/.test(pattern.slice(from, to))) continue;
    const stands = random.pick(["*", "*", "?".repeat([...pattern.slice(from, to)].length), "", "z"]);
    pattern = pattern.slice(0, from) + stands + pattern.slice(to);
  }
  return random.chance(0.3) ? pattern.replace("blue-and-green", `\${aws:PrincipalTag/team}`) : pattern;
}
