/** Settings of what operators see: logs, the decision log, traces. */

/** The group. */
export const logSettings = {} as const;
