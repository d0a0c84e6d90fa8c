/** Work of which little is done at once goes round the callers: who asks for much waits for itself, not others for it. */

/** How much. */
export interface TurnLimits {
  /** Pieces of work at once. */
  readonly atOnce: number;
  /** Pieces that may wait; whoever has most of them gives one up for a caller that has fewer. */
  readonly mostWaiting: number;
  /** What is thrown where there is no room. */
  readonly refusal: () => Error;
}

interface Turn {
  readonly begin: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** The turns of callers, each known by a share: its name, or where it comes from. */
export class CallerTurns {
  /** Who waits, the one whose turn is next in front. */
  private readonly waiting = new Map<string, Turn[]>();
  private waitingCount = 0;
  private working = 0;

  constructor(private readonly limits: TurnLimits) {}

  /** How many pieces wait. */
  get queueLength(): number {
    return this.waitingCount;
  }

  /** Does the work when it is the caller's turn. Rejects without having begun where there is no room, or when the signal ends. */
  async run<T>(share: string, signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    if (this.working >= this.limits.atOnce) await this.turn(share, signal);
    else this.working++;
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  private turn(share: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      if (this.waitingCount >= this.limits.mostWaiting) this.makeRoom(share);
      const leave = (): void => {
        this.remove(share, turn);
        reject(signal.reason);
      };
      const settle = (): void => signal.removeEventListener("abort", leave);
      const turn: Turn = {
        begin: () => {
          settle();
          resolve();
        },
        refuse: (reason) => {
          settle();
          reject(reason);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      const own = this.waiting.get(share);
      if (own === undefined) this.waiting.set(share, [turn]);
      else own.push(turn);
      this.waitingCount++;
    });
  }

  /** INVARIANT: a place that is passed on stays taken, so that nobody who comes in between begins first. */
  private pass(): void {
    const [next] = this.waiting;
    const [share, [turn] = []] = next ?? [];
    if (share === undefined || turn === undefined) {
      this.working--;
      return;
    }
    const own = this.waiting.get(share) ?? [];
    this.remove(share, turn);
    if (own.length > 0) {
      // To the end of the round.
      this.waiting.delete(share);
      this.waiting.set(share, own);
    }
    turn.begin();
  }

  /** The last of whoever has most gives way, unless the newcomer would have as much. */
  private makeRoom(newcomer: string): void {
    let most: string | undefined;
    for (const share of this.waiting.keys())
      if (most === undefined || this.count(share) > this.count(most)) most = share;
    const last = most === undefined ? undefined : this.waiting.get(most)?.at(-1);
    if (most === undefined || last === undefined || this.count(most) <= this.count(newcomer) + 1) {
      throw this.limits.refusal();
    }
    this.remove(most, last);
    last.refuse(this.limits.refusal());
  }

  private count(share: string): number {
    return this.waiting.get(share)?.length ?? 0;
  }

  private remove(share: string, turn: Turn): void {
    const own = this.waiting.get(share) ?? [];
    const at = own.indexOf(turn);
    if (at < 0) return;
    own.splice(at, 1);
    this.waitingCount--;
    if (own.length === 0) this.waiting.delete(share);
  }
}
