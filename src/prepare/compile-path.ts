/** From a path to a compiled policy set, for a process that can be ended: a file may never answer. */
import { readSettledPolicySet } from "../policy/formats/load-policy-set.js";
import { type Compilation, type CompilationTask, compileFiles } from "./compile-files.js";

/** A policy set at a path of this machine. */
export interface PathTask {
  readonly path: string;
  /** The digest of the files that are in force: equal files are not compiled again. */
  readonly knownContent?: string;
  /** Whether the set is kept beside its image. */
  readonly keepsArchive: boolean;
}

/** What became of it; without `compiled` the set is refused, unless its digest is the one that was known. */
export interface PathCompilation extends Compilation {
  readonly contentDigest: string;
}

/** Reads, parses, links and compiles on this thread; `onRead` hears of the files before what takes long begins. */
export async function compilePath(
  { path, knownContent, keepsArchive }: PathTask,
  onRead: (files: CompilationTask["files"]) => void,
): Promise<PathCompilation> {
  const { files, contentDigest, ...rest } = await readSettledPolicySet(path);
  if (contentDigest === knownContent) return { contentDigest, findings: [], compileMs: 0 };
  onRead(files);
  return { contentDigest, ...compileFiles({ ...rest, files, keepsArchive }) };
}
