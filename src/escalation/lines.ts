/** The answer as JSON, a line each: administrators, edges, chains, data that can be opened, what is not known, and the numbers last. */
import { questionJson } from "../audit/question-json.js";
import { edgeJson, whenOf } from "./edge.js";
import type { Escalation } from "./escalation.js";

/** The lines; `wants` narrows them to some principals, the numbers too. */
export function* escalationLines(
  { principals, administrators, edges, chains, takeovers, undecided }: Escalation,
  wants: (principal: string) => boolean = () => true,
): Generator<Readonly<Record<string, unknown>>> {
  for (const { principal, shown, when } of administrators) {
    if (!wants(principal)) continue;
    const steps = shown.flatMap(({ witness }) => (witness === undefined ? [] : [questionJson(witness)]));
    yield { principal, administrator: true, when, steps };
  }
  for (const edge of edges) if (wants(edge.from)) yield edgeJson(edge);
  for (const { principal, edges: way, isCertain } of chains) {
    if (!wants(principal)) continue;
    yield {
      principal,
      becomes: "administrator",
      hops: way.length,
      chain: way.map(({ from, to, path }) => ({ from, to, path })),
      certain: isCertain,
      supposes: [...new Set(way.flatMap(({ supposes }) => supposes ?? []))],
    };
  }
  for (const { principal, path, does, steps } of takeovers) {
    if (!wants(principal)) continue;
    const questions = steps.flatMap(({ witness }) => (witness === undefined ? [] : [questionJson(witness)]));
    yield { principal, opens: path, does, steps: questions, ...whenOf(steps) };
  }
  for (const one of undecided) if (wants(one.principal)) yield { unknown: one.action, ...one };
  const can = new Set(chains.map(({ principal }) => principal).filter(wants));
  const others = new Set(
    edges.flatMap(({ from, limited }) => (limited === undefined && wants(from) && !can.has(from) ? [from] : [])),
  );
  yield {
    summary: {
      principals,
      administrators: administrators.filter(({ principal }) => wants(principal)).length,
      canBecomeAdministrator: can.size,
      canBecomeOthers: others.size,
      edges: edges.filter(({ from }) => wants(from)).length,
      unknown: undecided.filter(({ principal }) => wants(principal)).length,
    },
  };
}
