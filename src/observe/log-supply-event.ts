/** What happens to policy sets, as log lines: one an event, and one for each finding of advice. */
import type { SupplyEvent } from "../supply/supply-event.js";
import { findingFields } from "./finding-fields.js";
import type { Logger } from "./logger.js";

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
    logger.error(`policy set ${name}: ${message}`, {
      policySet: name,
      place,
      reason,
      ...findingFields(findings),
    });
  } else if (event.kind === "evicted") {
    logger.info(`policy set ${name}: out of force`, { policySet: name, because: event.because });
  } else logger.info(`policy set ${name}: no change`, { policySet: name, place });
}
