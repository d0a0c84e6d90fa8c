/**
 * Pictures of the pages, drawn by ECharts as SVG when the page is written: nothing runs where it is read, and it prints. The only file
 * that knows the library. Colours are the variables of the page's style, so that a picture follows light, dark and paper.
 */
import { CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, VisualMapPiecewiseComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { type Mark, svgMarkup } from "./chart-markup.js";
import type { Markup } from "./markup.js";

/** What is drawn. */
export interface Chart {
  /** What a reader hears of it. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  /** As ECharts takes it, without animation. */
  readonly option: EChartsCoreOption;
  /** What stands behind the elements of a series by their place; the same texts for the same places. */
  readonly markOf?: (series: number, place: number) => Mark | undefined;
}

/** Colours by what they say; none of them says it alone. */
export const ink = { text: "var(--fg)", soft: "var(--soft)", line: "var(--line)", ground: "var(--bg)" } as const;

/** An axis as all of our pictures have it. */
export const axis = {
  axisLine: { show: true, lineStyle: { color: ink.soft } },
  axisTick: { lineStyle: { color: ink.soft } },
  axisLabel: { color: ink.text, fontSize: 12 },
  nameTextStyle: { color: ink.text, fontSize: 12 },
  splitLine: { lineStyle: { color: ink.line } },
} as const;

/** The picture: the same bytes for the same chart. */
export function drawChart({ label, width, height, option, markOf }: Chart): Markup {
  use([
    CustomChart,
    HeatmapChart,
    LineChart,
    ScatterChart,
    GridComponent,
    VisualMapPiecewiseComponent,
    LabelLayout,
    SVGRenderer,
  ]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return svgMarkup(chart.renderToSVGString(), { label, width, height, markOf });
  } finally {
    // What is not disposed of keeps a timer, and with it the process.
    chart.dispose();
  }
}
