import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { AuthorizationClient } from "./grpc-client.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "dist", "src", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "verdict cli "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const minimal = join(root, "examples", "minimal");
const alice = "arn:aws:iam::111111111111:user/alice";
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
    expect(have.out).toMatch(/\n {2}resource {3}silent\n {2}identity {3}silent\n/);
    expect(have.out).toContain("IpAddress aws:SourceIp: the request does not have the key");
    expect(have.out).toContain(`${alice} is not authorized to perform: s3:GetObject`);
  });

  it("takes several values, tags, session policies and a clock", async () => {
    const session = file(
      "session.json",
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"}}',
    );
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
    const limited = await ask(...tags, "--time", "2025-12-31", "--session-policy", session, "--json");
    expect(limited).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(limited.out)).toMatchObject({ blockedBy: ["session"] });
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
    ["a missing option", ["--principal", alice], /^verdict: required option '--action <action>' not specified\n$/],
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
});

describe("verdict simulate", () => {
  it("decides the vectors of the specification as they expect", async () => {
    const have = await verdict(["simulate", "--json", join(root, "test", "corpus", "iam-vectors.json")]);
    const failed = jsonLines(have.out).filter((answer) => answer.pass !== true);
    expect(failed).toEqual([]);
    expect(have.code).toBe(0);
  });

  it("prints a line of JSON a case", async () => {
    const have = await verdict(["simulate", "--json"], { input: JSON.stringify(aCase("one", "implicitDeny")) });
    expect(jsonLines(have.out)).toEqual([
      {
        id: "one",
        decision: "implicitDeny",
        allowed: false,
        blockedBy: ["identity"],
        matchedStatements: [],
        missingContextKeys: [],
        unknownPrincipal: false,
        policySet: expect.any(Object),
        expect: "implicitDeny",
        pass: true,
      },
    ]);
    expect(have.code).toBe(0);
  });

  it("ends with 1 if an expectation failed", async () => {
    const have = await verdict(["simulate"], { input: JSON.stringify([aCase("good"), aCase("bad", "allowed")]) });
    expect(have).toEqual({
      code: 1,
      out:
        "good: implicitDeny\n" +
        "FAIL bad: implicitDeny, expected `allowed`\n" +
        "2 decided, 0 refused; expectations: 0 passed, 1 failed\n",
      err: "",
    });
  });

  it("goes on after a case that cannot be decided, which fails what it expects", async () => {
    const broken = { ...aCase("broken"), request: {} };
    const lines = [aCase("first"), broken, aCase("last")].map((one) => JSON.stringify(one)).join("\n");
    const have = await verdict(["simulate", "--json"], { input: lines });
    expect(have.code).toBe(0);
    expect(jsonLines(have.out).map(({ id, error }) => [id, typeof error])).toEqual([
      ["first", "undefined"],
      ["broken", "string"],
      ["last", "undefined"],
    ]);
    const expecting = await verdict(["simulate", "--json"], {
      input: JSON.stringify({ ...broken, expect: "allowed" }),
    });
    expect(expecting.code).toBe(1);
    expect(jsonLines(expecting.out)).toMatchObject([{ id: "broken", expect: "allowed", pass: false }]);
  });

  it("passes a case that is to be refused, and only if the rule it names refuses it", async () => {
    const document = { Statement: [{ Effect: "Allow", Action: "s3:", Resource: "*" }] };
    const one = { ...aCase("strict", "implicitDeny"), policies: { identity: [{ name: "p", document }] } };
    const run = async (strict: string, value: object) =>
      jsonLines((await verdict(["simulate", "--json"], { input: JSON.stringify({ ...value, strict }) })).out)[0]?.pass;
    expect(await run("rejects: ACT-6", one)).toBe(true);
    expect(await run("rejects: ACT-5", one)).toBe(false);
    expect(await run("rejects: ACT-6", aCase("strict", "implicitDeny"))).toBe(false);
  });

  it("splits JSON Lines at LF only", async () => {
    const id = "before\u2028after";
    const input = `${JSON.stringify(aCase(id))}\r\n\n${JSON.stringify(aCase("next"))}`;
    const have = await verdict(["simulate", "--json", "-"], { input });
    expect(jsonLines(have.out).map((answer) => answer.id)).toEqual([id, "next"]);
  });

  it("reads an object over several lines, and several files", async () => {
    const one = file("one.json", JSON.stringify(aCase("pretty"), null, 2));
    const two = file("two.jsonl", `${JSON.stringify(aCase("a"))}\n${JSON.stringify(aCase("b"))}\n`);
    const have = await verdict(["simulate", "--json", one, two]);
    expect(jsonLines(have.out).map((answer) => answer.id)).toEqual(["pretty", "a", "b"]);
  });

  it("ends with 2 if a line is no JSON, after the others are decided", async () => {
    const input = `${JSON.stringify(aCase("a"))}\n{"id": }\n${JSON.stringify(aCase("b"))}\n`;
    const have = await verdict(["simulate", "--json"], { input });
    expect(have.code).toBe(2);
    expect(jsonLines(have.out)).toMatchObject([
      { id: "a" },
      { id: null, error: "<stdin>:2:8: error DOC-1 unexpected `}` where a value belongs" },
      { id: "b" },
    ]);
  });

  it("says what it cannot read", async () => {
    const missing = await verdict(["simulate", "/none.json"]);
    expect(missing.code).toBe(2);
    expect(missing.err).toBe("/none.json: cannot be read: no such file or directory\n");
    expect((await verdict(["simulate"], { input: "" })).code).toBe(2);
    expect((await verdict(["simulate"], { input: "[" })).code).toBe(2);
  });
});

describe("verdict validate", () => {
  const bad = file(
    "act.json",
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:","Resource":"*"}]}',
  );

  it("ends with 0 for the examples", async () => {
    const have = await verdict(["validate", join(root, "examples", "acme"), minimal]);
    expect(have.err).toBe("");
    expect(have.code).toBe(0);
  });

  it("ends with 1 and prints place, severity, rule and message", async () => {
    const have = await verdict(["validate", "--type", "identity", bad]);
    expect(have.code).toBe(1);
    expect(have.out).toMatch(/act\.json:1:\d+: error ACT-6 Statement\[0\]\.Action.*\n1 findings, 1 of them errors\n$/);
  });

  it("prints JSON and SARIF", async () => {
    const json = await verdict(["validate", "--type", "identity", "--format", "json", bad]);
    expect(JSON.parse(json.out)).toMatchObject([{ file: bad, line: 1, severity: "error", rule: "ACT-6" }]);
    const sarif = await verdict(["validate", "--type", "identity", "--format", "sarif", bad]);
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "verdict", rules: [{ id: "ACT-6" }] } },
          results: [
            {
              ruleId: "ACT-6",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: expect.stringMatching(/^file:\/\/\/.*verdict%20cli%20.*act\.json$/) },
                    region: { startLine: 1, startColumn: expect.any(Number) },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
    expect([json.code, sarif.code]).toEqual([1, 1]);
  });

  it("ends with 2 for a path that is not there or a type that does not exist", async () => {
    expect((await verdict(["validate", "/none"])).code).toBe(2);
    expect((await verdict(["validate", "--type", "none", bad])).code).toBe(2);
  });
});

describe("verdict inspect", () => {
  it("counts what a set holds", async () => {
    const have = await verdict(["inspect", minimal, "--json"]);
    expect(have.code).toBe(0);
    expect(JSON.parse(have.out)).toMatchObject({
      digest: expect.stringMatching(/^sha256:/),
      imageBytes: expect.any(Number),
      counts: { users: 1, groups: 0, roles: 1, policies: 1, documents: 4, statements: 4, resources: 1, endpoints: 0 },
    });
    expect((await verdict(["inspect", minimal])).out).toMatch(/^accounts {4}1\nusers {7}1\n/);
  });
});

describe("verdict --help", () => {
  it.each(["serve", "check", "simulate", "validate", "inspect"])("shows an example of %s", async (command) => {
    const have = await verdict([command, "--help"]);
    expect(have.code).toBe(0);
    expect(have.out).toContain("\nExample:\n");
    expect(have.out).toContain("--debug");
  });
});

describe("verdict serve", () => {
  it("says where it listens, answers, and ends with 0 after SIGTERM", async () => {
    const child = spawn(process.execPath, [main, "serve", "--policies", minimal, "--listen", "127.0.0.1:0"], {
      cwd: root,
    });
    const output = gather(child);
    const [ready = "", hint = ""] = await output.lines(2);
    const found =
      /^verdict \S+ listening on (127\.0\.0\.1:\d+): policy set sha256:[0-9a-f]{64}, \d+ principals, 1 policies, 4 statements$/;
    const address = found.exec(ready)?.[1] ?? "";
    expect(ready).toMatch(found);
    expect(hint).toMatch(/^try: npx verdict check --policies .* --principal arn:aws:\S+ --action \S+ --resource \S+$/);
    const client = new AuthorizationClient(address);
    expect(await client.call("Authorize", { principal: alice })).toMatchObject({ outcome: "ERROR" });
    client.close();
    child.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("ends at once at a second signal", async () => {
    const child = spawn(process.execPath, [main, "serve", "--policies", minimal, "--listen", "127.0.0.1:0"], {
      cwd: root,
    });
    const output = gather(child);
    const [ready = ""] = await output.lines(2);
    const client = new AuthorizationClient(/listening on ([^ ]+): policy/.exec(ready)?.[1] ?? "");
    // A stream that stays open keeps the drained stop waiting.
    const open = client.openStream("StreamAuthorize");
    await open.answer({ requests: [] });
    child.kill("SIGINT");
    child.kill("SIGINT");
    await open.ended;
    client.close();
    expect(await output.code).toBe(130);
  });

  it.each([
    ["a listener for other machines", ["--listen", "0.0.0.0:0"], /add --insecure/],
    ["HTTP", ["--http", "127.0.0.1:0"], /^--http: .*not available yet\n$/],
    ["a set that is refused", ["--policies", "/none"], /^\/none:1:1: error SET-FILE /],
  ])("ends with 2 for %s", async (_, args, want) => {
    const have = await verdict(["serve", "--policies", minimal, ...args]);
    expect(have.code).toBe(2);
    expect(have.err).toMatch(want);
    expect(have.out).toBe("");
  });
});

interface Run {
  readonly cwd?: string;
  readonly input?: string;
  readonly closeOutput?: boolean;
}

async function verdict(
  args: readonly string[],
  run: Run = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd: run.cwd ?? root });
  if (run.closeOutput === true) child.stdout.destroy();
  child.stdin.on("error", () => {});
  child.stdin.end(run.input ?? "");
  const output = gather(child);
  const code = await output.code;
  return { code, out: output.out(), err: output.err() };
}

function gather(child: ReturnType<typeof spawn>) {
  let out = "";
  let err = "";
  let onOutput = (): void => {};
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    onOutput();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    code,
    out: () => out,
    err: () => err,
    /** The first lines, once they are there; fewer if the process ends before. */
    lines: (count: number): Promise<readonly string[]> =>
      new Promise((resolve) => {
        onOutput = () => {
          if (out.split("\n").length > count) resolve(out.split("\n").slice(0, count));
        };
        onOutput();
        void code.then(() => resolve(out.split("\n")));
      }),
  };
}

function aCase(id: string, expectation?: string): object {
  return {
    id,
    policies: { identity: [] },
    request: {
      principal: alice,
      action: "s3:GetObject",
      resource: "arn:aws:s3:::depot/x",
      resourceAccount: "111111111111",
    },
    ...(expectation === undefined ? {} : { expect: expectation }),
  };
}

function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
