/** The policy set that records of calls are read with: the one that is named, else that of an account's export among them, else the usual one. */
import { stat } from "node:fs/promises";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { postureSet } from "../../evidence/posture/posture-set.js";
import { readEvidence } from "../../evidence/sources/read-evidence.js";
import { isPiped } from "../../files/piped-source.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { loadPolicies, refusedSet } from "../../terminal/load-policies.js";
import { printError } from "../../terminal/terminal.js";

/** What the command line gave. */
export interface RecordsOptions {
  readonly policies?: string;
  readonly evidence: readonly string[];
}

/** The set; undefined if there is none, which is said: names then lack their paths. Throws CommandError for one that is refused. */
export async function setBesideRecords(options: RecordsOptions): Promise<PolicySet | undefined> {
  const path = readSetting(policyPath, { ...options });
  if (options.policies !== undefined) return loadPolicies(path);
  const paths: { readonly path: string }[] = [];
  // A stream could not be read again.
  for (const one of options.evidence) if (!(await isPiped(one))) paths.push({ path: one });
  const evidence = await readEvidence(paths);
  if (evidence.pages.length > 0) {
    const made = await postureSet(undefined, evidence);
    if (!made.ok) throw refusedSet(made);
    for (const note of made.notes) printError(note);
    return made.set;
  }
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere || path !== policyPath.defaultText) return loadPolicies(path);
  printError("no policies are named and no account's export lies among the evidence: names are as records have them");
  return undefined;
}
