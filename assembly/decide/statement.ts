// Whether a statement applies: principal, action, resource and condition tests, all of them (STM-1).

import { beginPattern, beginResource, beginTest, countAction, endPattern, endTest } from "../format/counting";
import {
  NO_PROBE,
  PROBE_AT_END,
  PROBE_HIGH_FACTOR,
  PROBE_LENGTH,
  PROBE_LOW_FACTOR,
  STATEMENT_NO_RESOURCE,
  STATEMENT_NOT_RESOURCE,
} from "../format/layout";
import { MATCH_MEMO_COUNT, MATCH_MEMO_SIZE, MatchMemo } from "../format/memos";
import { resourceCountOf, resourcesOf, testCountOf, testsOf } from "../format/statement-lists";
import { ResourcePatternView, StatementView } from "../format/views";
import { Binding, Question } from "../format/work-views";
import { isAny, matchPattern } from "../pattern/glob";
import { actionMatches } from "../question/action";
import { isResourceless } from "../question/owner";
import { testHolds } from "./condition";

/**
 * Whether the resource test holds. An answer with reasons asks up to three times: for the decision, for the statements that it names
 * and for the keys that are missing.
 */
export function resourceMatches(b: Binding, q: Question, statement: StatementView): bool {
  if (b.remembers == 0) return testResource(b, q, statement);
  const at: u32 = u32(changetype<usize>(statement));
  // Statements lie a few words apart, so the multiplication spreads their addresses over the places.
  const place: u32 = ((at * 0x9e3779b1) >> 26) & (MATCH_MEMO_COUNT - 1);
  const memo = changetype<MatchMemo>(usize(b.matchMemosAt) + place * MATCH_MEMO_SIZE);
  if (memo.statement == at && memo.stamp >> 1 == b.epoch) return (memo.stamp & 1) != 0;
  const matches: bool = testResource(b, q, statement);
  memo.statement = at;
  memo.stamp = (b.epoch << 1) | u32(matches);
  return matches;
}

/**
 * Resource is an OR (RES-2), NotResource a NOR (RES-10), neither of them the attached resource itself. The resource of a request is
 * compared as it came: byte by byte, with its case, its stars as stars (RES-1, RES-4, RES-17), and nothing contains anything else (RES-14).
 */
function testResource(b: Binding, q: Question, statement: StatementView): bool {
  if ((statement.flags & STATEMENT_NO_RESOURCE) != 0) return true; // RES-12
  const resourceless: bool = isResourceless(q);
  let at: usize = resourcesOf(statement);
  const end: usize = at + resourceCountOf(statement) * offsetof<ResourcePatternView>();
  let listed: bool = false;
  for (; at < end && !listed; at += offsetof<ResourcePatternView>()) {
    const resource = changetype<ResourcePatternView>(at);
    beginResource();
    // Only a pattern that matches everything covers a question without a resource (RES-9).
    if (resourceless) listed = isAny(b, resource.patternAt);
    else if (passesProbe(resource.probe, q.resourceAt, q.resourceLength)) {
      beginPattern();
      listed = endPattern(resource.patternAt, matchPattern(b, resource.patternAt, q.resourceAt, q.resourceLength));
    }
  }
  return listed != ((statement.flags & STATEMENT_NOT_RESOURCE) != 0);
}

/**
 * Whether the text may have the eight bytes that a match needs: most patterns fail here, without being read. Of 10.6 patterns that
 * a question of W3x meets, 1.8 get through and 1.2 match. Masks instead of branches, since which probe comes next nobody can
 * guess; a place behind the text becomes its end. INVARIANT: the text is an ARN, so it has eight bytes.
 */
function passesProbe(probe: u32, text: usize, length: u32): bool {
  const last: u32 = length - PROBE_LENGTH;
  const place: u32 = probe & 0xff;
  const beyond: u32 = u32(i32(last - place) >> 31) | (0 - u32(place == PROBE_AT_END));
  const bytes: usize = text + ((last & beyond) | (place & ~beyond));
  const hash: u32 = load<u32>(bytes) * PROBE_LOW_FACTOR + load<u32>(bytes, 4) * PROBE_HIGH_FACTOR;
  return (u32(hash >> 8 == probe >> 8) | u32(probe == NO_PROBE)) != 0;
}

/** Whether every condition test holds (COND-2). */
export function conditionsHold(b: Binding, statement: StatementView): bool {
  const tests = testsOf(statement);
  const count = testCountOf(statement);
  for (let i: u32 = 0; i < count; i++) {
    const testAt = load<u32>(tests + i * 4);
    beginTest();
    if (!endTest(b, testAt, testHolds(b, testAt))) return false;
  }
  return true;
}

/** All tests but that of the principal. `checkAction` is false where the candidate filter was exact already. */
export function applies(b: Binding, q: Question, statement: StatementView, checkAction: bool): bool {
  if (checkAction && !countAction(actionMatches(b, statement))) return false;
  return resourceMatches(b, q, statement) && conditionsHold(b, statement);
}
