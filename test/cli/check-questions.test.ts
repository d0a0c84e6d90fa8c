// `verdict check --question` and `--questions`: questions out of files and streams.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { describe, expect, it } from "vitest";
import { alice, env, file, folder, jsonLines, minimal, root, start, verdict } from "../kit/run-verdict.js";
import { serving } from "../kit/serving.js";

const allowed = {
  principal: alice,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
  context: { "aws:SourceIp": "10.1.2.3" },
};
const denied = { ...allowed, context: { "aws:SourceIp": null } };
const asOptions = ["--principal", alice, "--action", "s3:GetObject", "--resource", allowed.resource];
const lines = (...questions: readonly (object | string)[]): string =>
  questions.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n");
const ask = (flag: string, text: string, ...more: readonly string[]) =>
  verdict(["check", "--policies", minimal, flag, "-", ...more], { input: text });

/** A set that reads every member of a question. */
const everyMember = `
roles:
  - arn: arn:aws:iam::111111111111:role/Reader
    trustPolicy: { Version: "2012-10-17", Statement: [] }
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: s3:GetObject
            Resource: "*"
            Condition:
              DateLessThan: { aws:CurrentTime: 2001-01-01T00:00:00Z }
              StringEquals: { aws:ResourceTag/class: open, aws:PrincipalTag/team: blue }
              ForAllValues:StringEquals: { aws:TagKeys: [a, b] }
              NumericLessThan: { aws:MultiFactorAuthAge: 61 }
              Bool: { aws:SecureTransport: "true" }
              "Null": { aws:TagKeys: "false", s3:prefix: "true" }
endpoints:
  - { id: vpce-1, account: "111111111111", vpc: vpc-1 }
  - { id: vpce-2, account: "111111111111", vpc: vpc-1, policy: { Version: "2012-10-17", Statement: [] } }
`;
const withEveryMember = {
  ...allowed,
  principal: "arn:aws:sts::111111111111:assumed-role/Reader/monday",
  resourceAccount: "111111111111",
  resourceTags: { class: "open" },
  context: {
    "aws:TagKeys": ["a", "b"],
    "aws:MultiFactorAuthAge": 60,
    "aws:SecureTransport": true,
    "s3:prefix": null,
    "aws:CurrentTime": "2000-01-01T00:00:00Z",
  },
  sessionPolicies: [{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } }],
  sessionTags: { team: "blue" },
  endpoint: "vpce-1",
  whatIf: true,
};

describe("verdict check --question", () => {
  it.each([
    ["an allow", allowed, ["--context", "aws:SourceIp=10.1.2.3"], 0],
    ["a denial", denied, [], 1],
  ])("answers %s as the options do", async (_, question, options, code) => {
    for (const form of [[], ["--json"], ["--explain"], ["--json", "--explain"]]) {
      const have = await ask("--question", JSON.stringify(question, null, 2), ...form);
      expect(have).toEqual(await verdict(["check", "--policies", minimal, ...asOptions, ...options, ...form]));
      expect(have.code).toBe(code);
    }
  });

  it("reads every member that HTTP reads", async () => {
    const policies = ["--policies", file("members.yaml", everyMember)];
    const question = (changed: object): string =>
      file("members.json", JSON.stringify({ ...withEveryMember, ...changed }));
    const code = async (changed: object): Promise<number | null> =>
      (await verdict(["check", ...policies, "--question", question(changed)])).code;
    expect(await code({})).toBe(0);
    const { context } = withEveryMember;
    expect(await code({ context: { ...context, "s3:prefix": [] } })).toBe(0);
    for (const changed of [
      { resourceTags: {} },
      { resourceAccount: "222222222222" },
      { context: { ...context, "aws:TagKeys": ["a", "c"] } },
      { context: { ...context, "aws:TagKeys": null } },
      { context: { ...context, "aws:MultiFactorAuthAge": 61 } },
      { context: { ...context, "aws:SecureTransport": false } },
      { context: { ...context, "s3:prefix": "a" } },
      { sessionPolicies: ['{"Version":"2012-10-17","Statement":[]}'] },
      { sessionTags: {} },
      { endpoint: "vpce-2" },
      { whatIf: false },
    ]) {
      expect({ changed, code: await code(changed) }).toEqual({ changed, code: 1 });
    }
  });

  it("lets what-if questions set the clock, without a flag", async () => {
    const policies = file(
      "until.yaml",
      `users: [{ arn: ${alice}, inlinePolicies: [{ name: own, document: { Version: "2012-10-17", Statement: { Effect: Allow,
        Action: s3:GetObject, Resource: "*", Condition: { DateLessThan: { aws:CurrentTime: 2001-01-01T00:00:00Z } } } } }] }]`,
    );
    const question = {
      ...allowed,
      resourceAccount: "111111111111",
      context: { "aws:CurrentTime": "2000-01-01T00:00:00Z" },
    };
    const code = async (asked: object): Promise<number | null> =>
      (await verdict(["check", "--policies", policies, "--question", "-"], { input: JSON.stringify(asked) })).code;
    expect(await code({ ...question, whatIf: true })).toBe(0);
    expect(await code(question)).toBe(1);
  });

  it("asks a running server, which goes on refusing what-if questions", async () => {
    const { address } = await serving();
    const server = (question: object) =>
      verdict(["check", "--server", address, "--question", "-"], { input: JSON.stringify(question) });
    expect(await server(allowed)).toMatchObject({ code: 0, err: "" });
    expect(await server({ ...allowed, whatIf: true })).toMatchObject({ code: 2, out: "" });
  });

  it.each([
    ["no JSON", "nonsense", "<stdin>:1:1: error DOC-1 unexpected `nonsense` where a value belongs\n"],
    ["nothing", "", "<stdin>:1:1: error DOC-1 the text ends where a value belongs\n"],
    ["two questions", lines(allowed, allowed), "<stdin>:2:1: error DOC-1 unexpected `{` after the value\n"],
    ["a list", "[]", "<stdin>:1:1: error SET-FORMAT must be an object, not a list\n"],
    [
      "missing members",
      '{\n"principal":"anonymous"}',
      "<stdin>:1:1: error SET-FORMAT missing member `action`\n<stdin>:1:1: error SET-FORMAT missing member `resource`\n",
    ],
    [
      "a member that is none",
      lines({ ...allowed, contxt: {} }),
      "<stdin>:1:156: error SET-FORMAT unknown member `contxt`: did you mean `context`?\n",
    ],
    [
      "a wildcard",
      lines({ ...allowed, action: "s3:*" }),
      "action: not of the form `service:Name` without wildcards (ACT-1)\n",
    ],
  ])("ends with 2 and the place for %s", async (_, text, err) => {
    expect(await ask("--question", text)).toEqual({ code: 2, out: "", err });
  });

  it.each([
    [
      ["--question", "q", "--action", "s3:Get", "--context", "a=b"],
      "--question, --action, --context: a file has whole questions",
    ],
    [["--questions", "q", ...asOptions], "--questions, --principal, --action, --resource: a file has whole questions"],
    [
      [
        "--question",
        "q",
        "--resource-account",
        "1",
        "--resource-tag",
        "a=b",
        "--session-tag",
        "a=b",
        "--endpoint",
        "e",
      ],
      "--question, --resource-account, --resource-tag, --session-tag, --endpoint: a file has whole questions",
    ],
    [["--question", "q", "--questions", "q"], "--question, --questions: questions come from one of them"],
    [["--questions", "q", "--server", "1"], "--questions, --server: a running server is asked one question at a time"],
    [["--question", folder], `--question: \`${folder}\` is a directory`],
    [["--questions", folder], `${folder}: cannot be read: is a directory`],
    [["--question", "/none"], "/none:1:1: error SET-FILE cannot be read: no such file or directory"],
    [["--questions", "/none"], "/none: cannot be read: no such file or directory"],
  ])("refuses %j", async (args, err) => {
    const policies = args.includes("--server") ? [] : ["--policies", minimal];
    expect(await verdict(["check", ...policies, ...args])).toEqual({ code: 2, out: "", err: `${err}\n` });
  });
});

describe("verdict check --question with JSON", () => {
  const asked = (question: object) =>
    verdict(["check", "--policies", minimal, "--question", ` ${JSON.stringify(question)}`]);
  const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv" };

  it("takes it as the question itself", async () => {
    expect(await asked({ ...question, context: { "aws:SourceIp": "10.1.2.3" } })).toMatchObject({ code: 0, err: "" });
    expect(await asked(question)).toMatchObject({ code: 1 });
  });

  it("tells mistakes with their places", async () => {
    expect((await asked({ ...question, contxt: {} })).err).toMatch(
      /^--question:1:\d+: error SET-FORMAT unknown member `contxt`: did you mean `context`\?\n$/,
    );
  });
});

describe("verdict check --questions", () => {
  it("prints a decision a line in order and ends with 0, whatever the decisions", async () => {
    const have = await ask("--questions", `${lines(allowed, denied, "", allowed)}\n`);
    expect(have).toMatchObject({ code: 0, err: "" });
    expect(jsonLines(have.out).map(({ decision }) => decision)).toEqual(["allowed", "implicitDeny", "allowed"]);
    const one = await ask("--question", lines(denied), "--json");
    expect(have.out.split("\n")[1]).toBe(one.out.trimEnd());
    const explained = await ask("--questions", lines(denied), "--explain", "--json");
    expect(explained.out).toBe((await ask("--question", lines(denied), "--explain", "--json")).out);
  });

  it("answers a bad line in its place, with its number, and ends with 2", async () => {
    const path = file("bad.jsonl", lines("{", allowed, "", { ...allowed, action: "s3:*" }, "null", denied));
    const have = await verdict(["check", "--policies", minimal, "--questions", path]);
    expect(have.code).toBe(2);
    expect(have.err).toBe(`${path}: 3 of 5 questions could not be decided, the first on line 1\n`);
    expect(jsonLines(have.out).map(({ decision, error }) => decision ?? error)).toEqual([
      `${path}:1:2: error DOC-1 the text ends where a member name in double quotes belongs`,
      "allowed",
      `${path}:4: action: not of the form \`service:Name\` without wildcards (ACT-1)`,
      `${path}:5:1: error SET-FORMAT must be an object, not null`,
      "implicitDeny",
    ]);
  });

  it("has no answers where there are no questions", async () => {
    expect(await ask("--questions", "\n")).toEqual({ code: 0, out: "", err: "" });
  });

  it("streams many questions", async () => {
    const asked = Array.from({ length: 5000 }, (_, index) => ({
      ...allowed,
      resource: `arn:aws:s3:::reports/${index}`,
    }));
    const have = await ask("--questions", lines(...asked));
    expect(have).toMatchObject({ code: 0, err: "" });
    expect(jsonLines(have.out).filter((answer) => answer.allowed === true)).toHaveLength(asked.length);
  });

  it("answers a line before the next one is there", async () => {
    const child = spawn(process.execPath, ["dist/bundle/main.js", "check", "--policies", minimal, "--questions", "-"], {
      cwd: root,
      env,
    });
    const answers = createInterface({ input: child.stdout });
    for (const question of [allowed, denied]) {
      const line = once(answers, "line");
      child.stdin.write(`${JSON.stringify(question)}\n`);
      expect(JSON.parse(String((await line)[0])).allowed).toBe(question === allowed);
    }
    child.stdin.end();
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("ends where nobody reads its answers", async () => {
    const path = file("many.jsonl", lines(...Array.from({ length: 2000 }, () => allowed)));
    const run = start(["check", "--policies", minimal, "--questions", path], { closeOutput: true });
    expect({ code: await run.code, err: run.err() }).toMatchObject({ err: "" });
  });
});
