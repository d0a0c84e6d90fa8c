/** `verdict audit` as a user types it: what it refuses, and that what it shows is decided as told by `check --questions`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verdict } from "../kit/run-verdict.js";

const read = ["--policies", "examples/acme"];
const carol = "arn:aws:iam::222222222222:user/people/carol";

describe("verdict audit", () => {
  it.each([
    [
      "a word for an action",
      ["who-can", "s3"],
      "verdict: `s3` is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)",
    ],
    [
      "a name for a resource",
      ["who-can", "s3:GetObject", "bucket"],
      "verdict: `bucket` is no ARN, no pattern of ARNs and not `*` (RES-1)",
    ],
    [
      "a clock that is none",
      ["who-can", "s3:GetObject", "--context", "aws:CurrentTime=yesterday"],
      "--context aws:CurrentTime: `yesterday` is no date such as 2026-03-01T09:00:00Z",
    ],
    [
      "a clock beyond all years",
      ["who-can", "s3:GetObject", "--context", "aws:EpochTime=999999999999999"],
      "--context aws:EpochTime: `999999999999999` is in no year from 0000 to 9999",
    ],
    [
      "a key that is given and taken away",
      ["who-can", "s3:GetObject", "--context", "a=1", "--without", "A"],
      "--without: `A` has a value in the context",
    ],
    [
      "a derived key that is taken away",
      ["who-can", "s3:GetObject", "--without", "aws:username"],
      "--without: `aws:username` follows from principal or resource, and is there or not (CTX-1)",
    ],
    [
      "an address that is none, as a decision does",
      ["who-can", "s3:GetObject", "--context", "aws:SourceIp=10.0.0.1:443"],
      "--context aws:SourceIp: `10.0.0.1:443` is no IP address (CTX-16)",
    ],
    [
      "a principal that nobody could be",
      ["what-can", "karol"],
      "verdict: `karol` is no principal (IN-2): did you mean `arn:aws:iam::222222222222:user/people/carol`?",
    ],
    ["a principal that nobody is like", ["what-can", "zzz"], "verdict: `zzz` is no principal (IN-2)"],
    [
      "a policy that is not there",
      ["summary", "PlatformOperato"],
      "verdict: `PlatformOperato` is no principal and no attached policy of the set: did you mean `PlatformOperator`?",
    ],
  ])("refuses %s", async (_name, args, message) => {
    expect(await verdict(["audit", ...args, ...read])).toEqual({ code: 2, out: "", err: `${message}\n` });
  });

  it.each([
    ["who-can", "s3:DeleteBuckett"],
    ["which-resources", carol, "s3:DeleteBuckett"],
  ])("warns %s of an action that AWS does not have", async (...words) => {
    const { code, err } = await verdict(["audit", ...words, ...read]);
    expect(code).toBe(0);
    expect(err).toBe("warning: the catalogue knows no action `s3:DeleteBuckett`: did you mean `s3:DeleteBucket`?\n");
  });

  it("shows requests that `check --questions` decides as told", async () => {
    const { code, out } = await verdict(["audit", "which-resources", carol, "s3:GetObject", ...read, "--json"]);
    expect(code).toBe(0);
    const lines: readonly { witness: object | null; counterexample: object | null; decidedBy: object }[] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const asked = lines.flatMap(({ witness, counterexample, decidedBy }) => [
      ...(witness === null ? [] : [{ question: witness, allowed: true, decidedBy }]),
      ...(counterexample === null
        ? []
        : [{ question: counterexample, allowed: false, decidedBy: witness === null ? decidedBy : undefined }]),
    ]);
    expect(asked.length).toBeGreaterThan(2);
    const input = asked.map(({ question }) => JSON.stringify(question)).join("\n");
    const decided = await verdict(["check", "--questions", "-", ...read], { input });
    expect(decided.code).toBe(0);
    const decisions: readonly { allowed: boolean; matchedStatements: object }[] = decided.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(decisions.map(({ allowed }) => allowed)).toEqual(asked.map(({ allowed }) => allowed));
    // Statements of SCPs with what they are attached to, as there.
    for (const [index, { decidedBy }] of asked.entries()) {
      if (decidedBy !== undefined) expect(decisions[index]?.matchedStatements).toEqual(decidedBy);
    }
  });

  it("tells people the statements about one action, each part on its place", async () => {
    const words = ["audit", "summary", carol, "--service", "s3", "--action", "DeleteBucket", ...read];
    const { code, out } = await verdict(words);
    expect(code).toBe(0);
    const [, , ...lines] = out.split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "    DeleteBucket                 OfficeNetworkOnly Statement[0]",
      "        (OutsideTheOffice)",
      "        examples/acme/policies/identity/OfficeNetworkOnly.yaml:6",
      "      on All resources",
      "      if aws:SourceIp NotIpAddress 10.0.0.0/8 or 203.0.113.0/24 or",
      "        2001:db8:ac::/48; and aws:ViaAWSService BoolIfExists false",
    ]);
    // AWS's own policy stands in no file.
    expect(lines).toContain("    DeleteBucket                 FullAWSAccess Statement[0]");
    expect(out).not.toContain("Multiple");
  });

  it("says at the end of a list of subjects what can be done with it", async () => {
    const { out } = await verdict(["audit", "summary", ...read]);
    expect(out).toMatch(/\n\n16 principals, \d+ policies: name one to see what its documents say\n$/);
  });

  it("tells people the conditions on both sides of a change, and which side allows its example", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict-diff-"));
    const setOf = (name: string, region: string): string => {
      const condition = { StringEquals: { "aws:RequestedRegion": region } };
      const statement = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*", Condition: condition };
      const document = { Version: "2012-10-17", Statement: [statement] };
      const arn = "arn:aws:iam::111122223333:user/ann";
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify({ users: [{ arn, inlinePolicies: [{ name: "own", document }] }] }));
      return path;
    };
    try {
      const paths = [setOf("old.json", "eu-west-1"), setOf("new.json", "eu-west-2")];
      const words = ["audit", "diff", ...paths, "--action", "s3:ListAllMyBuckets", "--resource", "arn:aws:s3:::b"];
      const { code, out } = await verdict(words);
      expect(code).toBe(0);
      const [, first, ...lines] = out.split("\n").filter((line) => !line.trimStart().startsWith("{"));
      expect(first).toBe("~ conditions arn:aws:s3:::b");
      expect(lines).toEqual([
        "             s3: ListAllMyBuckets",
        "             before: sometimes, if in region eu-west-1",
        "             now: sometimes, if in region eu-west-2",
        "             allowed only now, for example",
        "             allowed only before, for example",
        "",
        "1 with other conditions",
        "",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells people why a change is unknown", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict-diff-"));
    const setOf = (name: string, resource: string): string => {
      const document = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: resource }],
      };
      const user = { arn: "arn:aws:iam::111122223333:user/ann", inlinePolicies: [{ name: "own", document }] };
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify({ users: [user] }));
      return path;
    };
    try {
      const paths = ["a", "b"].map((unit) => setOf(unit, `arn:aws:s3:::b/${unit.repeat(70_000)}`));
      const { code, out } = await verdict(["audit", "diff", ...paths, "--fail-on", "any"]);
      expect(code).toBe(2);
      const lines = out.split("\n").filter((line) => line.length < 100);
      expect(lines.slice(-5)).toEqual([
        "             what would show it is larger than a request may be (resource:",
        "               longer than 65536 bytes)",
        "",
        "2 unknown",
        "",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
