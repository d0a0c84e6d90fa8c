/** Policy sets on Node: from the files at a path, or of texts that are in memory. */
import { nodePlatform } from "../../files/node-platform.js";
import type { SourceText } from "../../text/source-text.js";
import {
  type BuildOptions,
  buildFromTexts,
  type LoadResult,
  parsePages,
  parseQuietly,
  type UnbuiltPolicySet,
} from "./build-policy-set.js";
import { namedFromRoot, type RootedPolicyFiles, readPolicyFiles, readSettledPolicyFiles } from "./policy-files.js";
import type { DocumentFile } from "./policy-reading.js";

/** Loads the policy set in a file or a directory. */
export async function loadPolicySet(path: string): Promise<LoadResult> {
  return buildPolicyFiles(await readPolicyFiles(path, parseQuietly));
}

/** The files of a policy set that others may be writing, once they hold still, under names relative to the set. */
export async function readSettledPolicySet(path: string): Promise<RootedPolicyFiles> {
  return namedFromRoot(await readSettledPolicyFiles(path, parseQuietly));
}

/** Makes a policy set of files that were read. */
export function buildPolicyFiles(unbuilt: UnbuiltPolicySet): LoadResult {
  const { sources, findings, singleFile } = unbuilt;
  if (singleFile === true && sources.length === 0) return { ok: false, findings };
  return buildFromTexts(unbuilt, nodePlatform);
}

/** Makes a policy set of texts that are in memory; their file names decide as paths would. */
export function buildPolicySet(sources: readonly SourceText[], options: BuildOptions = {}): LoadResult {
  return buildFromTexts({ ...options, sources, findings: [] }, nodePlatform);
}

/** The trees of the files that `loadPolicySet` reads; it has reported what cannot be read. */
export async function readPolicyTrees(path: string): Promise<readonly DocumentFile[]> {
  const { sources } = await readPolicyFiles(path, parseQuietly);
  return sources.map((source) => ({ source, node: parsePages(source) }));
}
