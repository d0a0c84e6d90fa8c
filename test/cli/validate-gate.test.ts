// `verdict validate` as a gate: what is shown, what makes it fail.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { file, folder, verdict } from "../kit/run-verdict.js";

const statement = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "arn:aws:s3:::b/*" }],
});

const set = file(
  "gate.yaml",
  `policies:
  - arn: arn:aws:iam::111122223333:policy/Read
    document:
      Version: "2012-10-17"
      Statement:
        - { Sid: "", Effect: Allow, Action: s3:GetObjct, Resource: "arn:aws:s3:::reports/*" }
        - { Effect: Allow, NotAction: "iam:*", Resource: "arn:aws:s3:::reports" }
`,
);
const broken = file("broken.yaml", "policies:\n  - arn: arn:aws:iam::111122223333:policy/Read\n");

describe("verdict validate --fail-on", () => {
  it.each([
    ["error", 0],
    ["securityWarning", 1],
    ["warning", 1],
    ["suggestion", 1],
  ])("%s ends with %i where the heaviest finding is a security warning", async (severity, code) => {
    expect((await verdict(["validate", "--fail-on", severity, set])).code).toBe(code);
  });

  it("ends with 0 if the lightest finding that fails is hidden", async () => {
    const have = await verdict(["validate", "--fail-on", "suggestion", "--min-severity", "error", set]);
    expect([have.code, have.out]).toEqual([0, "no findings\n"]);
  });
});

describe("verdict validate --rule and --ignore", () => {
  it("keep or drop advice, ids by commas or one by one", async () => {
    const rulesOf = async (...args: readonly string[]) => {
      const { out } = await verdict(["validate", "--format", "json", ...args, set]);
      return JSON.parse(out).map(({ rule }: { readonly rule: string }) => rule);
    };
    expect(await rulesOf()).toEqual(["DOC-6", "LINT-ACTION", "LINT-NOT-ACTION"]);
    expect(await rulesOf("--rule", "LINT-ACTION", "--rule", "DOC-6")).toEqual(["DOC-6", "LINT-ACTION"]);
    expect(await rulesOf("--ignore", "LINT-ACTION,DOC-6")).toEqual(["LINT-NOT-ACTION"]);
  });

  it("never hide what keeps a set from being loaded", async () => {
    const have = await verdict(["validate", "--ignore", "SET-FORMAT", "--rule", "DOC-6", broken]);
    expect([have.code, have.out]).toEqual([
      1,
      `${broken}:2:5: error SET-FORMAT [policy Read] policies[0]: missing member \`document\`\n1 finding: 1 error\n`,
    ]);
  });

  it("refuse an id that no finding has, and guess what was meant", async () => {
    expect(await verdict(["validate", "--ignore", "lint-actio", "--rule", "X", set])).toEqual({
      code: 2,
      out: "",
      err: "verdict: no finding has the rule `X`\nverdict: no finding has the rule `lint-actio`: did you mean `LINT-ACTION`?\n",
    });
  });
});

describe("verdict validate --baseline", () => {
  const baseline = join(folder, "accepted.json");
  const write = (...args: readonly string[]) =>
    verdict(["validate", "--baseline", baseline, "--write-baseline", ...args, set]);

  it("accepts what was there when it was written, and only that", async () => {
    expect(await write("--reason", "known", "--expires", "9999-12-31")).toEqual({
      code: 0,
      out: "",
      err: `verdict: ${baseline} accepts 3 findings\n`,
    });
    const gate = ["validate", "--fail-on", "suggestion", "--baseline", baseline];
    expect(await verdict([...gate, set])).toEqual({
      code: 0,
      out: `no findings\n3 findings accepted by ${baseline}\n`,
      err: "",
    });
    const moved = file("moved.yaml", `# a line more\n${readFileSync(set, "utf8").replace("iam:*", "sts:*")}`);
    const have = await verdict([...gate, moved]);
    expect(have.code).toBe(1);
    expect(have.out).toBe(
      `${moved}:8:28: securityWarning LINT-NOT-ACTION [policy Read] Statement[1].NotAction: allows every action that it does not list, those of services to come included (list what to allow in \`Action\`)\n` +
        "1 finding: 1 security warning\n" +
        `2 findings accepted by ${baseline}\n` +
        "1 accepted finding no longer there: --write-baseline takes it out\n",
    );
  });

  it("is over after its last day", async () => {
    const late = file("late.json", readFileSync(baseline, "utf8").replaceAll("9999-12-31", "2000-01-01"));
    const have = await verdict(["validate", "--fail-on", "warning", "--baseline", late, set]);
    expect(have.code).toBe(1);
    expect(have.out).toContain("; it was accepted until 2000-01-01");
  });

  it("cannot accept what keeps a set from being loaded", async () => {
    const have = await verdict([
      "validate",
      "--baseline",
      join(folder, "no.json"),
      "--write-baseline",
      "--reason",
      "r",
      broken,
    ]);
    expect([have.code, have.err]).toEqual([1, `verdict: ${join(folder, "no.json")} accepts 0 findings\n`]);
  });

  it("is refused without a file, a reason, or with a broken file", async () => {
    expect(await verdict(["validate", "--write-baseline", "--expires", "soon", set])).toEqual({
      code: 2,
      out: "",
      err:
        "verdict: --write-baseline needs --baseline FILE\n" +
        "verdict: --write-baseline needs --reason TEXT: why the findings are accepted\n" +
        "verdict: --expires `soon` is no day: write 2027-01-31\n",
    });
    const odd = file("odd.json", '{"accepted": [{"rule": "DOC-6"}]}');
    const have = await verdict(["validate", "--baseline", odd, set]);
    expect(have.code).toBe(2);
    expect(have.err).toContain(`${odd}:1:15: error SET-FORMAT accepted[0]: missing member \`fingerprint\``);
  });
});

describe("verdict validate --policies", () => {
  const place = join(folder, "whole");
  mkdirSync(join(place, "policies"), { recursive: true });
  const people = file(
    "whole/people.yaml",
    "users:\n  - { arn: arn:aws:iam::111122223333:user/a, managedPolicies: [Read] }\n",
  );
  const read = file("whole/policies/Read.json", JSON.stringify(statement("s3:GetObjct")));
  file("whole/policies/Write.json", JSON.stringify(statement("s3:PutObjct")));
  const outside = file("outside.json", JSON.stringify(statement("s3:GetObject")));

  it("resolves references in the set and shows the findings of the files only", async () => {
    const alone = await verdict(["validate", people]);
    expect([alone.code, alone.out]).toEqual([1, expect.stringContaining("unknown policy `Read`")]);
    const have = await verdict(["validate", "--fail-on", "warning", "--policies", place, people, read]);
    expect(have.code).toBe(1);
    expect(have.out).toContain("no action `s3:GetObjct`");
    expect(have.out).not.toContain("PutObjct");
    expect((await verdict(["validate", "--fail-on", "warning", "--policies", place, people])).code).toBe(0);
  });

  it("passes over what the set does not read, and refuses what lies elsewhere", async () => {
    const note = file("whole/notes.txt", "hello");
    expect(await verdict(["validate", "--policies", place, note])).toEqual({
      code: 0,
      out: "no findings\n",
      err: `${note}: passed over: it is no file of the policy set\n`,
    });
    const have = await verdict(["validate", "--policies", place, outside]);
    expect([have.code, have.out]).toEqual([
      2,
      `${outside}:1:1: error SET-FILE the policy set \`${place}\` does not hold this file\n1 finding: 1 error\n`,
    ]);
  });

  it("shows errors of other files, which keep the set from being loaded", async () => {
    const sick = join(folder, "sick");
    mkdirSync(sick);
    const well = file("sick/a.yaml", 'accounts: [{ id: "111122223333" }]\n');
    const other = file("sick/b.yaml", "users: [{ id: x }]\n");
    const have = await verdict(["validate", "--policies", sick, well]);
    expect([have.code, have.out]).toEqual([1, expect.stringContaining(`${other}:1:9: error SET-FORMAT`)]);
  });
});

describe("findings as text", () => {
  it("show three of a cause, the others with what they stand in, and a count by rule", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const policies = names.map((name) => ({
      arn: `arn:aws:iam::111122223333:policy/${name}`,
      document: {
        Version: "2012-10-17",
        Statement: { Sid: "", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" },
      },
    }));
    const flood = file("flood.json", JSON.stringify({ policies }));
    const have = await verdict(["validate", flood]);
    const line = (column: number, name: string) =>
      `${flood}:1:${column}: suggestion DOC-6 [policy ${name}] Statement[0].Sid: is empty (leave it out)\n`;
    const columns = [...JSON.stringify({ policies }).matchAll(/""/g)].map(({ index }) => index + 1);
    expect(have.out).toBe(
      names
        .slice(0, 3)
        .map((name, index) => line(columns[index] ?? 0, name))
        .join("") +
        "  … the same 3 times more, in policy d, policy e, policy f (--all shows each)\n\n" +
        "     6 suggestion       DOC-6              a Sid is unique in its document\n" +
        "6 findings: 6 suggestions\n",
    );
    expect(
      (await verdict(["validate", "--all", flood])).out.split("\n").filter((text) => text.includes("DOC-6 [")),
    ).toHaveLength(6);
  });
});
