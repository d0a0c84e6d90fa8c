/** What a newcomer types first: versions, help, completion, lists, colours. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseListenAddress } from "../../src/access/listen-address.js";
import { settingGroups, settings } from "../../src/config/settings.js";
import { alice, file, minimal, root, verdict } from "../kit/run-verdict.js";

describe("verdict --version", () => {
  it("tells the version, the catalogue's date and Node's version in one line", async () => {
    const have = await verdict(["--version"]);
    expect(have).toMatchObject({ code: 0, err: "" });
    expect(have.out).toMatch(
      /^\d+\.\d+\.\d+ \((commit [0-9a-f]+(-dirty)?, )?catalogue \d{4}-\d\d-\d\d, Node v\d+\.\d+\.\d+\)\n$/,
    );
  });
});

describe("verdict", () => {
  it("can be executed after every build: npx finds the link of an earlier one", () => {
    accessSync(join(root, "dist", "bundle", "main.js"), constants.X_OK);
  });

  it.each([["-v"], ["-V"], ["version"]])("%s tells the version", async (word) => {
    expect(await verdict([word])).toEqual(await verdict(["--version"]));
  });

  it("lists every command in one group of its help", async () => {
    const { out } = await verdict(["--help"]);
    const [, ...groups] = out.split(/\n(?=[A-Z][a-z ]+:\n)/);
    const named = groups.map((group) => group.split("\n")[0]);
    expect(named).toEqual(["Options:", "Ask:", "Write policies:", "Audit:", "Measure:", "Around it:", "Example:"]);
    for (const name of ["serve", "check", "validate", "audit", "load", "config", "help"]) {
      expect(out.match(new RegExp(`^ {2}${name} `, "gm"))).toHaveLength(1);
    }
  });

  it.each([
    [["help", "chek"], "verdict: unknown command 'chek' (Did you mean check?)"],
    [["config", "show"], "verdict: unknown command 'show' (its commands: print)"],
    [
      ["serve", "examples/acme"],
      "verdict: too many arguments for 'serve'. Expected 0 arguments but got 1. (a policy set is named with --policies)",
    ],
    [["audit", "whocan"], "verdict: unknown command 'whocan' (Did you mean who-can?)"],
  ])("refuses %j", async (args, message) => {
    expect(await verdict(args)).toEqual({ code: 2, out: "", err: `${message}\n` });
  });
});

describe("a policy set that is not named", () => {
  it("is looked for in ./policies, and that is said where there is none", async () => {
    const { code, err } = await verdict(["inspect"]);
    expect({ code, err }).toEqual({
      code: 2,
      err:
        "./policies:1:1: error SET-FILE cannot be read: no such file or directory\n" +
        "verdict: policies are looked for in ./policies unless others are named (--help says how)\n",
    });
  });
});

describe("verdict serve --help", () => {
  it("has every setting in one group, and first what a first server needs", async () => {
    const { out } = await verdict(["serve", "--help"]);
    for (const { flag } of Object.values(settings)) expect(out.split(`\n  ${flag} `)).toHaveLength(2);
    const headings = settingGroups.map(({ heading }) => out.indexOf(`\n${heading}\n`));
    expect(headings).toEqual([...headings].sort((one, other) => one - other));
    expect(headings[0]).toBeGreaterThan(0);
    const [first = ""] = out.slice(headings[0]).split("\n\n");
    expect(first.match(/^ {2}--\S+/gm)).toEqual([
      "  --config",
      "  --policies",
      "  --listen",
      "  --http",
      "  --tls-cert",
      "  --tls-key",
      "  --decision-log",
    ]);
  });

  it("suggests the key that a misspelt one of a file means", async () => {
    const config = file("misspelt.yaml", "logLevl: info\n");
    expect(await verdict(["serve", "--config", config])).toEqual({
      code: 2,
      out: "",
      err: `${config}:1:1: unknown member \`logLevl\`: did you mean \`logLevel\`?\n`,
    });
  });
});

describe("an address", () => {
  it.each(["50051", ":50051"])("%s is one that other machines cannot reach", (text) => {
    expect(parseListenAddress(text)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 50_051 });
  });

  it.each([":", ":70000", "123456", ":-1", ""])("%j is none", (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe("verdict inspect --list", () => {
  it.each([
    ["users", ["arn:aws:iam::111111111111:user/alice"]],
    ["roles", ["arn:aws:iam::111111111111:role/Publisher"]],
    ["groups", []],
    ["resources", expect.any(Array)],
    ["policies", expect.arrayContaining(["arn:aws:iam::111111111111:policy/ReadReports"])],
  ])("names %s, as lines and as JSON", async (what, names) => {
    const json = await verdict(["inspect", minimal, "--list", what, "--json"]);
    expect(JSON.parse(json.out)).toEqual({ policies: minimal, [what]: names });
    const listed: unknown = JSON.parse(json.out)[what];
    const lines = (await verdict(["inspect", minimal, "--list", what])).out;
    expect(lines).toBe((Array.isArray(listed) ? listed : []).map((name) => `${name}\n`).join(""));
  });

  it("names owners, each pattern with its account", async () => {
    const { out } = await verdict(["inspect", "examples/acme", "--list", "owners"]);
    expect(out).toMatch(/^arn:acme:\S+ \d{12}\n/);
  });
});

describe("verdict completion", () => {
  const bash = ["/bin/bash", "/usr/bin/bash"].find((path) => existsSync(path));

  it.runIf(bash !== undefined)("completes commands and options in bash", async () => {
    const { out } = await verdict(["completion", "bash"]);
    const words = (line: string) => {
      const script = `${out}\nCOMP_WORDS=(${line}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _verdict; echo "\${COMPREPLY[@]}"`;
      return spawnSync(bash ?? "", ["-c", script], { encoding: "utf8", cwd: root });
    };
    expect(words("verdict insp")).toMatchObject({ stdout: "inspect\n", stderr: "" });
    expect(words("verdict serve --htt")).toMatchObject({ stdout: "--http\n", stderr: "" });
  });

  it.each(["zsh", "fish"])("has every command for %s", async (shell) => {
    const { out } = await verdict(["completion", shell]);
    for (const name of ["serve", "check", "validate", "completion"]) expect(out).toContain(name);
  });

  it("knows no other shell", async () => {
    expect(await verdict(["completion", "tcsh"])).toMatchObject({ code: 2, out: "" });
  });
});

describe("colours", () => {
  const run = (variables: Readonly<Record<string, string>>, ...flags: readonly string[]) =>
    spawnSync(
      process.execPath,
      [
        join(root, "dist", "bundle", "main.js"),
        ...flags,
        ...["check", "--policies", minimal, "--principal", alice, "--action", "s3:Get", "--resource", "*"],
      ],
      { encoding: "utf8", env: { PATH: process.env.PATH, ...variables } },
    ).stdout;

  it("are there with FORCE_COLOR, and not where the output is no terminal", () => {
    expect(run({ FORCE_COLOR: "1" })).toContain("[31mimplicitDeny");
    expect(run({})).toMatch(/^implicitDeny/);
    expect(run({ NO_COLOR: "1" })).toMatch(/^implicitDeny/);
    expect(run({ NO_COLOR: "1" }, "--color", "always")).toContain("[31mimplicitDeny");
    expect(run({ FORCE_COLOR: "1" }, "--color=never")).toMatch(/^implicitDeny/);
    expect(run({ FORCE_COLOR: "1" }, "--color", "auto")).toContain("[31mimplicitDeny");
    expect(run({}, "--color", "blue")).toBe("");
  });
});
