/** The part of all requests that a question is about: what is not named is open. */

/** What narrows the space. */
export interface Region {
  /** Texts or patterns; any of them. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Exactly these values. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Absent. */
  readonly without: readonly string[];
  /** Whatever is not named is absent. */
  readonly closed: boolean;
  /** Also who is not in the directory. */
  readonly outside: boolean;
}

/** Every request of the directory's principals. */
export const everything: Region = {
  principals: ["*"],
  actions: ["*"],
  resources: ["*"],
  context: new Map(),
  without: [],
  closed: false,
  outside: false,
};
