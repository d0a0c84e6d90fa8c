/** Metrics as plain data: what one process tells another one, how several become one, and the Prometheus text format. */

/** Label values by name; names and values of this program, never of callers. */
export type Labels = Readonly<Record<string, string>>;

/** One line of a metric. */
export interface MetricSample {
  /** The metric's name, of histograms with its ending. */
  readonly name: string;
  readonly labels: Labels;
  /** JSON has no NaN: null stands for it. */
  readonly value: number | null;
}

/** A metric with its lines. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  /** How those of several processes become one: `sum`, `first`, `min`, `max`, `average` or, for what means nothing then, `omit`. */
  readonly aggregator: string;
  readonly samples: readonly MetricSample[];
}

/** Whether metrics of a process that has ended still count. */
export function isCounted({ type }: MetricFamily): boolean {
  return type !== "gauge";
}

/** The metrics of several processes as those of one, in the order in which they come first. */
export function mergedFamilies(processes: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  const families = new Map<string, { readonly family: MetricFamily; readonly cells: Map<string, MergedSample> }>();
  for (const family of processes.flat()) {
    if (family.aggregator === "omit") continue;
    const known = families.get(family.name);
    const cells = known?.cells ?? new Map<string, MergedSample>();
    if (known === undefined) families.set(family.name, { family, cells });
    for (const sample of family.samples) {
      const key = `${sample.name}${labelText(sample.labels)}`;
      const values = cells.get(key)?.values;
      if (values === undefined) cells.set(key, { sample, values: [sample.value ?? Number.NaN] });
      else values.push(sample.value ?? Number.NaN);
    }
  }
  return [...families.values()].map(({ family, cells }) => ({
    ...family,
    samples: [...cells.values()].map(({ sample, values }) => ({
      ...sample,
      value: mergedValue(family.aggregator, values),
    })),
  }));
}

interface MergedSample {
  readonly sample: MetricSample;
  readonly values: number[];
}

function mergedValue(aggregator: string, values: readonly number[]): number {
  const [first = Number.NaN] = values;
  if (aggregator === "first") return first;
  if (aggregator === "min") return Math.min(...values);
  if (aggregator === "max") return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return aggregator === "average" ? sum / values.length : sum;
}

/** The lines, each with its LF. */
export function familyText({ name, help, type, samples }: MetricFamily): string {
  const lines = samples.map(({ name: line, labels, value }) => `${line}${labelText(labels)} ${valueText(value)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function valueText(value: number | null): string {
  if (value === null) return "NaN";
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
