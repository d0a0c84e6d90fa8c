// What `npm start` needs and no more: the matcher without its debug form, made again only if its sources are newer, and the bundle
// without types. Prints nothing unless it takes long or fails. Runs in the folder of the package.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const matcher = "dist/matcher.release.wasm";
const sources = readdirSync("assembly", { recursive: true }).map((name) => join("assembly", name));
const isCurrent =
  existsSync(matcher) &&
  [...sources, "asconfig.json", "package-lock.json"].every(
    (path) => statSync(path).mtimeMs <= statSync(matcher).mtimeMs,
  );

if (!isCurrent) {
  console.error("building the matcher: some 20 seconds, this once");
  const { default: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc.main(["--target", "release"]);
  if (error !== null) {
    console.error(stderr.toString());
    throw error;
  }
}
await import("../esbuild.config.js");
