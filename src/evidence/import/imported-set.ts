/**
 * A policy set out of what AWS prints about an account and its organization, as texts of files that Verdict reads. What is missing denies
 * where it could only be guessed, and is said.
 */
import { buildPolicySet } from "../../policy/formats/load-policy-set.js";
import type { JsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import { sourceText } from "../../text/source-text.js";
import type { Evidence } from "../sources/evidence.js";
import { mergedExports } from "./merged-exports.js";
import { type OrganizationFile, organizationFile } from "./organization-tree.js";

/** One file of the set. */
export interface ImportedFile {
  readonly name: string;
  readonly text: string;
}

/** What came of an import. */
export interface ImportedSet {
  readonly files: readonly ImportedFile[];
  /** What is not in the set and why, in sentences; none: the export is complete as far as it can tell. */
  readonly missing: readonly string[];
}

/** Makes the set. */
export function importedSet(evidence: Evidence): ImportedSet {
  const missing = evidence.problems.flatMap(({ kind, file, text }) =>
    kind === "incomplete" ? [`${file}: ${text}`] : [],
  );
  const exports = mergedExports(evidence);
  const organization = organizationFile(evidence);
  const resources = resourceEntries(evidence);
  missing.push(...exports.missing, ...organization.missing, ...resources.missing);
  const files = exports.accounts.map(({ account, page }) => fileOf(`account-${account || "unknown"}.json`, page));
  if (exports.placeholders.length > 0) files.push(fileOf("missing-policies.json", { policies: exports.placeholders }));
  if (organization.file !== undefined) files.push(fileOf("organization.json", organization.file));
  if (resources.entries.length > 0) files.push(fileOf("resources.json", { resources: resources.entries }));
  return { files, missing };
}

function fileOf(name: string, value: unknown): ImportedFile {
  return { name, text: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** An entry of `resources` in a file of Verdict. */
export interface ResourceEntry {
  readonly arn: string;
  readonly account?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policy?: JsonObject;
  readonly restrictPublicBuckets?: boolean;
}

/** What is known of resources, one entry each; later inputs win. */
export function resourceEntries({ resources }: Pick<Evidence, "resources">): {
  readonly entries: readonly ResourceEntry[];
  readonly missing: readonly string[];
} {
  const found = new Map<string, ResourceEntry>();
  const missing: string[] = [];
  for (const { arn, account, policy, tags, publicAccessBlock, file } of [...resources].sort((a, b) => a.at - b.at)) {
    // Users and roles stand in the export of their account; an account by itself is no resource.
    if (/^arn:[^:]*:iam:/.test(arn) || arn.endsWith(":account")) continue;
    if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^*?]*[^*?:/]$/.test(arn)) continue;
    const ofArn = arn.split(":")[4] ?? "";
    const owner = ofArn === "" ? account : undefined;
    const isRefused = policy !== undefined && !isDocument(policy);
    if (isRefused) missing.push(`${file}: the policy of ${quote(arn)} is none that AWS would store: left out`);
    const restricted = publicAccessBlock?.RestrictPublicBuckets ?? publicAccessBlock?.restrictPublicBuckets;
    const known = found.get(arn);
    found.set(arn, {
      ...known,
      arn,
      ...(owner === undefined ? {} : { account: owner }),
      ...(tags === undefined ? {} : { tags: distinctTags(tags) }),
      ...(policy === undefined || isRefused ? {} : { policy }),
      ...(typeof restricted === "boolean" ? { restrictPublicBuckets: restricted } : {}),
    });
  }
  const entries = [...found.values()].sort((left, right) => (left.arn < right.arn ? -1 : 1));
  return { entries, missing };
}

function distinctTags(
  tags: readonly { readonly key: string; readonly value: string }[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.filter(({ key }) => key !== "__proto__").map(({ key, value }) => [key, value]));
}

/** Whether a policy could be loaded by itself. */
function isDocument(document: JsonObject): boolean {
  const text = JSON.stringify({
    resources: [{ arn: "arn:aws:s3:::verdict-import", account: "000000000000", policy: document }],
  });
  return buildPolicySet([sourceText("resource.json", text)]).ok;
}

export type { OrganizationFile };
