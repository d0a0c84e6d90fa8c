/** Services that somebody may call and did not: by records of calls, else by what AWS tracks itself. */

import type { Auditor } from "../audit/auditor.js";
import { namesOfSet } from "../evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../evidence/cloudtrail/questions-of-event.js";
import { entityOfReport } from "../evidence/sources/entity-of-report.js";
import type { Evidence } from "../evidence/sources/evidence.js";
import { AccessTally } from "../evidence/uses/last-accessed.js";
import { readUses } from "../evidence/uses/read-uses.js";
import { isServiceLinkedRole } from "../policy/requester.js";
import type { ReportData, UnusedLine } from "./report-data.js";

const quick = { tellsNever: false, tellsWhen: false } as const;

/** The part of the report. */
export async function unusedOf(auditor: Auditor, evidence: Evidence): Promise<ReportData["unused"]> {
  if (evidence.records.length > 0) {
    const { set, catalogue } = auditor.terms;
    const tally = new AccessTally();
    const names = namesOfSet(set);
    const terms = { events: new EventReader(catalogue, names), names };
    for (const { file } of evidence.records)
      for await (const read of readUses(file, terms))
        if (read.kind === "uses") for (const use of read.uses) tally.add(use);
    const { first, last } = tally;
    if (first !== undefined) {
      const used = new Set([...tally.lines()].map(({ principal, service }) => `${principal} ${service}`));
      const lines = unusedLines(auditor, (principal, service) => used.has(`${principal} ${service}`));
      return { from: first.slice(0, 10), to: (last ?? first).slice(0, 10), lines, unclear: [] };
    }
  }
  return tracked(auditor, evidence);
}

/** By service-last-accessed reports. */
function tracked({ terms: { set } }: Auditor, { lastAccessed }: Evidence): ReportData["unused"] {
  if (lastAccessed.length === 0)
    return { leftOut: "no records of calls and no service-last-accessed reports were given with --evidence" };
  const arns = [...set.principals, ...(set.groups ?? [])].map(({ arn }) => arn);
  const lines: UnusedLine[] = [];
  const unclear: string[] = [];
  for (const report of lastAccessed) {
    const entity = entityOfReport(report, arns);
    if (entity.arn === undefined) {
      unclear.push(`${report.file}: left out, needs ${entity.needs}`);
      continue;
    }
    const idle = report.services.filter(({ lastAuthenticated }) => lastAuthenticated === undefined);
    if (idle.length === 0) continue;
    const told = idle.map(({ namespace }) => ({ service: namespace, actions: 0, lastUsed: null }));
    lines.push({ principal: entity.arn, services: told });
  }
  const days = lastAccessed.map(({ at }) => new Date(at).toISOString().slice(0, 10)).sort();
  return { from: "400 days before", to: days.at(-1) ?? "", lines, unclear };
}

function unusedLines(auditor: Auditor, isUsed: (principal: string, service: string) => boolean): readonly UnusedLine[] {
  const names = auditor.regionNames();
  return auditor.askers().flatMap((asker) => {
    const { principal } = asker;
    if (principal.endsWith(":root") || isServiceLinkedRole(principal)) return [];
    const counts = new Map<string, number>();
    for (const group of auditor.alike(asker, names)) {
      const [first] = group;
      if (first === undefined) continue;
      const { witness, decidedBy } = auditor.answerFor(asker, [first], ["*"], quick);
      // What AWS asks no policy for (SVC-7) is nothing that a policy gives.
      if (witness === undefined || !decidedBy.some(({ effect }) => effect === "Allow")) continue;
      for (const name of group) {
        const service = name.slice(0, name.indexOf(":"));
        counts.set(service, (counts.get(service) ?? 0) + 1);
      }
    }
    const services = [...counts].flatMap(([service, actions]) =>
      isUsed(principal, service) ? [] : [{ service, actions, lastUsed: null }],
    );
    return services.length === 0 ? [] : [{ principal, services }];
  });
}
