/** An auditor over an engine in which its policy set is published. */
import type { Engine } from "../engine/engine.js";
import { Auditor, type AuditTerms } from "./auditor.js";

/** Makes it; the engine has to allow `whatIf`. */
export function auditorOver(
  engine: Pick<Engine, "decide" | "allowedActions">,
  terms: Omit<AuditTerms, "decide" | "allowedActions">,
): Auditor {
  const { nowMs } = terms;
  return new Auditor({
    ...terms,
    decide: (question) => engine.decide(question, { nowMs }),
    allowedActions: (question, actions) => engine.allowedActions(question, actions, { nowMs }),
  });
}
