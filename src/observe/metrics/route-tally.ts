/** What metrics count of HTTP requests, by route: paths of this program, never those of callers. */
import { HistogramCells, secondsBounds } from "./histogram-cells.js";

/** The route of requests that no route answers. */
export const noRoute = "none";
/** The status of a request whose caller went away before its answer began. */
export const callerGone = 499;

/** Counts of one route. */
export class RouteTally {
  /** Answered requests by HTTP status. */
  readonly statuses = new Map<number, number>();
  readonly seconds = new HistogramCells(secondsBounds);

  constructor(readonly route: string) {}

  /** A request ended with a status, after so many seconds. */
  ended(status: number, seconds: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    this.seconds.observe(seconds);
  }
}
