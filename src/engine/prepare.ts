/** Loads and compiles a policy set, a large one in a process of its own; a small one is done before a process would have started. */
import { readSettledPolicySet } from "../policy/load-policy-set.js";
import { compileAside } from "./compile-aside.js";
import { type Compilation, type CompilationTask, compileFiles } from "./compile-files.js";
import { placePolicySet } from "./preparation.js";
import type { PreparationResult, PreparationSource, PreparationTask } from "./preparation-task.js";

/** UTF-16 units of all files: parsing and compiling so much takes longer than starting a process. */
const LARGE_TEXT = 2 << 20;

/** Loads and compiles. Rejects if a process that it started ends without an answer. */
export async function prepare(task: PreparationTask): Promise<PreparationResult> {
  const { source, terms, knownContent, processId } = task;
  const startedAt = performance.now();
  const { contentDigest, ...read } = await readSource(source);
  if (contentDigest !== "" && contentDigest === knownContent) return { outcome: "unchanged", contentDigest };
  const { findings, compiled, compileMs } = await compile(
    { ...read, keepsArchive: terms.keepsArchive === true },
    processId,
  );
  if (compiled === undefined) return { outcome: "refused", contentDigest, findings };
  const compiledAt = performance.now();
  const prepared = placePolicySet(compiled, terms);
  const placeMs = performance.now() - compiledAt;
  return {
    outcome: "prepared",
    contentDigest,
    findings,
    prepared,
    loadMs: compiledAt - startedAt - compileMs,
    compileMs: compileMs + placeMs,
  };
}

async function compile(task: CompilationTask, processId: Int32Array | undefined): Promise<Compilation> {
  const length = task.files.reduce((sum, { text }) => sum + text.length, 0);
  return (length < LARGE_TEXT ? undefined : await compileAside(task, processId)) ?? compileFiles(task);
}

async function readSource(
  source: PreparationSource,
): Promise<Omit<CompilationTask, "keepsArchive"> & { readonly contentDigest: string }> {
  // Whoever hands files over knows their digest.
  if ("files" in source) return { files: source.files, findings: [], contentDigest: "" };
  const { sources, ...rest } = await readSettledPolicySet(source.path);
  return { ...rest, files: sources.map(({ file, text }) => ({ name: file, text })) };
}
