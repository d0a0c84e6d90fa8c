/**
 * From texts to a policy set, or to every finding that speaks against it. It is all or nothing (DOC-12): one refused document
 * refuses the set.
 */
import { below } from "../../text/element-path.js";
import type { Finding } from "../../text/finding.js";
import { type JsonReaderOptions, readJson } from "../../text/json-reader.js";
import type { Platform } from "../../text/platform.js";
import { baseName, normalPath, pathFrom } from "../../text/posix-path.js";
import { sortFindings } from "../../text/sort-findings.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import type { TreePlace } from "../../text/tree-place.js";
import { report } from "../../text/tree-place.js";
import { readYaml } from "../../text/yaml-reader.js";
import type { PolicySet } from "../policy-set.js";
import { exportLists, readAccountAuthorizationDetails } from "./account-authorization-details.js";
import { type Declarations, emptyDeclarations } from "./declaration.js";
import { linkPolicySet } from "./link-policy-set.js";
import type { DocumentFile, Reading } from "./policy-reading.js";
import { holdsDocument, resolveRelative, type SetRoot, surveySet } from "./set-survey.js";
import { readBarePolicy, readVerdictFile, verdictMembers } from "./verdict-file.js";
import { unwrapDocument, wrapsDocument } from "./wrapped-document.js";

/** A policy set with advice about it, or what refuses it (errors and advice). */
export type LoadResult =
  | { readonly ok: true; readonly policySet: PolicySet; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Where sources come from. */
export interface BuildOptions {
  /** The directory that was given; `documentFile` cannot leave it. Default: the names of the sources are relative. */
  readonly root?: string;
  /** The names of the sources begin in `root`, which is absolute. Default: in the working folder. */
  readonly namesFrom?: "root";
  /** The sources are one file that was given by name: a bare document in it is a policy wherever it lies. */
  readonly singleFile?: boolean;
  /** Told what the files declare, before references are resolved: for reports about who is attached to what, and where it is written. */
  readonly onDeclared?: (declarations: Declarations) => void;
}

/** Files that were read, with what could not be. */
export interface UnbuiltPolicySet extends BuildOptions {
  readonly sources: readonly SourceText[];
  readonly findings: readonly Finding[];
}

/** Makes a policy set of files that were read, or of texts that never were files; their names decide as paths would. */
export function buildFromTexts({ sources, findings, ...options }: UnbuiltPolicySet, platform: Platform): LoadResult {
  const all = [...findings];
  return build(parseSources(sources, all), all, options, platform);
}

/** For the names of further files; the same text is parsed again with an ear for what is wrong with it. */
export function parseQuietly(source: SourceText): TreeNode | undefined {
  return parseSource(source, [], deferringDocuments);
}

/** Parses a text as JSON or YAML, by the ending of its name or else by its first character. */
export function parseSource(
  source: SourceText,
  findings: Finding[],
  options?: JsonReaderOptions,
): TreeNode | undefined {
  const isYaml = /\.ya?ml$/i.test(source.file);
  const isJson = /\.json$/i.test(source.file) || (!isYaml && /^\s*[{[]/.test(source.text));
  return isJson ? readJson(source, findings, options) : readYaml(source, findings);
}

/** The tree of a text that was parsed before, documents as they are looked into; undefined if it is refused. */
export function parsePages(source: SourceText): TreeNode | undefined {
  return parseSource(source, [], deferringDocuments);
}

/** A file of several values is several pages of an export, as `>>` leaves them. */
const deferringDocuments: JsonReaderOptions = {
  defers: holdsDocument,
  mayFollow: (value) => hasMember(value, exportLists),
};

function parseSources(sources: readonly SourceText[], findings: Finding[]): readonly DocumentFile[] {
  return sources.map((source) => ({ source, node: parseSource(source, findings, deferringDocuments) }));
}

function build(
  files: readonly DocumentFile[],
  findings: Finding[],
  options: BuildOptions,
  { sha256, workingFolder }: Platform,
): LoadResult {
  const root =
    options.root === undefined
      ? undefined
      : { folder: options.root, workingFolder: options.namesFrom === "root" ? options.root : workingFolder };
  const { profile, accountIds, referenced } = surveySet(files, findings, root);
  const byName = new Map(files.map((file) => [normalPath(file.source.file), file]));
  const reading: Reading = {
    declarations: emptyDeclarations(profile, sha256),
    accountIds,
    documentFile(from, name) {
      const file = resolveRelative(from.file, name, root);
      if (file === undefined) return "the file lies outside of the policy set";
      return byName.get(file) ?? "no such file in the policy set";
    },
  };
  for (const { source, node } of files) {
    if (node === undefined || referenced.has(normalPath(source.file))) continue;
    readFile(reading, { source, node, findings, path: undefined }, root, options.singleFile === true);
  }
  checkPages(reading);
  options.onDeclared?.(reading.declarations);
  const policySet = linkPolicySet(reading.declarations, findings);
  const sorted = sortFindings(findings);
  if (sorted.some(({ severity }) => severity === "error")) return { ok: false, findings: sorted };
  return { ok: true, policySet, findings: sorted };
}

/** Recognises one of the three shapes by its content and adds what the file declares. */
function readFile(reading: Reading, file: TreePlace, root: SetRoot | undefined, singleFile: boolean): void {
  const { node } = file;
  if (node.kind === "array" && node.items.length > 0 && node.items.every((item) => hasMember(item, exportLists))) {
    node.items.forEach((item, index) => {
      readAccountAuthorizationDetails(reading, { ...file, node: item, path: below(undefined, index) });
    });
  } else if (hasMember(node, verdictMembers)) {
    readVerdictFile(reading, file);
  } else if (hasMember(node, exportLists)) {
    readAccountAuthorizationDetails(reading, file);
  } else if (!hasMember(node, ["Version", "Statement"]) && !wrapsDocument(node)) {
    reportForeign(file);
  } else if (singleFile || liesBelowPolicies(file.source.file, root)) {
    const document = unwrapDocument(file);
    if (document !== undefined) readBarePolicy(reading, document);
  } else {
    report(file, "SET-FORMAT", "a bare policy document has to lie below a folder named `policies`");
  }
}

/** What people hand in for a policy set, by a member that nothing else has. */
const foreignFiles = [
  ["AWSTemplateFormatVersion", "a template of CloudFormation", "as CloudFormation fills them in"],
  ["planned_values", "a plan of Terraform", "as Terraform fills them in"],
  ["apiVersion", "an object of Kubernetes", "or give the folder where it is mounted"],
] as const;

function reportForeign(file: TreePlace): void {
  const foreign = foreignFiles.find(([member]) => hasMember(file.node, [member]));
  if (foreign === undefined) {
    const cause = "the file is neither a Verdict file nor a policy document nor an AWS export";
    report(
      file,
      "SET-FORMAT",
      cause,
      "error",
      "begin it with `users`, `policies` and the like, or with `Version` and `Statement`",
    );
    return;
  }
  const [, what, how] = foreign;
  const fix = `take the policy documents out of it, ${how}`;
  report(file, "SET-FORMAT", `the file is ${what}, which is no policy set`, "error", fix);
}

function hasMember(node: TreeNode, names: readonly string[]): boolean {
  return node.kind === "object" && node.members.some(({ key }) => names.includes(key));
}

/** The folder that was given counts, the folders above it do not. */
function liesBelowPolicies(file: string, root: SetRoot | undefined): boolean {
  const folder = root && pathFrom(root.workingFolder, root.folder);
  const name = folder === undefined ? file : pathFrom(root?.workingFolder ?? "", file).slice(folder.length);
  return name.split("/").slice(0, -1).includes("policies") || (folder !== undefined && baseName(folder) === "policies");
}

/** Where every page of an account's export says that more follow, its last one is missing: another account's does not stand for it. */
function checkPages({ declarations: { pages } }: Reading): void {
  const byAccount = new Map<string, Reading["declarations"]["pages"]>();
  for (const page of pages) byAccount.set(page.account, [...(byAccount.get(page.account) ?? []), page]);
  // A page of AWS's policies alone does not say whose it is: each may be the last of one account.
  let unclaimed = (byAccount.get("") ?? []).filter(({ isTruncated }) => !isTruncated).length;
  for (const own of byAccount.values()) {
    const last = own.at(-1);
    if (last === undefined || !own.every(({ isTruncated }) => isTruncated) || unclaimed-- > 0) continue;
    report(last.place, "SET-FORMAT", "the export says that more pages follow, but there are none", "warning");
  }
}
