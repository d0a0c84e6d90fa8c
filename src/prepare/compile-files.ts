/** From the texts of files to a compiled policy set; plain data on both sides, so that another process can do it. */

import { nodePlatform } from "../files/node-platform.js";
import { type CompiledPolicySet, compilePolicySet } from "../image/compile-policy-set.js";
import type { BuildOptions } from "../policy/formats/build-policy-set.js";
import { buildPolicyFiles } from "../policy/formats/load-policy-set.js";
import type { Finding } from "../text/finding.js";
import { sourceText } from "../text/source-text.js";

/** The files of a policy set. */
export interface CompilationTask extends BuildOptions {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** What could not be read. */
  readonly findings: readonly Finding[];
  /** Whether the set is kept beside its image. */
  readonly keepsArchive: boolean;
}

/** What became of them; without `compiled` the set is refused. */
export interface Compilation {
  readonly findings: readonly Finding[];
  readonly compiled?: CompiledPolicySet;
  readonly compileMs: number;
}

/** Parses, links and compiles on this thread. */
export function compileFiles({ files, keepsArchive, ...rest }: CompilationTask): Compilation {
  const loaded = buildPolicyFiles({ ...rest, sources: files.map(({ name, text }) => sourceText(name, text)) });
  const { findings } = loaded;
  if (!loaded.ok) return { findings, compileMs: 0 };
  const loadedAt = performance.now();
  const compiled = compilePolicySet(loaded.policySet, { keepsArchive }, nodePlatform.deflate);
  return { findings, compiled, compileMs: performance.now() - loadedAt };
}
