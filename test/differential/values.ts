// Values of condition keys by family: what requests carry, parsable or not, and what policies compare with (section 8).
import { parseBase64 } from "../../src/policy/document/base64.js";
import { parseDate } from "../../src/policy/document/date.js";
import { parseDecimal } from "../../src/policy/document/decimal.js";
import { parseIpRange } from "../../src/policy/document/ip-address.js";
import type { Random } from "../kit/random.js";
import { generateArnValue, isTemplate, type PatternSource, templateOf } from "./patterns.js";
import { spoil } from "./targets.js";
import { generateText, otherCase } from "./world.js";

/** The families of operators that compare values (COND-1). */
export const FAMILIES = ["string", "number", "date", "bool", "ip", "binary", "arn"] as const;

/** A family of values. */
export type Family = (typeof FAMILIES)[number];

const NUMBERS = [
  ..."0 -0 +0 1 +1 01 1.0 1.00 -1 -01.0 9 9.5 9.50 10 +10 010 10.0 10.01 -0.5 -00.50 0.1 00.1 100".split(" "),
  ..."1e3 1e1 .5 5. 0x10 1,000 +-1 - + . ١ 1_0 NaN Infinity".split(" "),
  ..."9007199254740992 9007199254740993 18446744073709551616 100000000000000000000 99999999999999999999".split(" "),
  ..."0.10000000000000000000000001 -100000000000000000000.5 123456789012345678901234567890".split(" "),
  "",
  " 1",
  "1 ",
];

const DATES = [
  ..."1748779200 1748779199 1748779201 -1 0 00 -0 2025 1970 +1748779200 1748779200.5 20250601".split(" "),
  ..."2025 2025-06 2025-6 2025-06-01 2025-06-01T12:00Z 2025-06-01T12:00:00Z 2025-06-01T12:00:00".split(" "),
  ..."2025-06-01T12:00 2025-06-01T14:00:00+02:00 2025-06-01T14:00:00+0200 2025-06-01T10:30:00-01:30".split(" "),
  ..."2025-06-01T12:00:00.0Z 2025-06-01T12:00:00.001Z 2025-06-01T12:00:00.0010Z 2025-06-01T11:59:59.999Z".split(" "),
  ..."2025-06-01T12:00:00.0000000001Z 2025-06-01T12:00:00.0000000002Z 2025-06-01T12:00:00.00000000015Z".split(" "),
  ..."2025-06-01T12:00:00.000000000000000000001Z 2025-06-01T12:00:00-00:00 2025-06-01T12:00:00.Z".split(" "),
  ..."2025-06-01t12:00:00z 2025-06-01T12:00:60Z 2025-06-01T24:00:00Z 2025-06-01T12:60Z 2025-13-01".split(" "),
  ..."2025-02-30 2025-02-29 2024-02-29 2000-02-29 1900-02-29 2025-00-01 2025-06-00 2025-06-31".split(" "),
  ..."2025-06-01T12:00:00+24:00 2025-06-01T12:00:00+23:59 2025-06-01T12:00:00+02 2025-06-01T12:00:00+2:00".split(" "),
  ..."2025-06-01T12:00:00+02:60 2025-06-01T12Z 2025-06-01Z 2025-06Z 12025-06-01 2025-06-01T12:00:00,5Z".split(" "),
  ..."0000-01-01 0000-01-01T00:00:00+00:01 9999-12-31T23:59:59.999999999Z 1969-12-31T23:59:59Z".split(" "),
  ..."1969-12-31T23:59:59.5Z -62167219200 253402300799 253402300800 99999999999999999999 -99999999999999999999".split(
    " ",
  ),
  "",
  " 2025-06-01",
  "2025-06-01 12:00:00Z",
];

const ADDRESSES = [
  ..."10.0.0.1 10.0.0.2 10.0.1.1 10.255.255.255 11.0.0.0 0.0.0.0 255.255.255.255 127.0.0.1 138.0.0.1".split(" "),
  ..."::ffff:10.0.0.1 ::ffff:a00:1 ::FFFF:0a00:0001 0:0:0:0:0:ffff:10.0.0.1 ::10.0.0.1 ::fffe:10.0.0.1".split(" "),
  ..."2001:db8::1 2001:DB8:0:0::1 2001:0db8:0000:0000:0000:0000:0000:0001 2001:db8::1:0:0:1 2001:db8:0:1::".split(" "),
  ..."2001:db9:: 2001:db8:8000:: :: ::1 0::0 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4:5:6:1.2.3.4".split(
    " ",
  ),
  ..."::ffff:10.0.0.256 010.0.0.1 10.0.0.256 10.0.0 10.0.0.1.1 10.0.0.1/32 fe80::1%eth0 1::2::3 ::: 12345:: g::".split(
    " ",
  ),
  ..."1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7 :1:2:3:4:5:6:7 1:2:3:4:5:6:7: 10.0.0.1: ::1.2.3 1.2.3.4::".split(" "),
  ..."1::2:3:4:5:6:7:8 ::ffff:10.0.0.01 [::1] 0x0a.0.0.1 10.0.0.-1 10.0.0.+1 ffff::10.0.0.1 1:2:3:4:5:6:7:1.2.3.4".split(
    " ",
  ),
  "",
  " 10.0.0.1",
];

const LENGTHS = "0 1 7 8 9 15 16 23 24 31 32 33 47 48 63 64 65 95 96 97 104 127 128 129 08 -1 +8".split(" ");

const BINARIES = [
  ..."AA== AB== AP== AAA= AAB= AAE= AAAA YQ== YR== YWI= YWJ= YWJj YWJjZA== +/+/ -_-_ YQ YQ= Y=== ==== A=== = =A==".split(
    " ",
  ),
  ..."YW=j YQ==YQ== YWJjYWJj /w== //// ////// //8=".split(" "),
  "",
  "YW Jj",
  "YWJj\n",
  "é===",
];

const BOOLS = "true True TRUE tRuE false False FALSE 1 0 yes t truee"
  .split(" ")
  .concat("", " true", "tru\u0435", "ſalse");

const ARNS = [
  ..."arn:aws:s3:::depot arn:aws:s3:::depot/x arn:aws:sns:eu-west-1:111122223333:topic arn:aws:s3::depot".split(" "),
  ..."arn:aws:iam::111122223333:role/path/deployer arn:aws:iam::111122223333:user/alice arn arn: arn:::::".split(" "),
  ..."ARN:aws:s3:::depot xarn:aws:s3:::depot arn:aws:logs:eu-west-1:111122223333:log-group:app:*".split(" "),
  ..."arn:aws:iam::444455556666:role/deployer arn:acme:orders:eu-west-1:acct-1:order/2025/7 arn:a:b:c:d:😀:é arn:aws:s3::a:b arn:aws:s3::a:b:x".split(
    " ",
  ),
  "",
];

const POOLS: Readonly<Record<Exclude<Family, "string">, readonly string[]>> = {
  number: NUMBERS,
  date: DATES,
  bool: BOOLS,
  ip: ADDRESSES,
  binary: BINARIES,
  arn: ARNS,
};

const POLICY_POOLS: Readonly<Record<"number" | "date" | "ip" | "binary", readonly string[]>> = {
  number: NUMBERS.filter((text) => parseDecimal(text) !== undefined),
  date: DATES.filter((text) => parseDate(text) !== undefined),
  ip: ADDRESSES.flatMap((text) => [text, ...LENGTHS.map((length) => `${text}/${length}`)]).filter(
    (text) => parseIpRange(text) !== undefined,
  ),
  binary: BINARIES.filter((text) => parseBase64(text) !== undefined),
};

/** A value that a request carries for a key of the family; nothing says that it parses (COND-8). */
export function generateRequestValue(random: Random, family: Family): string {
  if (random.chance(0.03)) return generateText(random);
  if (family === "string") return generateText(random);
  const pool = POOLS[family];
  // The first of each pool mean the same or nearly so: coincidences are wanted.
  return random.pick(random.chance(0.4) ? pool.slice(0, Math.ceil(pool.length / 3)) : pool);
}

/** A value of a policy for an operator of the family, near a value of the request (COND-3). */
export function generatePolicyValue(
  random: Random,
  family: Family,
  operator: string,
  near: string | undefined,
  source: PatternSource,
): unknown {
  const text = near ?? generateRequestValue(random, family);
  switch (family) {
    case "string":
      return generateStringValue(random, operator, text, source);
    case "arn":
      return random.chance(0.3) && isArn(text, source) ? text : generateArnValue(random, text, source);
    case "bool":
      return generateBool(random, source);
    case "number": {
      const value = near !== undefined && parseDecimal(near) !== undefined && random.chance(0.3) ? near : undefined;
      const chosen = value ?? pickBeside(random, "number", near);
      return random.chance(0.2) && String(Number(chosen)) === chosen ? Number(chosen) : chosen;
    }
    case "date":
      if (near !== undefined && parseDate(near) !== undefined && random.chance(0.35)) return near;
      return pickBeside(random, "date", near);
    case "ip": {
      if (random.chance(0.3)) return pickBeside(random, "ip", near);
      const range = `${text.replace(/\/.*/, "")}/${random.pick(LENGTHS)}`;
      if (near !== undefined && random.chance(0.6) && parseIpRange(range) !== undefined) return range;
      return near !== undefined && random.chance(0.3) && parseIpRange(near) !== undefined
        ? near
        : random.pick(POLICY_POOLS.ip);
    }
    case "binary":
      return near !== undefined && parseBase64(near) !== undefined && random.chance(0.4)
        ? near
        : pickBeside(random, "binary", near);
  }
}

/** A value that policies may have, often one that stands beside the request's: neighbours differ in one thing. */
function pickBeside(random: Random, family: keyof typeof POLICY_POOLS, near: string | undefined): string {
  const pool = POOLS[family];
  const at = near === undefined ? -1 : pool.indexOf(near);
  const beside = at < 0 ? [] : pool.slice(Math.max(at - 3, 0), at + 4).filter((text) => text !== near);
  const valid = beside.filter((text) => POLICY_POOLS[family].includes(text));
  return valid.length > 0 && random.chance(0.6) ? random.pick(valid) : random.pick(POLICY_POOLS[family]);
}

function generateStringValue(random: Random, operator: string, text: string, source: PatternSource): string {
  const value = random.weighted<() => string>([
    [30, () => text],
    [/Like/i.test(operator) ? 50 : 12, () => templateOf(random, text, source)],
    [/IgnoreCase/i.test(operator) ? 30 : 4, () => otherCase(random, text)],
    [10, () => generateText(random)],
    [5, () => spoil(random, text)],
  ])();
  return isTemplate(value, source.hasVariables) ? value : "x";
}

function generateBool(random: Random, source: PatternSource): string | boolean {
  if (random.chance(0.2)) return random.chance(0.5);
  if (source.hasVariables && random.chance(0.1)) {
    return random.pick([
      "$" + "{aws:SecureTransport}",
      "$" + "{own:flag, 'TRUE'}",
      "$" + "{own:missing}",
      "t$" + "{own:rue, 'rue'}",
    ]);
  }
  return random.pick(["true", "false", "True", "FALSE", "tRuE"]);
}

function isArn(text: string, source: PatternSource): boolean {
  return text.startsWith("arn:") && text.split(":").length >= 6 && isTemplate(text, source.hasVariables);
}
