/** What is asked of a preparation and what comes of it; plain data and shared memory. */

import type { PreparationTerms, PreparedPolicySet } from "../engine/preparation.js";
import type { Finding } from "../text/finding.js";

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
  /** One word that says which process works for the task, 0 if none does: whoever gives the task up ends that one. */
  readonly processId?: Int32Array;
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
