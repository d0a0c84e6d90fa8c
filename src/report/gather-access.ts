/** Who may do what: the heat map of principals and services. Every cell has a decided request. */

import type { Asker, Auditor } from "../audit/auditor.js";
import type { AuditAnswer } from "../audit/decided-again.js";
import { questionJson } from "../audit/question-json.js";
import { isServiceLinkedRole } from "../policy/requester.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import type { HeatMap, Shown } from "./report-data.js";

/** From the lightest; the order of the legend. */
export const heatLevels = ["List", "Read", "Tagging", "Write", "Permissions management"] as const;

const mostColumns = 24;
const quick = { tellsNever: false, tellsWhen: false } as const;

/** A request with the statement that decides it. */
export function shownOf(question: AuthorizationQuestion, decidedBy: readonly MatchedStatement[]): Shown {
  const [first] = decidedBy.filter(({ file }) => file !== "");
  const place = first === undefined ? undefined : `${first.file}:${first.line}`;
  return { question: questionJson(question), ...(place === undefined ? {} : { place }) };
}

interface Reach {
  readonly level: number;
  readonly name: string;
  readonly answer: AuditAnswer;
}

/** The gravest access of each principal in each service. */
export function heatMapOf(auditor: Auditor, administrators: ReadonlySet<string>): HeatMap {
  const names = auditor.regionNames();
  const rows = auditor
    .askers()
    .filter(({ principal }) => !principal.endsWith(":root") && !isServiceLinkedRole(principal))
    .map((asker) => ({ principal: asker.principal, reach: reachOf(auditor, asker, names) }));
  const weights = new Map<string, number>();
  for (const { principal, reach } of rows) {
    if (administrators.has(principal)) continue;
    for (const [service, { level }] of reach) weights.set(service, (weights.get(service) ?? 0) + 1 + level);
  }
  const ranked = [...weights].sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1));
  const services = ranked.slice(0, mostColumns).map(([service]) => service);
  return {
    services,
    moreServices: ranked.length - services.length,
    rows: rows.map(({ principal, reach }) => ({
      principal,
      administrator: administrators.has(principal),
      cells: services.map((service) => cellOf(auditor, reach.get(service))),
    })),
  };
}

function reachOf(auditor: Auditor, asker: Asker, names: readonly string[]): ReadonlyMap<string, Reach> {
  const found = new Map<string, Reach>();
  for (const group of auditor.alike(asker, names)) {
    const [first] = group;
    if (first === undefined) continue;
    const answer = auditor.answerFor(asker, [first], ["*"], quick);
    if (answer.witness === undefined) continue;
    for (const name of group) {
      const service = name.slice(0, name.indexOf(":"));
      const level = heatLevels.findIndex((one) => one === (auditor.actions.accessLevel(name) ?? "Write"));
      const known = found.get(service);
      if (known === undefined || known.level < level) found.set(service, { level, name, answer });
    }
  }
  return found;
}

/** The request of the group with the action of the cell; what is decided otherwise is left open. */
function cellOf(auditor: Auditor, reach: Reach | undefined): HeatMap["rows"][number]["cells"][number] {
  if (reach?.answer.witness === undefined) return null;
  const action = auditor.actions.names.get(reach.name) ?? reach.name;
  const question = { ...reach.answer.witness, action };
  const decision = auditor.terms.decide(question);
  if ("error" in decision || !decision.allowed) return null;
  // What AWS asks no policy for (SVC-7) is nothing that a policy gives.
  if (!decision.matchedStatements.some(({ effect }) => effect === "Allow")) return null;
  return { level: heatLevels[reach.level] ?? "Write", shown: shownOf(question, decision.matchedStatements) };
}
