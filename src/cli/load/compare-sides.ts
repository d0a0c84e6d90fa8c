/** The work of `verdict load --compare OLD`: another policy set, another version of Verdict, or another server, under the same questions. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Engine } from "../../engine/engine.js";
import type { Comparison } from "../../load/compare/compare-lines.js";
import { compareServers } from "../../load/compare/compare-servers.js";
import { type Asker, compareCosts, compareTimes, timeKinds } from "../../load/compare/compare-sets.js";
import { type Judgement, USUAL_MARGIN, usualLooks } from "../../load/compare/paired.js";
import { releaseAsker } from "../../load/profile/calibrate.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { showProgress } from "../../terminal/progress.js";
import type { LoadPlan } from "./load-plan.js";
import { openTarget } from "./open-target.js";
import type { LoadOptions } from "./run-load.js";

/** What is compared with. */
export interface CompareTerms {
  /** A policy set, the folder of another version of Verdict, or the address of a server. */
  readonly old: string;
  /** Where this side's set is. */
  readonly policies: string;
  readonly set: PolicySet;
  readonly traffic: Traffic;
  /** The share by which sides may differ. */
  readonly margin: number | undefined;
  readonly options: LoadOptions;
  readonly plan: LoadPlan;
}

/** Half a second each: with more pairs nobody waits for the answer. */
const serverLooks: readonly number[] = [20, 40, 60];

/** Whether something to compare with is a server: the name of no file, and an address. */
export function isServer(old: string): boolean {
  return !existsSync(old) && /^(?:unix:.+|\d{1,5}|.*:\d{1,5})$/.test(old);
}

/** Compares: counters first, then times. */
export async function compareSides(terms: CompareTerms): Promise<Comparison> {
  const { traffic, margin = USUAL_MARGIN } = terms;
  if (isServer(terms.old)) return await compareTwoServers(terms, margin);
  const sides = isVersion(terms.old) ? await versionSides(terms) : await setSides(terms);
  const progress = showProgress();
  try {
    const judged = await compareTimes(sides.old, sides.next, traffic, { margin, looks: usualLooks }, (pairs) => {
      progress.tell(`${pairs} pairs of slices`);
    });
    return { costs: sides.costs, times: named(judged, timeKinds), margin };
  } finally {
    progress.end();
    await sides.close();
  }
}

function named(judged: readonly Judgement[], kinds: readonly string[]): Comparison["times"] {
  return judged.map((one, index) => ({ kind: kinds[index] ?? "", ...one }));
}

async function compareTwoServers(
  { old, set, traffic, options, plan }: CompareTerms,
  margin: number,
): Promise<Comparison> {
  if (options.target === undefined)
    throw refuse(`--compare: ${old} is the address of a server: give the other one with --target`);
  const next = await openTarget(set, traffic, options, plan);
  const before = await openOther(set, traffic, { ...options, target: old }, plan);
  const progress = showProgress();
  try {
    const { judged, kinds, rate, failed } = await compareServers(
      { target: before.target, time: before.serverTime },
      { target: next.target, time: next.serverTime },
      {
        margin,
        looks: serverLooks,
        rate: options.rate,
        arrivals: plan.arrivals,
        seed: options.seed ?? "1",
        mostInFlight: plan.mostInFlight,
        onSlice: (slices) => progress.tell(`${slices} slices`),
      },
    );
    return { costs: undefined, times: named(judged, kinds), margin, rate, failed };
  } finally {
    progress.end();
    await Promise.all([before.target.close(), next.target.close()]);
  }
}

/** The same, with errors that name the flag that the address was given with. */
async function openOther(...terms: Parameters<typeof openTarget>): ReturnType<typeof openTarget> {
  try {
    return await openTarget(...terms);
  } catch (error: unknown) {
    if (!(error instanceof CommandError)) throw error;
    const lines = error.lines.map((line) => line.replace(/^--target/, "--compare"));
    throw new CommandError(lines, { cause: error });
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
