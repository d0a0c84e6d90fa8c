/** What a gate knows of findings: whose policy they stand in, fingerprints that survive moves, what was accepted, SARIF. */

import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../src/files/node-platform.js";
import { parsePages } from "../../src/policy/formats/build-policy-set.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";
import { compareWithBaseline, readBaseline, writtenBaseline } from "../../src/validate/gate/baseline.js";
import { groupFindings } from "../../src/validate/gate/grouped-findings.js";
import { type PlacedFinding, placeFindings } from "../../src/validate/gate/placed-findings.js";
import { sarifLog } from "../../src/validate/gate/sarif.js";
import { one } from "../kit/validate-text.js";

const account = "111122223333";

/** Findings at every place where a file holds the text `HERE`, placed. */
function placedIn(files: Readonly<Record<string, object | string>>): readonly PlacedFinding[] {
  const sources = Object.entries(files).map(([file, have]) =>
    sourceText(file, typeof have === "string" ? have : JSON.stringify(have, null, 1)),
  );
  const findings = sources.flatMap((source) =>
    [...source.text.matchAll(/"?HERE"?/g)].map(
      ({ index }): Finding => ({
        ...source.positionAt(index),
        rule: "LINT-ACTION",
        severity: "warning",
        message: "Statement[0].Action: no such action",
      }),
    ),
  );
  return placeFindings(
    findings,
    sources.map((source) => ({ source, node: parsePages(source) })),
    nodePlatform.sha256,
  );
}

const subjectsIn = (files: Readonly<Record<string, object | string>>) =>
  placedIn(files).map(({ subject }) => [subject?.short, subject?.full]);

const here = one({ Action: "HERE" });

describe("findingSubjects()", () => {
  it("names the entity of a Verdict file that a place lies in, and the policy in it", () => {
    const arn = (name: string) => `arn:aws:iam::${account}:${name}`;
    const set = {
      organization: {
        id: "o-1",
        root: { id: "r-1", units: [{ id: "ou-1", serviceControlPolicies: [{ name: "a", document: here }] }] },
      },
      policies: [
        { arn: arn("policy/team/Read"), document: here },
        { name: "Bare", document: here },
      ],
      users: [
        { arn: arn("user/people/alice"), inlinePolicies: [{ name: "own", document: here }], tags: { a: "HERE" } },
      ],
      roles: [{ arn: arn("role/ops"), trustPolicy: here }],
      resources: [{ arn: "arn:aws:s3:::reports", policy: here }],
      endpoints: [{ id: "vpce-1", policy: here }],
    };
    expect(subjectsIn({ "s.json": set })).toEqual([
      ["inline policy a of unit ou-1", "inline policy a of unit ou-1"],
      ["policy team/Read", arn("policy/team/Read")],
      ["policy Bare", "policy Bare"],
      ["inline policy own of user people/alice", `inline policy own of ${arn("user/people/alice")}`],
      ["user people/alice", arn("user/people/alice")],
      ["trust policy of role ops", `trust policy of ${arn("role/ops")}`],
      ["policy of resource arn:aws:s3:::reports", "policy of arn:aws:s3:::reports"],
      ["policy of endpoint vpce-1", "policy of endpoint vpce-1"],
    ]);
  });

  it("names those of exports, and accounts where there are several", () => {
    const role = (owner: string) => ({
      Arn: `arn:aws:iam::${owner}:role/r`,
      AssumeRolePolicyDocument: here,
      RolePolicyList: [{ PolicyName: "p", PolicyDocument: here }],
    });
    const pages = [{ RoleDetailList: [role("111111111111")] }, { RoleDetailList: [role("222222222222")] }];
    expect(subjectsIn({ "s.json": pages }).map(([short]) => short)).toEqual([
      "trust policy of role r (111111111111)",
      "inline policy p of role r (111111111111)",
      "trust policy of role r (222222222222)",
      "inline policy p of role r (222222222222)",
    ]);
  });

  it("names what has something else for its ARN by that", () => {
    const set = { users: [{ arn: "alice", tags: { a: "HERE" } }] };
    expect(subjectsIn({ "s.json": set })).toEqual([["user alice", "alice"]]);
  });

  it("names bare documents after their files, and documents in files of their own after what refers to them", () => {
    const set = {
      users: [{ arn: `arn:aws:iam::${account}:user/a`, inlinePolicies: [{ name: "p", documentFile: "d/x.json" }] }],
    };
    const files = { "set/s.json": set, "set/d/x.json": here, "set/policies/Read.json": here };
    expect(subjectsIn(files).map(([short]) => short)).toEqual(["inline policy p of user a", "policy Read"]);
  });
});

describe("placeFindings()", () => {
  const fingerprints = (files: Readonly<Record<string, object | string>>) =>
    placedIn(files).map(({ fingerprint }) => fingerprint);
  const policy = (document: object) => ({ policies: [{ arn: `arn:aws:iam::${account}:policy/Read`, document }] });
  const [want] = fingerprints({ "s.json": policy(here) });

  it("gives a fingerprint that survives moves, other spellings and other statements", () => {
    const Statement = [
      { Effect: "Deny", Action: "iam:*", Resource: "*" },
      { Resource: ["arn:aws:s3:::b/*"], Action: ["HERE"], Effect: "Allow" },
    ];
    const yaml = `# moved\n\npolicies:\n  - arn: arn:aws:iam::${account}:policy/Read\n    document:\n      Statement:\n        - Effect: Allow\n          Action: HERE\n          Resource: arn:aws:s3:::b/*\n`;
    expect(fingerprints({ "other.json": policy({ Statement }), "s.yaml": yaml })).not.toContain(undefined);
    expect(fingerprints({ "other.json": policy({ Statement }) })).toEqual(
      fingerprints({ "third.json": policy({ Statement }) }),
    );
    expect(fingerprints({ "s.yaml": yaml })).toEqual([want]);
  });

  it("gives another one to a statement that was changed, and to one of another policy", () => {
    expect(fingerprints({ "s.json": policy(one({ Action: "HERE", Resource: "*" })) })).not.toEqual([want]);
    const other = { policies: [{ arn: `arn:aws:iam::${account}:policy/Write`, document: here }] };
    expect(fingerprints({ "s.json": other })).not.toEqual([want]);
  });

  it("tells equal findings of one statement apart", () => {
    const have = fingerprints({ "s.json": policy(one({ Action: ["HERE", "HERE"] })) });
    expect(new Set(have).size).toBe(2);
  });

  it("knows where a place ends, and finds the statement in an encoded document", () => {
    expect(
      placedIn({ "s.json": '{"policies": [{"name": "p", "document": {"Statement": {"Action": "HERE"}}}]}' })[0]?.end,
    ).toMatchObject({
      line: 1,
      column: 72,
    });
    const encoded = (document: object) => ({
      Policies: [
        {
          Arn: `arn:aws:iam::${account}:policy/P`,
          PolicyVersionList: [{ Document: encodeURIComponent(JSON.stringify(document)) }],
        },
      ],
    });
    const text = (document: object) => JSON.stringify(encoded(document));
    const at = (document: object) => {
      const source = sourceText("e.json", text(document));
      const finding: Finding = {
        ...source.positionAt(source.text.indexOf('"%7B')),
        rule: "RES-9",
        severity: "warning",
        message: "Statement[0].Action: x",
      };
      return placeFindings([finding], [{ source, node: parsePages(source) }], nodePlatform.sha256)[0]?.fingerprint;
    };
    const more = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "HERE", Resource: "arn:aws:s3:::b/*" }, { Sid: "more" }],
    };
    expect(at(more)).toBe(at(here));
    expect(at(one({ Action: "s3:Other" }))).not.toBe(at(here));
  });
});

describe("groupFindings()", () => {
  it("puts the heaviest first and repeats of one cause together", () => {
    const place = { file: "f", column: 1 };
    const finding = (line: number, rule: string, severity: Finding["severity"], message: string): PlacedFinding => ({
      finding: { ...place, line, rule, severity, message },
      subject: undefined,
      fingerprint: String(line),
      end: undefined,
    });
    const flood = [1, 2, 3, 4, 5].map((line) =>
      finding(line, "DOC-6", "suggestion", `Statement[${line}].Sid: is empty`),
    );
    const groups = groupFindings([
      ...flood,
      finding(6, "LINT-ADMIN", "securityWarning", "Statement[0].Action: allows"),
    ]);
    const lines = (list: readonly PlacedFinding[]) => list.map((placed) => placed.finding.line);
    expect(groups.map(({ shown, others }) => [lines(shown), lines(others)])).toEqual([
      [[6], []],
      [
        [1, 2, 3],
        [4, 5],
      ],
    ]);
  });
});

describe("compareWithBaseline()", () => {
  const [found] = placedIn({ "s.json": { policies: [{ name: "p", document: here }] } });
  if (found === undefined) throw new Error("unreachable");
  const entry = { fingerprint: found.fingerprint, rule: found.finding.rule, reason: "known", expires: "2030-01-31" };
  const anything = () => true;

  it("takes out what is accepted, to the end of the last day", () => {
    expect(compareWithBaseline([found], [entry], "2030-01-31", anything)).toEqual({
      open: [],
      acceptedCount: 1,
      gone: [],
    });
    const late = compareWithBaseline([found], [entry], "2030-02-01", anything);
    expect(late.open.map(({ finding }) => finding.message)).toEqual([
      "Statement[0].Action: no such action; it was accepted until 2030-01-31",
    ]);
    expect(late.acceptedCount).toBe(0);
  });

  it("accepts nothing by another rule and nothing that refuses a set, and tells what is gone", () => {
    expect(compareWithBaseline([found], [{ ...entry, rule: "DOC-6" }], "2030-01-01", anything).open).toEqual([found]);
    expect(compareWithBaseline([found], [entry], "2030-01-01", () => false).open).toEqual([found]);
    expect(compareWithBaseline([], [entry], "2030-01-01", anything).gone).toEqual([entry]);
  });

  it("reads what it writes, and keeps the reasons that were there", () => {
    const text = writtenBaseline([found], [{ ...entry, owner: "ops" }], { reason: "new", expires: "2031-01-01" });
    const findings: Finding[] = [];
    expect(readBaseline(sourceText("b.json", text), findings)).toEqual([
      { ...entry, owner: "ops", subject: "policy p", message: "Statement[0].Action: no such action" },
    ]);
    expect(findings).toEqual([]);
  });

  it("is refused without a reason or a day", () => {
    const findings: Finding[] = [];
    const list = [
      { ...entry, reason: "" },
      { ...entry, expires: "2030-02-30" },
    ];
    expect(readBaseline(sourceText("b.json", JSON.stringify({ accepted: list })), findings)).toEqual([]);
    expect(findings.map(({ message }) => message)).toEqual([
      "accepted[0].reason: must not be empty",
      "accepted[1].expires: `2030-02-30` is no day: write it as `2027-01-31`",
    ]);
  });
});

describe("sarifLog()", () => {
  it("gives a rule for every id and a result for every finding", () => {
    const place = { file: "a b/p.json", line: 3, column: 5 };
    const subject = { short: "user a", full: "arn:aws:iam::111122223333:user/a" };
    const placed = (
      finding: Pick<Finding, "rule" | "severity" | "message" | "fix">,
      rest: Partial<PlacedFinding> = {},
    ): PlacedFinding => ({
      finding: { ...place, ...finding },
      subject: undefined,
      fingerprint: "0123",
      end: undefined,
      ...rest,
    });
    const findings = [
      placed(
        { rule: "LINT-SERVICE", severity: "warning", message: "m", fix: "write `s3:GetObject`" },
        { subject, end: { line: 3, column: 18 }, replacement: '"s3:GetObject"' },
      ),
      placed({ rule: "SET-2", severity: "securityWarning", message: "n" }),
      placed({ rule: "DOC-6", severity: "suggestion", message: "o" }),
      placed({ rule: "OWN-1", severity: "error", message: "p" }),
    ];
    const tool = { version: "1.2.3", homepage: "https://verdict.test", documents: "https://verdict.test/docs" };
    const artifactLocation = { uri: "a%20b/p.json" };
    const rule = (id: string, text: string, where: string, more: object = {}) => ({
      id,
      shortDescription: { text },
      fullDescription: { text: `${id}: ${text}` },
      help: {
        text: `${text}; \`verdict rules ${id}\` prints this rule`,
        markdown: `**${id}**: ${text}.\n\n\`verdict rules ${id}\` prints this rule; it stands in \`${where}\`.`,
      },
      helpUri: `https://verdict.test/docs/${where}`,
      properties: { helpUri: where, ...more },
    });
    const law = "src/policy/SEMANTICS.md";
    const result = (ruleIndex: number, ruleId: string, level: string, text: string, severity: string) => ({
      ruleId,
      ruleIndex,
      level,
      message: { text },
      locations: [{ physicalLocation: { artifactLocation, region: { startLine: 3, startColumn: 5 } } }],
      partialFingerprints: { "verdict/v1": "0123" },
      properties: { severity, ...(ruleId === "OWN-1" ? {} : { helpUri: `${law}#${ruleId}` }) },
    });
    const region = { startLine: 3, startColumn: 5, endLine: 3, endColumn: 18 };
    expect(sarifLog(findings, tool)).toEqual({
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "verdict",
              version: "1.2.3",
              informationUri: "https://verdict.test",
              rules: [
                rule("DOC-6", "a Sid is unique in its document", `${law}#DOC-6`),
                rule("LINT-SERVICE", "the service prefix of an action exists", "src/validate/README.md#LINT-SERVICE"),
                { id: "OWN-1" },
                rule("SET-2", "ForAllValues is true when the key is missing", `${law}#SET-2`, {
                  tags: ["security"],
                  "security-severity": "7.5",
                }),
              ],
            },
          },
          columnKind: "utf16CodeUnits",
          results: [
            {
              ...result(1, "LINT-SERVICE", "warning", `${subject.full}: m (write \`s3:GetObject\`)`, "warning"),
              locations: [
                {
                  physicalLocation: { artifactLocation, region },
                  logicalLocations: [{ fullyQualifiedName: subject.full }],
                },
              ],
              fixes: [
                {
                  description: { text: "write `s3:GetObject`" },
                  artifactChanges: [
                    {
                      artifactLocation,
                      replacements: [{ deletedRegion: region, insertedContent: { text: '"s3:GetObject"' } }],
                    },
                  ],
                },
              ],
              properties: { severity: "warning", helpUri: "src/validate/README.md#LINT-SERVICE" },
            },
            result(3, "SET-2", "warning", "n", "securityWarning"),
            result(0, "DOC-6", "note", "o", "suggestion"),
            result(2, "OWN-1", "error", "p", "error"),
          ],
        },
      ],
    });
  });
});
