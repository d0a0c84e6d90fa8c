// `verdict validate` as a gate: what is shown, what makes it fail.
import { describe, expect, it } from "vitest";
import { file, verdict } from "../kit/run-verdict.js";

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
      `${broken}:2:5: error SET-FORMAT policies[0]: missing member \`document\`\n1 finding: 1 error\n`,
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
