/** The graph of shortest chains as SVG: who has a longer way stands further left, administrators stand right. */
import { drawChart, ink } from "./chart.js";
import type { Mark } from "./chart-markup.js";
import type { Markup } from "./markup.js";
import type { ReportData } from "./report-data.js";

const rowHeight = 26;
const columnWidth = 310;
const boxWidth = 245;
const mostNodes = 150;

/** The picture; undefined if nobody can become an administrator. `idOf`: where the page tells of a principal. */
export function pictureOf(
  { chains, administrators }: ReportData["escalation"],
  idOf: (principal: string) => string | undefined,
): Markup | undefined {
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
  const ways = [...edges.values()].flatMap(({ from, to, path, certain }) => {
    const [start, end] = [places.get(from), places.get(to)];
    return start === undefined || end === undefined ? [] : [{ from, to, path, certain, start, end }];
  });
  const boxes = [...places].map(([name, place]) => ({
    name,
    place,
    isEnd: names.has(name) || name === "administrator",
  }));
  const axes = { type: "value", show: false, min: 0 };
  const series = { type: "custom", clip: false, silent: true };
  return drawChart({
    label: "Who can become an administrator, by the shortest way; the list below says the same",
    width,
    height,
    option: {
      grid: { left: 0, top: 0, width, height },
      xAxis: { ...axes, max: width },
      yAxis: { ...axes, max: height, inverse: true },
      series: [
        { ...series, data: ways.map(() => [0, 0]), renderItem: itemOf(ways, wayShape) },
        { ...series, data: boxes.map(() => [0, 0]), renderItem: itemOf(boxes, boxShape) },
      ],
    },
    markOf: (which, index) => {
      const [way, box] = [ways[index], boxes[index]];
      if (which === 0 && way !== undefined)
        return markOf(
          `${way.from} → ${way.to}: ${way.path}${way.certain ? "" : ", if what is supposed is so"}`,
          way.from,
          idOf,
        );
      return which === 1 && box !== undefined ? markOf(box.name, box.name, idOf) : undefined;
    },
  });
}

function markOf(title: string, name: string, idOf: (name: string) => string | undefined): Mark {
  const leadsTo = idOf(name);
  return leadsTo === undefined ? { title } : { title, leadsTo };
}

/** What draws the item of a series by its place. */
function itemOf<T>(
  list: readonly T[],
  shape: (one: T) => object,
): (params: { readonly dataIndex: number }) => object | undefined {
  return ({ dataIndex }) => {
    const one = list[dataIndex];
    return one === undefined ? undefined : shape(one);
  };
}

interface Way {
  readonly start: Place;
  readonly end: Place;
  readonly certain: boolean;
}

function wayShape({ start, end, certain }: Way): object {
  const [x1, y1, x2, y2] = [start.x + boxWidth, start.y + 10, end.x, end.y + 10];
  const cpx1 = x1 + (x2 - x1) / 2;
  return {
    type: "bezierCurve",
    shape: { x1, y1, x2, y2, cpx1, cpy1: y1, cpx2: cpx1, cpy2: y2 },
    style: { fill: "none", stroke: ink.soft, lineWidth: 1.2, ...(certain ? {} : { lineDash: [5, 4] }) },
  };
}

interface Box {
  readonly name: string;
  readonly place: Place;
  readonly isEnd: boolean;
}

function boxShape({ name, place: { x, y }, isEnd }: Box): object {
  return {
    type: "rect",
    shape: { x, y, width: boxWidth, height: 20, r: 4 },
    style: { fill: isEnd ? "var(--l4)" : "var(--card)", stroke: isEnd ? ink.text : ink.soft, lineWidth: isEnd ? 2 : 1 },
    textContent: {
      style: { text: `${isEnd ? "★ " : ""}${short(name)}`, fill: ink.text, fontSize: 12 },
    },
    textConfig: { position: "insideLeft", distance: 6 },
  };
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
