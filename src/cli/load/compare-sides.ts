/** The work of `verdict load --compare OLD`: another policy set, or another version of Verdict, under the same questions. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Engine } from "../../engine/engine.js";
import type { Comparison } from "../../load/compare/compare-lines.js";
import { type Asker, compareCosts, compareTimes } from "../../load/compare/compare-sets.js";
import { USUAL_MARGIN, usualLooks } from "../../load/compare/paired.js";
import { releaseAsker } from "../../load/profile/calibrate.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { showProgress } from "../../terminal/progress.js";

/** What is compared with. */
export interface CompareTerms {
  /** A policy set, or the folder of another version of Verdict. */
  readonly old: string;
  /** Where this side's set is. */
  readonly policies: string;
  readonly set: PolicySet;
  readonly traffic: Traffic;
  /** The share by which sides may differ. */
  readonly margin: number | undefined;
}

/** Compares: counters first, then times. */
export async function compareSides(terms: CompareTerms): Promise<Comparison> {
  const { traffic, margin = USUAL_MARGIN } = terms;
  const sides = isVersion(terms.old) ? await versionSides(terms) : await setSides(terms);
  const progress = showProgress();
  try {
    const times = await compareTimes(sides.old, sides.next, traffic, { margin, looks: usualLooks }, (slices) => {
      progress.tell(`${slices} slices`);
    });
    return { costs: sides.costs, times, margin };
  } finally {
    progress.end();
    await sides.close();
  }
}

interface Sides {
  readonly old: Asker;
  readonly next: Asker;
  readonly costs: ReturnType<typeof compareCosts> | undefined;
  close(): Promise<void>;
}

async function setSides({ old, set, traffic }: CompareTerms): Promise<Sides> {
  const before = await loadPolicies(old);
  return {
    old: releaseAsker(before, traffic.nowMs),
    next: releaseAsker(set, traffic.nowMs),
    costs: compareCosts(before, set, traffic),
    async close() {},
  };
}

/** Another version is asked the way that programs ask it; so is this one. */
async function versionSides({ old, policies, set, traffic }: CompareTerms): Promise<Sides> {
  const { Engine: OldEngine, loadPolicySet } = await libraryOf(old);
  const loaded = await loadPolicySet(policies);
  if (!loaded.ok) throw refuse(`${old}: that version refuses ${policies}`);
  const options = { workers: 0, allowWhatIf: true, nowMs: () => traffic.nowMs };
  const [before, after] = [await OldEngine.start(options), await Engine.start(options)];
  before.publish(loaded.policySet);
  after.publish(set);
  return {
    old: (message) => before.authorize(message),
    next: (message) => after.authorize(message),
    costs: undefined,
    async close() {
      await before.close();
      await after.close();
    },
  };
}

/** Whether a path is the folder of a package of Verdict. */
function isVersion(path: string): boolean {
  const file = join(path, "package.json");
  return existsSync(file) && /"name":\s*"verdict-pdp"/.test(readFileSync(file, "utf8"));
}

async function libraryOf(folder: string): Promise<typeof import("../../index.js")> {
  const file = join(resolve(folder), "dist", "src", "index.js");
  if (!existsSync(file)) throw refuse(`${folder}: that version is not built: there is no dist/src/index.js`);
  return import(pathToFileURL(file).href);
}
