import { spawnSync } from "node:child_process";
import { truncateSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { aCase, alice, file, folder, jsonLines, minimal, root, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";

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
    expect(await verdict(["simulate", "--json", folder])).toEqual({
      code: 2,
      out: "",
      err: `${folder}: cannot be read: is a directory\n`,
    });
    const large = file("large.json", "");
    truncateSync(large, 70_000_000);
    expect(await verdict(["simulate", "--json", large])).toEqual({
      code: 2,
      out: "",
      err: `${large}: cannot be read: line 1 has more than 67108864 bytes\n`,
    });
    expect((await verdict(["simulate"], { input: "[" })).code).toBe(2);
  });

  it.each(["", "\n", "[]"])("says that %j holds nothing to decide", async (input) => {
    const have = await verdict(["simulate", "--json"], { input });
    expect(have).toEqual({ code: 2, out: "", err: "verdict: there are no simulation cases\n" });
  });
});

describe("verdict validate", () => {
  it.runIf(process.platform !== "win32")("reads standard input and pipes as it reads a file", async () => {
    const Statement = { Effect: "Alow", Action: "s3:GetObject", Resource: "*" };
    const text = JSON.stringify({ Version: "2012-10-17", Statement });
    for (const type of [["--type", "identity"], []]) {
      const path = file("piped.json", text);
      const want = await verdict(["validate", ...type, path]);
      expect(want.code).toBe(1);
      const named = (name: string): string => want.out.replaceAll(path, name);
      const piped = await verdict(["validate", ...type, "-"], { input: text });
      expect([piped.code, piped.out]).toEqual([1, named("<stdin>")]);
      const pipe = join(folder, `pipe-${type.length}`);
      expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
      const [fromPipe] = await Promise.all([verdict(["validate", ...type, pipe]), writeFile(pipe, text)]);
      expect([fromPipe.code, fromPipe.out]).toEqual([1, named(pipe)]);
    }
  });

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
    expect(have.out).toMatch(/act\.json:1:\d+: error ACT-6 Statement\[0\]\.Action.*\n1 finding: 1 error\n$/);
  });

  it("prints JSON and SARIF", async () => {
    const json = await verdict(["validate", "--type", "identity", "--format", "json", bad]);
    expect(JSON.parse(json.out)).toMatchObject([
      { file: bad, line: 1, severity: "error", rule: "ACT-6", helpUri: "src/policy/SEMANTICS.md#ACT-6" },
    ]);
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
      counts: {
        users: 1,
        groups: 0,
        roles: 1,
        policies: 1,
        documents: 4,
        statements: 4,
        resources: 1,
        endpoints: 0,
        owners: 0,
      },
    });
    expect((await verdict(["inspect", minimal])).out).toMatch(/^accounts {4}1\nusers {7}1\n/);
  });
});

describe("verdict --help", () => {
  it.each(["serve", "check", "simulate", "validate", "rules", "inspect", "health"])(
    "shows an example of %s",
    async (command) => {
      const have = await verdict([command, "--help"]);
      expect(have.code).toBe(0);
      expect(have.out).toContain("\nExample:\n");
      expect(have.out).toContain("--debug");
    },
  );
});

describe("verdict simulate of a file of tests", () => {
  it("says which command runs it", async () => {
    const { code, err } = await verdict(["simulate", "--json", join(root, "examples", "minimal.questions.json")]);
    expect(code).toBe(1);
    expect(err).toBe("verdict: cases without `policies` ask a policy set: `verdict test` runs them\n");
  });
});

describe("the help of every command", () => {
  it("has no line that is wider than 80 columns, and no default that says nothing", async () => {
    const asked: string[] = [];
    const wide: string[] = [];
    const askFor = async (words: readonly string[]): Promise<void> => {
      asked.push(words.join(" "));
      const { out } = await verdict([...words, "--help"]);
      wide.push(...out.split("\n").filter((line) => line.length > 80 || line.includes("(default: [])")));
      const groups = out
        .split("\n\n")
        .filter((one) => /^(?:Ask|Write policies|Audit|Measure|Around it|Commands):\n/.test(one));
      const below = groups.flatMap((one) => [...one.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name = ""]) => name));
      await Promise.all(below.filter((name) => name !== "help").map((name) => askFor([...words, name])));
    };
    await askFor([]);
    expect(wide).toEqual([]);
    expect(asked).toEqual(
      expect.arrayContaining(["serve", "config print", "audit who-can", "audit matrix", "check", "synth"]),
    );
  });
});

describe("verdict serve", () => {
  it("says where it listens, answers, and ends with 0 after SIGTERM", async () => {
    const { output, address } = await startServe(["--policies", minimal]);
    const [ready = "", hint = ""] = await output.lines(2);
    const found =
      /^verdict \S+ listening on (127\.0\.0\.1:\d+): policy set sha256:[0-9a-f]{64}, \d+ principals, 1 policy, 4 statements$/;
    expect(found.exec(ready)?.[1]).toBe(address);
    expect(hint).toBe(
      `try: npx verdict check --server ${address} --principal ${alice} --action s3:GetObject ` +
        "--resource arn:aws:s3:::reports/example --context aws:SourceIp=10.0.0.1",
    );
    const answer = await verdict(hint.replace("try: npx verdict ", "").split(" "));
    expect(answer).toMatchObject({ code: 0, out: expect.stringMatching(/^allowed: /) });
    const client = new AuthorizationClient(address);
    expect(await client.call("Authorize", { principal: alice })).toMatchObject({ outcome: "ERROR" });
    client.close();
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("ends at once at a second signal", async () => {
    const { output, address } = await startServe(["--policies", minimal]);
    const client = new AuthorizationClient(address);
    // A stream that stays open keeps the drained stop waiting.
    const open = client.openStream("StreamAuthorize");
    await open.answer({ requests: [] });
    // Two of one kind may arrive as one.
    output.kill("SIGTERM");
    output.kill("SIGINT");
    await open.ended;
    client.close();
    expect([130, 143]).toContain(await output.code);
  });

  it.each([
    ["a listener for other machines", ["--listen", "0.0.0.0:0"], /add --insecure/],
    ["HTTP for other machines", ["--http", "0.0.0.0:0"], /^--http: .*add --insecure/],
    ["a set that is refused", ["--policies", "other=/none"], /^\/none:1:1: error SET-FILE /],
  ])("ends with 2 for %s", async (_, args, want) => {
    const have = await verdict(["serve", "--policies", minimal, ...args]);
    expect(have.code).toBe(2);
    expect(have.err).toMatch(want);
    expect(have.out).toBe("");
  });
});
