/** What the matcher's plan of a batch says, checked against the limits of this engine. Decides nothing. */
import { Status } from "../../assembly/format/layout.js";
import { PlanFields, SpanFields } from "../../assembly/format/records.js";
import { RequestField } from "../wire/authorization-fields.js";
import { lastTextField } from "../wire/text-fields.js";
import { EngineError } from "./engine-error.js";
import type { Generation } from "./generation.js";
import type { CallArea } from "./memory-map.js";

/** What a batch may ask for. */
export interface BatchLimits {
  readonly maxBatchRequests: number;
  readonly allowWhatIf: boolean;
}

/** The number of questions of a planned batch; throws EngineError if it is refused as a whole. */
export function plannedItems(
  { session }: Generation,
  area: CallArea,
  status: Status,
  { maxBatchRequests, allowWhatIf }: BatchLimits,
): number {
  if (status === Status.TooLarge) {
    throw new EngineError("batchTooLarge", `batch: more than ${maxBatchRequests} questions or too many table texts`);
  }
  if (status === Status.Malformed) throw new EngineError("malformed", "message: malformed protobuf");
  if (status === Status.BadRows) throw new EngineError("malformed", "table.rows: not four indices a question");
  if (session.planWord(area, PlanFields.whatIf) !== 0 && !allowWhatIf) {
    throw new EngineError("whatIfRefused", "what_if: not allowed on this server");
  }
  const items = session.planWord(area, PlanFields.requestCount) + session.planWord(area, PlanFields.rowCount);
  if (items > maxBatchRequests) {
    throw new EngineError("batchTooLarge", `batch: ${items} questions, at most ${maxBatchRequests}`);
  }
  return items;
}

/** The set that a planned batch names, itself or through its defaults; empty for the default one. */
export function plannedPolicySet({ session }: Generation, area: CallArea): string {
  const length = session.planWord(area, PlanFields.policySetLength);
  if (length > 0) return session.text(session.planWord(area, PlanFields.policySetAt), length);
  for (let i = session.planWord(area, PlanFields.defaultsCount) - 1; i >= 0; i--) {
    const [at, size] = session.span(session.planWord(area, PlanFields.defaultsAt) + i * SpanFields.size);
    const name = lastTextField(session.view(at, size).slice(), RequestField.PolicySet);
    if (name !== "") return name;
  }
  return "";
}
