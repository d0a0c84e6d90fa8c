/**
 * The counting build of the matcher over a policy set: decides questions one by one and gives what they took. Its counters are the same
 * on every machine; it decides as the release build does, three times slower, and never for anybody who asks.
 */
import { existsSync } from "node:fs";
import {
  CONTROL_ALLOW_WHAT_IF,
  COUNTER_SIZE,
  COUNTING_AT,
  Counter,
  CountingWord,
} from "../../../assembly/format/layout.js";
import { matcherPath } from "../../artifacts.js";
import { loadMatcher } from "../../engine/load-matcher.js";
import { createMemory } from "../../engine/matcher.js";
import { MatcherSession } from "../../engine/matcher-session.js";
import { IMAGE_AT, type MemoryMap } from "../../engine/memory-map.js";
import { preparePolicySet } from "../../engine/preparation.js";
import { SessionImages } from "../../engine/session-images.js";
import { forEachAttached, type NamedPolicy, type PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { actionOwners } from "./action-owners.js";
import {
  addStatements,
  type Counted,
  type CountedKey,
  type CountedPattern,
  type CountedStatement,
  type Counters,
  comparePlaces,
  placeKey,
  type StatementPlace,
} from "./counters.js";
import { ImageReader, type PatternProgram } from "./image-reader.js";

const MOST_MESSAGE_BYTES = 4 << 20;
/** The key of session policies that came with questions. */
const SESSION_POLICIES = 1;
const sessionPlace: StatementPlace = {
  policy: "session policies of requests",
  sid: undefined,
  effect: "Allow",
  file: "",
  line: 0,
  column: 0,
  statement: 0,
};

/** A resource pattern, the first statement that lists it, and a place of the order whose question asked that statement. */
export interface ListedPattern {
  /** Its offset in the image, which is the same in every session of the set. */
  readonly at: number;
  readonly program: PatternProgram;
  readonly place: StatementPlace;
  readonly askedAt: number;
}

/** Whether the counting build is there: what only serves does without it. */
export function hasCountingMatcher(): boolean {
  return existsSync(matcherPath("counting"));
}

/** A set with its counters. */
export class CountingSession {
  private readonly session: MatcherSession;
  private readonly map: MemoryMap;
  private readonly reader: ImageReader;
  private readonly words: Uint32Array;
  private readonly counters: BigUint64Array;
  private readonly tables: { readonly statements: Table; readonly patterns: Table; readonly slotsAt: number };
  private readonly questionsAt: number;
  /** Statements that action patterns belong to, each with a record of its own, one behind the other. */
  private readonly owners: readonly StatementPlace[];
  private readonly ownersAt: number;

  /** `questions`: how many places the order of questions has. */
  constructor(
    policySet: PolicySet,
    private readonly questions: number,
    private readonly nowMs: number,
  ) {
    const prepared = preparePolicySet(policySet, {
      flavour: "counting",
      taskRegions: 0,
      callAreas: 0,
      maxMessageBytes: MOST_MESSAGE_BYTES,
      maxBatchRequests: 1,
    });
    this.map = prepared.map;
    const image = new Uint8Array(prepared.memory.buffer, 0, IMAGE_AT + prepared.imageBytes);
    const counts = countsOf(policySet);
    const reader = new ImageReader(image, IMAGE_AT);
    const { slotCount, actionPatternCount } = reader;
    const ownerOf = actionOwners(policySet, reader.actionPatterns());
    this.owners = [...new Map([...ownerOf.values()].map((place) => [placeKey(place), place])).values()];
    let next = (prepared.map.length + 63) & ~63;
    const take = (bytes: number): number => {
      const at = next;
      next += bytes;
      return at;
    };
    const table = (records: number): Table => {
      // At most half full, so that look-ups are short; a table is never empty.
      const capacity = 2 ** Math.ceil(Math.log2(records * 2 + 4));
      return { at: take(capacity * COUNTER_SIZE), capacity };
    };
    this.tables = {
      statements: table(counts.statements),
      patterns: table(counts.patterns),
      slotsAt: take(slotCount * COUNTER_SIZE),
    };
    this.questionsAt = take(questions * 8);
    this.ownersAt = take(this.owners.length * COUNTER_SIZE);
    const actionOwnersAt = take(actionPatternCount * 4);
    const memory = createMemory(next);
    new Uint8Array(memory.buffer).set(image);
    this.session = new MatcherSession(loadMatcher("counting"), memory, new SessionImages());
    this.reader = new ImageReader(new Uint8Array(memory.buffer), IMAGE_AT);
    this.words = new Uint32Array(memory.buffer);
    this.counters = new BigUint64Array(memory.buffer);
    this.set(CountingWord.Image, IMAGE_AT);
    this.set(CountingWord.StatementsAt, this.tables.statements.at);
    this.set(CountingWord.StatementsMask, this.tables.statements.capacity - 1);
    this.set(CountingWord.PatternsAt, this.tables.patterns.at);
    this.set(CountingWord.PatternsMask, this.tables.patterns.capacity - 1);
    this.set(CountingWord.SlotsAt, this.tables.slotsAt);
    this.set(CountingWord.QuestionsAt, this.questionsAt);
    this.set(CountingWord.ActionOwnersAt, actionOwnersAt);
    const recordOf = new Map(
      this.owners.map((place, index) => [placeKey(place), this.ownersAt + index * COUNTER_SIZE]),
    );
    for (const [id, place] of ownerOf) this.words[(actionOwnersAt >>> 2) + id] = recordOf.get(placeKey(place)) ?? 0;
  }

  /** Decides a question at its place in the order, and gives the answer. Places have to come in ascending order. */
  decide(question: AuthorizationQuestion, place: number): Uint8Array {
    if (place >= this.questions) throw new Error(`there are ${this.questions} questions, not ${place + 1}`);
    const { frontRegion, frontArea } = this.map;
    this.set(CountingWord.FirstQuestion, place);
    const message = this.session.store(frontArea, encodeQuestion(question, "outcome"));
    const nowSeconds = Math.floor(this.nowMs / 1000);
    const terms = { flags: CONTROL_ALLOW_WHAT_IF, nowSeconds, policySet: "default" };
    return this.session.decideOne(frontRegion, frontArea, message, terms);
  }

  /** What all questions so far took. */
  counted(): Counted {
    const statements = new Map<string, CountedStatement>();
    const placeOfPattern = new Map<number, StatementPlace>();
    for (const [key, at] of this.records(this.tables.statements)) {
      const place = key === SESSION_POLICIES ? sessionPlace : this.reader.statement(key);
      const known = statements.get(placeKey(place));
      const counted = { place, ...this.countersAt(at) };
      statements.set(placeKey(place), known === undefined ? counted : addStatements(known, counted));
      for (const pattern of key === SESSION_POLICIES ? [] : this.reader.resources(key)) {
        const first = placeOfPattern.get(pattern);
        if (first === undefined || comparePlaces(place, first) < 0) placeOfPattern.set(pattern, place);
      }
    }
    for (const [index, place] of this.owners.entries()) {
      const counted = { place, ...this.countersAt(this.ownersAt + index * COUNTER_SIZE) };
      if (counted.work === 0) continue;
      const known = statements.get(placeKey(place));
      statements.set(placeKey(place), known === undefined ? counted : addStatements(known, counted));
    }
    const patterns = new Map<string, CountedPattern>();
    for (const [key, at] of this.records(this.tables.patterns)) {
      const { text } = this.reader.pattern(key);
      patterns.set(text, {
        pattern: text,
        run: this.counter(at, Counter.Considered),
        matched: this.counter(at, Counter.Applied),
        steps: this.counter(at, Counter.Work),
        most: this.counter(at, Counter.Most),
        mostAt: this.counter(at, Counter.MostQuestion),
        place: placeOfPattern.get(key) ?? sessionPlace,
      });
    }
    const questionWork = Float64Array.from({ length: this.questions }, (_, place) =>
      Number(this.counters[(this.questionsAt >>> 3) + place]),
    );
    const work = questionWork.reduce((sum, one) => sum + one, 0);
    return { work, questionWork, statements, patterns, keys: this.keys() };
  }

  /** The patterns of all statements that were asked about a resource, whether or not they were run themselves. */
  *listedPatterns(): Generator<ListedPattern, void> {
    const seen = new Set<number>();
    const statements = [...this.records(this.tables.statements)]
      .filter(([key, at]) => key !== SESSION_POLICIES && this.counter(at, Counter.ResourcesTested) > 0)
      .map(([key, at]) => ({ key, place: this.reader.statement(key), askedAt: this.counter(at, Counter.MostQuestion) }))
      .sort((a, b) => comparePlaces(a.place, b.place));
    for (const { key, place, askedAt } of statements) {
      for (const at of this.reader.resources(key)) {
        if (seen.has(at)) continue;
        seen.add(at);
        yield { at, program: this.reader.pattern(at), place, askedAt };
      }
    }
  }

  /** Steps that the pattern at an offset of the image has taken so far. */
  stepsOf(patternAt: number): number {
    const { at: table, capacity } = this.tables.patterns;
    // The places that the matcher looks at, in its order.
    for (
      let place = (Math.imul(patternAt, 0x9e3779b1) >>> 8) & (capacity - 1);
      ;
      place = (place + 1) & (capacity - 1)
    ) {
      const at = table + place * COUNTER_SIZE;
      const key = this.words[at >>> 2];
      if (key === patternAt) return this.counter(at, Counter.Work);
      if (key === 0) return 0;
    }
  }

  private keys(): ReadonlyMap<string, CountedKey> {
    const keys = new Map<string, CountedKey>();
    for (let slot = 0; slot < this.reader.slotCount; slot++) {
      const at = this.tables.slotsAt + slot * COUNTER_SIZE;
      const tested = this.counter(at, Counter.ConditionsTested);
      if (tested === 0) continue;
      const key = this.reader.slot(slot);
      const failed = this.counter(at, Counter.ConditionsFailed);
      keys.set(key, { key, tested, failed, work: this.counter(at, Counter.Work) });
    }
    return keys;
  }

  /** Keys and addresses of the records of a table. */
  private *records({ at: table, capacity }: Table): Generator<readonly [number, number], void> {
    for (let place = 0; place < capacity; place++) {
      const at = table + place * COUNTER_SIZE;
      const key = this.words[at >>> 2] ?? 0;
      if (key !== 0) yield [key, at];
    }
  }

  private countersAt(at: number): Counters {
    const value = (counter: Counter): number => this.counter(at, counter);
    return {
      scanned: value(Counter.Scanned),
      considered: value(Counter.Considered),
      principalsTested: value(Counter.PrincipalsTested),
      actionTested: value(Counter.ActionTested),
      actionMatched: value(Counter.ActionMatched),
      resourcesTested: value(Counter.ResourcesTested),
      patternSteps: value(Counter.PatternSteps),
      conditionsTested: value(Counter.ConditionsTested),
      conditionsFailed: value(Counter.ConditionsFailed),
      conditionSteps: value(Counter.ConditionSteps),
      applied: value(Counter.Applied),
      decided: value(Counter.Decided),
      work: value(Counter.Work),
      wasted: value(Counter.Work) - value(Counter.Useful),
      most: value(Counter.Most),
      mostAt: value(Counter.MostQuestion),
    };
  }

  private counter(at: number, counter: Counter): number {
    return Number(this.counters[(at >>> 3) + counter]);
  }

  private set(word: CountingWord, value: number): void {
    this.words[(COUNTING_AT >> 2) + word] = value;
  }
}

interface Table {
  readonly at: number;
  readonly capacity: number;
}

/** How many records there can be: documents are written once for each policy that has them. */
function countsOf(policySet: PolicySet): { readonly statements: number; readonly patterns: number } {
  const policies = new Set<NamedPolicy>();
  forEachAttached(policySet, (policy) => policies.add(policy));
  let statements = 1;
  let patterns = 0;
  for (const { document } of policies) {
    statements += document.statements.length;
    for (const { resource } of document.statements) patterns += resource?.patterns.length ?? 0;
  }
  return { statements, patterns };
}
