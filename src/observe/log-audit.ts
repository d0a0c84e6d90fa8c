/** Audits of policy sets, as log lines: who asked for what is worth to be known. */
import type { CallFacts } from "../ask/decided-call.js";
import type { Logger } from "./logger.js";

/** An audit that has ended. */
export interface EndedAudit {
  readonly method: string;
  readonly policySets: readonly string[];
  readonly facts: CallFacts;
  /** Lines by their access or their change; undefined without an answer. */
  readonly counts: Readonly<Record<string, number>> | undefined;
  /** Why there is no answer. */
  readonly failure: string | undefined;
  readonly durationMs: number;
}

/** Logs it. */
export function logAudit(logger: Logger, { method, policySets, facts, counts, failure, durationMs }: EndedAudit): void {
  const { caller, peer, requestId } = facts;
  const named = policySets.map((name) => (name === "" ? "default" : name));
  logger.info(`audit ${method}: ${failure ?? "answered"}`, {
    policySets: named,
    lines: counts,
    caller: caller.name,
    peer,
    requestId,
    durationMs: Math.round(durationMs),
  });
}
