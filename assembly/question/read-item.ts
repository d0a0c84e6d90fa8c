// One item of a call from the wire: a request, or a row of a batch's table, and behind it the batch's defaults.

import { ErrorCode } from "../format/layout";
import { Scratch } from "../format/scratch";
import { Control, Plan, RowView } from "../format/views";
import { Binding, Question } from "../format/work-views";
import { beginContext } from "./fill-context";
import { spanAt } from "./plan";
import { clearQuestion, readRequest } from "./request";
import { readRow } from "./table-row";

/**
 * Decodes the item and the batch's defaults into the question and the slots of the binding. `scratch` has the memos of rows; null
 * for none.
 */
export function readItem(
  control: Control,
  b: Binding,
  q: Question,
  plan: Plan | null,
  index: u32,
  scratch: Scratch | null,
): u32 {
  clearQuestion(q);
  beginContext(control, b, plan, scratch);
  if (plan == null) {
    q.itemAt = control.messageAt;
    q.itemLength = control.messageLength;
    return readRequest(b, q, q.itemAt, q.itemLength, true);
  }
  if (index < plan.requestCount) {
    const span = spanAt(plan.requestsAt, index);
    q.itemAt = span.at;
    q.itemLength = span.length;
    const error = readRequest(b, q, span.at, span.length, true);
    if (error != ErrorCode.None) return error;
  } else {
    const row = changetype<RowView>(usize(plan.rowsAt) + (index - plan.requestCount) * offsetof<RowView>());
    const error = readRow(b, q, plan, row, scratch);
    if (error != ErrorCode.None) return error;
  }
  // A batch may say it once for all its items.
  q.whatIf |= plan.whatIf;
  for (let i: u32 = 0; i < plan.defaultsCount; i++) {
    // Of several defaults the last wins, as a merged message has it.
    const span = spanAt(plan.defaultsAt, i);
    const error = readRequest(b, q, span.at, span.length, false);
    if (error != ErrorCode.None) return error;
  }
  return ErrorCode.None;
}
