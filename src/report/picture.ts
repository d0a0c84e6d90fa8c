/** The graph of shortest chains as SVG: who has a longer way stands further left, administrators stand right. */
import { html, type Markup } from "./markup.js";
import type { ReportData } from "./report-data.js";

const rowHeight = 26;
const columnWidth = 310;
const boxWidth = 245;
const mostNodes = 150;

/** The picture; undefined if nobody can become an administrator. */
export function pictureOf({ chains, administrators }: ReportData["escalation"]): Markup | undefined {
  const names = new Set(administrators.map(({ principal }) => principal));
  const hops = new Map<string, number>();
  const edges = new Map<string, { from: string; to: string; path: string; certain: boolean }>();
  for (const { edges: way } of chains) {
    for (const [index, { from, to, path, supposes }] of way.entries()) {
      hops.set(from, Math.min(hops.get(from) ?? Number.POSITIVE_INFINITY, way.length - index));
      edges.set(`${from} ${to}`, { from, to, path, certain: supposes === undefined });
    }
    if (hops.size > mostNodes) break;
  }
  if (edges.size === 0) return undefined;
  const ends = new Set([...edges.values()].map(({ to }) => to).filter((to) => names.has(to) || to === "administrator"));
  for (const end of ends) hops.set(end, 0);
  const most = Math.max(...hops.values());
  const places = new Map<string, { readonly x: number; readonly y: number }>();
  const filled = new Map<number, number>();
  for (const [node, hop] of hops) {
    const row = filled.get(hop) ?? 0;
    filled.set(hop, row + 1);
    places.set(node, { x: 10 + (most - hop) * columnWidth, y: 10 + row * rowHeight });
  }
  const width = 20 + most * columnWidth + boxWidth;
  const height = 20 + Math.max(...filled.values()) * rowHeight;
  const lines = [...edges.values()].flatMap(({ from, to, path, certain }) => {
    const [start, end] = [places.get(from), places.get(to)];
    if (start === undefined || end === undefined) return [];
    const [x, y, toX, toY] = [start.x + boxWidth, start.y + 10, end.x, end.y + 10];
    const bend = x + (toX - x) / 2;
    const curve = `M ${x} ${y} C ${bend} ${y}, ${bend} ${toY}, ${toX} ${toY}`;
    return [
      html`<path class="${certain ? "way" : "way supposed"}" d="${curve}"><title>${from} → ${to}: ${path}</title></path>`,
    ];
  });
  const boxes = [...places].map(([node, { x, y }]) => {
    const isEnd = names.has(node) || node === "administrator";
    return html`<g><title>${node}</title><rect class="${isEnd ? "end" : "node"}" x="${x}" y="${y}" width="${boxWidth}" height="20" rx="4"></rect><text x="${x + 6}" y="${y + 14}">${isEnd ? "★ " : ""}${short(node)}</text></g>`;
  });
  return html`<svg role="img" aria-label="Who can become an administrator, by the shortest way; the list below says the same" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${lines}${boxes}</svg>`;
}

/** The last part of an ARN, cut. */
export function short(arn: string): string {
  const rest = arn.split(":").slice(5).join(":") || arn;
  return rest.length <= 32 ? rest : `${rest.slice(0, 12)}…${rest.slice(-19)}`;
}
