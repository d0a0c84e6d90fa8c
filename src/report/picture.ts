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
  const places = placesOf(hops, edges.values(), most);
  const width = 20 + most * columnWidth + boxWidth;
  const height = 30 + Math.max(...[...places.values()].map(({ y }) => y)) + rowHeight / 2;
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

interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Column by column from the left: whoever becomes the same stands together, and everybody who is become stands in the middle of those who
 * become it, or as near as there is room.
 */
function placesOf(
  hops: ReadonlyMap<string, number>,
  edges: Iterable<{ readonly from: string; readonly to: string }>,
  most: number,
): ReadonlyMap<string, Place> {
  const targets = new Map<string, string>();
  const sources = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!targets.has(from)) targets.set(from, to);
    sources.set(to, [...(sources.get(to) ?? []), from]);
  }
  const sizes = (node: string): number => sources.get(node)?.length ?? 0;
  const places = new Map<string, Place>();
  for (let hop = most; hop >= 0; hop--) {
    const column = [...hops].flatMap(([node, one]) => (one === hop ? [node] : []));
    const wanted = new Map(
      column.map((node) => {
        const from = (sources.get(node) ?? []).flatMap((source) => places.get(source)?.y ?? []);
        return [node, from.length === 0 ? undefined : from.reduce((sum, y) => sum + y, 0) / from.length] as const;
      }),
    );
    // Those whom nobody becomes are ordered by whom they become, the most wanted first.
    const target = (node: string): string => targets.get(node) ?? "";
    const free = column
      .filter((node) => wanted.get(node) === undefined)
      .sort((left, right) => sizes(target(right)) - sizes(target(left)) || (target(left) < target(right) ? -1 : 1));
    const bound = column
      .filter((node) => wanted.get(node) !== undefined)
      .sort((left, right) => (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0));
    let y = 10;
    const x = 10 + (most - hop) * columnWidth;
    for (const node of bound) {
      const left = bound.length - bound.indexOf(node);
      y = Math.max(y, Math.min(wanted.get(node) ?? y, Math.max(y, lowest(places) - left * rowHeight)));
      places.set(node, { x, y });
      y += rowHeight;
    }
    for (const node of free) {
      places.set(node, { x, y });
      y += rowHeight;
    }
  }
  return places;
}

function lowest(places: ReadonlyMap<string, Place>): number {
  return Math.max(0, ...[...places.values()].map(({ y }) => y)) + rowHeight;
}

/** The last part of an ARN, cut. */
export function short(arn: string): string {
  const rest = arn.split(":").slice(5).join(":") || arn;
  return rest.length <= 32 ? rest : `${rest.slice(0, 12)}…${rest.slice(-19)}`;
}
