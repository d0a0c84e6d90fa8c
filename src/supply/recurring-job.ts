/** A job that never runs twice at once: what asks for it while it runs makes it run once more. Knows nothing of the job. */

/** Why the job runs: somebody asked for it by name, or something may have changed. */
export type Urgency = "asked" | "stirred";

/** Runs a job one at a time; the latest request wins. */
export class RecurringJob {
  private running: Promise<void> | undefined;
  private next: { readonly done: Promise<void>; urgency: Urgency } | undefined;

  constructor(private readonly job: (urgency: Urgency) => Promise<void>) {}

  /** Resolves when a run that began after this call has ended. Rejects only if the job does. */
  run(urgency: Urgency): Promise<void> {
    if (this.next !== undefined) {
      if (urgency === "asked") this.next.urgency = "asked";
      return this.next.done;
    }
    if (this.running === undefined) return this.begin(urgency);
    const next = {
      urgency,
      done: this.running.then(
        () => this.follow(),
        () => this.follow(),
      ),
    };
    this.next = next;
    return next.done;
  }

  private follow(): Promise<void> {
    const urgency = this.next?.urgency ?? "stirred";
    this.next = undefined;
    return this.begin(urgency);
  }

  private begin(urgency: Urgency): Promise<void> {
    const running = this.job(urgency).finally(() => {
      if (this.running === running) this.running = undefined;
    });
    this.running = running;
    return running;
  }
}
