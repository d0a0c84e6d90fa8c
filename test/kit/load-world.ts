/** A clock that stands until it is moved, and a server with one place that takes a known time: what load tests are tested against. */
import type { LoadClock } from "../../src/load/driver/clock.js";
import { type CallSink, type LoadTarget, noDecisions } from "../../src/load/driver/target.js";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly work: () => void;
}

/** Time that goes on only from event to event. */
export class FakeTime implements LoadClock {
  readonly awakeMs: number;
  /** Turns that nobody slept before. */
  turns = 0;
  private now = 0;
  private events: Event[] = [];
  private order = 0;
  private slept = 0;

  constructor(awakeMs = 4) {
    this.awakeMs = awakeMs;
  }

  nowMs(): number {
    return this.now;
  }

  sleptMs(): number {
    return this.slept;
  }

  /** A turn of an event loop takes a hundredth of a millisecond. */
  soon(work: () => void): void {
    this.turns++;
    this.at(this.now + 0.01, work);
  }

  after(ms: number, work: () => void): void {
    this.at(this.now + ms, work);
  }

  /** Calls back at a moment. */
  at(atMs: number, work: () => void): void {
    this.events.push({ atMs, order: this.order++, work });
  }

  /** Lets events happen until there are none, or somebody has what was waited for. */
  async until<T>(result: Promise<T>): Promise<T> {
    const seen: { value?: T; isDone: boolean } = { isDone: false };
    void result.then((value) => {
      seen.value = value;
      seen.isDone = true;
    });
    while (!seen.isDone) {
      for (let count = 0; count < 500; count++) {
        let first = 0;
        for (const [index, event] of this.events.entries()) {
          const other = this.events[first];
          if (
            other === undefined ||
            event.atMs < other.atMs ||
            (event.atMs === other.atMs && event.order < other.order)
          )
            first = index;
        }
        const [event] = this.events.splice(first, 1);
        if (event === undefined) break;
        this.now = Math.max(this.now, event.atMs);
        event.work();
      }
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return result;
  }
}

/** What a simulated server does. */
export interface SimulatedServer {
  /** How long one call takes; one at a time, in order. */
  readonly serviceMs: number;
  /** When it stands still, from and for how long. */
  readonly stall?: { readonly fromMs: number; readonly forMs: number };
  /** Calls that are never answered: the so-manieth each time. */
  readonly losesEvery?: number;
  readonly failsEvery?: number;
}

/** A server with a capacity of 1000 / `serviceMs` calls a second. */
export function simulatedServer(time: FakeTime, server: SimulatedServer): LoadTarget {
  let freeAtMs = 0;
  let calls = 0;
  const deaf: CallSink = { answered: () => {} };
  const target: LoadTarget = {
    name: "simulated",
    messages: 1000,
    questionsPerCall: 1,
    decisions: noDecisions(),
    isAtOnce: false,
    sink: deaf,
    send(slot) {
      calls++;
      if (server.losesEvery !== undefined && calls % server.losesEvery === 0) return;
      const failure = server.failsEvery !== undefined && calls % server.failsEvery === 0 ? "UNAVAILABLE" : "";
      let startMs = Math.max(time.nowMs(), freeAtMs);
      const { stall } = server;
      if (stall !== undefined && startMs >= stall.fromMs && startMs < stall.fromMs + stall.forMs)
        startMs = stall.fromMs + stall.forMs;
      freeAtMs = startMs + server.serviceMs;
      const { sink } = target;
      time.at(freeAtMs, () => sink.answered(slot, failure));
    },
    flush: () => {},
    waiting: 0,
    reset: async () => {
      freeAtMs = 0;
    },
    close: async () => {},
  };
  return target;
}
