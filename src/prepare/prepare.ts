/**
 * Loads and compiles a policy set. On a thread beside others, files are read and compiled in a process of its own, which can be ended if
 * they do not answer; so are the texts of a large set. A small one is done before a process would have started,
 * and with the priority of callers: what takes long gives way to them.
 */
import { isMainThread } from "node:worker_threads";
import { placePolicySet } from "../engine/preparation.js";
import { readSettledPolicySet } from "../policy/formats/load-policy-set.js";
import { type Compilation, type CompilationTask, compileFiles } from "./compile-files.js";
import { compileFilesInProcess, compilePathInProcess } from "./compile-in-process.js";
import type { PathCompilation } from "./compile-path.js";
import { giveWay, UNNOTICED_BYTES } from "./give-way.js";
import type { PreparationResult, PreparationSource, PreparationTask } from "./preparation-task.js";

/** UTF-16 units of all files: parsing and compiling so much takes longer than starting a process. */
const LARGE_TEXT = 2 << 20;

/** Loads and compiles. Rejects if a process that it started ends without an answer. */
export async function prepare(task: PreparationTask): Promise<PreparationResult> {
  const { terms, knownContent } = task;
  const startedAt = performance.now();
  const { contentDigest, findings, compiled, compileMs } = await readAndCompile(task);
  if (contentDigest !== "" && contentDigest === knownContent) return { outcome: "unchanged", contentDigest };
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

async function readAndCompile({ source, terms, knownContent, processId }: PreparationTask): Promise<PathCompilation> {
  const keepsArchive = terms.keepsArchive === true;
  if ("path" in source && !isMainThread) {
    const task = { path: source.path, keepsArchive, ...(knownContent === undefined ? {} : { knownContent }) };
    const compilation = await compilePathInProcess(task, processId);
    if (compilation !== undefined) return compilation;
  }
  // Nobody else does what takes long.
  if ("path" in source) giveWay();
  const { contentDigest, ...read } = await readSource(source);
  if (contentDigest !== "" && contentDigest === knownContent) return { contentDigest, findings: [], compileMs: 0 };
  return { contentDigest, ...(await compile({ ...read, keepsArchive }, processId)) };
}

async function compile(task: CompilationTask, processId: Int32Array | undefined): Promise<Compilation> {
  const length = task.files.reduce((sum, { text }) => sum + text.length, 0);
  if (length >= UNNOTICED_BYTES) giveWay();
  return (length < LARGE_TEXT ? undefined : await compileFilesInProcess(task, processId)) ?? compileFiles(task);
}

async function readSource(
  source: PreparationSource,
): Promise<Omit<CompilationTask, "keepsArchive"> & { readonly contentDigest: string }> {
  // Whoever hands files over knows their digest.
  if ("files" in source) return { files: source.files, findings: [], contentDigest: "" };
  return await readSettledPolicySet(source.path);
}
