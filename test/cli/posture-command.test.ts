// `verdict audit posture` and `verdict import aws` as they are run.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { account, allow, soundWorld, writeWorld } from "../kit/posture-world.js";
import { folder, verdict } from "../kit/run-verdict.js";

const below = join(folder, "posture");
const ann = `arn:aws:iam::${account}:user/ann`;
let base: readonly string[] = [];

beforeAll(() => {
  mkdirSync(below);
  const world = soundWorld();
  world.set.users.push({
    arn: `arn:aws:iam::${account}:user/bob`,
    groups: ["readers"],
    inlinePolicies: [{ name: "all", document: allow("*") }],
  });
  Object.assign(world.users[1] ?? {}, { access_key_1_last_rotated: "2026-01-01T00:00:00+00:00" });
  const { set, evidence } = writeWorld(world, below);
  base = ["audit", "posture", "--policies", set, ...evidence.flatMap((file) => ["--evidence", file])];
});

interface Line {
  readonly id?: string;
  readonly notChecked?: string;
  readonly subject: string;
  readonly witness?: object;
  readonly fingerprint?: string;
}

function linesOf(out: string): readonly Line[] {
  return out
    .split("\n")
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
}

describe("verdict audit posture", () => {
  it("prints a line for each finding, gravest first, and for what was not checked; witnesses are allowed", async () => {
    const { code, out, err } = await verdict([...base, "--json"]);
    const lines = linesOf(out);
    expect(code).toBe(0);
    expect(lines.map(({ id, notChecked }) => id ?? notChecked)).toEqual([
      "admin-policy",
      "key-older-than",
      "sensitive-without-mfa",
      "inline-policy",
      "user-with-direct-policy",
      "contact-details",
      "external-access-analyzer",
      "security-contact",
    ]);
    expect(err).toContain("credential report, 111111111111, 2026-11-01T00:00:00Z\n");
    const file = join(below, "question.json");
    writeFileSync(file, JSON.stringify(lines[0]?.witness));
    const asked = await verdict(["check", "--policies", join(below, "set.json"), "--question", file]);
    expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^allowed/) });
  });

  it("fails by severity, as the exit code says", async () => {
    expect((await verdict([...base, "--fail-on", "high"])).code).toBe(1);
    expect(await verdict([...base, "--fail-on", "urgent"])).toMatchObject({ code: 2 });
  });

  it("has CSV and SARIF", async () => {
    const csv = await verdict([...base, "--format", "csv"]);
    expect(csv.out.split("\r\n").slice(0, 2)).toEqual([
      "id,severity,subject,account,reason,fix,standard,file,line,effective,witness,fingerprint",
      expect.stringMatching(/^admin-policy,high,arn:aws:iam::111111111111:user\/bob,111111111111,/),
    ]);
    const { out } = await verdict([...base, "--format", "sarif"]);
    const log = JSON.parse(out);
    expect(log.runs[0].results[0]).toMatchObject({
      ruleId: "admin-policy",
      level: "error",
      partialFingerprints: { "verdict/v1": expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(log.runs[0].invocations[0].toolExecutionNotifications).toHaveLength(3);
  });

  // Code scanning refuses a whole log for one result that is at no place in a file.
  it("places in SARIF what is about a whole account at the policies", async () => {
    const { out } = await verdict(["audit", "posture", "--policies", "examples/acme", "--format", "sarif"]);
    const { runs }: { runs: readonly { results: readonly { ruleId: string; locations: readonly object[] }[] }[] } =
      JSON.parse(out);
    const results = runs[0]?.results ?? [];
    for (const { locations } of results) {
      const artifactLocation = { uri: expect.stringMatching(/^examples\/acme/) };
      expect(locations).toMatchObject([
        { physicalLocation: { artifactLocation, region: { startLine: expect.any(Number) } } },
      ]);
    }
    expect(results.find(({ ruleId }) => ruleId === "support-role-missing")?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: "examples/acme" } }, logicalLocations: [{}] },
    ]);
  });

  it("leaves out what somebody answers for, until its last day", async () => {
    const file = join(below, "suppressions.yaml");
    const suppression = (expires: string) =>
      writeFileSync(
        file,
        `suppressions:\n  - { id: key-older-than, subject: "*:user/ann", reason: known, owner: ops, expires: "${expires}" }\n`,
      );
    suppression("2999-01-01");
    const without = await verdict([...base, "--suppressions", file, "--json"]);
    expect(linesOf(without.out).map(({ id }) => id)).not.toContain("key-older-than");
    suppression("2026-01-01");
    const expired = await verdict([...base, "--suppressions", file, "--json"]);
    expect(expired.out).toContain("; it was suppressed until 2026-01-01 (ops)");
    writeFileSync(file, "suppressions:\n  - { id: nothing, subject: a, reason: b, owner: c, expires: soon }\n");
    expect(await verdict([...base, "--suppressions", file])).toMatchObject({ code: 2, out: "" });
  });

  it("accepts what is there, and finds what comes", async () => {
    const file = join(below, "accepted.json");
    const written = await verdict([...base, "--baseline", file, "--write-baseline", "--reason", "as found"]);
    expect(written).toMatchObject({ code: 0, err: expect.stringContaining("accepts 5 findings") });
    const { code, out } = await verdict([...base, "--baseline", file, "--fail-on", "low"]);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("5 findings accepted by") });
    expect((await verdict([...base, "--write-baseline"])).code).toBe(2);
  });

  it("makes checks of one's own", async () => {
    const file = join(below, "checks.yaml");
    const check = (more: string) =>
      writeFileSync(
        file,
        `checks:\n  - id: nobody-stops-the-trail\n    severity: high\n    fix: take it away\n    standard: [rule 7]\n    never: allowed\n    principals: { patterns: ["arn:aws:iam::*:user/*"] }\n    actions: ["cloudtrail:StopLogging"]\n${more}`,
      );
    check("");
    const { out } = await verdict([...base, "--checks", file, "--json"]);
    expect(linesOf(out).find(({ id }) => id === "nobody-stops-the-trail")).toMatchObject({
      subject: `arn:aws:iam::${account}:user/bob`,
      severity: "high",
      fix: "take it away",
      standard: ["rule 7"],
      witness: { action: "cloudtrail:StopLogging" },
    });
    check("    colour: red\n");
    expect(await verdict([...base, "--checks", file])).toMatchObject({
      code: 2,
      err: expect.stringContaining("unknown member `colour`"),
    });
  });

  it("ends with 2 where something cannot be read, with what could be", async () => {
    const file = join(below, "broken.json");
    writeFileSync(file, "{");
    const { code, out, err } = await verdict([...base, "--evidence", file, "--json"]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("broken.json: is no JSON") });
    expect(linesOf(out).map(({ subject }) => subject)).toContain(ann);
  });
});

describe("verdict import aws", () => {
  it("writes a set that can be asked, and posture finds the same without it", async () => {
    const exports = join(below, "export");
    mkdirSync(exports);
    const user = {
      UserName: "ann",
      UserId: "AIDAX",
      Arn: ann,
      UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow("*") }],
    };
    writeFileSync(
      join(exports, "details.json"),
      JSON.stringify({ UserDetailList: [user], GroupDetailList: [], RoleDetailList: [], Policies: [] }),
    );
    const out = join(below, "policies");
    const made = await verdict(["import", "aws", exports, "--out", out]);
    expect(made).toMatchObject({
      code: 0,
      out: expect.stringContaining("1 account, 1 user, 0 groups, 0 roles, 0 managed policies, 0 resources in 1 file\n"),
    });
    expect(readFileSync(join(out, `account-${account}.json`), "utf8")).toContain(ann);
    const asked = await verdict([
      "check",
      "--policies",
      out,
      "--principal",
      ann,
      "--action",
      "s3:GetObject",
      "--resource",
      "arn:aws:s3:::b/k",
    ]);
    expect(asked.code).toBe(0);
    const posture = await verdict(["audit", "posture", "--evidence", exports, "--json"]);
    expect(linesOf(posture.out)[0]).toMatchObject({ id: "admin-policy", subject: ann, effective: true });
    writeFileSync(join(out, "notes.txt"), "mine");
    expect(await verdict(["import", "aws", exports, "--out", out])).toMatchObject({
      code: 2,
      err: expect.stringContaining("holds `notes.txt`, which no import has written: name a new folder"),
    });
  });

  it("writes nothing where there is nothing", async () => {
    const nothing = join(below, "nothing");
    mkdirSync(nothing);
    const { code, err } = await verdict(["import", "aws", nothing, "--out", join(below, "none")]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("nothing that makes a policy set") });
  });
});
