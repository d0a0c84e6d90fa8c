// Cases about one rule that AWS itself has answered: odd values of requests meet tests that nearly match them. Each rule has as
// many cases as the others, and what a case touches is told by the case itself.

import type { Random } from "../kit/random.js";
import type { CasePolicies, CaseRequest, SimulationCase } from "../oracle/simulation-case.js";

/** One condition test, or one resource pattern, with what requests say to it. */
interface Aimed {
  readonly elements: { readonly Condition: object } | { readonly Resource: string } | { readonly NotResource: string };
  readonly ask: () => Partial<CaseRequest>;
}

const ALICE = "arn:aws:iam::111122223333:user/alice";
const JOBS = "arn:aws:sqs:eu-west-1:111122223333:jobs";
const LIST_KEYS = ["aws:TagKeys", "aws:CalledVia", "sts:TransitiveTagKeys", "aws:SourceOrgPaths", "aws:VpceOrgPaths"];
const LETTERS = ["Σ", "σ", "A", "o", "\u{10400}", "'", ".", "\u0301", " ", "", "", ""];
/** Letters that some way of ignoring case takes for each other. */
const ALIKE = [
  ["Σ", "σ", "ς"],
  ["ΟΣ", "οσ", "ος"],
  ["aΣ", "aσ", "aς"],
  ["S", "ſ"],
  ["\u{10400}", "\u{10428}"],
  ["İ", "i\u0307", "i"],
  ["i", "ı"],
  ["ß", "ẞ", "ss"],
  ["µ", "μ"],
  ["ǆ", "ǅ", "dž"],
];
const NO_ADDRESSES = [
  ..."10.0.0.1/32 10.0.0 10.0.0.256 10.0.0.1:443 ::1%eth0 1::2::3 :::: word ::ffff:1.2.3.256".split(" "),
  ..."10.0.0.1. 0x0a.0.0.1 10,0,0,1 12345::1 [::1] 167772161 ::1/128 localhost 10.0.0.+1".split(" "),
  "",
  " 10.0.0.1",
];
const ODD_ADDRESSES = [
  ...":::1 1:::2 ::1: 1:2:3:4:5:6:7:8: :2:3:4:5:6:7:8 :1:2:3:4:5:6:7:8 010.0.0.1 10.00.000.1".split(" "),
  ...":: ::: 1::2: 1:2:3:4:5:6:7: ::10.0.0.1 2001:DB8:::1 ::ffff:010.0.0.1 1:2:3:4:5:6:1.2.3.4".split(" "),
  ..."2001:db8::1: 2001:db8:::2 :::1: :0:0:0:0:0:0:1 0:0:0:0:0:0:0:1: ::1:: 1:::2:::3 2001:db8::".split(" "),
];
const MAPPED = "::ffff:10.0.0.1 ::FFFF:a00:1 0:0:0:0:0:ffff:10.0.0.1 ::ffff:10.1.0.1 ::ffff:a00:ff ::fffe:a00:1".split(
  " ",
);
const IPV4 = "10.0.0.1 10.0.0.77 10.0.1.1 10.1.2.3 11.0.0.1 10.0.0.0 10.00.0.077 ::ffff:10.0.0.77".split(" ");
/** Ranges with bits beyond their length (IP-3). */
const HOST_BITS = "10.0.0.77/24 10.1.2.3/8 10.0.0.1/31 10.0.0.78/30 255.0.0.1/0 10.0.1.255/23 10.1.0.1/16".split(" ");
const IPV6 = "2001:db8::1 2001:DB8:0::1 2001:db8::2 2001:db8:8000::1 2001:db9::1 ::1 10.0.0.1".split(" ");
const RANGES = [
  ..."10.0.0.0/8 10.0.0.77/24 10.0.0.1 0.0.0.0/0 ::/0 ::1 ::/127 1::2 1:2:3:4:5:6:7:8 0:2:3:4:5:6:7:8".split(" "),
  ..."2001:db8::1 2001:db8::/32 2001:db8::/33 2001:db8:8000::/33 2001:db8::/127 ::ffff:a00:1 ::ffff:0:0/96".split(" "),
];
const ARNS = [
  "arn:aws:s3:::depot",
  "arn:aws:s3:::depot/a:b",
  "arn:aws:sns:eu-west-1:111122223333:topic",
  "arn:aws:s3express:::x",
  "arn:::::",
];
const NO_ARNS = ["depot", "arn:aws:s3::", "arn:aws:s3", "ARN:aws:s3:::depot", "", "*", "xarn:aws:s3:::depot", "arn:*"];
const ARN_PATTERNS = ["*", "arn:aws:s3:::depot", "arn:aws:s3:::*", "arn:*:*:*:*:*", "arn:aws:sns:*:*:*"];
/** Patterns whose missing fields are filled (ARN-5). */
const SHORT_PATTERNS = "arn:aws:s3* arn:aws:s3:* arn:* arn:aws:sns:eu-*:* arn:a*:s3:::* arn:aws:sns:*:* a*".split(" ");
const BOOLS = ["yes", "1", "", " true", "tru\u0435", "0", "TRUE", "ſalse", "null", "true ", "on", "trueX"];
/** Texts that a careless reader decodes alike (BIN-2). */
const BINARIES = [
  ["YQ==", "YR==", "YQ", "YQ=", "Y Q==", "YQ==\n"],
  ["YWI=", "YWJ=", "YWI", "YW-I="],
  ["AA==", "AB==", "AP=="],
  ["+/+/", "-_-_", "+/+/="],
  ["", "====", "=", " "],
];
/** Numbers that are equal or nearly so, or that only seem to be (NUM-1 to NUM-4). */
const NUMBERS = [
  "1 1e0 10e-1 1. .1e1 1E+0 0.1e01 +1 01.0 10e-01".split(" "),
  "1e2147483647 10e2147483646 9e2147483646 1.0e2147483647 11e2147483646".split(" "),
  "-1e3000 -10e2999 -1e+3000 -.1e3001 -1E3001".split(" "),
  "1e-2147483647 0e5 0 -0e1 -1e-2147483647 1e-400 10e-401".split(" "),
  "1.5e9999 15e9998 16e9998 1e400 1e401".split(" "),
  "9007199254740993 9007199254740992e0 9007199254740993e0 9007199254740992.5 90071992547409930e-1".split(" "),
  "0.1 1.0000000000000000000000001e-1 1e-1 .1 0.1000000000000000055511151231257827".split(" "),
];
const NO_NUMBERS = "1e 1e1.0 .e1 1e2147483648 NaN Infinity 0x10 1,000 ten +-1 . 1_0 - 1d".split(" ").concat("", " 1");
const FRACTIONS = [
  "2025-06-01T12:00:00.123Z 2025-06-01T12:00:00.1239Z 2025-06-01T12:00:00.123999999999999999999Z",
  "2025-06-01T12:00:00.124Z 2025-06-01T12:00:00.0009Z 2025-06-01T12:00:00Z 2025-06-01T12:00:00.0009",
  "1969-12-31T23:59:59.9999Z 1969-12-31T23:59:59.999Z 2025-06-01T14:00:00.1239+02:00 2025-06-01T12:00:00",
  "2025-06-01T12:00 2025-06-01T12:00:00.1234 2025-06-01T12:00:00.9999-00:00",
]
  .join(" ")
  .split(" ");
const EPOCHS =
  "+1748779200 1748779200 +1748779201 +1748779199 +001748779200 2025-06-01T12:00:00Z 2025-06-01T12:00:00.0009".split(
    " ",
  );
const NO_DATES = "+-1 + 2025-13-01 2025-02-30 2025-06-01T24:00:00Z 2025-6-1 1748779200.5 noon 2025-06-01t12:00:00z 1e9"
  .split(" ")
  .concat("");

/** Tests by how often they are made: what seldom matters is made more often. */
const MAKERS: readonly (readonly [number, (random: Random) => Aimed])[] = [
  [
    16,
    (random) => {
      const [head, tail] = [random.pick(LETTERS), random.pick(LETTERS)];
      const alike = random.pick(ALIKE);
      const [first = "", ...others] = random.chance(0.5) ? alike : [...alike].reverse();
      const word = (): string => head + random.pick(random.chance(0.8) ? others : alike) + tail;
      const operators = ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
      return testOf(random, operators, "own:label", [head + first + tail], word);
    },
  ],
  [
    16,
    (random) => {
      const text = (): string => random.list(1, 2, () => random.pick(["\u{1f600}", "\u{10400}", "a"])).join("");
      const first = `${random.pick(["", "a"])}\u{1f600}${text()}`;
      const ask = (): string => (random.chance(0.85) ? first : text());
      const prefix = random.pick(["", "arn:aws:sns:eu-west-1:111122223333:"]);
      const pattern = prefix + questionedOf(random, first);
      if (prefix === "") return testOf(random, ["StringLike", "StringNotLike"], "own:label", [pattern], ask);
      if (random.chance(0.5)) {
        const elements = random.chance(0.2) ? { NotResource: pattern } : { Resource: pattern };
        return { elements, ask: () => ({ resource: prefix + ask() }) };
      }
      return testOf(random, ["ArnLike", "ArnNotLike"], "own:target", [pattern], () => prefix + ask());
    },
  ],
  [
    12,
    (random) => {
      const value = (): string => random.pick(["a", "a", "b"]);
      return plain(random, random.pick(LIST_KEYS), [value()], () => [value()]);
    },
  ],
  [
    9,
    (random) => {
      const value = (): string => random.pick(["a", "a", "b"]);
      return plain(random, random.pick(["own:label", "aws:UserAgent", "aws:TagKeys"]), [value()], () => [
        value(),
        value(),
      ]);
    },
  ],
  [
    11,
    (random) => {
      const key = random.pick(LIST_KEYS);
      const variable = random.pick([`\${${key}}`, `\${${key}, 'a'}`, `x\${${key.toUpperCase()},''}`]);
      const value = (): string => random.pick(["a", "x", "xa"]);
      const operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
      const { elements, ask } = testOf(random, operators, "own:label", [variable], value);
      return { elements, ask: () => ({ context: { ...ask().context, [key]: [random.pick(["a", "x"])] } }) };
    },
  ],
  [11, (random) => addressTest(random, ["10.0.0.0/8", "::/0", "0.0.0.0/0", "10.0.0.1"], NO_ADDRESSES)],
  [12, (random) => addressTest(random, RANGES, ODD_ADDRESSES)],
  [10, (random) => addressTest(random, [...HOST_BITS, "10.0.0.0/16", "::ffff:a00:1", "::ffff:0:0/96", "::/0"], MAPPED)],
  [8, (random) => addressTest(random, HOST_BITS, IPV4)],
  [3, (random) => addressTest(random, RANGES.slice(10), IPV6)],
  [
    14,
    (random) => {
      const operators = ["ArnEquals", "ArnNotEquals", "ArnNotLike"];
      const values = [random.pick([...ARN_PATTERNS, ...SHORT_PATTERNS])];
      return testOf(random, operators, "own:target", values, () => random.pick(NO_ARNS));
    },
  ],
  [
    13,
    (random) => {
      const operators = ["ArnEquals", "ArnLike", "ArnNotLike"];
      return testOf(random, operators, "own:target", [random.pick(SHORT_PATTERNS)], () => random.pick(ARNS));
    },
  ],
  [
    11,
    (random) =>
      testOf(random, ["Bool"], "own:flag", [random.pick(["true", "false", "False"])], () => random.pick(BOOLS)),
  ],
  [
    17,
    (random) => {
      const alike = random.pick(BINARIES);
      const [canonical = ""] = alike;
      return testOf(random, ["BinaryEquals"], "own:blob", [canonical], () => random.pick(alike));
    },
  ],
  [20, (random) => orderTest(random, "Numeric", random.pick(NUMBERS), NO_NUMBERS)],
  [8, (random) => orderTest(random, "Date", FRACTIONS, NO_DATES)],
  [15, (random) => orderTest(random, "Date", EPOCHS, NO_DATES)],
  [
    11,
    (random) =>
      random.chance(0.5)
        ? testOf(random, ["NumericNotEquals"], "own:size", [random.pick(["1", "1e1"])], () => random.pick(NO_NUMBERS))
        : testOf(random, ["DateNotEquals"], "own:when", [random.pick(["2025", "+0"])], () => random.pick(NO_DATES)),
  ],
  [
    19,
    (random) => {
      const value = (): string => random.pick(["a", "b", "c", ""]);
      const negated = random.pick(["StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase"]);
      const operator = random.pick(["ForAllValues:", "ForAnyValue:"]) + negated;
      const key = random.pick(["aws:TagKeys", "own:labels"]);
      const isMissing = random.chance(0.8);
      const given = (): object => (isMissing ? {} : { [key]: [value(), value()] });
      return {
        elements: { Condition: { [operator]: { [key]: ["a", value()] } } },
        ask: () => ({ context: { ...given() } }),
      };
    },
  ],
  [
    15,
    (random) => {
      const operator = random.pick(["Null", "ForAllValues:Null", "ForAnyValue:Null"]);
      const Condition = { [operator]: { "own:label": random.pick(["true", "false", "True"]) } };
      return {
        elements: { Condition },
        ask: () => ({ context: { "own:label": random.pick<unknown>(["", [""], [""], []]) } }),
      };
    },
  ],
];

/** Cases about one of the rules that AWS has answered. */
export function generateRecorded(random: Random, count: number): SimulationCase[] {
  if (random.chance(0.05)) return generateAssumptions(random, count);
  if (random.chance(0.105)) return generateSessionFacts(random, count);
  const { elements, ask } = random.weighted(MAKERS)(random);
  const policies = random.weighted([
    [79, identityPolicies],
    [14, controlPolicies],
    [7, organizationPolicies],
  ])(random, elements);
  return Array.from({ length: count }, () => ({
    policies,
    request: { principal: ALICE, action: "own:Act", resource: JOBS, ...ask() },
  }));
}

const OPEN = { Effect: "Allow", Action: "*", Resource: "*" };

/** The test in an Allow, or in a Deny beside one. */
function identityPolicies(random: Random, elements: Aimed["elements"]): CasePolicies {
  const Statement = random.chance(0.42) ? [statementOf("Allow", elements)] : [OPEN, statementOf("Deny", elements)];
  return { identity: [{ name: "own", document: { Version: "2012-10-17", Statement } }] };
}

/** The test in a resource control policy, whose principal has two spellings (RCP-5). */
function controlPolicies(random: Random, elements: Aimed["elements"]): CasePolicies {
  const Principal = random.chance(0.85) ? { AWS: "*" } : "*";
  const Statement = { ...statementOf("Deny", elements), Principal, Action: "own:*" };
  const rcp = { Version: "2012-10-17", Statement };
  return { ...ALL_ALLOWED, rcps: random.chance(0.5) ? [[rcp]] : [[], [rcp]] };
}

/** The test in an Allow of a service control policy: where it fails, the level is silent (EVAL-10). */
function organizationPolicies(random: Random, elements: Aimed["elements"]): CasePolicies {
  const level = [{ Version: "2012-10-17", Statement: statementOf("Allow", elements) }];
  return { ...ALL_ALLOWED, scps: random.chance(0.5) ? [level] : [[ALL_ALLOWED.identity[0].document], level] };
}

const ALL_ALLOWED = { identity: [{ name: "own", document: { Version: "2012-10-17", Statement: OPEN } }] } as const;

function statementOf(Effect: "Allow" | "Deny", elements: Aimed["elements"]): object {
  return { Effect, Action: "*", ...("NotResource" in elements ? {} : { Resource: "*" }), ...elements };
}

/** Roles to assume, and what is none, with and without a trust policy (SVC-4). */
function generateAssumptions(random: Random, count: number): SimulationCase[] {
  const account = random.pick(["111122223333", "111122223333", "444455556666"]);
  const role = `arn:aws:iam::${account}:role/deployer`;
  const resource = random.pick([role, role, `arn:aws:iam::${account}:user/bob`, "*", "arn:aws:s3:::depot", JOBS]);
  const trusted = random.pick<unknown>([{ AWS: "111122223333" }, { AWS: ALICE }, "*", { AWS: "444455556666" }]);
  const Statement = { Effect: "Allow", Principal: trusted, Action: "sts:*" };
  const hasTrust = resource === role && random.chance(0.3);
  const trust = hasTrust ? { resource: { Version: "2012-10-17", Statement } } : {};
  return Array.from({ length: count }, () => ({
    policies: { ...ALL_ALLOWED, ...trust },
    request: {
      principal: random.pick([ALICE, ALICE, "arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:root"]),
      action: `sts:${random.pick(["AssumeRole", "TagSession", "SetSourceIdentity", "setsourceidentity"])}`,
      resource,
    },
  }));
}

/** Session facts of those who have them, and of those for whom they are an error (IN-7). */
function generateSessionFacts(random: Random, count: number): SimulationCase[] {
  const document = { Version: "2012-10-17", Statement: random.chance(0.5) ? OPEN : { ...OPEN, Action: "s3:*" } };
  return Array.from({ length: count }, () => ({
    policies: ALL_ALLOWED,
    request: {
      ...random.pick(REQUESTERS),
      action: "own:Act",
      resource: JOBS,
      ...random.pick([
        { sessionTags: { team: "a" } },
        { sessionPolicies: [document] },
        { sessionPolicies: [document] },
      ]),
    },
  }));
}

const REQUESTERS: readonly (Pick<CaseRequest, "principal"> & Partial<CaseRequest>)[] = [
  { principal: ALICE },
  { principal: "arn:aws:iam::111122223333:root" },
  { principal: "s3.amazonaws.com" },
  { principal: "anonymous" },
  { principal: "accounts.example.com", principalIsProvider: true },
  { principal: "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/linked" },
  { principal: "arn:aws:iam::111122223333:role/path/deployer" },
  { principal: "arn:aws:sts::111122223333:assumed-role/deployer/one" },
  { principal: "arn:aws:sts::111122223333:federated-user/guest", principalIssuerArn: ALICE },
];

/** A test without a set prefix of a key with so many values (COND-9). */
function plain(random: Random, key: string, values: readonly string[], given: () => readonly string[]): Aimed {
  const operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"];
  const operator = `${random.pick(operators)}${random.chance(0.3) ? "IfExists" : ""}`;
  return { elements: { Condition: { [operator]: { [key]: values } } }, ask: () => ({ context: { [key]: given() } }) };
}

/** One test; now and then with a set prefix or IfExists. */
function testOf(
  random: Random,
  operators: readonly string[],
  key: string,
  values: readonly string[],
  value: () => string,
): Aimed {
  const prefix = random.chance(0.2) ? random.pick(["ForAllValues:", "ForAnyValue:"]) : "";
  const operator = `${prefix}${random.pick(operators)}${random.chance(0.15) ? "IfExists" : ""}`;
  return {
    elements: { Condition: { [operator]: { [key]: values } } },
    ask: () => ({ context: { [key]: prefix !== "" && random.chance(0.6) ? [value(), value()] : [value()] } }),
  };
}

function addressTest(random: Random, ranges: readonly string[], addresses: readonly string[]): Aimed {
  const key = random.pick(["aws:SourceIp", "aws:VpcSourceIp", "own:address"]);
  const values = random.list(1, 2, () => random.pick(ranges));
  return testOf(random, ["IpAddress", "NotIpAddress", "NotIpAddress"], key, values, () => random.pick(addresses));
}

/** A test that compares what is equal or nearly so, and now and then what cannot be compared (COND-4). */
function orderTest(
  random: Random,
  family: "Numeric" | "Date",
  alike: readonly string[],
  none: readonly string[],
): Aimed {
  const relations = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
  const written = alike.filter((text) => !none.includes(text));
  return testOf(
    random,
    relations.map((name) => family + name),
    family === "Date" ? "own:when" : "own:size",
    [random.pick(written)],
    () => (random.chance(0.08) ? random.pick(none) : random.pick(alike)),
  );
}

/** The text with `?` for its characters beyond U+FFFF: one for each, or one for each half (STR-4). */
function questionedOf(random: Random, text: string): string {
  const marks = random.pick(["?", "??", "??"]);
  return Array.from(text, (character) =>
    character.length > 1 && random.chance(0.85) ? marks : character === "a" && random.chance(0.2) ? "*" : character,
  ).join("");
}
