/**
 * Proves assertions about one policy set, or finds a request that breaks them. Every request that is shown has been decided by the
 * matcher before; one that it decides otherwise is a mistake of ours and ends the proof.
 */
import type { Auditor } from "../audit/auditor.js";
import { Contradiction, whyUnaskable } from "../audit/decided-again.js";
import { askerSide, resourceSide } from "../classes/sides.js";
import type { World } from "../classes/world.js";
import { isAllStars } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import type { Assertion, Scope } from "./assertion.js";
import { carriersOf } from "./carriers.js";
import { type Change, type Compared, findChange, knownBy } from "./change.js";
import { ChosenPrincipals } from "./choice.js";
import { type Everybody, everybodyOf, factsOf, type Person } from "./everybody.js";
import { otherKinds, withExampleResource } from "./example-resource.js";
import { keysOfStrangers } from "./public-resources.js";
import type { Outcome, ProofResult, Universe } from "./result.js";
import { type Chosen, within, worldsOf } from "./scope-worlds.js";
import { type Sought, seekRequest } from "./seek.js";
import { breaks, carried, caveatOf, unchanged, whyPublic } from "./sentences.js";

/** Worlds that are kept to tell which statements carry a proof. */
const mostKept = 20_001;

/** An assertion that cannot be taken as it stands: the place of it and why. */
export class AssertionRefusal extends Error {
  override readonly name = "AssertionRefusal";

  constructor(
    readonly assertion: Assertion,
    message: string,
    readonly place = assertion.place,
  ) {
    super(message);
  }
}

/** One policy set. */
export class Prover {
  private readonly everybody = new Map<string, Everybody>();

  constructor(readonly auditor: Auditor) {}

  /** What keeps an assertion from being asked of the set; known before any is proved. */
  refusal(assertion: Assertion): AssertionRefusal | undefined {
    const { accounts } = this.auditor.terms.set;
    if (!new ChosenPrincipals(assertion.scope.principals).needsOrganization) return undefined;
    if (accounts.some(({ organizationId }) => organizationId !== undefined)) return undefined;
    const cause = "`outside: organization`: the policy set has no organization";
    const fix =
      "give the set its `organization` (`verdict import aws` reads it of AWS's listings), or write `outside: account`";
    return new AssertionRefusal(assertion, `${cause}: ${fix}`, assertion.organizationAt);
  }

  /** The result of an assertion. `other`: the set that it compares with. Throws AssertionRefusal and Contradiction. */
  prove(assertion: Assertion, other?: Auditor): ProofResult {
    const { claim } = assertion;
    const choice = new ChosenPrincipals(assertion.scope.principals);
    const refusal = this.refusal(assertion);
    if (refusal !== undefined) throw refusal;
    if (claim.kind === "noNewAccess" || claim.kind === "equivalent") {
      if (other === undefined) throw new AssertionRefusal(assertion, "the other policy set is missing");
      return this.compare(assertion, other, choice, claim.kind === "equivalent");
    }
    const { people, isWhole } = this.people([this.auditor.terms.set], assertion, choice);
    const chosen = this.chosen(people, choice).filter(({ person, facts }) => {
      if (claim.kind === "notPublic") return person.isAnyone;
      // Roots need no grant.
      if (claim.kind === "notGranted") return !person.isStranger && facts.principal.kind !== "root";
      return true;
    });
    return this.decide(assertion, chosen, isWhole, claim.kind !== "always");
  }

  private people(sets: readonly PolicySet[], { scope }: Assertion, choice: ChosenPrincipals): Everybody {
    const id = JSON.stringify([scope.principals, scope.resources, sets.map(({ digest }) => digest)]);
    const known = this.everybody.get(id) ?? everybodyOf(sets, choice, scope.resources);
    this.everybody.set(id, known);
    return known;
  }

  private chosen(people: readonly Person[], choice: ChosenPrincipals): readonly Chosen[] {
    const { set } = this.auditor.terms;
    return people.flatMap((person) => {
      const facts = factsOf(person, set, this.auditor.index);
      const meant = facts === undefined ? false : choice.means(person.text, facts, set);
      return facts === undefined || meant === false ? [] : [{ person, facts, meant }];
    });
  }

  private decide(assertion: Assertion, chosen: readonly Chosen[], isWhole: boolean, wanted: boolean): ProofResult {
    const claim = assertion.claim.kind;
    const direct = { ...assertion.scope, without: [...assertion.scope.without, ...keysOfStrangers] };
    const scope = claim === "notPublic" ? direct : assertion.scope;
    const auditor = within(this.auditor, scope);
    const base = { assertion, over: universeOf(auditor, assertion.scope, chosen), caveats: [] };
    const kept: World[] = [];
    let classes = 0;
    const fails = (question: AuthorizationQuestion): ProofResult => {
      const decidedBy = this.check(question, wanted);
      const reason = breaks(question, wanted, decidedBy, claim === "notPublic" ? whyPublic : "");
      return { ...base, result: "fails", counterexample: question, classes, decidedBy, reason };
    };
    /** One that AWS allows to everybody (SVC-7). */
    let needless: AuthorizationQuestion | undefined;
    let unknown = isWhole ? undefined : "there are too many ways to tell strangers apart: name principals";
    if (chosen.length === 0) unknown = "nobody is asked about: no principal of the assertion is there";
    for (const one of chosen) {
      const worlds = worldsOf(auditor, one, scope)?.filter(
        // What AWS allows to anybody, nobody grants (SVC-7).
        ({ frame }) => !(frame.isAlwaysAllowed && (claim === "notPublic" || claim === "notGranted")),
      );
      if (worlds === undefined) {
        unknown ??= "there are too many ways to tell actions apart that nobody has named: name actions";
        continue;
      }
      const isFree = ({ frame }: World): boolean => wanted && frame.isAlwaysAllowed;
      if (needless === undefined) {
        const free = seekRequest(worlds.filter(isFree), wanted, { left: auditor.terms.budget });
        classes += free.classes;
        unknown ??= free.unknown;
        needless = free.question;
      }
      const granted = worlds.filter((world) => !isFree(world));
      const found = seekRequest(granted, wanted, { left: auditor.terms.budget });
      classes += found.classes;
      unknown ??= found.unknown;
      if (kept.length < mostKept) kept.push(...worlds);
      if (found.question === undefined) continue;
      const unaskable = whyUnaskable(auditor.terms.decide(found.question));
      if (unaskable !== undefined) {
        unknown ??= unaskable;
        continue;
      }
      this.check(found.question, wanted);
      const likely = this.likelier(found.question, auditor, one, scope, wanted);
      const question = this.shown(likely, scope, (asked) => this.decides(asked, wanted));
      return fails(question);
    }
    // Whoever reads of it learns nothing of the set: it is shown where there is nothing else.
    if (needless !== undefined) return fails(this.shown(needless, scope, (asked) => this.decides(asked, wanted)));
    if (unknown !== undefined) {
      return { ...base, result: "unknown", counterexample: undefined, classes, decidedBy: [], reason: unknown };
    }
    const decidedBy = carriersOf(kept, wanted);
    const caveats = wanted ? caveatsOf(auditor, chosen, scope) : [];
    const reason = carried(decidedBy, wanted, caveats.length > 0);
    return {
      ...base,
      result: "holds",
      counterexample: undefined,
      classes,
      decidedBy: decidedBy ?? [],
      reason,
      caveats,
    };
  }

  /** Likewise about a resource of a kind that the action is about, if there is one: the search takes the first that it comes to. */
  private likelier(
    question: AuthorizationQuestion,
    auditor: Auditor,
    one: Chosen,
    { resources }: Scope,
    wanted: boolean,
  ): AuthorizationQuestion {
    if (!resources.some(isAllStars)) return question;
    const { examples, patterns } = otherKinds(question, auditor.terms.catalogue);
    // Whoever names a resource of a stranger means it to be theirs.
    for (const kinds of [...(one.person.isStranger ? [] : examples.map((example) => [example])), patterns]) {
      if (kinds.length === 0) continue;
      const worlds = worldsOf(auditor, one, { actions: [question.action], resources: kinds }) ?? [];
      const found = seekRequest(worlds, wanted, { left: auditor.terms.budget }).question;
      if (found !== undefined && this.decides(found, wanted)) return found;
    }
    return question;
  }

  private shown(
    question: AuthorizationQuestion,
    { resources }: Scope,
    isAlike: (question: AuthorizationQuestion) => boolean,
  ): AuthorizationQuestion {
    return withExampleResource(question, knownBy([this.auditor]), resources, isAlike);
  }

  private decides(question: AuthorizationQuestion, wanted: boolean): boolean {
    const decision = this.auditor.terms.decide(question);
    return !("error" in decision) && decision.allowed === wanted;
  }

  /** The statements that the matcher names; throws Contradiction. */
  private check(question: AuthorizationQuestion, wanted: boolean): readonly MatchedStatement[] {
    const decision = this.auditor.terms.decide(question);
    const said = wanted ? "allowed" : "refused";
    if ("error" in decision) throw new Contradiction(question, said, `not at all (${decision.error})`);
    if (decision.allowed !== wanted) throw new Contradiction(question, said, decision.decision);
    return decision.matchedStatements;
  }

  private compare(assertion: Assertion, other: Auditor, choice: ChosenPrincipals, bothWays: boolean): ProofResult {
    const { scope } = assertion;
    const isShared = resourceSide(other.terms.set) === resourceSide(this.auditor.terms.set);
    const [before, now] = [within(other, scope).besides(this.auditor), within(this.auditor, scope).besides(other)];
    const { people, isWhole } = this.people([other.terms.set, now.terms.set], assertion, choice);
    const asked = people.flatMap((person) => {
      const [one, two] = [other, now].map(({ terms, index }) => factsOf(person, terms.set, index));
      const [meantBefore = false, meantNow = false] = [
        one && choice.means(person.text, one, other.terms.set),
        two && choice.means(person.text, two, now.terms.set),
      ];
      if (two === undefined || (meantBefore === false && meantNow === false)) return [];
      return [{ person, before: one, now: two, meant: meantNow === false ? meantBefore : meantNow }];
    });
    const over = universeOf(
      now,
      scope,
      asked.map(({ person, now: facts, meant }) => ({ person, facts, meant })),
    );
    const base = { assertion, over, caveats: [], decidedBy: [] };
    let classes = 0;
    let unknown = isWhole ? undefined : "there are too many ways to tell strangers apart: name principals";
    if (asked.length === 0) unknown = "nobody is asked about: no principal of the assertion is there";
    for (const one of asked) {
      if (isShared && isBoundAlike(one)) continue;
      const change: Change = findChange(before, now, one, scope, bothWays);
      classes += change.classes;
      unknown ??= change.unknown;
      const { question, isGain, decidedBy } = change;
      if (question === undefined) continue;
      const reason = breaks(question, true, decidedBy, isGain ? " now, and before not" : " before, and no more");
      return { ...base, result: "fails", counterexample: question, classes, decidedBy, reason };
    }
    const result: Outcome = unknown === undefined ? "holds" : "unknown";
    return { ...base, result, counterexample: undefined, classes, reason: unknown ?? unchanged(bothWays) };
  }
}

/** Whether both sets bind somebody by the same policies. */
function isBoundAlike({ before, now }: Compared): boolean {
  if (before === undefined) return false;
  const [one, two] = [before, now].map((facts) => askerSide({ requesters: [facts] }));
  return one === two;
}

/** Strangers whom a resource would let in if their own account did: the set does not know its policies (XACC-1). */
function caveatsOf(auditor: Auditor, chosen: readonly Chosen[], scope: Scope): readonly string[] {
  const found = new Map<string, string>();
  for (const { person, facts, meant } of chosen) {
    const { kind } = facts.principal;
    if (!person.isStranger || !(kind === "user" || kind === "role") || found.has(person.text)) continue;
    const given = { person, facts: { ...facts, isIssuedByRoot: true }, meant };
    const worlds = (worldsOf(auditor, given, scope) ?? []).filter(({ frame }) => !frame.isAlwaysAllowed);
    const sought: Sought = seekRequest(worlds, true, { left: auditor.terms.budget });
    if (sought.question !== undefined) found.set(person.text, caveatOf(sought.question));
  }
  return [...found.values()].slice(0, 1);
}

function universeOf(auditor: Auditor, scope: Scope, chosen: readonly Chosen[]): Universe {
  const people = new Map(chosen.map(({ person }) => [person.text, person]));
  return {
    principals: people.size,
    strangers: [...people.values()].filter(({ isStranger }) => isStranger).length,
    actions: scope.actions,
    resources: scope.resources,
    catalogue: auditor.terms.catalogue?.version ?? null,
    keys: scope.closed ? "closed" : "open",
    fixed: [...scope.context.keys(), ...scope.without],
  };
}
