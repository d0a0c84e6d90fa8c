// The packages that only benchmarks use: they are installed in bench/peers, away from the project's own, and only when somebody asks
// for them.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** As seen from the compiled file. */
const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bench", "peers");
const require = createRequire(join(folder, "package.json"));

/** Where the main file of a package lies; throws, and says what to do, if it is not installed. */
export function peerFile(name: string): string {
  try {
    return require.resolve(name);
  } catch (cause: unknown) {
    throw new Error(`no package \`${name}\`: run npm ci --prefix bench/peers`, { cause });
  }
}

/** What a package exports; the caller knows its shape. */
export function loadPeer<T>(name: string): T {
  return require(peerFile(name)) as T;
}

/** The version of a package as bench/peers/package.json pins it. */
export function peerVersion(name: string): string {
  const { dependencies, optionalDependencies } = require("./package.json") as Readonly<
    Record<"dependencies" | "optionalDependencies", Readonly<Record<string, string>>>
  >;
  return dependencies[name] ?? optionalDependencies[name] ?? "";
}
