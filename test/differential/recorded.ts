// Cases about one rule that AWS itself has answered: odd values of requests meet tests that nearly match them. Each rule has as
// many cases as the others, and what a case touches is told by the case itself.
import type { CaseRequest, SimulationCase } from "../oracle/simulation-case.js";
import type { Random } from "./random.js";
import { generateText } from "./world.js";

/** One condition test, or one resource pattern, with what requests say to it. */
interface Aimed {
  readonly elements: object;
  readonly ask: () => Partial<CaseRequest>;
}

const ALICE = "arn:aws:iam::111122223333:user/alice";
const JOBS = "arn:aws:sqs:eu-west-1:111122223333:jobs";
const LIST_KEYS = ["aws:TagKeys", "aws:CalledVia", "sts:TransitiveTagKeys", "aws:SourceOrgPaths", "aws:VpceOrgPaths"];
const LETTERS = ["Σ", "σ", "ς", "A", "o", "\u{10400}", "\u{10428}", "İ", "i\u0307", "'", ".", "\u0301", " ", "ß", "ẞ"];
const NO_ADDRESSES = "10.0.0.1/32 10.0.0 10.0.0.256 10.0.0.1:443 ::1%eth0 1::2::3 :::: word ::ffff:1.2.3.256".split(
  " ",
);
const ODD_ADDRESSES = [
  ...":::1 1:::2 ::1: 1:2:3:4:5:6:7:8: :2:3:4:5:6:7:8 :1:2:3:4:5:6:7:8 010.0.0.1 10.00.000.1".split(" "),
  ...":: ::: 1::2: 1:2:3:4:5:6:7: ::10.0.0.1 2001:DB8:::1 ::ffff:010.0.0.1 1:2:3:4:5:6:1.2.3.4".split(" "),
];
const MAPPED = "::ffff:10.0.0.1 ::FFFF:a00:1 0:0:0:0:0:ffff:10.0.0.1 ::ffff:10.1.0.1 ::fffe:a00:1".split(" ");
const IPV6 = "2001:db8::1 2001:DB8:0::1 2001:db8::2 2001:db8:8000::1 2001:db9::1 ::1 10.0.0.1".split(" ");
const RANGES = [
  ..."10.0.0.0/8 10.0.0.77/24 10.0.0.1 0.0.0.0/0 ::/0 ::1 ::/127 1::2 1:2:3:4:5:6:7:8 0:2:3:4:5:6:7:8".split(" "),
  ..."2001:db8::1 2001:db8::/32 2001:db8::/33 2001:db8:8000::/33 2001:db8::/127 ::ffff:a00:1 ::ffff:0:0/96".split(" "),
];
const NO_ARNS = ["depot", "arn:aws:s3:::", "arn:aws:s3", "ARN:aws:s3:::depot", "", "*", "xarn:aws:s3:::depot"];
const ARN_PATTERNS = ["*", "arn:aws:s3:::depot", "arn:aws:s3:::*", "arn:*:*:*:*:*", "arn:aws:s3*", "arn:aws:sns:*:*:*"];
const BOOLS = ["yes", "1", "", " true", "tru\u0435", "0", "TRUE", "false", "ſalse", "null"];
const BINARIES = "YQ== YR== YQ YWI= YWJ= YWJj -_-_ AA== AB== AAE= AAF= Y=== ====".split(" ");
const NUMBERS = [
  ..."1 1e0 10e-1 1. .1e1 1E+0 0.1e01 1e1 10 1e3 1000 1e2147483647 10e2147483646 9e2147483646 1e2147483648".split(" "),
  ..."-1e3 -1000 1e-2147483647 0e5 0 -0e1 1e 1e1.0 .e1 1.5e9999 15e9998 16e9998".split(" "),
];
const FRACTIONS = [
  "2025-06-01T12:00:00.123Z 2025-06-01T12:00:00.1239Z 2025-06-01T12:00:00.123999999999999999999Z",
  "2025-06-01T12:00:00.124Z 2025-06-01T12:00:00.0009Z 2025-06-01T12:00:00Z 2025-06-01T12:00:00.0009",
  "1969-12-31T23:59:59.9999Z 1969-12-31T23:59:59.999Z 2025-06-01T14:00:00.1239+02:00",
]
  .join(" ")
  .split(" ");
const EPOCHS = "+1748779200 1748779200 +0 0 -0 +1748779201 +-1 + 2025-06-01T12:00:00Z 1970-01-01".split(" ");

const MAKERS: readonly ((random: Random) => Aimed)[] = [
  (random) => {
    const word = random.list(1, 4, () => random.pick(LETTERS)).join("");
    const other = (): string =>
      random.pick([word, word.toUpperCase(), word.toLowerCase(), `${word}${generateText(random)}`]);
    return testOf(random, ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"], "own:label", [other()], other);
  },
  (random) => {
    const text = (): string => random.list(1, 3, () => random.pick(["\u{1f600}", "\u{10400}", "a"])).join("");
    const first = text();
    const ask = (): string => (random.chance(0.7) ? first : text());
    const prefix = random.pick(["", "arn:aws:sns:eu-west-1:111122223333:"]);
    const pattern = prefix + questionedOf(random, first);
    if (prefix === "") return testOf(random, ["StringLike", "StringNotLike"], "own:label", [pattern], ask);
    if (random.chance(0.5)) {
      const element = random.chance(0.2) ? "NotResource" : "Resource";
      return { elements: { [element]: pattern }, ask: () => ({ resource: prefix + ask() }) };
    }
    return testOf(random, ["ArnLike", "ArnNotLike"], "own:target", [pattern], () => prefix + ask());
  },
  (random) => {
    const operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"];
    const value = (): string => random.pick(["a", "a", "b"]);
    return testOf(random, operators, random.pick(LIST_KEYS), [value()], value, false);
  },
  (random) => {
    const key = random.pick(LIST_KEYS);
    const variable = random.pick([`\${${key}}`, `\${${key}, 'a'}`, `x\${${key.toUpperCase()},''}`]);
    const value = (): string => random.pick(["a", "x", "xa"]);
    const operators = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
    const { elements, ask } = testOf(random, operators, "own:label", [variable], value);
    return { elements, ask: () => ({ context: { ...ask().context, [key]: [random.pick(["a", "x"])] } }) };
  },
  (random) => addressTest(random, ["10.0.0.0/8", "::/0", "0.0.0.0/0", "10.0.0.1"], [...NO_ADDRESSES, "10.0.0.1", ""]),
  (random) => addressTest(random, RANGES, ODD_ADDRESSES),
  (random) => addressTest(random, ["10.0.0.0/8", "10.0.0.0/16", "::ffff:a00:1", "::ffff:0:0/96", "::/0"], MAPPED),
  (random) => addressTest(random, RANGES.slice(10), IPV6),
  (random) => {
    const operators = ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"];
    return testOf(random, operators, "own:target", [random.pick(ARN_PATTERNS)], () =>
      random.pick([...NO_ARNS, "arn:aws:s3:::depot"]),
    );
  },
  (random) => testOf(random, ["Bool"], "own:flag", [random.pick(["true", "false", "False"])], () => random.pick(BOOLS)),
  (random) =>
    testOf(random, ["BinaryEquals"], "own:blob", [random.pick(["YQ==", "YWI=", "AA==", "AAE=", "YWJj"])], () =>
      random.pick(BINARIES),
    ),
  (random) => {
    const operators = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    const written = NUMBERS.filter((text) => !/^(1e|1e1\.0|\.e1|1e2147483648)$/.test(text));
    return testOf(
      random,
      operators.map((name) => `Numeric${name}`),
      "own:size",
      [random.pick(written)],
      () => random.pick(NUMBERS),
    );
  },
  (random) => dateTest(random, FRACTIONS),
  (random) => dateTest(random, EPOCHS),
];

/** Cases about one of the rules that AWS has answered. */
export function generateRecorded(random: Random, count: number): SimulationCase[] {
  const { elements, ask } = random.pick(MAKERS)(random);
  const statement = { Action: "*", Resource: "*", ...elements };
  const { Resource, ...others } = statement;
  const aimed = "NotResource" in others ? others : { Resource, ...others };
  const document = {
    Version: "2012-10-17",
    Statement: random.chance(0.42)
      ? [{ Effect: "Allow", ...aimed }]
      : [
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", ...aimed },
        ],
  };
  const policies = { identity: [{ name: "own", document }] };
  return Array.from({ length: count }, () => ({
    policies,
    request: { principal: ALICE, action: "own:Act", resource: JOBS, ...ask() },
  }));
}

/** One test; now and then with a set prefix or IfExists. */
function testOf(
  random: Random,
  operators: readonly string[],
  key: string,
  values: readonly string[],
  value: () => string,
  mayBeSet = true,
): Aimed {
  const prefix = mayBeSet && random.chance(0.2) ? random.pick(["ForAllValues:", "ForAnyValue:"]) : "";
  const operator = `${prefix}${random.pick(operators)}${random.chance(0.15) ? "IfExists" : ""}`;
  return {
    elements: { Condition: { [operator]: { [key]: values } } },
    ask: () => ({ context: { [key]: prefix !== "" && random.chance(0.5) ? [value(), value()] : [value()] } }),
  };
}

function addressTest(random: Random, ranges: readonly string[], addresses: readonly string[]): Aimed {
  const key = random.pick(["aws:SourceIp", "aws:VpcSourceIp", "own:address"]);
  const values = random.list(1, 2, () => random.pick(ranges));
  return testOf(random, ["IpAddress", "NotIpAddress"], key, values, () => random.pick(addresses));
}

function dateTest(random: Random, dates: readonly string[]): Aimed {
  const operators = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
  const written = dates.filter((text) => !/^\+-?1?$/.test(text));
  return testOf(
    random,
    operators.map((name) => `Date${name}`),
    "own:when",
    [random.pick(written)],
    () => random.pick(dates),
  );
}

/** The text with `?` and `*` for some of its characters, or for halves of them (STR-4). */
function questionedOf(random: Random, text: string): string {
  return Array.from(text, (character) => random.pick([character, "?", "??", "??", "*", "?*"])).join("");
}
