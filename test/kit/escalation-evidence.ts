// Evidence of one account for `verdict audit escalation`, and the edges that it finds with it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { verdict } from "./run-verdict.js";

export const account = "111122223333";
export const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
export const document = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });
export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*") => ({
  Effect: "Allow",
  Action,
  Resource,
});
export const inline = (...statements: readonly object[]) => [
  { PolicyName: "own", PolicyDocument: document(...statements) },
];

/** A line of `--json`. */
export interface EscalationLine {
  readonly from?: string;
  readonly to?: string;
  readonly path?: string;
  readonly by?: string;
  readonly supposes?: string;
  readonly steps?: readonly { readonly action: string; readonly resource: string }[];
}

/** What is found with files as evidence, which are written into a new folder. */
export async function escalationEdges(
  folder: string,
  files: Readonly<Record<string, object>>,
  args: readonly string[] = [],
): Promise<{
  readonly err: string;
  readonly edges: readonly EscalationLine[];
  readonly lines: readonly EscalationLine[];
}> {
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content));
  const { code, out, err } = await verdict(["audit", "escalation", "--evidence", folder, "--json", ...args]);
  expect(code, err).toBe(0);
  const lines: EscalationLine[] = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const edges = lines.filter(({ path, from }) => path !== undefined && from !== undefined);
  return { err, edges, lines };
}
