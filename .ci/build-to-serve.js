// What `npm start` needs and no more: the matcher without its debug form and the bundle without types, each made again only if its
// sources are newer. Prints nothing unless it takes long or fails. Runs in the folder of the package.
import { existsSync, readdirSync, statSync } from "node:fs";
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
if (!isCurrent("dist/bundle/main.js", ["src", "assembly/format", "esbuild.config.js", "package-lock.json"])) {
  await import("../esbuild.config.js");
}

function isCurrent(made, sources) {
  if (!existsSync(made)) return false;
  const { mtimeMs } = statSync(made);
  return sources.flatMap(filesOf).every((path) => statSync(path).mtimeMs <= mtimeMs);
}

function filesOf(path) {
  return statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).map((name) => join(path, name)) : [path];
}
