import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aCase, alice, file, folder, minimal, verdict } from "../kit/run-verdict.js";

const read = [
  "--policies",
  minimal,
  "--principal",
  alice,
  "--action",
  "s3:GetObject",
  "--resource",
  "arn:aws:s3:::reports/q3.csv",
];
const fromOffice = [...read, "--context", "aws:SourceIp=10.1.2.3"];
const esc = String.fromCharCode(27);

describe("verdict check", () => {
  it("ends with 0 and names the statement that allows", async () => {
    const have = await verdict(["check", ...fromOffice]);
    expect(have).toEqual({
      code: 0,
      out:
        "allowed: an identity policy allows it\n" +
        "  Allow in identity policy arn:aws:iam::111111111111:policy/ReadReports, Sid ReadFromTheOffice " +
        `(${minimal}/policies.yaml:11:11)\n`,
      err: "",
    });
  });

  it("warns of values that nobody can read as what their key holds, and of keys that AWS does not have", async () => {
    const wrong = ["--context", "aws:MultiFactorAuthAge=ten", "--context", "aws:SorceIp=10.1.2.3"];
    const have = await verdict(["check", ...fromOffice, ...wrong, "--json"]);
    expect(have.code).toBe(0);
    expect(JSON.parse(have.out)).toMatchObject({ decision: "allowed" });
    const lines = [
      "warning: context aws:MultiFactorAuthAge: `ten` is not a decimal number: write digits, such as `10` or `0.5`\n",
      "warning: context aws:SorceIp: AWS has no such condition key: did you mean `aws:SourceIp`?\n",
    ];
    expect(have.err).toBe(lines.join(""));
    const context = { "aws:MultiFactorAuthAge": "ten", "aws:SorceIp": "10.1.2.3" };
    const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv", context };
    const asked = await verdict(["check", "--policies", minimal, "--questions", "-"], {
      input: JSON.stringify(question),
    });
    expect(asked.err).toBe(lines.map((line) => `<stdin>:1: ${line}`).join(""));
  });

  it("warns of an action that AWS does not have, and of an account that is none", async () => {
    const have = await verdict(["check", ...fromOffice, "--action", "s3:GetObjct", "--resource-account", "acme"]);
    expect(have.code).toBe(1);
    expect(have.err).toBe(
      "warning: the catalogue knows no action `s3:GetObjct`: did you mean `s3:GetObject`?\n" +
        "warning: --resource-account: `acme` is neither twelve digits nor an account of the set\n",
    );
  });

  it.each([
    ["--principal", "alise", `principal: .* \\(IN-2\\): did you mean \`${alice}\`\\?`],
    ["--principal", "people/alice", `principal: .* \\(IN-2\\): did you mean \`${alice}\`\\?`],
    ["--resource", "s3://reports/q3.csv", "resource: .* \\(IN-6\\): did you mean `arn:aws:s3:::reports/q3.csv`\\?"],
    ["--resource", "reports/q3.csv", "resource: neither an ARN of six fields nor `\\*` \\(IN-6\\)"],
  ])("says of %s %s what may have been meant", async (flag, value, message) => {
    const have = await verdict(["check", ...fromOffice, flag, value]);
    expect(have).toMatchObject({ code: 2, out: "" });
    expect(have.err).toMatch(new RegExp(`^${message}\n$`));
  });

  it("ends with 1 and says what was missing", async () => {
    expect(await verdict(["check", ...read])).toEqual({
      code: 1,
      out: "implicitDeny: no identity policy allows it\nblocked by: identity\nmissing context keys: aws:SourceIp\n",
      err: "",
    });
  });

  it("ends with 1 and names the statement that denies", async () => {
    const resource = ["--resource", "arn:aws:s3:::reports/secret/plan.csv"];
    const have = await verdict(["check", ...fromOffice, ...resource]);
    expect(have.code).toBe(1);
    expect(have.out).toMatch(
      /^explicitDeny: a resource policy denies it\n {2}Deny in resource policy .*SecretsNeedMfa/,
    );
  });

  it("prints a decision as one line of JSON", async () => {
    const have = await verdict(["check", ...fromOffice, "--json"]);
    expect(have.code).toBe(0);
    expect(have.out.split("\n")).toHaveLength(2);
    expect(JSON.parse(have.out)).toMatchObject({
      decision: "allowed",
      allowed: true,
      blockedBy: [],
      matchedStatements: [{ policyType: "identity", sid: "ReadFromTheOffice", statement: 0, line: 11, column: 11 }],
      missingContextKeys: [],
      unknownPrincipal: false,
      policySet: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), generation: 1 },
    });
  });

  it("explains each policy type and why statements did not apply", async () => {
    const have = await verdict(["check", ...read, "--explain"]);
    expect(have.out).toMatch(/\n {2}resource {2}silent\n {2}identity {2}silent\n/);
    expect(have.out).toContain("IpAddress aws:SourceIp: wanted 10.0.0.0/8, the request does not have the key");
    expect(have.out).toContain(`${alice} is not authorized to perform: s3:GetObject`);
  });

  it("takes several values, tags and a clock", async () => {
    const policies = file(
      "clock.yaml",
      `users:
  - arn: ${alice}
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: s3:GetObject
            Resource: "*"
            Condition:
              DateLessThan: { aws:CurrentTime: 2026-01-01T00:00:00Z }
              ForAllValues:StringEquals: { aws:TagKeys: [a, b] }
              StringEquals: { aws:ResourceTag/class: open }
              "Null": { aws:TagKeys: "false" }
`,
    );
    const ask = (...more: string[]) =>
      verdict(["check", ...read, "--policies", policies, "--resource-account", "111111111111", ...more]);
    const tags = ["--context", "aws:TagKeys=a", "--context", "AWS:tagkeys=b", "--resource-tag", "class=open"];
    expect((await ask(...tags, "--time", "2025-12-31T23:59:59Z")).code).toBe(0);
    expect((await ask(...tags, "--time", "2026-01-01T00:00:00Z")).code).toBe(1);
    expect((await ask(...tags, "--context", "aws:TagKeys=c", "--time", "2025-12-31")).code).toBe(1);
  });

  it("takes session policies and reports mistakes in them with their place", async () => {
    const publisher = "arn:aws:sts::111111111111:assumed-role/Publisher/monday";
    const ask = (session: string) =>
      verdict([
        "check",
        ...read,
        "--principal",
        publisher,
        "--action",
        "s3:PutObject",
        "--json",
        "--session-policy",
        session,
      ]);
    const statement = { Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::reports/drafts/*" };
    const narrow = await ask(file("session.json", JSON.stringify({ Version: "2012-10-17", Statement: statement })));
    expect(narrow).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(narrow.out)).toMatchObject({ decision: "implicitDeny", blockedBy: ["session"] });
    const broken = await ask(file("broken.json", '{"Statement":\n{"Effect":"allow","Action":"*","Resource":"*"}}'));
    expect(broken.code).toBe(2);
    expect(broken.err).toMatch(/^\S.*broken\.json:2:\d+: error \S+ Statement\[0\]\.Effect: .*\n$/);
  });

  it.each([
    ["an action with a wildcard", [...read, "--action", "s3:*"], /^action/],
    ["a principal that is none", [...read, "--principal", "alice"], /principal/],
    [
      "a context without a value",
      [...read, "--context", "novalue"],
      /^--context: `novalue` is not of the form KEY=VALUE\n$/,
    ],
    [
      "a tag twice",
      [...read, "--resource-tag", "a=1", "--resource-tag", "A=2"],
      /^--resource-tag: tag `A` is given twice\n$/,
    ],
    ["a bad clock", [...read, "--time", "noon"], /^--time: `noon` is no date such as 2026-03-01T09:00:00Z\n$/],
    ["a missing option", read.slice(0, -2), /^verdict: the option --resource is missing\n$/],
    ["missing options", ["--principal", alice], /^verdict: the options --action and --resource are missing\n$/],
    [
      "an unknown option",
      [...read, "--contxt", "a=b"],
      /^verdict: unknown option '--contxt' \(Did you mean --context\?\)\n$/,
    ],
    [
      "a set that is not there",
      [...read, "--policies", "/none"],
      /^\/none:1:1: error SET-FILE cannot be read: no such file or directory\n$/,
    ],
  ])("ends with 2 and one line for %s", async (_, args, want) => {
    const have = await verdict(["check", ...args]);
    expect(have.code).toBe(2);
    expect(have.out).toBe("");
    expect(have.err).toMatch(want);
    expect(have.err.split("\n")).toHaveLength(2);
  });

  it("prints every finding of a refused set at once, and no stack", async () => {
    const policies = file("bad.yaml", "users:\n  - arn: nonsense\n    groups: [Nobody]\nextra: 1\n");
    const have = await verdict(["check", ...read, "--policies", policies]);
    expect(have.code).toBe(2);
    const lines = have.err.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/bad\.yaml:\d+:\d+: error [A-Z0-9-]+ /);
    expect(have.err).not.toContain("    at ");
  });

  it("shows a stack only with --debug", async () => {
    expect((await verdict(["check", ...read, "--time", "x"])).err).not.toContain("    at ");
    expect((await verdict(["check", ...read, "--time", "x", "--debug"])).err).toContain("    at ");
  });

  it("finds ./policies where no set is named", async () => {
    const here = join(folder, "here");
    mkdirSync(join(here, "policies"), { recursive: true });
    writeFileSync(join(here, "policies", "set.yaml"), readFileSync(join(minimal, "policies.yaml")));
    expect((await verdict(["check", ...fromOffice.slice(2)], { cwd: here })).code).toBe(0);
  });
});

describe("what is printed", () => {
  it("never steers a terminal", async () => {
    const nasty = `a${esc}[31mred\r\n\u0085\u009b\u2028\u202e${"`"}`;
    const policies = file(
      "nasty.json",
      JSON.stringify({
        users: [
          {
            arn: alice,
            inlinePolicies: [
              {
                name: nasty,
                document: { Statement: { Sid: "x", Effect: "Allow", Action: "s3:GetObject", Resource: "*" } },
              },
            ],
          },
        ],
      }),
    );
    const outputs = [
      await verdict(["check", ...read, "--policies", policies, "--resource-account", "111111111111"]),
      await verdict(["check", ...read, "--policies", policies, "--resource-account", "111111111111", "--json"]),
      await verdict(["check", ...read, "--principal", `arn:aws:iam::111111111111:user/${nasty}`, "--explain"]),
      await verdict(["check", ...read, `--${nasty}`]),
      await verdict(["check", ...read, "--context", nasty]),
      await verdict(["simulate"], { input: JSON.stringify({ id: nasty, policies: {}, request: {} }) }),
      await verdict(["simulate", "--json"], { input: JSON.stringify({ id: nasty, policies: {}, request: {} }) }),
      await verdict(["validate", nasty]),
    ];
    for (const { out, err } of outputs) expect(`${out}${err}`).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(outputs[0]?.out).toContain("a\\u001b[31mred");
    expect(JSON.parse(outputs[1]?.out ?? "")).toMatchObject({ matchedStatements: [{ policy: nasty }] });
  });

  it("survives a reader that goes away", async () => {
    const cases = Array.from({ length: 20_000 }, (_, index) => JSON.stringify(aCase(String(index)))).join("\n");
    const have = await verdict(["simulate", "--json"], { input: cases, closeOutput: true });
    expect(have.err).toBe("");
    expect([0, 2]).toContain(have.code);
  });

  it.skipIf(!existsSync("/dev/full")).each<[name: string, args: readonly string[]]>([
    ["check", ["check", "--policies", minimal, "--principal", alice, "--action", "s3:GetObject", "--resource", "*"]],
    [
      "check --json",
      ["check", "--json", "--policies", minimal, "--principal", alice, "--action", "s3:GetObject", "--resource", "*"],
    ],
    ["simulate", ["simulate", "--json"]],
    ["validate", ["validate", minimal]],
    ["inspect", ["inspect", minimal]],
  ])("is an error of %s if the disk is full", async (_, args) => {
    const cases = `${JSON.stringify(aCase("a"))}\n${JSON.stringify(aCase("b"))}`;
    const { code, err } = await verdict(args, { outputFile: "/dev/full", input: cases });
    expect({ code, err }).toEqual({
      code: 2,
      err: "standard output: cannot be written: no space left on device\n",
    });
  });
});
