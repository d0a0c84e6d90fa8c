/** What happens to policy sets, as log lines: one an event, and one for each finding of advice. */
import { RecurringTrouble } from "../supply/recurring-trouble.js";
import type { SupplyEvent } from "../supply/supply-event.js";
import { findingFields } from "./finding-fields.js";
import type { Logger } from "./logger.js";

/**
 * Logs events; an origin that fails again and again is told once and then rarely. A set with findings is told whenever somebody asks or
 * changed it; that all is well again is an event itself.
 */
export class SupplyLog {
  private readonly troubles = new Map<string, RecurringTrouble>();

  constructor(
    private readonly logger: Logger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Logs an event, unless it is one failure more of the same kind. */
  log(event: SupplyEvent): void {
    const { name } = event.status;
    if (event.kind !== "failed" || event.failure.reason === "invalid") {
      this.troubles.delete(name);
      logSupplyEvent(this.logger, event);
      return;
    }
    const trouble = this.troubles.get(name) ?? new RecurringTrouble(() => {}, "", this.nowMs);
    this.troubles.set(name, trouble);
    if (trouble.failed(event.failure.message)) logSupplyEvent(this.logger, event);
  }
}

/**
 * Logs an event. The first set of a process is told by its ready line, so it is worth a debug line only, unless it comes from an
 * origin, which may have let the process wait for it.
 */
function logSupplyEvent(logger: Logger, event: SupplyEvent): void {
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
