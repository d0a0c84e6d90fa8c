// What `dist/bundle` holds: the command as few files, of which `serve` loads only what its first answer needs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../kit/run-verdict.js";

const bundle = join(root, "dist", "bundle");
const files = readdirSync(bundle).filter((name) => name.endsWith(".js"));

describe("dist/bundle", () => {
  it("loads for `serve` no package that the first answer does not need", () => {
    const serve = files.find((name) => name.startsWith("run-serve-")) ?? "";
    const loaded = new Set([...importsBelow("main.js"), ...importsBelow(serve)]);
    const packages = [...loaded].filter((name) => !name.startsWith("node:") && !name.startsWith("./"));
    expect(packages).toEqual([]);
  });

  it("loads for `serve` few files", () => {
    const serve = files.find((name) => name.startsWith("run-serve-")) ?? "";
    const loaded = new Set([...importsBelow("main.js"), ...importsBelow(serve)]);
    expect([...loaded].filter((name) => name.startsWith("./")).length).toBeLessThanOrEqual(32);
  });

  it.each(["decision-log-thread.js", "unpack-thread.js", "looking-process.js", "worker.js"])(
    "loads for %s nothing that only `serve` needs",
    (entry) => {
      const onlyServing = [...importsBelow(entry)].filter((name) => /^\.\/serving(-[mkc])*-[\w-]{8}\.js$/.test(name));
      expect(onlyServing).toEqual([]);
    },
  );

  it("ships the licence of every package that it holds", () => {
    const held = new Set(
      files.flatMap((name) =>
        [...text(name).matchAll(/^\s*\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(([, held = ""]) => held),
      ),
    );
    const licences = `\n${readFileSync(join(bundle, "LICENSES.txt"), "utf8")}`;
    expect(held).toContain("@grpc/grpc-js");
    for (const name of held) expect(licences).toContain(`\n${name} `);
  });
});

/** What the file imports before it runs, and what that imports. */
function importsBelow(first: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ""] of text(first).matchAll(/^(?:import|export)\b[^;"']*["']([^"']+)["'];/gm)) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (name.startsWith("./")) importsBelow(name.slice(2), seen);
  }
  return seen;
}

function text(name: string): string {
  return readFileSync(join(bundle, name), "utf8");
}
