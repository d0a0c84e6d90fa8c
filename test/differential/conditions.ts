// Random request contexts and the conditions that test them: every operator, qualifier and suffix, on keys that the
// request has, has in another case, or lacks (sections 7 to 10).

import type { Random } from "../kit/random.js";
import type { PatternSource } from "./patterns.js";
import { FAMILIES, type Family, generatePolicyValue, generateRequestValue } from "./values.js";
import { generateText, otherCase } from "./world.js";

/** A condition key with what its values are like. */
export interface Key {
  readonly name: string;
  readonly family: Family;
  readonly multivalued?: boolean;
}

/** Keys that callers supply (CTX-13). */
const CALLER_KEYS: readonly Key[] = [
  { name: "aws:RequestTag/team", family: "string" },
  { name: "aws:RequestTag/Team", family: "string" },
  { name: "s3:prefix", family: "string" },
  { name: "aws:UserAgent", family: "string" },
  { name: "aws:SourceVpc", family: "string" },
  { name: "aws:SourceVpce", family: "string" },
  { name: "aws:SourceAccount", family: "string" },
  { name: "sts:ExternalId", family: "string" },
  { name: "own:label", family: "string" },
  { name: "own:é", family: "string" },
  { name: "own:kiſ", family: "string" },
  { name: "__proto__", family: "string" },
  { name: "s3:max-keys", family: "number" },
  { name: "aws:MultiFactorAuthAge", family: "number" },
  { name: "own:size", family: "number" },
  { name: "aws:TokenIssueTime", family: "date" },
  { name: "own:when", family: "date" },
  { name: "aws:SecureTransport", family: "bool" },
  { name: "aws:MultiFactorAuthPresent", family: "bool" },
  { name: "own:flag", family: "bool" },
  { name: "aws:SourceIp", family: "ip" },
  { name: "aws:SourceIp", family: "ip" },
  { name: "aws:VpcSourceIp", family: "ip" },
  { name: "own:blob", family: "binary" },
  { name: "aws:SourceArn", family: "arn" },
  { name: "own:target", family: "arn" },
  { name: "aws:TagKeys", family: "string", multivalued: true },
  { name: "aws:CalledVia", family: "string", multivalued: true },
  { name: "own:sizes", family: "number", multivalued: true },
  { name: "own:addresses", family: "ip", multivalued: true },
  { name: "own:targets", family: "arn", multivalued: true },
];

/** Keys that only the engine supplies (CTX-3, CTX-8). */
const DERIVED_KEYS: readonly Key[] = [
  { name: "aws:PrincipalArn", family: "arn" },
  { name: "aws:PrincipalAccount", family: "string" },
  { name: "aws:PrincipalType", family: "string" },
  { name: "aws:userid", family: "string" },
  { name: "aws:username", family: "string" },
  { name: "aws:PrincipalOrgID", family: "string" },
  { name: "aws:PrincipalOrgPaths", family: "string", multivalued: true },
  { name: "aws:PrincipalIsAWSService", family: "bool" },
  { name: "aws:PrincipalServiceName", family: "string" },
  { name: "aws:PrincipalServiceNamesList", family: "string", multivalued: true },
  { name: "aws:PrincipalTag/team", family: "string" },
  { name: "aws:ResourceTag/team", family: "string" },
  { name: "aws:ResourceAccount", family: "string" },
  { name: "aws:ResourceOrgID", family: "string" },
  { name: "aws:ResourceOrgPaths", family: "string", multivalued: true },
];

const CLOCK_KEYS: readonly Key[] = [
  { name: "aws:CurrentTime", family: "date" },
  { name: "aws:EpochTime", family: "date" },
];

const ALL_KEYS = [...CALLER_KEYS, ...DERIVED_KEYS, ...CLOCK_KEYS];

const OPERATORS: Readonly<Record<Family, readonly string[]>> = {
  string: [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringLike",
    "StringNotLike",
  ],
  number: [
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
  ],
  date: [
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
  ],
  bool: ["Bool"],
  ip: ["IpAddress", "NotIpAddress"],
  binary: ["BinaryEquals"],
  arn: ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
};

/** What a caller says about the request; keys never repeat in another case (COND-7). */
export function generateContext(random: Random, isRich: boolean): Record<string, unknown> {
  const entries = new Map<string, readonly [string, unknown]>();
  const put = (key: Key): void => {
    const name = random.chance(0.12) ? otherCase(random, key.name) : key.name;
    entries.set(name.toLowerCase(), [name, generateGiven(random, key)]);
  };
  for (let count = random.between(0, isRich ? 7 : 3); count > 0; count--) put(random.pick(CALLER_KEYS));
  if (random.chance(0.1)) put(random.pick(DERIVED_KEYS));
  if (random.chance(0.12)) put(random.pick(CLOCK_KEYS));
  return Object.fromEntries(entries.values());
}

/** A key that callers supply; every family is as likely as the others. */
export function generateCallerKey(random: Random): Key {
  const family = random.pick(FAMILIES);
  return random.pick(CALLER_KEYS.filter((key) => key.family === family));
}

/** A list, a bare value, a number, a boolean or null (COND-8, NULL-3). */
export function generateGiven(random: Random, { family, multivalued = false }: Key): unknown {
  const values = (least: number, most: number): string[] => {
    const first = generateRequestValue(random, family);
    return random.list(least, most, () => (random.chance(0.25) ? first : generateRequestValue(random, family)));
  };
  if (random.chance(0.02)) return null;
  if (random.chance(0.04)) return [];
  if (multivalued) return random.chance(0.1) ? generateRequestValue(random, family) : values(0, 3);
  if (random.chance(0.06)) return values(2, 3);
  const [value = ""] = values(1, 1);
  if (family === "number" && random.chance(0.2)) return random.pick([0, 1, -1, 9.5, 10, 0.1, 1e21]);
  if (family === "bool" && random.chance(0.3)) return random.chance(0.5);
  return random.chance(0.2) ? value : [value];
}

/** A Condition; most of its keys are ones that the request has. */
export function generateCondition(random: Random, source: PatternSource): unknown {
  const operators = new Map<string, Map<string, unknown>>();
  const count = random.weighted([
    [12, 1],
    [5, 2],
    [2, 3],
    [1, 0],
  ]);
  for (let at = 0; at < count; at++) {
    const key = generateKey(random, source);
    const [operator, values] = generateTest(random, key, source);
    const keys = operators.get(operator) ?? new Map<string, unknown>();
    keys.set(random.chance(0.2) ? otherCase(random, key.name) : key.name, values);
    operators.set(operator, keys);
  }
  if (random.chance(0.01)) operators.set("StringEquals", operators.get("StringEquals") ?? new Map());
  return Object.fromEntries([...operators].map(([operator, keys]) => [operator, Object.fromEntries(keys)]));
}

function generateKey(random: Random, { values }: PatternSource): Key {
  const present = [...values.keys()];
  if (present.length === 0 || random.chance(0.3)) return random.pick(ALL_KEYS);
  const name = random.pick(present);
  const known = ALL_KEYS.find((key) => key.name.toLowerCase() === name.toLowerCase());
  return { family: known?.family ?? "string", name, multivalued: known?.multivalued ?? false };
}

/** One test of a key: the operator with its values, near those that the request has. */
export function generateTest(random: Random, key: Key, source: PatternSource): readonly [string, unknown] {
  if (random.chance(0.08)) {
    const name = random.pick(["Null", "Null", "null", "ForAllValues:Null", "ForAnyValue:Null"]);
    return [name, random.pick<unknown>(["true", "false", true, false, "True", ["true", "false"], [], "FALSE"])];
  }
  const family = random.chance(0.9) ? key.family : random.pick(FAMILIES);
  const base = random.pick(OPERATORS[family]);
  const isSet = random.chance(key.multivalued === true ? 0.75 : 0.2);
  const qualifier = isSet ? random.pick(["ForAllValues:", "ForAnyValue:"]) : "";
  const name = `${qualifier}${base}${random.chance(0.25) ? "IfExists" : ""}`;
  const written = random.chance(0.06)
    ? name.replace(/[A-Z]/g, (letter) => (random.chance(0.5) ? letter.toLowerCase() : letter))
    : name;
  const near = source.values.get(key.name) ?? [];
  const value = (): unknown =>
    generatePolicyValue(random, family, base, near.length > 0 ? random.pick(near) : undefined, source);
  if (random.chance(0.02)) return [written, []];
  return [written, random.chance(0.5) ? value() : random.list(1, near.length > 1 ? 4 : 3, value)];
}

/** Tags whose keys meet, ignoring case or not (CTX-11). */
export function generateTags(random: Random): Record<string, string> {
  const keys = ["team", "Team", "TEAM", "env", "Env", "é", "É", "kind", "\u212aind", "__proto__"];
  const chosen = random.list(0, 3, () => random.pick(random.chance(0.6) ? keys.slice(0, 3) : keys));
  return Object.fromEntries(chosen.map((key) => [key, generateText(random)]));
}
