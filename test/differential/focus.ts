// Cases that are about one thing only, so that nothing else can hide a mistake: one condition test, one public bucket
// policy, or the names of a service. What they lack, the layered cases have.

import type { Random } from "../kit/random.js";
import type { CaseRequest, SimulationCase } from "../oracle/simulation-case.js";
import { generateCallerKey, generateGiven, generateTest, type Key } from "./conditions.js";
import { generateResourcePattern } from "./patterns.js";
import { sceneOf } from "./scene.js";
import { generateResource } from "./targets.js";
import { generateText, type World } from "./world.js";

const WORLD: World = { profile: "aws", partition: "aws", accounts: ["111122223333", "444455556666"] };
const ALICE = "arn:aws:iam::111122223333:user/alice";
const ALLOW_ALL = { Effect: "Allow", Action: "*", Resource: "*" };

/** Cases about one condition test, one resource pattern, one public bucket or the names of one service. */
export function generateFocus(random: Random, count: number): SimulationCase[] {
  return random.weighted([
    [10, generateTestCases],
    [4, generatePatternCases],
    [1, generatePublicCases],
    [1, generateServiceCases],
  ])(random, count);
}

/** One test decides; the requests differ in the values of its key and of the keys that its variables may name. */
function generateTestCases(random: Random, count: number): SimulationCase[] {
  const key = generateCallerKey(random);
  const others = random.list(0, 2, () => generateCallerKey(random));
  const keys = [key, ...others.filter(({ name }) => name.toLowerCase() !== key.name.toLowerCase())];
  const requests = Array.from({ length: count }, () => ask(random, "arn:aws:sqs:eu-west-1:111122223333:jobs", keys));
  const hasVariables = random.chance(0.8);
  const { values } = sceneOf(WORLD, requests[0] ?? ask(random, "*", keys), false, false);
  const [operator, tested] = generateTest(random, key, { values, hasVariables });
  const test = { [operator]: Object.fromEntries([[key.name, tested]]) };
  return requests.map((request) =>
    caseOf(random, request, hasVariables, { Action: "*", Resource: "*", Condition: test }),
  );
}

/** One pattern of Resource or NotResource decides. */
function generatePatternCases(random: Random, count: number): SimulationCase[] {
  const service = random.pick(["s3", "s3", "sqs", "orders"]);
  const keys = random.list(0, 2, () => generateCallerKey(random));
  const requests = Array.from({ length: count }, () => ask(random, generateResource(random, WORLD, service), keys));
  const first = requests[0] ?? ask(random, "*", keys);
  const hasVariables = random.chance(0.8);
  const { values } = sceneOf(WORLD, first, false, false);
  const pattern = generateResourcePattern(random, first.resource, { values, hasVariables }, true);
  const element = { [random.chance(0.2) ? "NotResource" : "Resource"]: pattern };
  return requests.map((request) => caseOf(random, request, hasVariables, { Action: "*", ...element }));
}

/** The statement as the only Allow, or as a Deny beside one. */
function caseOf(random: Random, request: CaseRequest, hasVariables: boolean, elements: object): SimulationCase {
  const statements = random.chance(0.6)
    ? [{ Effect: "Allow", ...elements }]
    : [ALLOW_ALL, { Effect: "Deny", ...elements }];
  const version = hasVariables ? { Version: "2012-10-17" } : {};
  return { policies: { identity: [{ name: "own", document: { ...version, Statement: statements } }] }, request };
}

function ask(random: Random, resource: string, keys: readonly Key[]): CaseRequest {
  const context = Object.fromEntries(
    keys.filter(() => random.chance(0.92)).map((key) => [key.name, generateGiven(random, key)]),
  );
  return {
    principal: ALICE,
    action: "own:Act",
    resource,
    principalTags: { team: generateText(random) },
    context: distinct(context),
  };
}

/** Keys that differ in case only are one key (COND-7). */
function distinct(context: Record<string, unknown>): Record<string, unknown> {
  const names = new Set<string>();
  return Object.fromEntries(
    Object.entries(context).filter(([name]) => {
      const isNew = !names.has(name.toLowerCase());
      names.add(name.toLowerCase());
      return isNew;
    }),
  );
}

const FIXING = {
  StringEquals: ["aws:PrincipalOrgID", "aws:SourceVpc", "aws:SourceAccount", "aws:PrincipalAccount", "own:label"],
  StringLike: ["aws:PrincipalOrgPaths", "aws:userid", "aws:SourceVpce", "AWS:sourceARN"],
  ArnLike: ["aws:PrincipalArn", "aws:SourceArn"],
  IpAddress: ["aws:SourceIp", "aws:VpcSourceIp", "aws:sourceip"],
} as const;

/** A bucket that refuses public policies (SVC-9), with a policy that is one, or nearly. */
function generatePublicCases(random: Random, count: number): SimulationCase[] {
  const base = random.pick(["StringEquals", "StringLike", "ArnLike", "IpAddress"] as const);
  const values =
    base === "IpAddress"
      ? ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/7", "10.0.0.1", "2001:db8::/32", "2001:db8::/31", "::/0"]
      : base === "ArnLike"
        ? ["arn:aws:iam::111122223333:role/x", "arn:aws:iam::*:role/x", "arn:aws:s3:::depot"]
        : ["o-a", "*", "o-?", "$" + "{aws:PrincipalOrgID}", "444455556666"];
  const operator = `${random.pick(["", "", "", "ForAnyValue:", "ForAllValues:"])}${base}${random.chance(0.15) ? "IfExists" : ""}`;
  const tested = random.chance(0.6) ? random.pick(values) : random.list(0, 2, () => random.pick(values));
  const condition = random.chance(0.85) ? { Condition: { [operator]: { [random.pick(FIXING[base])]: tested } } } : {};
  const Principal = random.pick<unknown>(["*", { AWS: "*" }, { AWS: ["444455556666", "*"] }, { AWS: "444455556666" }]);
  const statement = { Effect: "Allow", Principal, Action: "s3:*", Resource: "arn:aws:s3:::depot/*", ...condition };
  const open = { Effect: "Allow", Principal: { AWS: "444455556666" }, Action: "s3:*", Resource: "*" };
  const statements = random.chance(0.7) ? [statement] : [open, statement];
  const policies = {
    identity: [{ name: "own", document: { Statement: ALLOW_ALL } }],
    resource: { Version: "2012-10-17", Statement: statements },
  };
  return Array.from({ length: count }, () => ({
    policies,
    request: {
      principal: random.pick(["anonymous", ALICE, ALICE.replace("111122223333", "444455556666"), "s3.amazonaws.com"]),
      action: "s3:GetObject",
      resource: "arn:aws:s3:::depot/x",
      resourceAccount: "111122223333",
      restrictPublicBuckets: random.chance(0.9),
      principalOrgId: "o-a",
      context: { "aws:SourceIp": random.pick(["10.0.0.1", "2001:db8::1", "192.0.2.1"]) },
    },
  }));
}

const SERVICES = ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "S3.amazonaws.com", "s3.amazonaws.com.cn"];
const NAMES = ["aws:PrincipalServiceNamesList", "aws:principalservicenameslist", "aws:PrincipalServiceName"];

/** A service under a name of its own, and where the question says what-if under those that it lists (PRN-9, NPR-4, CTX-1). */
function generateServiceCases(random: Random, count: number): SimulationCase[] {
  const element = random.chance(0.7) ? "Principal" : "NotPrincipal";
  const named = { [element]: { Service: random.list(1, 2, () => random.pick(SERVICES)) } };
  const asked = random.chance(0.3)
    ? { Condition: { "ForAnyValue:StringLike": { [random.pick(NAMES)]: random.pick(SERVICES) } } }
    : {};
  const open = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  const statement = { ...named, Action: "*", Resource: "*", ...asked };
  const isAllow = element === "Principal" && random.chance(0.6);
  const statements = isAllow ? [{ Effect: "Allow", ...statement }] : [open, { Effect: "Deny", ...statement }];
  const resource = { Version: "2012-10-17", Statement: statements };
  const whatIf = random.chance(0.8);
  return Array.from({ length: count }, () => ({
    policies: { resource },
    request: {
      principal: random.pick([...SERVICES.slice(0, 2), "anonymous", ALICE]),
      action: "own:Act",
      resource: "arn:aws:s3:::depot/x",
      resourceAccount: "111122223333",
      context: Object.fromEntries(
        random.list(0, 2, () => [random.pick(NAMES), random.list(0, 3, () => random.pick(SERVICES))] as const),
      ),
    },
    whatIf,
  }));
}
