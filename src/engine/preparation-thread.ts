/**
 * The preparation thread: loads a policy set and compiles it, so that the front end goes on answering meanwhile. What comes
 * back is shared memory and a few facts.
 */
import type { Finding } from "../policy/finding.js";
import { buildPolicySet, type LoadResult, loadSettledPolicySet } from "../policy/load-policy-set.js";
import { sourceText } from "../policy/source-text.js";
import { collectGarbage } from "./collect-garbage.js";
import { giveWay } from "./give-way.js";
import { type PreparationTerms, type PreparedPolicySet, preparePolicySet } from "./preparation.js";

/** Where a policy set comes from: a path of this machine, or files in memory. */
export type PreparationSource =
  | { readonly path: string }
  | { readonly files: readonly { readonly name: string; readonly text: string }[] };

/** What is to be prepared. */
export interface PreparationTask {
  readonly source: PreparationSource;
  readonly terms: PreparationTerms;
  /** The digest of the files that are in force: equal files are not compiled again. */
  readonly knownContent?: string;
}

/** What became of it. */
export type PreparationResult =
  | { readonly outcome: "unchanged"; readonly contentDigest: string }
  | { readonly outcome: "refused"; readonly contentDigest: string; readonly findings: readonly Finding[] }
  | {
      readonly outcome: "prepared";
      readonly contentDigest: string;
      /** Advice; no errors. */
      readonly findings: readonly Finding[];
      readonly prepared: PreparedPolicySet;
      /** How long reading and parsing took, and compiling. */
      readonly loadMs: number;
      readonly compileMs: number;
    };

/** Loads and compiles. */
export default async function prepare({ source, terms, knownContent }: PreparationTask): Promise<PreparationResult> {
  giveWay();
  // What this thread prepared before belongs to others by now.
  collectGarbage();
  const startedAt = performance.now();
  const { contentDigest, build } = await read(source);
  if (contentDigest !== "" && contentDigest === knownContent) return { outcome: "unchanged", contentDigest };
  const loaded = build();
  const { findings } = loaded;
  if (!loaded.ok) return { outcome: "refused", contentDigest, findings };
  const loadedAt = performance.now();
  const prepared = preparePolicySet(loaded.policySet, terms);
  const compileMs = performance.now() - loadedAt;
  return { outcome: "prepared", contentDigest, findings, prepared, loadMs: loadedAt - startedAt, compileMs };
}

async function read(source: PreparationSource): Promise<{ readonly contentDigest: string; build(): LoadResult }> {
  if ("path" in source) {
    const { files, build } = await loadSettledPolicySet(source.path);
    return { contentDigest: files.contentDigest, build };
  }
  const sources = source.files.map(({ name, text }) => sourceText(name, text));
  // Whoever hands files over knows their digest.
  return { contentDigest: "", build: () => buildPolicySet(sources) };
}
