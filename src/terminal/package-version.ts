/** The version of this package, and where it is to be read about. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../artifacts.js";

/** As in `package.json`. */
export function packageVersion(): string {
  return memberOf(manifest(), "version") ?? "unknown";
}

/** Absolute addresses of the package and of its documents: below its homepage, or by its name in the registry where it has none. */
export function packageAddresses(): { readonly homepage: string; readonly documents: string } {
  const own = manifest();
  const homepage = memberOf(own, "homepage")?.replace(/(?:#.*|\/)$/, "");
  if (homepage !== undefined) return { homepage, documents: homepage };
  const name = memberOf(own, "name") ?? "verdict-pdp";
  return {
    homepage: `https://www.npmjs.com/package/${name}`,
    documents: `https://unpkg.com/${name}@${packageVersion()}`,
  };
}

function manifest(): unknown {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
}

function memberOf(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof member === "string" ? member : undefined;
}
