/** The files for CI: they parse, and what they call exists. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { file, root, verdict } from "../kit/run-verdict.js";

const ci = join(root, "examples", "ci");
const texts = ["action.yml", "workflow.yml", "gitlab-ci.yml", "README.md"].map((name) => [
  name,
  readFileSync(join(ci, name), "utf8"),
]);
const hooks: readonly Readonly<Record<string, unknown>>[] = parse(
  readFileSync(join(root, ".pre-commit-hooks.yaml"), "utf8"),
);
const report = join(ci, "report.js");

/** Commands with the flags that a line gives them. */
function callsIn(text: string): readonly { readonly command: string; readonly flags: readonly string[] }[] {
  return [...text.matchAll(/(?:^|[\s`])verdict (validate|test|[a-z]+(?= -))(.*)$/gm)].map(
    ([, command = "", rest = ""]) => ({
      command,
      flags: rest.match(/(?<=\s)--[a-z-]+/g) ?? [],
    }),
  );
}

describe("the files for CI", () => {
  it.each(texts.filter(([name]) => name !== "README.md"))("%s is YAML", (_, text = "") => {
    expect(parse(text)).toEqual(expect.any(Object));
  });

  it("call commands and flags that exist", async () => {
    const entries = hooks.map(({ entry, args }) => `${entry} ${[args].flat().join(" ")}`);
    const calls = [...texts.map(([, text = ""]) => text), ...entries].flatMap(callsIn);
    expect(calls.length).toBeGreaterThan(7);
    for (const { command, flags } of calls) {
      const { out, code } = await verdict([command, "--help"]);
      expect(code, command).toBe(0);
      expect(flags.filter((flag) => !out.includes(`${flag} `))).toEqual([]);
    }
  });

  it("are hooks as pre-commit reads them", () => {
    for (const hook of hooks) {
      expect(Object.keys(hook)).toEqual(expect.arrayContaining(["id", "name", "entry", "language", "files"]));
      expect(hook.entry).toMatch(/^verdict (validate|test)$/);
      expect(hook.language).toBe("node");
      expect(() => new RegExp(`${hook.files}|${hook.exclude}`)).not.toThrow();
    }
  });

  it("write no input into a script", () => {
    for (const [, text = ""] of texts) {
      for (const [script] of text.matchAll(/run: \|\n(?: {8}.*\n)+/g)) expect(script).not.toContain("${{");
    }
  });

  it("reports what the commands print, and quotes it", async () => {
    const hostile = "a`|<b>\n::error::no%0A @team";
    const findings = [
      { file: "p,x.yaml", line: 3, column: 1, severity: "warning", rule: "LINT-ADMIN", message: hostile },
      { file: "p.yaml", line: 4, column: 2, severity: "error", rule: "DOC-1", message: "no" },
    ];
    const tests = await verdict(["test", "examples/minimal.questions.json", "--coverage", "--format", "json"]);
    const have = spawnSync(
      process.execPath,
      [report, file("findings.json", JSON.stringify(findings)), file("tests.json", tests.out)],
      { encoding: "utf8" },
    );
    expect(have.stderr).toBe(
      "::warning file=p%2Cx.yaml,line=3,col=1,title=LINT-ADMIN::a`|<b>%0A::error::no%250A @team\n" +
        "::error file=p.yaml,line=4,col=2,title=DOC-1::no\n",
    );
    expect(have.stdout).toMatch(
      /^<!-- verdict -->\n## Policies\n\n\*\*Findings:\*\* 2, 1 of them errors\. \n\*\*Tests:\*\* 21 passed, 0 failed\.\n\*\*Coverage:\*\* 100 % of 4 statements\.\n/,
    );
    expect(have.stdout).toContain(
      "| p,x.yaml:3:1 | warning | LINT-ADMIN | a&#96;&#124;&#60;b&#62;&#10;::error::no&#37;0A &#64;team |\n",
    );
  });

  it("says when tests could not be run", () => {
    const have = spawnSync(process.execPath, [report, file("none.json", ""), "nowhere.json"], { encoding: "utf8" });
    expect(have.stdout).toContain("**Tests:** could not be run.");
    expect(have.status).toBe(0);
  });
});
