// Measuring on a machine that is not quiet: contestants take turns in short slices, and what is reported is the median of the
// ratios of neighbouring slices. Absolute numbers stand beside them for orientation only.
import { cpus, totalmem } from "node:os";

/** Something whose speed is compared. */
export interface Contestant {
  readonly name: string;
  /** Does some milliseconds of work; gives how many operations that were. */
  run(): number;
}

/** Operations a second, one number a round. */
export type Rates = readonly number[];

/** How a race is run. */
export interface RaceOptions {
  readonly rounds: number;
  /** How long a contestant's turn is. */
  readonly sliceMs: number;
}

/** The time that this process has computed, in milliseconds: others who share the machine do not count. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Lets contestants that work on this thread take turns, every other round in reverse order. Gives their rates by name: operations
 * a second of processor time, so that whoever shares the machine takes nothing away but cache.
 */
export function race(contestants: readonly Contestant[], options: RaceOptions): ReadonlyMap<string, Rates> {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) timeSlice(contestant, options.sliceMs);
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    for (const contestant of order) rates.get(contestant.name)?.push(timeSlice(contestant, options.sliceMs));
  }
  return rates;
}

function timeSlice(contestant: Contestant, sliceMs: number): number {
  let operations = 0;
  const start = processorMs();
  let elapsed = 0;
  while (elapsed < sliceMs) {
    operations += contestant.run();
    elapsed = processorMs() - start;
  }
  return (operations / elapsed) * 1000;
}

/** How many times as fast one was as the other: the median over pairs of the same round. */
export function medianRatio(one: Rates, other: Rates): number {
  return median(one.map((rate, round) => rate / (other[round] ?? Number.NaN)));
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Times single calls in microseconds. */
export function timeCalls(count: number, call: (index: number) => void): number[] {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    call(index);
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

/** 1,234,000 rather than 1234567.8: three digits count. */
export function formatRate(rate: number): string {
  return Number(rate.toPrecision(3)).toLocaleString("en-US");
}

/** Two digits after the point, more for small ratios. */
export function formatRatio(ratio: number): string {
  return `${ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)} ×`;
}

/** Prints rows as a table in Markdown. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  console.log(line(header));
  console.log(line(widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))));
  for (const row of rows) console.log(line(row));
}

/** One line that says where a figure comes from. */
export function machineLine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${cpus().length} × ${model}, ${memory} GiB, Node ${process.versions.node}, ${date}`;
}
