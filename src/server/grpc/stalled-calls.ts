/** Calls whose answers nobody takes. Whoever needs what they hold asks for their end; the guard of the listener knows them. */
export class StalledCalls {
  private end: () => number = () => 0;

  /** Says who knows them. */
  endedBy(end: () => number): void {
    this.end = end;
  }

  /** Ends the oldest ones, and says how many: what they hold is given back within some turns. */
  endOldest(): number {
    return this.end();
  }
}
