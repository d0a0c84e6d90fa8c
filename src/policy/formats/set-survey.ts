/**
 * What has to be known about all files before any document in them is parsed: the profile, which
 * texts are account ids (GEN-4), and which files are only documents of other files.
 */
import { below } from "../../text/element-path.js";
import type { Finding } from "../../text/finding.js";
import { folderOf, joinPath, normalPath, pathFrom } from "../../text/posix-path.js";
import { quote } from "../../text/quote.js";
import { itemNodes, memberNode, type TreeNode } from "../../text/tree.js";
import type { Reference, TreePlace } from "../../text/tree-place.js";
import { placeText, positionOf, readReference, report } from "../../text/tree-place.js";
import type { PolicySet } from "../policy-set.js";
import { accountOfArn } from "../requester.js";
import type { DocumentFile } from "./policy-reading.js";

/** The outcome of a survey. */
export interface SetSurvey {
  readonly profile: PolicySet["profile"];
  readonly accountIds: ReadonlySet<string>;
  /** Files that some `documentFile` member names, as normalised paths. */
  readonly referenced: ReadonlySet<string>;
}

/** Surveys the files of a set. Files that disagree about the profile are findings. */
export function surveySet(files: readonly DocumentFile[], findings: Finding[], root: SetRoot | undefined): SetSurvey {
  const accountIds = new Set<string>();
  const referenced = new Set<string>();
  const profiles: Reference[] = [];
  for (const { source, node } of files) {
    const profile = node && memberNode(node, "profile");
    const place: TreePlace | undefined = profile && {
      source,
      findings,
      node: profile,
      path: below(undefined, "profile"),
    };
    const reference = readReference(place);
    if (reference !== undefined) profiles.push(reference);
    if (node !== undefined) collectAccounts(node, accountIds);
    for (const name of documentFileNames({ source, node })) {
      const file = resolveRelative(source.file, name, root);
      if (file !== undefined && file !== normalPath(source.file)) referenced.add(file);
    }
  }
  return { profile: agreedProfile(profiles), accountIds, referenced };
}

/** The texts of all `documentFile` members of a Verdict file. */
export function documentFileNames({ node }: Pick<DocumentFile, "node" | "source">): readonly string[] {
  if (node?.kind !== "object") return [];
  const names: string[] = [];
  const visit = (one: TreeNode): void => {
    if (one.kind === "array") for (const item of one.items) visit(item);
    if (one.kind !== "object") return;
    for (const { key, value } of one.members) {
      if (key === "documentFile" && value.kind === "string") names.push(value.value);
      // Policy documents hold no references to files and are most of a set.
      else if (!holdsDocument(key)) visit(value);
    }
  };
  visit(node);
  return names;
}

/** Whether a member of this name is a policy document, or something small. */
export function holdsDocument(key: string): boolean {
  return /document|policy$/i.test(key);
}

/** The folder that `documentFile` cannot leave, and what it is relative to; without one, names stay below where they begin. */
export interface SetRoot {
  readonly folder: string;
  /** Absolute. */
  readonly workingFolder: string;
}

/** The normalised path that a relative one means, seen from a file; `undefined` when it leaves the root. */
export function resolveRelative(from: string, relative: string, root: SetRoot | undefined): string | undefined {
  if (relative.startsWith("/") || relative.includes("\\")) return undefined;
  const file = joinPath(folderOf(from), relative);
  if (root === undefined) return file === ".." || file.startsWith("../") ? undefined : file;
  const folder = pathFrom(root.workingFolder, root.folder);
  const whole = pathFrom(root.workingFolder, file);
  if (!whole.startsWith(belowOf(folder))) return undefined;
  // A way out of the working folder and back into it has a shorter name, which is the one that the set has.
  const working = belowOf(root.workingFolder);
  return file.startsWith("../") && whole.startsWith(working) ? whole.slice(working.length) : file;
}

/** What paths below a folder begin with. */
function belowOf(folder: string): string {
  return folder === "/" ? "/" : `${folder}/`;
}

function agreedProfile(profiles: readonly Reference[]): PolicySet["profile"] {
  const [first] = profiles;
  for (const { text, place } of profiles) {
    if (text !== "aws" && text !== "generic") {
      report(place, "SET-FORMAT", `unknown profile ${quote(text)}: write \`aws\` or \`generic\``);
    } else if (first !== undefined && text !== first.text) {
      const where = placeText(positionOf(first.place));
      report(place, "SET-FORMAT", `the profile is ${quote(first.text)} at ${where}: all files have to agree`);
    }
  }
  return first?.text === "generic" ? "generic" : "aws";
}

function collectAccounts(node: TreeNode, into: Set<string>): void {
  for (const account of itemNodes(memberNode(node, "accounts"))) addText(memberNode(account, "id"), into);
  const organization = memberNode(node, "organization");
  const root = organization && memberNode(organization, "root");
  if (root !== undefined) collectUnitAccounts(root, into);
  for (const section of ["users", "groups", "roles", "federatedUsers"]) {
    for (const item of itemNodes(memberNode(node, section))) {
      const arn = memberNode(item, "arn");
      if (arn?.kind === "string") into.add(accountOfArn(arn.value));
    }
  }
  for (const section of ["resources", "endpoints", "owners"]) {
    for (const item of itemNodes(memberNode(node, section))) addText(memberNode(item, "account"), into);
  }
  into.delete("");
}

function collectUnitAccounts(unit: TreeNode, into: Set<string>): void {
  for (const account of itemNodes(memberNode(unit, "accounts"))) addText(account, into);
  for (const child of itemNodes(memberNode(unit, "units"))) collectUnitAccounts(child, into);
}

function addText(node: TreeNode | undefined, into: Set<string>): void {
  if (node?.kind === "string") into.add(node.value);
}
