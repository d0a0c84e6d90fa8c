/** The escalation as the report tells it. */
import type { AuditAnswer } from "../audit/decided-again.js";
import { waysInWords } from "../audit/words.js";
import type { Edge } from "../escalation/edge.js";
import type { Escalation } from "../escalation/escalation.js";
import { shownOf } from "./gather-access.js";
import type { ReportData, ReportEdge, Shown } from "./report-data.js";

/** The part of the report. */
export function reportedEscalation(found: Escalation): ReportData["escalation"] {
  const { principals, administrators, chains, edges, undecided } = found;
  return {
    principals,
    administrators: administrators.map(({ principal, shown, when }) => ({
      principal,
      conditions: waysInWords(when),
      shown: shown.slice(0, 1).flatMap(shownAnswer),
    })),
    chains: chains.map(({ principal, edges: way, isCertain }) => ({
      principal,
      certain: isCertain,
      edges: way.map(reportedEdge),
    })),
    edges: edges.length,
    unknown: undecided.length,
  };
}

function reportedEdge({ from, to, path, by, does, steps, afterwards, supposes }: Edge): ReportEdge {
  const conditions = steps.flatMap(({ access, when, witness }) => {
    if (access === "always" || witness === undefined) return [];
    const account = witness.principal.split(":")[4];
    const told = when.map((way) =>
      way.filter(
        (entry) => !("key" in entry && entry.key === "aws:ResourceAccount" && entry.values.join() === account),
      ),
    );
    if (told.some((way) => way.length === 0)) return [];
    return [`${witness.action}: ${waysInWords(told).slice(0, 4).join(", or ")}`];
  });
  const all = [...steps, ...afterwards].flatMap(shownAnswer);
  return {
    from,
    to,
    path,
    ...(by === undefined ? {} : { by }),
    does,
    steps: all,
    conditions,
    ...(supposes === undefined ? {} : { supposes }),
  };
}

function shownAnswer({ witness, decidedBy }: AuditAnswer): readonly Shown[] {
  return witness === undefined ? [] : [shownOf(witness, decidedBy)];
}
