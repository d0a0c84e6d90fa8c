// What `npm start` needs and no more: the matcher without its debug form and the bundle and the library without types, each made again only if its
// sources are newer. Prints nothing unless it takes long or fails. Runs in the folder of the package.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

if (!isCurrent("dist/matcher.release.wasm", ["assembly", "asconfig.json", "package-lock.json"])) {
  console.error("building the matcher: some 20 seconds, this once");
  const { default: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc.main(["--target", "release"]);
  if (error !== null) {
    console.error(stderr.toString());
    throw error;
  }
}
if (!isCurrent("dist/bundle/main.js", ["src", "assembly", "rolldown.config.js", "package-lock.json"])) {
  await import("../rolldown.config.js");
}
// The library, for programs that ask: file by file, as the compiler would write it, but for the types.
if (!isCurrent("dist/src/index.js", ["src", "assembly", "package-lock.json"])) {
  const { build } = await import("esbuild");
  const { include } = JSON.parse(readFileSync("tsconfig.json", "utf8"));
  const sources = ["src", ...include.filter((path) => !path.includes("*"))];
  const entryPoints = sources.flatMap(filesOf).filter((path) => path.endsWith(".ts"));
  const form = { format: "esm", platform: "node", target: "node20.20", logLevel: "warning" };
  await build({ entryPoints, outdir: "dist", outbase: ".", bundle: false, ...form });
}

function isCurrent(made, sources) {
  if (!existsSync(made)) return false;
  const { mtimeMs } = statSync(made);
  return sources.flatMap(filesOf).every((path) => statSync(path).mtimeMs <= mtimeMs);
}

function filesOf(path) {
  return statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).map((name) => join(path, name)) : [path];
}
