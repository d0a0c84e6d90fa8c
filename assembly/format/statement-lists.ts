// What a statement lists: where its resource patterns, tests, principal entries and action ids are, and how many. Counts
// take one byte each, or four in the few statements that name more.
import { STATEMENT_NOT_PRINCIPAL, STATEMENT_PRINCIPAL, STATEMENT_WIDE } from "./layout";
import { ResourcePatternView, StatementView, WideCountsView } from "./views";

/** Whether counts and action ids are u32. */
export function isWide(statement: StatementView): bool {
  return (statement.flags & STATEMENT_WIDE) != 0;
}

function wideCounts(statement: StatementView): WideCountsView {
  return changetype<WideCountsView>(changetype<usize>(statement) + offsetof<StatementView>());
}

/** How many resource patterns it lists. */
export function resourceCountOf(statement: StatementView): u32 {
  return isWide(statement) ? wideCounts(statement).resourceCount : <u32>statement.resourceCount;
}

/** How many condition tests it lists. */
export function testCountOf(statement: StatementView): u32 {
  return isWide(statement) ? wideCounts(statement).testCount : <u32>statement.testCount;
}

/** How many action patterns it lists. */
export function actionCountOf(statement: StatementView): u32 {
  return isWide(statement) ? wideCounts(statement).actionCount : <u32>statement.actionCount;
}

/** Its resource patterns: ResourcePatternView records. */
export function resourcesOf(statement: StatementView): usize {
  const counts: u32 = isWide(statement) ? offsetof<WideCountsView>() : 0;
  return changetype<usize>(statement) + offsetof<StatementView>() + counts;
}

/** Offsets of its condition tests. */
export function testsOf(statement: StatementView): usize {
  return resourcesOf(statement) + resourceCountOf(statement) * offsetof<ResourcePatternView>();
}

/** Its principal entries, if it carries principals at all: a count, then their offsets. */
export function principalEntriesOf(statement: StatementView): usize {
  return testsOf(statement) + testCountOf(statement) * 4;
}

/** Ids of its action patterns, ascending: u32 in a wide statement, else u16. */
export function actionsOf(statement: StatementView): usize {
  // INVARIANT: the compiler writes the lists in this order and leaves out the count of principals, not only the
  // list, where a statement carries none.
  const entries = principalEntriesOf(statement);
  if ((statement.flags & (STATEMENT_PRINCIPAL | STATEMENT_NOT_PRINCIPAL)) == 0) return entries;
  return entries + 4 + load<u32>(entries) * 4;
}
