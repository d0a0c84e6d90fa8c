/** What is asked under load: one call after the other, answers in any order. */

/** Hears what became of calls. */
export interface CallSink {
  /** A call is over: `failure` is empty for a good answer, else what it is counted under. */
  answered(slot: number, failure: string): void;
}

/** Answers as they were given, by what they say. */
export interface DecisionCounts {
  allowed: number;
  explicitDeny: number;
  implicitDeny: number;
  error: number;
}

/** A place that calls are sent to. */
export interface LoadTarget {
  /** What is measured, in words: the form and where it goes. */
  readonly name: string;
  /** Different calls that can be sent. */
  readonly messages: number;
  /** Questions in one call. */
  readonly questionsPerCall: number;
  /** The places of the traffic's order that a call carries begin here: a call is `questionsPerCall` of them. */
  readonly decisions: DecisionCounts;
  /** True: `send` decides at once, and has called back when it returns. */
  readonly isAtOnce: boolean;
  /** Whoever is to hear of answers; set before the first call of a run. */
  sink: CallSink;
  /** Sends a call. Calls back once for its slot. */
  send(slot: number, message: number): void;
  /** Lets what was sent in one turn go. */
  flush(): void;
  /** Calls that wait in this process for a place on a connection. */
  readonly waiting: number;
  /** Ends calls that are under way, whose slots are free afterwards, and connects again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Counts of nothing. */
export function noDecisions(): DecisionCounts {
  return { allowed: 0, explicitDeny: 0, implicitDeny: 0, error: 0 };
}
