/** What every question about a whole set begins with: the region out of options, the set, the catalogue, an engine. */
import { type Auditor, DEFAULT_BUDGET } from "../../audit/auditor.js";
import { auditorOver } from "../../audit/auditor-over.js";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { Engine } from "../../engine/engine.js";
import { hasWildcard } from "../../policy/document/arn.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { printError } from "../../terminal/terminal.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { CATALOGUE_PACKAGE, loadCatalogue, loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { type RegionOptions, regionOf } from "./region-options.js";

/** Works with an auditor of the set. `actions`: what is asked about, undefined for actions of any service. */
export async function withAuditor(
  options: RegionOptions,
  actions: readonly string[] | undefined,
  work: (auditor: Auditor) => Promise<void>,
): Promise<void> {
  const path = readSetting(policyPath, { policies: options.policies });
  await withAuditors([path], options, actions, async ([auditor]) => {
    if (auditor !== undefined) await work(auditor);
  });
}

/** Works with an auditor of each of some sets, all with one region. */
export async function withAuditors(
  paths: readonly string[],
  options: RegionOptions,
  actions: readonly string[] | undefined,
  work: (auditors: readonly Auditor[]) => Promise<void>,
): Promise<void> {
  // What refuses the region is told before sets are read.
  regionOf(options);
  await withAuditorsOver(await Promise.all(paths.map(loadPolicies)), options, actions, work);
}

/** Likewise of sets that somebody has. */
export async function withAuditorsOver(
  sets: readonly PolicySet[],
  options: RegionOptions,
  actions: readonly string[] | undefined,
  work: (auditors: readonly Auditor[]) => Promise<void>,
): Promise<void> {
  const region = regionOf(options);
  const budget = options.budget ?? DEFAULT_BUDGET;
  const nowMs = Date.now();
  const engines: Engine[] = [];
  try {
    const catalogue = await catalogueFor(actions);
    const auditors: Auditor[] = [];
    for (const set of sets) {
      const engine = await Engine.start({ workers: 0, allowWhatIf: true, briefSets: true, bareSets: true });
      engines.push(engine);
      engine.publish(set);
      auditors.push(auditorOver(engine, { set, catalogue, region, nowMs, budget }));
    }
    await work(auditors);
  } finally {
    for (const engine of engines) await engine.close();
  }
}

/** The services of the actions, or all of them where an action can be of any. */
async function catalogueFor(actions: readonly string[] | undefined): Promise<Catalogue | undefined> {
  const prefixes = actions?.map((action) => action.split(":", 1)[0] ?? "");
  if (prefixes !== undefined && !prefixes.some(hasWildcard)) return loadCatalogue(prefixes);
  const catalogue = await loadWholeCatalogue();
  if (catalogue === undefined) {
    printError(`verdict: no catalogue: install \`${CATALOGUE_PACKAGE}\` for the actions that policies do not name`);
  }
  return catalogue;
}
