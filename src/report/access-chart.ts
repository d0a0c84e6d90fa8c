/** How many principals reach how far into each service: what the table of principals and services tells, counted. */
import { axis, drawChart, ink } from "./chart.js";
import { heatLevels } from "./gather-access.js";
import type { Markup } from "./markup.js";
import type { HeatMap } from "./report-data.js";

const levels: readonly string[] = heatLevels;
const left = 165;
const top = 6;
const cellHeight = 30;
const letterWidth = 6.8;

/** The picture. `idOf`: where the table tells of the first who reaches so far. */
export function accessChart({ services, rows }: HeatMap, idOf: (service: number, level: number) => string): Markup {
  const counts = levels.map(() => services.map(() => 0));
  for (const { cells } of rows)
    for (const [service, cell] of cells.entries()) {
      const row = counts[levels.indexOf(cell?.level ?? "")];
      if (row !== undefined) row[service] = (row[service] ?? 0) + 1;
    }
  const cells = counts.flatMap((row, level) =>
    row.flatMap((count, service) => (count === 0 ? [] : [{ service, level, count }])),
  );
  const plot = { left, top, width: Math.max(services.length * 36, 72), height: levels.length * cellHeight };
  const categories = { type: "category", axisTick: { show: false }, axisLine: axis.axisLine } as const;
  return drawChart({
    label: "Principals by service and by their gravest access there; the table below names them",
    width: plot.left + plot.width + 10,
    height:
      plot.top + plot.height + 20 + Math.ceil(letterWidth * Math.max(...services.map((one) => short(one).length))),
    option: {
      grid: plot,
      xAxis: {
        ...categories,
        data: services.map(short),
        axisLabel: { ...axis.axisLabel, rotate: 90, interval: 0 },
      },
      yAxis: { ...categories, data: [...levels], axisLabel: { ...axis.axisLabel, interval: 0 } },
      visualMap: {
        type: "piecewise",
        show: false,
        dimension: 1,
        pieces: levels.map((_, value) => ({ value, color: `var(--l${value})` })),
      },
      series: [
        {
          type: "heatmap",
          silent: true,
          data: cells.map(({ service, level, count }) => ({
            value: [service, level, count],
            itemStyle: { borderColor: ink.ground, borderWidth: 2 },
          })),
          label: { show: true, color: "var(--ink)", fontSize: 13, formatter: "{@[2]}" },
        },
      ],
    },
    markOf: (_, place) => {
      const cell = cells[place];
      if (cell === undefined) return undefined;
      const { service, level, count } = cell;
      const whose = count === 1 ? "1 principal" : `${count} principals`;
      return {
        title: `${services[service] ?? ""}: ${levels[level] ?? ""} is the gravest access of ${whose}`,
        leadsTo: idOf(service, level),
      };
    },
  });
}

function short(service: string): string {
  return service.length <= 22 ? service : `${service.slice(0, 21)}…`;
}
