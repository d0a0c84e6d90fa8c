/** Histograms in the Prometheus text format. */
import type { HistogramCells } from "./histogram-cells.js";

/** Label values by name; names and values of this program, never of callers. */
export type Labels = Readonly<Record<string, string>>;

/** A metric with its lines, each with its LF. */
export function histogramText(
  name: string,
  help: string,
  histograms: readonly (readonly [Labels, HistogramCells])[],
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [labels, { bounds, counts, sum }] of histograms) {
    let total = 0;
    for (const [i, count] of counts.entries()) {
      total += count;
      lines.push(
        `${name}_bucket${labelText({ ...labels, le: i < bounds.length ? String(bounds[i]) : "+Inf" })} ${total}`,
      );
    }
    lines.push(`${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${total}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, "\\$&")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
