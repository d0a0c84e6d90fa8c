/** What happens to mapping files, as log lines: one an event, and one for each finding of advice. */

import type { MappingEvent } from "../supply/mapping-event.js";
import { quote } from "../text/quote.js";
import { findingFields } from "./finding-fields.js";
import type { Logger } from "./logger.js";

/** Logs an event. */
export function logMappingEvent(logger: Logger, event: MappingEvent): void {
  const { name, place } = event;
  if (event.kind === "activated") {
    logger.info(`${name} mapping: in force`, { mapping: name, place });
    for (const { file, line, column, rule, message } of event.findings) {
      logger.warn(`${name} mapping: ${file}:${line}:${column}: ${message}`, { mapping: name, rule });
    }
  } else if (event.kind === "failed") {
    logger.error(`${name} mapping: ${event.message}`, { mapping: name, place, ...findingFields(event.findings) });
  } else if (event.kind === "unserved") {
    const { policySet } = event;
    const message = `policy set ${quote(policySet)} is not served: every request is answered 503`;
    logger.warn(`${name} mapping: ${place}: ${message}`, { mapping: name, place, policySet });
  } else logger.info(`${name} mapping: no change`, { mapping: name, place });
}
