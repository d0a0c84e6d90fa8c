/** The work of `verdict load --profile` and `--compare`: after the traffic is made, before anything is measured. */

import { compareLines, comparisonJson, isRegression } from "../../load/compare/compare-lines.js";
import { comparisonPart, profileParts } from "../../load/output/cost-parts.js";
import type { PagePart } from "../../load/output/load-page.js";
import { hasCountingMatcher } from "../../load/profile/counting-session.js";
import { profileJson, profileTraffic } from "../../load/profile/profile.js";
import { profileLines } from "../../load/profile/profile-lines.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { refuse } from "../../terminal/command-error.js";
import { compareSides } from "./compare-sides.js";
import type { LoadPlan } from "./load-plan.js";
import type { LoadOptions } from "./run-load.js";

/** Entries of each table unless `--top` says otherwise; JSON and pages have so many times as many. */
const USUAL_TOP = 10;
const MORE = 10;

/** What was found, in every form. */
export interface Costs {
  readonly lines: readonly string[];
  readonly json: object;
  readonly parts: readonly PagePart[];
  readonly isRegression: boolean;
}

/** Whether they are asked for; refuses what does not go together. */
export function wantsCosts({ profile, compare, failOnRegression, margin, top }: LoadOptions): boolean {
  for (const [flag, value] of [
    ["--fail-on-regression", failOnRegression],
    ["--margin", margin],
  ] as const) {
    if (value !== undefined && compare === undefined) throw refuse(`${flag}: give --compare, too`);
  }
  const wants = profile === true || compare !== undefined;
  if (!wants && top !== undefined) throw refuse("--top: give --profile or --compare, too");
  if (wants && !hasCountingMatcher())
    throw refuse("verdict: the matcher that counts is not built: `npm run build:assembly` makes it");
  return wants;
}

/** Counts, and compares. `policies`: where the set is. */
export async function costsOf(
  set: PolicySet,
  policies: string,
  traffic: Traffic,
  options: LoadOptions,
  plan: LoadPlan,
): Promise<Costs> {
  const { profile, compare, failOnRegression, margin, top = USUAL_TOP } = options;
  const found = profile === true ? profileTraffic(set, traffic) : undefined;
  const comparison =
    compare === undefined
      ? undefined
      : await compareSides({ old: compare, policies, set, traffic, margin, options, plan });
  return {
    lines: [
      ...(found === undefined ? [] : profileLines(found, traffic, top)),
      ...(found === undefined || comparison === undefined ? [] : [""]),
      ...(comparison === undefined ? [] : compareLines(comparison, traffic, top)),
    ],
    json: {
      ...(found === undefined ? {} : { profile: profileJson(found, traffic, top * MORE) }),
      ...(comparison === undefined ? {} : { comparison: comparisonJson(comparison, traffic, top * MORE) }),
    },
    parts: [
      ...(found === undefined ? [] : profileParts(found, traffic, top * MORE)),
      ...(comparison === undefined ? [] : [comparisonPart(comparison, traffic, top)]),
    ],
    isRegression:
      comparison !== undefined && failOnRegression !== undefined && isRegression(comparison, failOnRegression),
  };
}
