// Whether a statement applies: principal, action, resource and condition tests, all of them (STM-1).
import { actionMatches } from "./action";
import { testHolds } from "./condition";
import { matchPattern } from "./glob";
import {
  PATTERN_KIND_BITS,
  PatternKind,
  STATEMENT_NO_RESOURCE,
  STATEMENT_NOT_RESOURCE,
  STATEMENT_SIZE,
} from "./layout";
import { StatementView } from "./views";
import { Binding, Question } from "./work-views";

const STAR_SIGN: u32 = 0x2a;

/** Offsets of the resource patterns stand behind the action ids. */
export function resourcesOf(statement: StatementView): usize {
  return changetype<usize>(statement) + STATEMENT_SIZE + statement.actionCount * 4;
}

/** Offsets of the condition tests stand behind the resource patterns. */
export function testsOf(statement: StatementView): usize {
  return resourcesOf(statement) + statement.resourceCount * 4;
}

/** Whether the request is for no resource at all (RES-9). */
export function isResourceless(q: Question): bool {
  return q.resourceLength == 1 && load<u8>(q.resourceAt) == STAR_SIGN;
}

/** Whether the resource test holds: Resource an OR, NotResource a NOR, neither of them the attached resource itself. */
export function resourceMatches(b: Binding, q: Question, statement: StatementView): bool {
  if ((statement.flags & STATEMENT_NO_RESOURCE) != 0) return true; // RES-12
  const patterns = resourcesOf(statement);
  const resourceless: bool = isResourceless(q);
  let listed: bool = false;
  for (let i: u32 = 0; i < statement.resourceCount && !listed; i++) {
    const patternAt: u32 = load<u32>(patterns + i * 4);
    listed = resourceless ? isAny(b, patternAt) : matchPattern(b, patternAt, q.resourceAt, q.resourceLength);
  }
  return listed != ((statement.flags & STATEMENT_NOT_RESOURCE) != 0);
}

function isAny(b: Binding, patternAt: u32): bool {
  return (load<u32>(usize(b.image) + patternAt) & ((1 << PATTERN_KIND_BITS) - 1)) == PatternKind.Any;
}

/** Whether every condition test holds (COND-2). */
export function conditionsHold(b: Binding, statement: StatementView): bool {
  const tests = testsOf(statement);
  for (let i: u32 = 0; i < statement.testCount; i++) {
    if (!testHolds(b, load<u32>(tests + i * 4))) return false;
  }
  return true;
}

/** All tests but that of the principal. `checkAction` is false where the candidate filter was exact already. */
export function applies(b: Binding, q: Question, statement: StatementView, checkAction: bool): bool {
  if (checkAction && !actionMatches(b, statement)) return false;
  return resourceMatches(b, q, statement) && conditionsHold(b, statement);
}
