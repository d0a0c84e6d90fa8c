/** The command where it cannot be loaded: one sentence on a Node that is too old, before anything is loaded that it cannot read; one where files cannot be opened. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { minimal, root, start } from "../kit/run-verdict.js";

/** Runs `verdict --version` as a Node of that version would, as far as the command can see. */
async function runAs(version: string) {
  const pretend = `Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
  const run = start(["--version"], {
    nodeOptions: ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`],
  });
  return { code: await run.code, out: run.out(), err: run.err() };
}

describe("verdict", () => {
  it.each(["18.20.8", "20.19.9"])("refuses Node %s in one sentence", async (version) => {
    expect(await runAs(version)).toEqual({
      code: 2,
      out: "",
      err: `verdict: Node 20.20 or later is needed, and ${process.execPath} is Node ${version}\n`,
    });
  });

  // Node itself has about 19 open before it comes to the command.
  it.skipIf(process.platform === "win32").each([20, 22, 24])(
    "says in one sentence that %d open files are too few",
    async (most) => {
      const within = ["sh", "-c", `ulimit -n ${most}; exec "$@"`, "sh"];
      const run = start(["load", "--policies", minimal, "--duration", "10ms", "--warm-up", "0s"], { within });
      expect({ code: await run.code, out: run.out(), err: run.err() }).toEqual({
        code: 2,
        out: "",
        err: expect.stringMatching(/^verdict: [^\n]*too many open files[^\n]*\n$/),
      });
    },
  );

  it("takes what package.json names", async () => {
    const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(engines).toEqual({ node: ">=20.20.0" });
    for (const version of ["20.20.0", "22.1.0"]) expect(await runAs(version)).toMatchObject({ code: 0, err: "" });
  });
});
