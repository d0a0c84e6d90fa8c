/**
 * `npm run build:bundle`: the command and the entries of threads and processes as few files, in `dist/bundle/`. Node finds and
 * compiles three hundred small modules one by one, which took longer than all that `serve` does before its first answer. Takes `src/`,
 * leaves `dist/src/` (the library, its types) alone. Packages that the first answer does not need stay where npm puts them, but for
 * OpenTelemetry: installed it is 28 MB, bundled 0.7, in files that only `--tracing` loads, and nobody else's package depends on it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const outdir = "dist/bundle";
const bundledPackages = ["@grpc/grpc-js", "commander", "yaml"];
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    main: "src/cli/main.ts",
    worker: "src/engine/worker.ts",
    "preparation-thread": "src/prepare/preparation-thread.ts",
    "compilation-process": "src/prepare/compilation-process.ts",
    "looking-process": "src/supply/path/looking-process.ts",
    "unpack-thread": "src/supply/bundle/unpack-thread.ts",
    "decision-log-thread": "src/observe/decision-log/decision-log-thread.ts",
    "matrix-worker": "src/matrix/matrix-worker.ts",
    "analyzer-thread": "src/server/access-analyzer/analyzer-thread.ts",
    "write-catalogue": "src/validate/catalogue/write-catalogue.ts",
    "audit-thread": "src/server/audits/audit-thread.ts",
    "aws-simulation-thread": "src/server/aws/aws-simulation-thread.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.20",
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundledPackages.includes(name)),
  // Packages of the older module format call it.
  banner: {
    js: [
      `import { createRequire as createRequireOfBundle } from "node:module";`,
      `const require = createRequireOfBundle(import.meta.url);`,
    ].join("\n"),
  },
  metafile: true,
  logLevel: "warning",
});
writeFileSync(join(outdir, "build.json"), `${JSON.stringify({ commit: commit() })}\n`);
const { writeCompactCatalogue } = await import(`./${outdir}/write-catalogue.js`);
const catalogueFiles = await writeCompactCatalogue();
writeFileSync(join(outdir, "LICENSES.txt"), licences([...Object.keys(metafile.inputs), ...catalogueFiles]));

/** The commit that is built, with a mark if the tree differs from it; undefined outside of a clone. */
function commit() {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty", "--exclude=*"], { encoding: "utf8" });
  return existsSync(".git") && status === 0 ? stdout.trim() : undefined;
}

/** The licences of the packages that these files come from: whoever ships the bundle ships them. */
function licences(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined || !existsSync(join(folder, file))) throw new Error(`${folder}: no licence to ship`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
