/** The version of this package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../artifacts.js";

/** As in `package.json`. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion ? String(manifest.version) : "unknown";
}
