/** Histograms as metrics. */
import type { HistogramCells } from "./histogram-cells.js";
import { familyText, type Labels, type MetricFamily, type MetricSample } from "./metric-family.js";

/** A metric with its lines, each with its LF. */
export function histogramText(
  name: string,
  help: string,
  histograms: readonly (readonly [Labels, HistogramCells])[],
): string {
  return familyText(histogramFamily(name, help, histograms));
}

/** The same as data. */
export function histogramFamily(
  name: string,
  help: string,
  histograms: readonly (readonly [Labels, HistogramCells])[],
): MetricFamily {
  const samples: MetricSample[] = [];
  for (const [labels, { bounds, counts, sum }] of histograms) {
    let total = 0;
    for (const [i, count] of counts.entries()) {
      total += count;
      const le = i < bounds.length ? String(bounds[i]) : "+Inf";
      samples.push({ name: `${name}_bucket`, labels: { ...labels, le }, value: total });
    }
    samples.push({ name: `${name}_sum`, labels, value: sum }, { name: `${name}_count`, labels, value: total });
  }
  return { name, help, type: "histogram", aggregator: "sum", samples };
}
