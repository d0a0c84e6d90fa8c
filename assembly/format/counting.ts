// What deciding takes, statement by statement: only the build `counting` has anything of it. In every other build each function here is
// empty, and the compiler leaves its calls out. Work is counted in steps of about a nanosecond each (`Work` in layout.ts), so that it is the
// same on every machine and for any number of threads.
// INVARIANT: counters change no decision; the host has made the tables larger than what they hold.
import { CANDIDATE_FLAGS, COUNTER_SIZE, COUNTING_AT, Counter, CountingWord, STEPS_NOWHERE_AT, WorkOf } from "./layout";
import { principalEntriesOf } from "./statement-lists";
import { ActionGlobView, CandidateView, StatementView, TestView } from "./views";
import { Binding } from "./work-views";

/** Begins a question of a call. */
export function countQuestion(index: u32): void {
  if (COUNTS) {
    setWord(CountingWord.Question, word(CountingWord.FirstQuestion) + index);
    countNothing();
    addWork(WorkOf.Question);
  }
}

/** What follows is no statement's. */
export function countNothing(): void {
  if (COUNTS) {
    setWord(CountingWord.Statement, 0);
    setWord(CountingWord.Steps, STEPS_NOWHERE_AT);
  }
}

/** An action pattern is run, before any statement is met: for an action that no policy spells out. Its steps are those of who lists it. */
export function countActionPattern(b: Binding, glob: ActionGlobView): void {
  if (COUNTS) {
    const isOfSet: bool = b.image == word(CountingWord.Image);
    const at: usize = isOfSet ? usize(load<u32>(usize(word(CountingWord.ActionOwnersAt)) + glob.patternId * 4)) : 0;
    setWord(CountingWord.Statement, u32(at));
    if (at != 0) store<u64>(at + Counter.Began * 8, load<u64>(at + Counter.Work * 8));
    addSteps(WorkOf.Pattern);
  }
}

/** A candidate is looked at: all until the next one is its statement's. */
export function countCandidate(b: Binding, candidate: CandidateView): void {
  if (COUNTS) {
    // Session policies that came with a request are an image of their own; they are counted as one.
    const key: u32 = b.image == word(CountingWord.Image) ? candidate.statement & ~CANDIDATE_FLAGS : 1;
    const at = find(word(CountingWord.StatementsAt), word(CountingWord.StatementsMask), key);
    setWord(CountingWord.Statement, u32(at));
    setWord(CountingWord.Steps, STEPS_NOWHERE_AT);
    store<u64>(at + Counter.Began * 8, load<u64>(at + Counter.Work * 8));
    count(Counter.Scanned);
    addWork(WorkOf.Candidate);
  }
}

/** The filter let it through. */
export function countConsidered(): void {
  if (COUNTS) {
    count(Counter.Considered);
    addWork(WorkOf.Statement);
  }
}

/** Its principal element is read. */
export function countPrincipals(statement: StatementView): void {
  if (COUNTS) {
    const entries: u32 = load<u32>(principalEntriesOf(statement));
    add(Counter.PrincipalsTested, entries);
    addWork(entries * WorkOf.Principal);
  }
}

/** Its action patterns were looked through; gives what came of it. */
export function countAction(matches: bool): bool {
  if (COUNTS) {
    count(Counter.ActionTested);
    if (matches) count(Counter.ActionMatched);
    addWork(WorkOf.Action);
  }
  return matches;
}

/** It applied. `decides`: nothing in its pool had settled as much before. */
export function countApplied(decides: bool): void {
  if (COUNTS) {
    count(Counter.Applied);
    if (decides) count(Counter.Decided);
    countUseful();
  }
}

/** What the record in hand has taken since it was begun was not for nothing. */
export function countUseful(): void {
  if (COUNTS) {
    const at: usize = word(CountingWord.Statement);
    if (at == 0) return;
    const work: u64 = load<u64>(at + Counter.Work * 8) - load<u64>(at + Counter.Began * 8);
    store<u64>(at + Counter.Useful * 8, load<u64>(at + Counter.Useful * 8) + work);
  }
}

/** A resource pattern is looked at. */
export function beginResource(): void {
  if (COUNTS) {
    count(Counter.ResourcesTested);
    addWork(WorkOf.Probe);
  }
}

/** A resource pattern is run: the steps until `endPattern` are its own. */
export function beginPattern(): void {
  if (COUNTS) {
    stepInto(Counter.PatternSteps);
    const at: usize = word(CountingWord.Statement);
    setWord(CountingWord.PatternBegan, at == 0 ? 0 : u32(load<u64>(at + Counter.PatternSteps * 8)));
    addSteps(WorkOf.Pattern);
  }
}

/** What the pattern took; gives what came of it. */
export function endPattern(patternAt: u32, matches: bool): bool {
  if (COUNTS) {
    const statement: usize = word(CountingWord.Statement);
    setWord(CountingWord.Steps, STEPS_NOWHERE_AT);
    if (statement == 0 || load<u32>(statement) == 1) return matches;
    const steps: u64 = u32(load<u64>(statement + Counter.PatternSteps * 8)) - word(CountingWord.PatternBegan);
    const at = find(word(CountingWord.PatternsAt), word(CountingWord.PatternsMask), patternAt);
    store<u64>(at + Counter.Considered * 8, load<u64>(at + Counter.Considered * 8) + 1);
    if (matches) store<u64>(at + Counter.Applied * 8, load<u64>(at + Counter.Applied * 8) + 1);
    store<u64>(at + Counter.Work * 8, load<u64>(at + Counter.Work * 8) + steps);
    if (steps > load<u64>(at + Counter.Most * 8)) {
      store<u64>(at + Counter.Most * 8, steps);
      store<u64>(at + Counter.MostQuestion * 8, word(CountingWord.Question));
    }
  }
  return matches;
}

/** A condition test is asked. */
export function beginTest(): void {
  if (COUNTS) {
    stepInto(Counter.ConditionSteps);
    count(Counter.ConditionsTested);
    const at: usize = word(CountingWord.Statement);
    setWord(CountingWord.TestBegan, at == 0 ? 0 : u32(load<u64>(at + Counter.Work * 8)));
    addSteps(WorkOf.Test);
  }
}

/** What the test of a condition key took; gives what came of it. */
export function endTest(b: Binding, testAt: u32, holds: bool): bool {
  if (COUNTS) {
    if (!holds) count(Counter.ConditionsFailed);
    setWord(CountingWord.Steps, STEPS_NOWHERE_AT);
    const statement: usize = word(CountingWord.Statement);
    if (statement == 0 || b.image != word(CountingWord.Image)) return holds;
    const slot: u32 = changetype<TestView>(usize(b.image) + testAt).slot;
    const at: usize = usize(word(CountingWord.SlotsAt)) + slot * COUNTER_SIZE;
    const work: u64 = u32(load<u64>(statement + Counter.Work * 8)) - word(CountingWord.TestBegan);
    store<u64>(at + Counter.ConditionsTested * 8, load<u64>(at + Counter.ConditionsTested * 8) + 1);
    if (!holds) store<u64>(at + Counter.ConditionsFailed * 8, load<u64>(at + Counter.ConditionsFailed * 8) + 1);
    store<u64>(at + Counter.Work * 8, load<u64>(at + Counter.Work * 8) + work);
  }
  return holds;
}

/** A key is looked for in the context. */
export function countSearch(b: Binding): void {
  if (COUNTS) addSteps(b.listedCount * WorkOf.Listed);
}

/** Steps of a pattern or a condition. */
export function addSteps(steps: u32): void {
  if (COUNTS) {
    const at: usize = word(CountingWord.Steps);
    if (at != 0) store<u64>(at, load<u64>(at) + steps);
    addWork(steps);
  }
}

/** Work of the question, and of the statement in hand, which also remembers the question that took most of it. */
function addWork(work: u32): void {
  const question = word(CountingWord.Question);
  const total: usize = usize(word(CountingWord.QuestionsAt)) + question * 8;
  store<u64>(total, load<u64>(total) + work);
  const at: usize = word(CountingWord.Statement);
  if (at == 0) return;
  store<u64>(at + Counter.Work * 8, load<u64>(at + Counter.Work * 8) + work);
  if (load<u64>(at + Counter.InQuestion * 8) != question + 1) {
    store<u64>(at + Counter.InQuestion * 8, question + 1);
    store<u64>(at + Counter.Here * 8, 0);
  }
  const here: u64 = load<u64>(at + Counter.Here * 8) + work;
  store<u64>(at + Counter.Here * 8, here);
  // Questions come in ascending order, so the first of several that took as much stays.
  if (here <= load<u64>(at + Counter.Most * 8)) return;
  store<u64>(at + Counter.Most * 8, here);
  store<u64>(at + Counter.MostQuestion * 8, question);
}

function count(counter: u32): void {
  add(counter, 1);
}

function add(counter: u32, amount: u32): void {
  const at: usize = word(CountingWord.Statement);
  if (at != 0) store<u64>(at + counter * 8, load<u64>(at + counter * 8) + amount);
}

function stepInto(counter: u32): void {
  const at: usize = word(CountingWord.Statement);
  setWord(CountingWord.Steps, at == 0 ? STEPS_NOWHERE_AT : u32(at + counter * 8));
}

/** The record of a key, which is never 0: open addressing, an empty record has the key 0. */
function find(table: usize, mask: u32, key: u32): usize {
  let place: u32 = ((key * 0x9e3779b1) >> 8) & mask;
  while (true) {
    const at: usize = table + place * COUNTER_SIZE;
    const held: u32 = load<u32>(at);
    if (held == key) return at;
    if (held == 0) {
      store<u32>(at, key);
      return at;
    }
    place = (place + 1) & mask;
  }
}

function word(index: u32): u32 {
  return load<u32>(COUNTING_AT + index * 4);
}

function setWord(index: u32, value: u32): void {
  store<u32>(COUNTING_AT + index * 4, value);
}
