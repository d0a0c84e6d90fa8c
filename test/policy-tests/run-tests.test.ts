import { describe, expect, it } from "vitest";
import { parseSource } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { coverageTotals, lcovText } from "../../src/policy-tests/coverage.js";
import { junitReport } from "../../src/policy-tests/junit-report.js";
import { readTestFile } from "../../src/policy-tests/read-test-file.js";
import { TestRun } from "../../src/policy-tests/run-tests.js";
import { namesStatement } from "../../src/policy-tests/statement-name.js";
import { tapReport } from "../../src/policy-tests/tap-report.js";
import { jsonReport, type TestReport } from "../../src/policy-tests/test-report.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";

const user = "arn:aws:iam::111111111111:user/alice";
const set = `accounts: [{ id: "111111111111" }]
policies:
  - arn: arn:aws:iam::111111111111:policy/team/Reader
    document:
      Version: "2012-10-17"
      Statement:
        - { Sid: Read, Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::b/*" }
        - { Effect: Deny, Action: s3:*, Resource: "arn:aws:s3:::b/secret*" }
        - { Sid: Never, Effect: Allow, Action: sqs:*, Resource: "*" }
  - arn: arn:aws:iam::111111111111:policy/Nobody
    document: { Version: "2012-10-17", Statement: { Effect: Allow, Action: s3:*, Resource: "*" } }
users:
  - { arn: "${user}", managedPolicies: [Reader], permissionsBoundary: "arn:aws:iam::111111111111:policy/team/Reader" }
`;

/** What became of tests that differ in resource and expectation. */
async function run(tests: string, wantsCoverage = false) {
  const loaded = buildPolicySet([sourceText("set/policies.yaml", set)]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  const findings: Finding[] = [];
  const source = sourceText("a.test.yaml", tests);
  const node = parseSource(source, findings);
  const file = node && readTestFile(node, source, findings);
  expect(findings).toEqual([]);
  const testRun = await TestRun.start(loaded.policySet, wantsCoverage);
  const results = (file?.tests ?? []).map((test) => ({ ...testRun.ask(test), durationMs: 0 }));
  await testRun.close();
  return { results, covered: testRun.coverage?.covered() };
}

const one = (key: string, expectation: string, id = key) =>
  `- { id: "${id}", request: { principal: "${user}", action: s3:GetObject, resource: "arn:aws:s3:::b/${key}", resourceAccount: "111111111111" }, ${expectation} }\n`;

describe("TestRun", () => {
  it.each([
    ["expect: allowed", []],
    ["expect: allowed, decidedBy: [Read, Reader/Read, 'Reader[0]', policies.yaml:7, set/policies.yaml:7]", []],
    ["expect: implicitDeny", ["expected implicitDeny, got allowed"]],
    [
      "expect: allowed, decidedBy: [Raed]",
      ["expected to be decided by `Raed`, which names no statement of the policy set: did you mean `Read`?"],
    ],
    ["expect: allowed, decidedBy: [Never]", ["expected to be decided by `Never`"]],
    [
      "expect: allowed, decidedBy: [SomethingElseEntirely]",
      ["expected to be decided by `SomethingElseEntirely`, which names no statement of the policy set"],
    ],
  ])("judges an allow by %s", async (expectation, want) => {
    const { results } = await run(one("key", expectation));
    expect(results[0]?.failures).toEqual(want);
  });

  it("compares all that are blamed, in any order", async () => {
    const { results } = await run(
      one("secret", "expect: explicitDeny, blockedBy: [boundary, identity]") +
        one("secret", "expect: explicitDeny, blockedBy: [identity]", "one of two"),
    );
    expect(results.map(({ failures }) => failures)).toEqual([
      [],
      ["expected to be blocked by identity, not by identity, boundary"],
    ]);
  });

  it("fails a test whose question cannot be decided", async () => {
    const { results } = await run(
      `- { id: a, request: { principal: nonsense, action: s3:GetObject, resource: "*" }, expect: implicitDeny }`,
    );
    expect(results[0]?.failures).toEqual([expect.stringMatching(/^cannot be decided: principal: /)]);
  });

  it("explains only the answers that are not as expected, unless coverage is counted", async () => {
    const { results } = await run(one("key", "expect: allowed") + one("key", "expect: implicitDeny", "wrong"));
    expect(results.map(({ answer }) => "layers" in answer)).toEqual([false, true]);
  });
});

describe("Coverage", () => {
  it("tells what applied from what decided, once a statement, and leaves out what is attached to nothing", async () => {
    const { covered = [] } = await run(one("secret", "expect: explicitDeny"), true);
    expect(covered.map(({ sid, line, reached, decided }) => [sid, line, reached, decided])).toEqual([
      ["Read", 7, 1, 0],
      [undefined, 8, 1, 1],
      ["Never", 9, 0, 0],
    ]);
    expect(coverageTotals(covered)).toEqual({ statements: 3, reached: 2, decided: 1, percent: 66.6 });
  });

  it("is an lcov tracefile of lines and branches", async () => {
    const { covered = [] } = await run(one("secret", "expect: explicitDeny"), true);
    expect(lcovText(covered)).toBe(
      "TN:\nSF:set/policies.yaml\nBRDA:7,0,0,0\nBRDA:8,1,0,1\nBRDA:9,2,0,0\nBRF:3\nBRH:1\n" +
        "DA:7,1\nDA:8,1\nDA:9,0\nLF:3\nLH:2\nend_of_record\n",
    );
  });

  it("counts the least covered statement of a line", async () => {
    const { covered = [] } = await run(one("secret", "expect: explicitDeny"), true);
    expect(lcovText(covered.map((statement) => ({ ...statement, line: 7 })))).toContain("DA:7,0\nLF:1\nLH:0\n");
  });

  it("of no statements is complete", () => {
    expect(coverageTotals([]).percent).toBe(100);
  });
});

describe("namesStatement()", () => {
  const statement = { policy: "arn:aws:s3:::depot", statement: 1, sid: "A", file: "sets/acme/buckets.yaml", line: 12 };
  it.each([
    ["A", true],
    ["arn:aws:s3:::depot/A", true],
    ["arn:aws:s3:::depot[1]", true],
    ["arn:aws:s3:::depot[0]", false],
    ["buckets.yaml:12", true],
    ["./acme/buckets.yaml:12", true],
    ["/home/me/sets/acme/buckets.yaml:12", true],
    ["ets.yaml:12", false],
    ["buckets.yaml:1", false],
    [":12", false],
    ["a", false],
  ])("%s: %s", (text, want) => {
    expect(namesStatement(text, statement)).toBe(want);
  });
});

describe("reports", () => {
  const report = async (): Promise<TestReport> => {
    const { results } = await run(
      one("key", "expect: allowed", "fine") + one("key", "expect: implicitDeny", "<b> & #1 \\u001b]0;\\u0001"),
    );
    return { files: [{ file: "a.test.yaml", policies: "set", results }] };
  };

  it("are XML that CI servers read, whatever a test is called", async () => {
    expect(junitReport(await report())).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="verdict" tests="2" failures="1" errors="0" time="0.000000">
  <testsuite name="a.test.yaml" tests="2" failures="1" errors="0" time="0.000000">
    <testcase name="fine" classname="a.test.yaml" file="a.test.yaml" line="1" time="0.000000"/>
    <testcase name="&#60;b&#62; &#38; #1 \\u001b]0;\\u0001" classname="a.test.yaml" file="a.test.yaml" line="2" time="0.000000">
      <failure message="expected implicitDeny, got allowed">expected implicitDeny, got allowed
${user} s3:GetObject arn:aws:s3:::b/key
resource account 111111111111</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  it("are TAP, in which no name is a directive", async () => {
    expect(tapReport(await report())).toBe(`TAP version 14
1..2
ok 1 - fine
not ok 2 - <b> & \\#1 \\u001b]0;\\u0001
  ---
  message: "expected implicitDeny, got allowed"
  at: "a.test.yaml:2:3"
  question: "${user} s3:GetObject arn:aws:s3:::b/key resource account 111111111111"
  ...
`);
  });

  it("are one object of JSON", async () => {
    const have = JSON.parse(jsonReport(await report()));
    expect(have).toMatchObject({ passed: 1, failed: 1 });
    expect(have.tests[1]).toMatchObject({
      file: "a.test.yaml",
      line: 2,
      policies: "set",
      pass: false,
      expect: "implicitDeny",
      decision: "allowed",
      failures: ["expected implicitDeny, got allowed"],
    });
  });
});
