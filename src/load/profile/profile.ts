/** The cost profile of a policy set under some traffic: what each statement takes, and policies, principals, actions and condition keys. */
import { questionJson } from "../../audit/question-json.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { type Calibration, calibrate } from "./calibrate.js";
import {
  addCounted,
  addCounters,
  type Counted,
  type CountedKey,
  type CountedPattern,
  type CountedStatement,
  type Counters,
  comparePlaces,
} from "./counters.js";
import { CountingSession, type ListedPattern } from "./counting-session.js";
import { type WorstText, worstTexts } from "./worst-texts.js";

/** Questions in an order of asking. */
export interface ProfiledTraffic {
  readonly questions: readonly { readonly question: AuthorizationQuestion }[];
  /** Places of `questions`. */
  readonly order: Uint32Array;
  /** The clock of every decision, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** What questions about one principal, or about one action, take together. */
export interface CostOf {
  readonly name: string;
  readonly decisions: number;
  readonly work: number;
  readonly most: number;
  readonly mostAt: number;
}

/** A policy with the sums of its statements. */
export interface PolicyCost extends Counters {
  readonly policy: string;
  readonly file: string;
  readonly statements: number;
}

/** The whole; every list is in order of work, dearest first. */
export interface Profile {
  readonly decisions: number;
  /** Steps of all decisions, and those of them that no statement took: reading the question, finding who asks. */
  readonly work: number;
  readonly unowned: number;
  readonly statements: readonly CountedStatement[];
  readonly policies: readonly PolicyCost[];
  readonly principals: readonly CostOf[];
  readonly actions: readonly CostOf[];
  readonly keys: readonly CountedKey[];
  readonly patterns: readonly CountedPattern[];
  readonly worst: readonly WorstText[];
  readonly calibration: Calibration | undefined;
}

/** Counts the places [first, end) of the order; parts of it add up to the whole (`addCounted`). */
export function countTraffic(
  policySet: PolicySet,
  traffic: ProfiledTraffic,
  first = 0,
  end = traffic.order.length,
): { readonly counted: Counted; readonly patterns: readonly ListedPattern[] } {
  const session = new CountingSession(policySet, traffic.order.length, traffic.nowMs);
  for (let place = first; place < end; place++) session.decide(questionAt(traffic, place), place);
  return { counted: session.counted(), patterns: [...session.listedPatterns()] };
}

/** Profiles a set. `times`: whether steps are calibrated, which takes a second and is not the same twice. */
export function profileTraffic(policySet: PolicySet, traffic: ProfiledTraffic, times = true): Profile {
  const { counted, patterns } = countTraffic(policySet, traffic);
  const profile = profileOf(counted, traffic);
  const asked = new Map<number, number>();
  for (const [place, index] of traffic.order.entries()) asked.set(index, counted.questionWork[place] ?? 0);
  const worst = worstTexts(
    patterns,
    (pattern) => counted.patterns.get(pattern)?.most ?? 0,
    (place) => questionAt(traffic, place),
    (places) => new CountingSession(policySet, places, traffic.nowMs),
  );
  const questions = [...asked].flatMap(([index, work]) => {
    const one = traffic.questions[index];
    return one === undefined ? [] : [{ question: one.question, work }];
  });
  return { ...profile, worst, calibration: times ? calibrate(policySet, questions, traffic.nowMs) : undefined };
}

/** What was counted, in order. */
export function profileOf(counted: Counted, traffic: ProfiledTraffic): Omit<Profile, "worst" | "calibration"> {
  const statements = [...counted.statements.values()].sort(
    (a, b) => b.work - a.work || comparePlaces(a.place, b.place),
  );
  const byName = (nameOf: (question: AuthorizationQuestion) => string): readonly CostOf[] => {
    const costs = new Map<string, CostOf>();
    for (let place = 0; place < traffic.order.length; place++) {
      const name = nameOf(questionAt(traffic, place));
      const work = counted.questionWork[place] ?? 0;
      const { decisions = 0, work: before = 0, most = -1, mostAt = 0 } = costs.get(name) ?? {};
      const isMost = work > most;
      costs.set(name, {
        name,
        decisions: decisions + 1,
        work: before + work,
        most: isMost ? work : most,
        mostAt: isMost ? place : mostAt,
      });
    }
    return dearest([...costs.values()], ({ name }) => name);
  };
  return {
    decisions: traffic.order.length,
    work: counted.work,
    unowned: counted.work - statements.reduce((sum, { work }) => sum + work, 0),
    statements,
    policies: policyCosts(statements),
    principals: byName(({ principal }) => withoutSession(principal)),
    actions: byName(({ action }) => action),
    keys: dearest([...counted.keys.values()], ({ key }) => key),
    patterns: [...counted.patterns.values()].sort((a, b) => b.steps - a.steps || (a.pattern < b.pattern ? -1 : 1)),
  };
}

/** The question at a place of the order. */
export function questionAt({ questions, order }: ProfiledTraffic, place: number): AuthorizationQuestion {
  const found = questions[order[place] ?? -1];
  if (found === undefined) throw new Error(`no question at ${place}`);
  return found.question;
}

/** Sessions of a role are one principal. */
function withoutSession(principal: string): string {
  return principal.replace(/^(arn:[^:]*:sts::[^:]*:assumed-role\/.*\/)[^/]*$/, "$1*");
}

function policyCosts(statements: readonly CountedStatement[]): readonly PolicyCost[] {
  const costs = new Map<string, PolicyCost>();
  for (const { place, ...counters } of statements) {
    const key = `${place.file}\0${place.policy}`;
    const known = costs.get(key);
    const { policy, file } = place;
    if (known === undefined) costs.set(key, { policy, file, statements: 1, ...counters });
    else costs.set(key, { ...known, ...addCounters(known, counters), statements: known.statements + 1 });
  }
  return dearest([...costs.values()], ({ policy, file }) => `${file}\0${policy}`);
}

function dearest<T extends { readonly work: number }>(costs: readonly T[], nameOf: (cost: T) => string): readonly T[] {
  return [...costs].sort((a, b) => b.work - a.work || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The profile as one object of JSON: lists of at most so many, with how many there are. */
export function profileJson(profile: Profile, traffic: ProfiledTraffic, most: number): object {
  const { decisions, work, unowned, calibration } = profile;
  const at = (place: number): object => questionJson(questionAt(traffic, place));
  const cut = <T, R>(list: readonly T[], one: (item: T) => R) => ({
    count: list.length,
    items: list.slice(0, most).map(one),
  });
  const withQuestion = <T extends { readonly most: number; readonly mostAt: number }>({ mostAt, ...rest }: T) => ({
    ...rest,
    mostQuestion: at(mostAt),
  });
  return {
    decisions,
    work,
    unowned,
    ...(calibration === undefined ? {} : { calibration }),
    statements: cut(profile.statements, withQuestion),
    policies: cut(profile.policies, withQuestion),
    principals: cut(profile.principals, withQuestion),
    actions: cut(profile.actions, withQuestion),
    keys: cut(profile.keys, (key) => key),
    patterns: cut(profile.patterns, withQuestion),
    worst: cut(profile.worst, (one) => one),
  };
}

/** Parts of one order, counted apart. */
export function addParts(parts: readonly Counted[]): Counted {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error("nothing was counted");
  return others.reduce(addCounted, first);
}
