/** SARIF 2.1.0 logs, the format that code-scanning services read: what every log of this tool has. */
import { normalPath } from "../../text/posix-path.js";

/** The tool that found something. */
export interface SarifTool {
  readonly version: string;
  /** Where people read about it: an absolute address, as SARIF wants it. */
  readonly homepage: string;
}

/** A log of one run. */
export function sarifRun(
  { version, homepage }: SarifTool,
  rules: readonly object[],
  results: readonly object[],
): object {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "verdict", version, informationUri: homepage, rules } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
}

/** The URI of a file: absolute, or relative to what is scanned. */
export function sarifUri(file: string): string {
  if (file.startsWith("/")) {
    // `#` and `?` would end the path, and Node writes the tilde so, too.
    const path = encodeURI(normalPath(file));
    return `file://${path.replace(/[?#~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  }
  return file.split("/").map(encodeURIComponent).join("/");
}
