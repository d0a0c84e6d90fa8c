/**
 * The metrics of several processes behind one address as those of one server: whichever process is scraped asks the one that keeps
 * them, which asks all. Counters of processes that have died stay in the sum, so that it never goes back.
 */
import cluster, { type Worker } from "node:cluster";
import { isCounted, type MetricFamily, mergedFamilies } from "../observe/metrics/metric-family.js";
import type { Metrics, MetricsText } from "../observe/metrics/metrics.js";

type Families = readonly MetricFamily[];

/** A process that has not answered by then counts as it did at the last scrape. */
const PATIENCE_MS = 1000;

/** A scrape of this process, or of all where it serves for another one. */
export function scrapeOf(metrics: Metrics): () => Promise<MetricsText> {
  if (!cluster.isWorker) return () => metrics.text();
  const waiting = new Map<number, (families: Families) => void>();
  let lastTicket = 0;
  process.on("message", (message: unknown) => {
    const summed = familiesIn(message, "summedMetrics");
    const ticket = memberOf(message, "ticket");
    if (memberOf(message, "asks") === "metrics") {
      void metrics.families().then((families) => process.connected && process.send?.({ metrics: families }));
    } else if (summed !== undefined && typeof ticket === "number") {
      waiting.get(ticket)?.(summed);
      waiting.delete(ticket);
    }
  });
  return async () => {
    // One that is being stopped has let go of the others.
    if (!process.connected) return metrics.text();
    const ticket = ++lastTicket;
    const summed = new Promise<Families>((resolve) => waiting.set(ticket, resolve));
    process.send?.({ asks: "summedMetrics", ticket });
    const families = await Promise.race([summed, after(2 * PATIENCE_MS, undefined)]);
    waiting.delete(ticket);
    return families === undefined ? metrics.text() : metrics.textOf(families);
  };
}

/** What the process that keeps the others knows of their metrics. */
export class ProcessMetrics {
  private readonly known = new Map<Worker, Families>();
  private readonly waiting = new Map<Worker, (() => void)[]>();
  /** Counters of processes that have died, as they were at the last scrape. */
  private departed: Families = [];

  /** Answers a process that is scraped, and asks it when another one is. */
  watch(worker: Worker): void {
    worker.on("message", (message: unknown) => {
      // One that does not serve yet would not answer.
      if (memberOf(message, "ready") !== undefined) this.waiting.set(worker, []);
      const told = familiesIn(message, "metrics");
      const ticket = memberOf(message, "ticket");
      if (told !== undefined) {
        this.known.set(worker, told);
        for (const tell of this.waiting.get(worker)?.splice(0) ?? []) tell();
      } else if (memberOf(message, "asks") === "summedMetrics") {
        void this.sum().then((summedMetrics) => worker.isConnected() && worker.send({ summedMetrics, ticket }));
      }
    });
    worker.once("exit", () => {
      for (const tell of this.waiting.get(worker) ?? []) tell();
      this.waiting.delete(worker);
      const last = this.known.get(worker);
      this.known.delete(worker);
      if (last !== undefined) this.departed = mergedFamilies([this.departed, last.filter(isCounted)]);
    });
  }

  private async sum(): Promise<Families> {
    const answered = [...this.waiting].map(([worker, tellers]) => {
      if (!worker.isConnected()) return undefined;
      worker.send({ asks: "metrics" });
      return new Promise<void>((resolve) => tellers.push(resolve));
    });
    await Promise.race([Promise.all(answered), after(PATIENCE_MS, undefined)]);
    return mergedFamilies([...this.known.values(), this.departed]);
  }
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value).unref());
}

function familiesIn(message: unknown, name: string): Families | undefined {
  const found = memberOf(message, name);
  return Array.isArray(found) ? found : undefined;
}

function memberOf(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null ? Reflect.get(message, name) : undefined;
}
