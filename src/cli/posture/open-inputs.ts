/** What posture and report are about: the evidence, and the policy set that is named, or else made of the exports among it. */
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { type PostureSet, postureSet } from "../../evidence/posture/posture-set.js";
import type { Evidence } from "../../evidence/sources/evidence.js";
import { readEvidence } from "../../evidence/sources/read-evidence.js";
import { CommandError } from "../../terminal/command-error.js";
import { findingLine } from "../../terminal/report-findings.js";

/** What the command line gave. */
export interface InputOptions {
  readonly policies?: string;
  readonly evidence?: readonly string[];
}

/** Both. Throws CommandError with every finding that refuses the set. */
export async function openInputs({ policies, evidence: paths = [] }: InputOptions): Promise<{
  readonly evidence: Evidence;
  readonly set: Extract<PostureSet, { readonly ok: true }>;
}> {
  const evidence = await readEvidence([
    ...paths.map((path) => ({ path })),
    ...(policies === undefined ? [] : [{ path: policies, quiet: true }]),
  ]);
  const path = policies ?? (evidence.pages.length > 0 ? undefined : readSetting(policyPath, { policies }));
  const set = await postureSet(path, evidence);
  if (!set.ok) {
    // An export that cannot be read is why policies are looked for elsewhere.
    const unread = evidence.problems.filter(({ kind }) => kind === "unreadable");
    const told = unread.map(({ file, text }) => `${file}: ${text}`);
    if (policies === undefined && told.length > 0)
      throw new CommandError([...told, "verdict: no account export could be read, and no policies are named"]);
    throw new CommandError([...told, ...set.findings.map(findingLine)]);
  }
  return { evidence, set };
}
