/** An auditor over an engine in which its policy set is published. */
import type { Engine } from "../engine/engine.js";
import { forEachAttached } from "../policy/policy-set.js";
import { Auditor, type AuditTerms } from "./auditor.js";

/** Makes it; the engine has to allow `whatIf`. */
export function auditorOver(
  engine: Pick<Engine, "decide" | "decidePrincipals" | "allows" | "allowedActions">,
  terms: Omit<AuditTerms, "decide" | "decidePrincipals" | "allows" | "allowedActions">,
): Auditor {
  const { nowMs, set } = terms;
  // Only an explanation says what the levels of SCPs are attached to; where there are none it is more than is needed.
  let detail: "reason" | "explain" = "reason";
  forEachAttached(set, (_policy, type) => {
    if (type === "scp") detail = "explain";
  });
  return new Auditor({
    ...terms,
    decide: (question) => engine.decide(question, { nowMs, detail }),
    decidePrincipals: (question, principals, tells) =>
      engine.decidePrincipals(question, principals, { nowMs, detail: tells ? detail : "outcome" }),
    allows: (question) => engine.allows(question, { nowMs }),
    allowedActions: (question, actions) => engine.allowedActions(question, actions, { nowMs }),
  });
}
