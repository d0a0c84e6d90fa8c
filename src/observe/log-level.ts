/** How much the log tells. Apart from the logger, so that reading settings loads none. */

/** From the most to nothing. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
/** One of them. */
export type LogLevel = (typeof logLevels)[number];
