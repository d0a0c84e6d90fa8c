/**
 * The set that a posture is about: a policy set with what evidence adds to it. Resources and organization that the set has are its own;
 * users and roles are never joined with those of an export beside it.
 */

import { parseQuietly } from "../../policy/formats/build-policy-set.js";
import type { Declarations } from "../../policy/formats/declaration.js";
import { buildPolicyFiles } from "../../policy/formats/load-policy-set.js";
import { readPolicyFiles } from "../../policy/formats/policy-files.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { Finding } from "../../text/finding.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import { exportSources } from "../import/export-sources.js";
import { importedSet, resourceEntries } from "../import/imported-set.js";
import { organizationFile } from "../import/organization-tree.js";
import type { Evidence } from "../sources/evidence.js";

/** A set with what it declares, or what refuses it. */
export type PostureSet =
  | {
      readonly ok: true;
      readonly set: PolicySet;
      readonly declarations: Declarations;
      /** What was added, and what evidence could not tell, in sentences. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** The set at a path with the evidence beside it; without a path what the evidence alone makes. */
export async function postureSet(path: string | undefined, evidence: Evidence): Promise<PostureSet> {
  if (path === undefined) {
    const { files, missing } = importedSet(evidence);
    const made = (isWanted: (name: string) => boolean): readonly SourceText[] =>
      files.filter(({ name }) => isWanted(name)).map(({ name, text }) => sourceText(`${madeOfEvidence}/${name}`, text));
    // Exports as they are have places that people can open.
    const exports = await exportSources(evidence);
    if (exports.length > 0) {
      const asTheyAre = build(
        { sources: [...exports, ...made((name) => !name.startsWith("account-"))], findings: [] },
        missing,
      );
      if (asTheyAre.ok) return asTheyAre;
    }
    return build({ sources: made(() => true), findings: [] }, missing);
  }
  const files = await readPolicyFiles(path, parseQuietly);
  const alone = build(files, []);
  if (!alone.ok) return alone;
  const added = addedTo(alone.declarations, evidence);
  if (added === undefined) return alone;
  const both = build({ ...files, sources: [...files.sources, added.source] }, added.notes);
  if (both.ok) return both;
  // What evidence adds is not worth a refusal of the set.
  const [first] = both.findings.filter(({ severity }) => severity === "error");
  return {
    ...alone,
    notes: [`resources of the evidence are left out: ${first?.message ?? "they do not fit the set"}`],
  };
}

/** The folder that texts are said to lie in which no file has. */
export const madeOfEvidence = "<evidence>";

function build(
  files: { readonly sources: readonly SourceText[]; readonly findings: readonly Finding[] },
  notes: readonly string[],
): PostureSet {
  let declarations: Declarations | undefined;
  const loaded = buildPolicyFiles({
    ...files,
    onDeclared(declared) {
      declarations = declared;
    },
  });
  if (!loaded.ok) return loaded;
  if (declarations === undefined) throw new Error("a loaded policy set has declared nothing");
  return { ok: true, set: loaded.policySet, declarations, notes };
}

function addedTo(
  { resources, organizations, policies, accounts }: Declarations,
  evidence: Evidence,
): { readonly source: SourceText; readonly notes: readonly string[] } | undefined {
  const known = new Set(resources.map(({ arn }) => arn));
  const { entries, missing } = resourceEntries(evidence);
  const fresh = entries.filter(({ arn }) => !known.has(arn));
  const knownPolicies = new Set(policies.map(({ arn }) => arn));
  const organization = organizations.length === 0 && accounts.length === 0 ? organizationFile(evidence) : undefined;
  const controls = organization?.file;
  if (fresh.length === 0 && controls === undefined) return undefined;
  const text = JSON.stringify({
    resources: fresh,
    ...controls,
    ...(controls === undefined ? {} : { policies: controls.policies.filter(({ arn }) => !knownPolicies.has(arn)) }),
  });
  return {
    source: sourceText(`${madeOfEvidence}/added.json`, text),
    notes: [...missing, ...(organization?.missing ?? [])],
  };
}
