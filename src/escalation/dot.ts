/** The graph for Graphviz: who can become whom, one arrow for each pair, and who is an administrator. */
import { administrator, type Edge } from "./edge.js";
import type { Escalation } from "./escalation.js";

/** With more principals than these only the chains to an administrator are drawn. */
const mostNodes = 150;

/** Edges as they are drawn: those that make somebody somebody else. */
export function drawnEdges({ edges, chains }: Pick<Escalation, "edges" | "chains">): readonly Edge[] {
  const whole = edges.filter(({ limited }) => limited === undefined);
  const nodes = new Set(whole.flatMap(({ from, to }) => [from, to]));
  return nodes.size <= mostNodes ? whole : [...new Set(chains.flatMap((chain) => chain.edges))];
}

/** A text of DOT. */
export function* dotLines(found: Escalation, wants: (principal: string) => boolean = () => true): Generator<string> {
  const { administrators } = found;
  const edges = drawnEdges(found).filter(({ from }) => wants(from));
  const isAdministrator = new Set(administrators.map(({ principal }) => principal));
  const nodes = new Set(edges.flatMap(({ from, to }) => [from, to]));
  for (const principal of isAdministrator) if (wants(principal)) nodes.add(principal);
  yield "digraph escalation {";
  yield '  rankdir="LR";';
  yield '  node [shape="box", fontname="sans-serif"];';
  for (const node of nodes) {
    const isEnd = node === administrator || isAdministrator.has(node);
    const shape = isEnd ? ', peripheries="2", style="bold"' : "";
    yield `  ${quoted(node)} [label=${quoted(labelOf(node, isAdministrator.has(node)))}${shape}];`;
  }
  const pairs = new Map<string, { from: string; to: string; paths: Set<string>; supposes: boolean }>();
  for (const { from, to, path, supposes } of edges) {
    const id = JSON.stringify([from, to]);
    const pair = pairs.get(id) ?? { from, to, paths: new Set(), supposes: true };
    pairs.set(id, pair);
    pair.paths.add(path);
    if (supposes === undefined) pair.supposes = false;
  }
  for (const { from, to, paths, supposes } of pairs.values()) {
    const [first = "", ...more] = paths;
    const label = more.length === 0 ? first : `${first} and ${more.length} more`;
    yield `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(label)}${supposes ? ', style="dashed"' : ""}];`;
  }
  yield "}";
}

function labelOf(node: string, isAdministrator: boolean): string {
  const [, , , , account, ...rest] = node.split(":");
  if (account === undefined) return node;
  return `${rest.join(":")}\n${account}${isAdministrator ? "\nadministrator" : ""}`;
}

/** A quoted id: a backslash and a quote are written with one before them, a line's end as `\n`, other control characters as spaces. */
function quoted(text: string): string {
  const plain = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${plain.replace(/[\p{Cc}\p{Cf}]/gu, " ")}"`;
}
