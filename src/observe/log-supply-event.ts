/** What happens to policy sets, as log lines: one an event, and one for each finding of advice. */
import type { SupplyEvent } from "../supply/supply-event.js";
import type { Logger } from "./logger.js";

/** Findings of a refused set that a line lists; the rest is counted. */
const MOST_FINDINGS = 100;

/**
 * Logs an event. The first set of a process is told by its ready line, so it is worth a debug line only, unless it comes from an
 * origin, which may have let the process wait for it.
 */
export function logSupplyEvent(logger: Logger, event: SupplyEvent): void {
  const { name, place, origin } = event.status;
  if (event.kind === "activated") {
    const { published, revision } = event.active;
    const { digest, generation } = published;
    const fields = { policySet: name, place, digest, generation, revision, durationMs: Math.round(event.durationMs) };
    logger[generation === 1 && origin === "path" ? "debug" : "info"](`policy set ${name}: in force`, fields);
    for (const { file, line, column, rule, message } of event.findings) {
      logger.warn(`policy set ${name}: ${file}:${line}:${column}: ${message}`, { policySet: name, rule });
    }
  } else if (event.kind === "failed") {
    const { reason, message, findings } = event.failure;
    const texts = findings.map(({ file, line, column, message: text }) => `${file}:${line}:${column}: ${text}`);
    logger.error(`policy set ${name}: ${message}`, {
      policySet: name,
      place,
      reason,
      ...(texts.length === 0 ? {} : { findings: texts.slice(0, MOST_FINDINGS), findingCount: texts.length }),
    });
  } else if (event.kind === "evicted") {
    logger.info(`policy set ${name}: out of force`, { policySet: name, because: event.because });
  } else logger.info(`policy set ${name}: no change`, { policySet: name, place });
}
