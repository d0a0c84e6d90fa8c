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

  // Node itself has 18 to 21 open before it comes to the command, by its version; with fewer it ends by itself.
  it.skipIf(process.platform === "win32")("says in one sentence that open files are too few", async () => {
    const ends: string[] = [];
    for (let most = 18; most <= 24; most++) {
      const within = ["sh", "-c", `ulimit -n ${most}; exec "$@"`, "sh"];
      const run = start(["load", "--policies", minimal, "--duration", "10ms", "--warm-up", "0s"], { within });
      const code = await run.code;
      if (code === 0) ends.push("serves");
      else if (code === 2 && run.out() === "" && /^verdict: [^\n]*too many open files[^\n]*\n$/.test(run.err()))
        ends.push("says so");
      else ends.push(/dist\/bundle/.test(run.err()) || code === 2 ? run.err() : "Node ends");
    }
    expect(ends.join(", ")).toMatch(/^(?:Node ends, )*says so(?:, says so)*(?:, serves)*$/);
  });

  it("takes what package.json names", async () => {
    const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(engines).toEqual({ node: ">=20.20.0" });
    for (const version of ["20.20.0", "22.1.0"]) expect(await runAs(version)).toMatchObject({ code: 0, err: "" });
  });
});
