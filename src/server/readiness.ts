/** Whether this process should be asked: what health checks and readiness probes report. Knows no transport and no policies. */

/** Why a process is not ready; each reason is held at most once. */
export class Readiness {
  private readonly held = new Set<string>();
  private readonly warned = new Map<string, string>();
  private readonly listeners = new Set<(ready: boolean) => void>();

  /** Begins with the given reasons; with none it is ready. */
  constructor(reasons: readonly string[] = []) {
    for (const reason of reasons) this.held.add(reason);
  }

  /** Whether nothing holds it back. */
  get ready(): boolean {
    return this.held.size === 0;
  }

  /** What holds it back, oldest first; short texts without secrets, for operators. */
  get reasons(): readonly string[] {
    return [...this.held];
  }

  /** What operators should look at although it holds nothing back; short texts without secrets. */
  get warnings(): readonly string[] {
    return [...this.warned.values()];
  }

  /** Sets the one warning about something, or takes it away. */
  warn(about: string, text: string | undefined): void {
    if (text === undefined) this.warned.delete(about);
    else this.warned.set(about, text);
  }

  /** Not ready for this reason until it is cleared. */
  hold(reason: string): void {
    this.change(() => this.held.add(reason));
  }

  /** Takes a reason away. */
  clear(reason: string): void {
    this.change(() => this.held.delete(reason));
  }

  /** Calls back at every change between ready and not ready; gives the function that ends that. */
  onChange(listener: (ready: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private change(apply: () => unknown): void {
    const before = this.ready;
    apply();
    if (this.ready !== before) for (const listener of [...this.listeners]) listener(this.ready);
  }
}

/** The reason before the first policy set is in force. */
export const awaitingPolicySet = "no policy set is published";
/** The reason while a server drains. */
export const stopping = "the server is stopping";
