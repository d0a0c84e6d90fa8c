/**
 * `npm run build:bundle`: the command and the entries of threads and processes as few files, in `dist/bundle/`. Node finds and
 * compiles three hundred small modules one by one, which took longer than all that `serve` does before its first answer. Takes `src/`,
 * leaves `dist/src/` (the library, its types) alone. Packages that the first answer does not need stay where npm puts them, but for
 * OpenTelemetry and ECharts: installed 28 and 60 MB, bundled 0.7 and 1.2, in files that only `--tracing` and pages load, and nobody
 * else's package depends on them.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const outdir = "dist/bundle";
const bundledPackages = ["@grpc/grpc-js", "commander", "yaml"];
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundledPackages.includes(name));
const entries = {
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
};

/** What `serve` loads before it answers, and those who load a part of it; letters name the files that they share. */
const serving = ["src/cli/main.ts", "src/cli/program.ts", "src/cli/serve.ts", "src/serve/run-serve.ts"];
const sharing = {
  m: ["src/cli/main.ts", "src/cli/program.ts"],
  w: [entries.worker],
  p: [entries["compilation-process"], entries["preparation-thread"]],
  l: [entries["looking-process"]],
  t: Object.values(entries).filter((file) => file.endsWith("-thread.ts") && file !== entries["preparation-thread"]),
  k: filesBelow("src/client", "src/reach"),
  c: filesBelow("src/cli").filter((file) => !serving.includes(file)),
};

/** By itself, or what makes tables would bring it along. */
const chartFile = { name: "charts", test: /node_modules\/(?:echarts|zrender)\/|src\/report\/chart\.ts$/ };

const imports = await importsOfModules();
const servingModules = below(serving);
const shares = Object.entries(sharing).map(([letter, files]) => [letter, below(files)]);
const bundle = await rolldown({ ...inputOptions(), preserveEntrySignatures: "allow-extension" });
const { output } = await bundle.write({
  dir: outdir,
  cleanDir: true,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
  codeSplitting: {
    groups: [{ name: sharedFile, debugName: "serving" }, chartFile],
    includeDependenciesRecursively: false,
  },
  minify: false,
});
await bundle.close();
// npm makes a command executable when it links it, and `npx` finds the link of an earlier build.
chmodSync(join(outdir, "main.js"), 0o755);
writeFileSync(join(outdir, "build.json"), `${JSON.stringify({ commit: commit() })}\n`);
const { writeCompactCatalogue } = await import(`./${outdir}/write-catalogue.js`);
const catalogueFiles = await writeCompactCatalogue();
const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
writeFileSync(join(outdir, "LICENSES.txt"), licences([...modules, ...catalogueFiles]));

function inputOptions() {
  return {
    input: entries,
    platform: "node",
    // For Node this package has modules of the older format, which cannot be taken apart.
    resolve: { alias: { yaml: resolve("node_modules/yaml/browser/index.js") } },
    external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)),
    tsconfig: false,
    transform: { target: "node20.20" },
    // Modules that both `import()` and `import` load are found by both.
    onLog: (level, log, next) => (log.code === "INEFFECTIVE_DYNAMIC_IMPORT" ? undefined : next(level, log)),
  };
}

/** Every module with those that it imports before it runs. */
async function importsOfModules() {
  const found = new Map();
  const moduleParsed = ({ id, importedIds }) => void found.set(id, importedIds);
  const graph = await rolldown({ ...inputOptions(), plugins: [{ name: "imports", moduleParsed }] });
  await graph.generate({ format: "esm" });
  await graph.close();
  return found;
}

function filesBelow(...folders) {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(".ts"));
}

function below(files) {
  const found = new Set(files.map((file) => resolve(file)));
  for (const module of found) for (const imported of imports.get(module) ?? []) found.add(imported);
  return found;
}

/**
 * The file of a module that serving loads: one for all that are shared by the same others. Split by every way in, as bundlers do
 * by themselves, `serve` loaded 109 files, and a sixth of its start went into finding them.
 */
function sharedFile(module) {
  if (!servingModules.has(module) || serving.some((file) => resolve(file) === module)) return null;
  const letters = shares.filter(([, modules]) => modules.has(module)).map(([letter]) => letter);
  return ["serving", ...letters].join("-");
}

/** The commit that is built, with a mark if the tree differs from it; undefined outside of a clone. */
function commit() {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty", "--exclude=*"], { encoding: "utf8" });
  return existsSync(".git") && status === 0 ? stdout.trim() : undefined;
}

/** The licences of the packages that these files come from: whoever ships the bundle ships them. */
function licences(files) {
  // Of a package in the folder of another it is the inner one.
  const folders = new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const names = readdirSync(folder);
    const file = names.find((one) => /^licen[cs]e(?:\.|$)/i.test(one));
    if (file === undefined) throw new Error(`${folder}: no licence to ship`);
    // Apache-2.0 wants the notices beside it, and what a package took from others has a folder.
    const inner = names.includes("licenses")
      ? readdirSync(join(folder, "licenses")).map((one) => `licenses/${one}`)
      : [];
    const all = [file, ...names.filter((one) => /^notice(?:\.|$)/i.test(one)), ...inner];
    const texts = all.map((one) => readFileSync(join(folder, one), "utf8").trim());
    return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
  });
  return [...new Set(packages)].sort().join(`\n${"-".repeat(80)}\n\n`);
}
