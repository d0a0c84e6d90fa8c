// Every operator of the table is one that the matcher, the oracle, the generators and the cases know: a Deny under it fires, and under
// its complement it does not.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type OperatorKind, operatorRows } from "../../src/policy/document/operators.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { generateTest } from "../differential/conditions.js";
import { askMatcher, askOracle, build } from "../differential/evaluators.js";
import { FAMILIES } from "../differential/values.js";
import { Random } from "../kit/random.js";
import { parseOperator } from "../oracle/operator.js";

interface Sample {
  readonly key: string;
  /** In the policy. */
  readonly value: string;
  /** In a request that it holds for, and in one that it does not hold for; none leaves the key out. */
  readonly holds?: string;
  readonly fails?: string;
}

const number = (holds: string, fails: string): Sample => ({ key: "s3:max-keys", value: "10", holds, fails });
const date = (holds: string, fails: string): Sample => ({
  key: "aws:TokenIssueTime",
  value: "2026-01-02T00:00:00Z",
  holds: `2026-01-0${holds}T00:00:00Z`,
  fails: `2026-01-0${fails}T00:00:00Z`,
});

const samples: Readonly<Record<OperatorKind, Sample>> = {
  StringEquals: { key: "s3:prefix", value: "a", holds: "a", fails: "A" },
  StringEqualsIgnoreCase: { key: "s3:prefix", value: "a", holds: "A", fails: "b" },
  StringLike: { key: "s3:prefix", value: "a*", holds: "ab", fails: "ba" },
  NumericEquals: number("10.0", "9"),
  NumericLessThan: number("9", "10"),
  NumericLessThanEquals: number("10", "11"),
  NumericGreaterThan: number("11", "10"),
  NumericGreaterThanEquals: number("10", "9"),
  DateEquals: date("2", "1"),
  DateLessThan: date("1", "2"),
  DateLessThanEquals: date("2", "3"),
  DateGreaterThan: date("3", "2"),
  DateGreaterThanEquals: date("2", "1"),
  Bool: { key: "aws:SecureTransport", value: "false", holds: "false", fails: "true" },
  BinaryEquals: { key: "kms:Blob", value: "AQI=", holds: "AQI=", fails: "AQM=" },
  IpAddress: { key: "aws:SourceIp", value: "192.0.2.0/24", holds: "192.0.2.7", fails: "198.51.100.7" },
  ArnLike: {
    key: "aws:SourceArn",
    value: "arn:aws:sns:*:111122223333:*",
    holds: "arn:aws:sns:eu-west-1:111122223333:topic",
    fails: "arn:aws:sqs:eu-west-1:111122223333:queue",
  },
  Null: { key: "s3:prefix", value: "false", holds: "a" },
};

/** The bases of the operators that cases write. */
const cases = new Set(
  ["iam-vectors", "rule-cases"]
    .map((name) => readFileSync(new URL(`../corpus/${name}.json`, import.meta.url), "utf8"))
    .flatMap((text) => [...text.matchAll(/"(?:For\w+:)?(\w+?)(?:IfExists)?": ?\{/g)])
    .map(([, name = ""]) => name),
);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start();
});

/** A case in which a Deny under the operator is all that keeps the request from being allowed. */
function caseOf(operator: string, { key, value }: Sample, given: string | undefined) {
  const statement = (Effect: string, members: object) => ({ Effect, Action: "*", Resource: "*", ...members });
  const condition = { [operator]: { [key]: value } };
  const document = {
    Version: "2012-10-17",
    Statement: [statement("Allow", {}), statement("Deny", { Condition: condition })],
  };
  return {
    policies: { identity: [{ name: "own", document }] },
    request: {
      principal: "arn:aws:iam::111122223333:user/eve",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::depot/x",
      resourceAccount: "111122223333",
      context: given === undefined ? {} : { [key]: given },
    },
  };
}

/** What the matcher decides; a trap is an error. */
function decide(operator: string, sample: Sample, given: string | undefined): string {
  const built = build(caseOf(operator, sample, given));
  if ("error" in built) return "error";
  try {
    const answer = askMatcher(simulator, built.built);
    return "error" in answer ? "error" : answer.decision;
  } catch {
    return "error";
  }
}

function sampleOf(kind: string): Sample {
  return Object.entries(samples).find(([name]) => name === kind)?.[1] ?? samples.StringEquals;
}

describe.each([...operatorRows])("the operator %s", (kind, { names, negatedNames }) => {
  const sample = sampleOf(kind);

  it("never lets a request pass that a Deny under it is for", () => {
    for (const name of names) expect(decide(name, sample, sample.holds), name).not.toBe("allowed");
    for (const name of negatedNames) expect(decide(name, sample, sample.fails), name).not.toBe("allowed");
  });

  it("denies where it holds, and only there, as the oracle does", () => {
    expect(Object.keys(samples)).toContain(kind);
    const want = (operator: string, given: string | undefined, decision: string) => {
      expect(decide(operator, sample, given), `${operator} of ${given}`).toBe(decision);
      expect(askOracle(caseOf(operator, sample, given)), `${operator} of ${given}`).toMatchObject({ decision });
    };
    for (const name of names) {
      want(name, sample.holds, "explicitDeny");
      want(name, sample.fails, "allowed");
    }
    for (const name of negatedNames) {
      want(name, sample.holds, "allowed");
      want(name, sample.fails, "explicitDeny");
    }
  });

  it("is taken apart by the oracle as it is here, has a case under each of its names, and is generated", () => {
    for (const name of names) expect(parseOperator(name)).toMatchObject({ positive: kind, negated: false });
    for (const name of negatedNames) expect(parseOperator(name)).toMatchObject({ positive: kind, negated: true });
    const written = [...names, ...negatedNames];
    expect(written.filter((name) => !cases.has(name))).toEqual([]);
    expect(written.filter((name) => !generated().has(name.toLowerCase()))).toEqual([]);
  });
});

let known: ReadonlySet<string> | undefined;

/** The bases of the operators that the differential tests write, in lower case. */
function generated(): ReadonlySet<string> {
  if (known !== undefined) return known;
  const random = new Random(1);
  const found = new Set<string>();
  for (let count = 0; count < 20_000; count++) {
    const key = { name: "aws:PrincipalTag/team", family: random.pick(FAMILIES) };
    const [operator] = generateTest(random, key, { values: new Map(), hasVariables: false });
    found.add(operator.toLowerCase().replace(/^for\w+:|ifexists$/g, ""));
  }
  known = found;
  return found;
}
