import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countsAsSource } from "../../src/files/sources.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { alice, file, folder, minimal, root, start, verdict } from "../kit/run-verdict.js";

const readme = readFileSync(join(root, "src", "policy-tests", "README.md"), "utf8");

/** A file of tests with one question that alice may ask and one that she may not. */
function twoTests(name: string, secondExpects = "implicitDeny"): string {
  const ask = (action: string) =>
    `{ principal: "${alice}", action: ${action}, resource: "arn:aws:s3:::reports/q3.csv", context: { aws:SourceIp: 10.1.2.3 } }`;
  return file(
    name,
    `- { id: read, request: ${ask("s3:GetObject")}, expect: allowed }\n` +
      `- { id: write, why: she reads only, request: ${ask("s3:PutObject")}, expect: ${secondExpects} }\n`,
  );
}

describe("verdict test", () => {
  it("passes the examples", async () => {
    const have = await verdict(["test", "examples"]);
    expect(have.err).toBe("");
    expect(have.out).toMatch(/\nall: \d+ passed\n$/);
    expect(have.code).toBe(0);
  });

  it("passes the example of its README", async () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    const have = await verdict(["test", "--policies", minimal, file("readme.test.yaml", example)]);
    expect(have).toMatchObject({ code: 0, err: "" });
    expect(have.out).toContain(": 10 passed\n");
  });

  it("says of a failure what was asked, expected and answered, layer by layer, and ends with 1", async () => {
    const path = twoTests("failing.test.yaml", "allowed");
    const have = await verdict(["test", "--policies", "examples/minimal", path]);
    expect(have).toEqual({
      code: 1,
      err: "",
      out: `FAIL ${path}:2:3: write
  she reads only
    ${alice} s3:PutObject arn:aws:s3:::reports/q3.csv
    aws:SourceIp = 10.1.2.3
  expected allowed, got implicitDeny
  expected at ${path}:2:${readFileSync(path, "utf8").split("\n")[1]?.lastIndexOf("allowed") ?? 0 + 1}
  implicitDeny: no identity policy allows it
    resource  silent
    identity  silent

${path} (examples/minimal): 1 passed, 1 failed
`.replace(/(expected at .*:2:)(\d+)/, (_, at: string, column: string) => `${at}${Number(column) + 1}`),
    });
  });

  it("says who may have been meant by a principal that the set does not know", async () => {
    const path = file(
      "stranger.test.yaml",
      `- id: a\n  request: { principal: "${alice}a", action: s3:GetObject, resource: "arn:aws:s3:::reports/q3.csv" }\n  expect: allowed\n`,
    );
    const have = await verdict(["test", "--policies", minimal, path]);
    expect(have.out).toContain(`  the policy set does not know ${alice}a: did you mean \`${alice}\`?\n`);
  });

  it("says nothing of coverage where no set could be asked", async () => {
    const path = file("unread.test.yaml", "- name: a\n");
    const have = await verdict(["test", "--policies", minimal, "--coverage", path]);
    expect(have).toMatchObject({ code: 2, out: "" });
    expect(have.err).toContain("unknown member `name` (known: id, ");
  });

  it("names the statement that decided against what was expected", async () => {
    const path = file(
      "secret.test.json",
      JSON.stringify([
        {
          id: "secret",
          request: { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/secret/a" },
          expect: "allowed",
        },
      ]),
    );
    const { out, code } = await verdict(["test", "--policies", "examples/minimal", path]);
    expect(out).toMatch(
      /\n {2}decided by Deny in resource policy arn:aws:s3:::reports, Sid SecretsNeedMfa \(\S*policies.yaml:45:9\)\n/,
    );
    expect(code).toBe(1);
  });

  it("asks the set that lies beside under the same name, then the directory, then what the file names", async () => {
    const set = readFileSync(join(minimal, "policies.yaml"), "utf8");
    const base = join(folder, "places");
    mkdirSync(join(base, "whole"), { recursive: true });
    writeFileSync(join(base, "whole", "set.yaml"), set);
    writeFileSync(join(base, "beside.yaml"), set);
    const tests = readFileSync(twoTests("unused.test.yaml"), "utf8");
    writeFileSync(join(base, "beside.test.yaml"), tests);
    writeFileSync(join(base, "whole", "any.test.yaml"), tests);
    writeFileSync(join(base, "named.test.yaml"), `policies: whole\ntests:\n${tests}`);
    const have = await verdict([
      "test",
      join(base, "beside.test.yaml"),
      join(base, "whole"),
      join(base, "named.test.yaml"),
    ]);
    expect(have.err).toBe("");
    expect(have.out.replaceAll(base, "")).toBe(
      "/beside.test.yaml (/beside.yaml): 2 passed\n/whole/any.test.yaml (/whole): 2 passed\n" +
        "/named.test.yaml (/whole): 2 passed\n\nall: 6 passed\n",
    );
  });

  it.each([
    [["nowhere.test.yaml"], "nowhere.test.yaml:1:1: error SET-FILE cannot be read: no such file or directory\n"],
    [["proto"], /^proto:1:1: error SET-FILE no tests below this directory: /],
    [
      ["examples/minimal/policies.yaml"],
      /^examples\/minimal\/policies.yaml:3:1: error SET-FORMAT unknown member `accounts`/,
    ],
    [["examples/minimal.questions.json", "--filter", "zebra"], "verdict: no test has `zebra`\n"],
    [
      ["examples/minimal.questions.json", "--filter", "/(/"],
      /^--filter: `\/\(\/` is no regular expression: Invalid regular expression: /,
    ],
    [
      ["examples/minimal.questions.json", "--policies", "examples/none"],
      "examples/none:1:1: error SET-FILE cannot be read: no such file or directory\n",
    ],
    [
      ["examples/minimal.questions.json", "--out", "/nowhere/report"],
      "--out: `/nowhere/report` cannot be written: no such file or directory\n",
    ],
    [
      ["examples/minimal.questions.json", "--coverage-threshold", "many"],
      /'--coverage-threshold <percent>' argument 'many' is invalid\. it is no number from 0 to 100\.\n$/,
    ],
  ])("ends with 2 for %j", async (args, want) => {
    const have = await verdict(["test", ...args]);
    expect(have.err).toMatch(want);
    expect(have.code).toBe(2);
  });

  it("asks the tests of a filter only", async () => {
    const path = twoTests("filtered.test.yaml", "allowed");
    const filtered = (filter: string) => verdict(["test", "--policies", minimal, "--filter", filter, path]);
    expect(await filtered("GetObject")).toMatchObject({ code: 0, out: `${path} (${minimal}): 1 passed\n` });
    expect(await filtered("/^READ$/im")).toMatchObject({ code: 0, out: `${path} (${minimal}): 1 passed\n` });
    expect((await filtered("reads only")).code).toBe(1);
  });

  it("fails below the threshold of coverage, and lists what is not reached", async () => {
    const path = twoTests("covering.test.yaml");
    const lcov = join(folder, "lcov.info");
    const args = ["test", "--policies", "examples/minimal", path, "--coverage-out", lcov, "--coverage-threshold"];
    expect((await verdict([...args, "25"])).code).toBe(0);
    const have = await verdict([...args, "25.1"]);
    expect(have.code).toBe(1);
    expect(have.out).toBe(`${path} (examples/minimal): 2 passed

coverage: 25 % of 4 statements reached (1), 1 decided something, fewer than the 25.1 % that are wanted
  not reached examples/minimal/policies.yaml:30:22: Allow WriteReports of identity policy PublishReports
  not reached examples/minimal/policies.yaml:34:9: Allow AlicePublishes of resource policy role/Publisher
  not reached examples/minimal/policies.yaml:45:9: Deny SecretsNeedMfa of resource policy reports
`);
    expect(readFileSync(lcov, "utf8")).toMatch(/^TN:\nSF:examples\/minimal\/policies\.yaml\nBRDA:/);
    const list = join(folder, "coverage.json");
    await verdict(["test", "--policies", "examples/minimal", path, "--coverage-out", list]);
    expect(JSON.parse(readFileSync(list, "utf8"))).toMatchObject({ statements: 4, reached: 1, percent: 25 });
  });

  it.each([
    ["json", /^\{"passed":1,\n"failed":1,\n/],
    ["junit", /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="verdict" tests="2" failures="1" /],
    ["tap", /^TAP version 14\n1\.\.2\nok 1 - read\nnot ok 2 - write\n/],
  ])("reports as %s, and with --out to a file beside the text", async (format, want) => {
    const path = twoTests(`${format}.test.yaml`, "allowed");
    const args = ["test", "--policies", minimal, path, "--format", format];
    const have = await verdict(args);
    expect(have.out).toMatch(want);
    const out = join(folder, `report.${format}`);
    const filed = await verdict([...args, "--out", out]);
    expect(filed.out).toMatch(/1 passed, 1 failed\n$/);
    expect(readFileSync(out, "utf8")).toMatch(want);
    expect([have.code, filed.code]).toEqual([1, 1]);
  });

  it("runs again when tests change", async () => {
    const path = twoTests("watched.test.yaml", "allowed");
    const running = start(["test", "--watch", "--policies", minimal, path]);
    expect((await running.lines(11)).at(-1)).toBe(`${path} (${minimal}): 1 passed, 1 failed`);
    twoTests("watched.test.yaml");
    expect((await running.lines(12)).at(-1)).toBe(`${path} (${minimal}): 2 passed`);
    running.kill("SIGTERM");
    await running.code;
  });
});

describe("files of tests", () => {
  it.each(["a.test.yaml", "a.test.yml", "a.test.json", "a.questions.json", "a.questions.yaml", "x/A.TEST.JSON"])(
    "%s is no part of a policy set",
    (name) => expect(countsAsSource(name)).toBe(false),
  );

  it.each(["test.yaml", "tests/a.yaml", "a.tests.yaml", "a.test.yaml.json", "questions.json"])(
    "%s is a file of policies",
    (name) => expect(countsAsSource(name)).toBe(true),
  );

  it("lie beside policies and refuse no set", async () => {
    const set = join(folder, "with tests");
    mkdirSync(set, { recursive: true });
    writeFileSync(join(set, "set.yaml"), readFileSync(join(minimal, "policies.yaml")));
    const before = await loadPolicySet(set);
    writeFileSync(join(set, "set.test.yaml"), "no: test\n");
    writeFileSync(join(set, "set.questions.json"), "not even JSON");
    const after = await loadPolicySet(set);
    expect(after).toMatchObject({ ok: true, findings: [] });
    expect(after.ok && after.policySet.digest).toBe(before.ok && before.policySet.digest);
  });
});
