/** `verdict validate`: findings about policy sets or documents. Exit code 0, 1 if errors were found, 2 if a path cannot be read. */
import type { Command } from "commander";
import { Option } from "commander";
import type { PolicyType } from "../policy/document.js";
import type { Finding } from "../policy/finding.js";
import { loadPolicySet, parseSource } from "../policy/load-policy-set.js";
import { parsePolicyDocument } from "../policy/parse-document.js";
import { readSources } from "../policy/sources.js";
import { packageVersion } from "./package-version.js";
import { findingLine, findingPieces, findingsJson } from "./report-findings.js";
import { sarifLog } from "./sarif.js";
import { printError, printJson, printLine, printText } from "./terminal.js";

const policyTypes = [
  "identity",
  "boundary",
  "session",
  "resource",
  "trust",
  "endpoint",
  "scp",
  "rcp",
] as const satisfies readonly PolicyType[];

interface ValidateOptions {
  readonly type?: PolicyType;
  readonly format: "text" | "json" | "sarif";
}

/** Adds the command. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .summary("find mistakes in policy sets and policy documents")
    .description("Prints findings: exit code 0, 1 if errors were found, 2 if a path cannot be read.")
    .argument("<path...>", "policy sets; with --type, files or directories of single policy documents")
    .addOption(new Option("--type <type>", "what the documents are attached as").choices(policyTypes))
    .addOption(
      new Option("--format <format>", "form of the findings").choices(["text", "json", "sarif"]).default("text"),
    )
    .addHelpText("after", VALIDATE_EXAMPLE)
    .action(validate);
}

const VALIDATE_EXAMPLE = `
Example:
  verdict validate examples/acme
  verdict validate --type scp --format sarif guardrails/DenyLeavingEurope.json`;

async function validate(paths: readonly string[], { type, format }: ValidateOptions): Promise<void> {
  const findings: Finding[] = [];
  for (const path of paths)
    findings.push(...(type === undefined ? (await loadPolicySet(path)).findings : await check(path, type)));
  const unreadable = findings.filter(({ rule }) => rule === "SET-FILE");
  const errorCount = findings.filter(({ severity }) => severity === "error").length;
  process.exitCode = unreadable.length > 0 ? 2 : errorCount > 0 ? 1 : 0;
  if (format === "json") await printText(findingsJson(findings));
  else if (format === "sarif") await printJson(sarifLog(findings, packageVersion()));
  else await printFindings(findings, errorCount);
  // A path that cannot be read is an error of the command as well as a finding.
  if (format !== "text") for (const finding of unreadable) printError(findingLine(finding));
}

/** Each file is one document of the given type. */
async function check(path: string, type: PolicyType): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const source of await readSources(path, findings)) {
    const node = parseSource(source, findings);
    if (node !== undefined) parsePolicyDocument(node, source, type, findings);
  }
  return findings;
}

async function printFindings(findings: readonly Finding[], errorCount: number): Promise<void> {
  for (const finding of findings) await printLine(...findingPieces(finding));
  await printLine(findings.length === 0 ? "no findings" : `${findings.length} findings, ${errorCount} of them errors`);
}
