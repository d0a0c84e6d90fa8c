import { describe, expect, it } from "vitest";
import { parseSource } from "../../src/policy/formats/build-policy-set.js";
import { readTestFile } from "../../src/policy-tests/read-test-file.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";

const request = "request: { principal: anonymous, action: s3:GetObject, resource: arn:aws:s3:::b }";
const axes = "principals: [anonymous, events.amazonaws.com], actions: [s3:GetObject], resources: ['*']";

function read(text: string, name = "a.test.yaml") {
  const findings: Finding[] = [];
  const source = sourceText(name, text);
  const node = parseSource(source, findings);
  const file = node && readTestFile(node, source, findings);
  return { file, findings: findings.map(({ line, column, message }) => `${line}:${column}: ${message}`) };
}

describe("readTestFile()", () => {
  it("reads a list of tests as it reads an object with `tests`", () => {
    const one = `{ id: one, ${request}, expect: implicitDeny }`;
    expect(read(`[${one}]`).file?.tests[0]?.question).toEqual(read(`tests: [${one}]`).file?.tests[0]?.question);
  });

  it("puts contexts together by name, later ones over earlier ones, whatever the case of a key", () => {
    const { file, findings } = read(`
contexts:
  office: { aws:SourceIp: 10.1.2.3, aws:TagKeys: [a, b] }
  mfa: [office, { aws:MultiFactorAuthPresent: true }]
tests:
  - { id: names, request: { principal: anonymous, action: a:B, resource: "*", context: mfa }, expect: allowed }
  - id: over
    request: { principal: anonymous, action: a:B, resource: "*", context: [mfa, { AWS:sourceip: 10.0.0.1, aws:tagkeys: null }] }
    expect: allowed
`);
    expect(findings).toEqual([]);
    expect(file?.tests.map(({ question }) => Object.fromEntries(question.context))).toEqual([
      { "aws:SourceIp": ["10.1.2.3"], "aws:TagKeys": ["a", "b"], "aws:MultiFactorAuthPresent": ["true"] },
      { "AWS:sourceip": ["10.0.0.1"], "aws:MultiFactorAuthPresent": ["true"] },
    ]);
  });

  it("takes the clock of the file where a test has none", () => {
    const { file } = read(`
now: 2026-03-01T09:00:00Z
tests:
  - { id: usual, ${request}, expect: allowed }
  - { id: own, ${request}, now: 1970-01-01T00:00:01.5Z, expect: allowed }
`);
    expect(file?.tests.map(({ nowMs }) => nowMs)).toEqual([Date.UTC(2026, 2, 1, 9), 1500]);
  });

  it("makes JSON of session policies that are written as YAML", () => {
    const { file } = read(`
- id: narrowed
  request:
    principal: arn:aws:sts::111111111111:assumed-role/R/s
    action: s3:GetObject
    resource: arn:aws:s3:::b
    sessionPolicies:
      - Version: "2012-10-17"
        Statement: { Effect: Allow, Action: s3:*, Resource: "*", Condition: { NumericLess: { a:B: 1e3 } } }
  expect: allowed
`);
    expect(file?.tests[0]?.question.sessionPolicies).toEqual([
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NumericLess":{"a:B":1e3}}}}',
    ]);
  });

  it("asks every cell of a matrix, and the last override that fits says what is expected", () => {
    const { file, findings } = read(`
matrices:
  - id: all
    why: nobody may
    principals: [anonymous, arn:aws:iam::111111111111:user/alice]
    actions: [s3:GetObject, s3:PutObject]
    resources: [arn:aws:s3:::b]
    expect: implicitDeny
    overrides:
      - { principals: [arn:aws:iam::111111111111:user/alice], expect: allowed, why: she may }
      - { actions: [s3:PutObject], expect: explicitDeny, blockedBy: [scp], decidedBy: [NoWrites] }
`);
    expect(findings).toEqual([]);
    expect(file?.tests.map(({ id, why, expected }) => [id, why, expected.decision])).toEqual([
      ["all: anonymous s3:GetObject b", "nobody may", "implicitDeny"],
      ["all: anonymous s3:PutObject b", "nobody may", "explicitDeny"],
      ["all: user/alice s3:GetObject b", "she may", "allowed"],
      ["all: user/alice s3:PutObject b", "nobody may", "explicitDeny"],
    ]);
    expect(file?.tests[3]?.place.line).toBe(11);
    expect(file?.tests[3]?.expected).toMatchObject({ blockedBy: ["scp"], decidedBy: ["NoWrites"] });
  });

  it.each([
    [
      "a: 1",
      [
        "1:1: unknown member `a` (known: policies, now, contexts, tests, matrices)",
        "1:1: missing member `tests` (or `matrices`)",
      ],
    ],
    ["just text", ["1:1: must be an object, not a string"]],
    [`- { ${request}, expect: allowed }`, ["1:3: missing member `id`"]],
    [
      `- { id: a, ${request}, expect: allow }`,
      ["1:103: unknown decision `allow`: it is none of `allowed`, `explicitDeny`, `implicitDeny`"],
    ],
    [
      `- { id: a, ${request}, expect: explicitDeny, blockedBy: [identiy] }`,
      ["1:129: unknown policy type `identiy`: did you mean `identity`?"],
    ],
    [`- { id: a, ${request}, expect: allowed, blockedBy: [scp] }`, ["1:123: `allowed` is blocked by nothing"]],
    [
      `- { id: a, ${request}, expect: implicitDeny, decidedBy: [A] }`,
      ["1:128: `implicitDeny` is decided by no statement"],
    ],
    [`- { id: a, ${request}, expect: allowed, now: noon }`, ["1:117: `noon` is no date such as 2026-03-01T09:00:00Z"]],
    [
      `- { id: a, ${request}, expect: allowed }\n- { id: a, ${request}, expect: allowed }`,
      ["2:3: test `a` is given twice: first at a.test.yaml:1:3"],
    ],
    [
      "contexts: { office: {} }\ntests:\n- id: a\n  request: { principal: anonymous, action: a:B, resource: '*', context: ofice }\n  expect: allowed",
      ["4:73: unknown context `ofice`: did you mean `office`?"],
    ],
    [
      `matrices: [{ id: m, ${axes}, expect: allowed, overrides: [{ expect: allowed }] }]`,
      ["1:140: an override names `principals`, `actions` or `resources`: else it would be the matrix"],
    ],
    [
      `matrices: [{ id: m, ${axes}, expect: allowed, overrides: [{ actions: [s3:GetObjct], expect: allowed }] }]`,
      ["1:152: unknown value of the matrix's `actions` `s3:GetObjct`: did you mean `s3:GetObject`?"],
    ],
    [
      `matrices: [{ id: m, principals: [], actions: [a:B], resources: ['*'], expect: allowed }]`,
      ["1:33: must not be empty: nothing would be asked"],
    ],
    [
      `matrices: [{ id: m, principals: [anonymous, anonymous], actions: [a:B], resources: ['*'], expect: allowed }]`,
      ["1:45: `anonymous` is given twice"],
    ],
  ])("refuses %j", (text, want) => {
    const have = read(text);
    expect(have.findings.map((line) => line.replace(/^(\d+:\d+: )[\w[\].]+: /, "$1"))).toEqual(want);
    expect(have.file).toBeUndefined();
  });

  it("refuses a matrix of more cells than it would ask", () => {
    const many = (prefix: string) => Array.from({ length: 400 }, (_, index) => `${prefix}${index}`).join(", ");
    const { findings } = read(
      `matrices: [{ id: m, principals: [anonymous], actions: [${many("a:B")}], resources: [${many("arn:aws:s3:::b")}], expect: allowed }]`,
    );
    expect(findings).toEqual(["1:12: matrices[0]: the matrix has 160000 cells, at most 100000"]);
  });
});
