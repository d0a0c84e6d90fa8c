/** The policy set that a command works on, or every finding that refuses it as one error. */

import { policyPath } from "../config/policy-settings.js";
import { isPiped, readInputs } from "../files/piped-source.js";
import type { LoadResult } from "../policy/formats/build-policy-set.js";
import { buildPolicyFiles, loadPolicySet } from "../policy/formats/load-policy-set.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { Finding } from "../text/finding.js";
import { announceLoad } from "./announce-load.js";
import { CommandError } from "./command-error.js";
import { findingLine } from "./report-findings.js";

/** Loads a policy set for a command that needs one and reads it once: a path, a pipe or standard input. */
export async function loadPolicies(path: string): Promise<PolicySet> {
  announceLoad([path]);
  const loaded = (await isPiped(path)) ? await loadPiped(path) : await loadPolicySet(path);
  if (!loaded.ok) throw refusedSet(loaded, path);
  return loaded.policySet;
}

/** Every finding of a refused policy set, and how another one is named where the default one is not there. */
export function refusedSet({ findings }: LoadResult, path?: string): CommandError {
  const lines = findings.map(findingLine);
  const isMissing =
    path === policyPath.defaultText && findings.some(({ file, rule }) => file === path && rule === "SET-FILE");
  return new CommandError(
    isMissing
      ? [...lines, `verdict: policies are looked for in ${path} unless others are named (--help says how)`]
      : lines,
  );
}

async function loadPiped(path: string): Promise<LoadResult> {
  const findings: Finding[] = [];
  return buildPolicyFiles({ sources: await readInputs(path, findings), findings, singleFile: true });
}
