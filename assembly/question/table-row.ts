// A row of a table: four indices, of a principal, an action, a resource and a context, whose texts many rows share. What an earlier row
// of the call found out about them is taken from the memos.

import { readContext } from "../context/context-entry";
import { RANK_OWN } from "../context/slots";
import { isAscii } from "../format/bytes";
import { ErrorCode } from "../format/layout";
import { actionMemo, contextMemo, LISTED_ENTRY_SIZE, listedEntriesOf, principalMemo } from "../format/memos";
import { Scratch } from "../format/scratch";
import { Plan, RowView } from "../format/views";
import { Binding, Question } from "../format/work-views";
import { ContextField, RequestField } from "../wire/fields";
import { isUtf8 } from "../wire/utf8";
import { spanAt } from "./plan";
import { noteOwnField } from "./request";
import { rememberContext } from "./table-memo";

/** Takes the texts of a table row by index. */
export function readRow(b: Binding, q: Question, plan: Plan, row: RowView, scratch: Scratch | null): u32 {
  const principal: u32 = row.principal;
  const action: u32 = row.action;
  const resource: u32 = row.resource;
  const context: u32 = row.context;
  // Indices come from the caller: what is out of range must not be read. Context 0 means none, so contexts count
  // from 1.
  if (principal >= plan.principalCount || action >= plan.actionCount) return ErrorCode.TableIndex;
  if (resource >= plan.resourceCount || context > plan.contextCount) return ErrorCode.TableIndex;
  const principalSpan = spanAt(plan.principalsAt, principal);
  q.principalAt = principalSpan.at;
  q.principalLength = principalSpan.length;
  const actionSpan = spanAt(plan.actionsAt, action);
  q.actionAt = actionSpan.at;
  q.actionLength = actionSpan.length;
  const resourceSpan = spanAt(plan.resourcesAt, resource);
  q.resourceAt = resourceSpan.at;
  q.resourceLength = resourceSpan.length;
  let sharedPrincipal: bool = false;
  let sharedAction: bool = false;
  if (scratch != null) {
    const principals = principalMemo(scratch.tableMemosAt, principal);
    sharedPrincipal = principals.call == scratch.call && principals.index == principal;
    q.principalMemoAt = u32(changetype<usize>(principals));
    q.principalIndex = principal;
    const actions = actionMemo(scratch.tableMemosAt, action);
    sharedAction = actions.call == scratch.call && actions.index == action;
    q.actionMemoAt = u32(changetype<usize>(actions));
    q.actionIndex = action;
  }
  // A text that an earlier row of this call used has been checked then.
  if (!sharedPrincipal && !isUtf8Text(q.principalAt, q.principalLength)) return ErrorCode.InvalidUtf8;
  if (!sharedAction && !isUtf8Text(q.actionAt, q.actionLength)) return ErrorCode.InvalidUtf8;
  if (!isUtf8Text(q.resourceAt, q.resourceLength)) return ErrorCode.InvalidUtf8;
  noteOwnField(q, RequestField.Principal, q.principalLength);
  noteOwnField(q, RequestField.Action, q.actionLength);
  noteOwnField(q, RequestField.Resource, q.resourceLength);
  if (context == 0) return ErrorCode.None;
  const contextSpan = spanAt(plan.contextsAt, context - 1);
  q.contextAt = contextSpan.at;
  q.contextLength = contextSpan.length;
  return readRowContext(b, q, plan, context, scratch);
}

/** Reads the context of a row, or takes what an earlier row of the call listed. */
function readRowContext(b: Binding, q: Question, plan: Plan, context: u32, scratch: Scratch | null): u32 {
  if (scratch == null || b.listing == 0)
    return readContext(b, q.contextAt, q.contextLength, ContextField.Entries, RANK_OWN);
  const memo = contextMemo(scratch.tableMemosAt, context);
  if (memo.call != scratch.call || memo.index != context) {
    const error = readContext(b, q.contextAt, q.contextLength, ContextField.Entries, RANK_OWN);
    if (error == ErrorCode.None && b.listing != 0) rememberContext(b, memo, scratch.call, context);
    return error;
  }
  b.listedCount = memo.count;
  b.addressDoubt |= memo.addressDoubt;
  if (plan.defaultsCount == 0) b.listedAt = listedEntriesOf(memo);
  else memory.copy(b.ownListAt, listedEntriesOf(memo), memo.count * LISTED_ENTRY_SIZE); // the defaults' entries go behind them
  return ErrorCode.None;
}

/** ASCII, which nearly every text is, is seen sixteen bytes at a time. */
function isUtf8Text(at: u32, length: u32): bool {
  return isAscii(at, length) || isUtf8(at, length);
}
