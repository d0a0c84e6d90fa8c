/**
 * A request for every statement of a policy set that one can reach, and the proof or the reason for every other. The core of the audits
 * finds the requests; the matcher confirms each before it is believed, and what it says of the other statements is taken as well.
 */
import type { Asker, Auditor } from "../audit/auditor.js";
import { clockKeys } from "../classes/clock-space.js";
import { realize } from "../classes/realize.js";
import { searchWorld } from "../classes/search.js";
import { isDerivedKey } from "../classes/world.js";
import type { Work } from "../globs/solve-text.js";
import type { Statement } from "../policy/document/document.js";
import { type SetStatement, setStatements, statementKey } from "../policy-tests/set-statements.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { foldText } from "../text/fold.js";
import { canBind, loneWorlds, type PlacedStatement } from "./lone-statement.js";
import { asSession, sessionAsker } from "./session-askers.js";
import { isOwn, type PolicyPlace, policyPlaces } from "./statement-places.js";
import { actionsOfStatement, type StatementActions } from "./statement-tests.js";

/** What became of a statement. */
export type StatementReach = { readonly statement: SetStatement } & (
  | { readonly kind: "hit"; readonly question: AuthorizationQuestion }
  /** The request of a statement before it reaches it too. */
  | { readonly kind: "hitBeside"; readonly question: AuthorizationQuestion }
  /** `proved`: no request reaches it. Else nobody knows, for the reason. */
  | { readonly kind: "dead"; readonly proved: boolean; readonly why: string }
);

/** What finding them needs. */
export interface ReachTerms {
  /** An audit of everything, outsiders too, at this moment; see `everythingNow`. */
  readonly auditor: Auditor;
  /** The matcher over the same set, with explanations. */
  readonly explain: (question: AuthorizationQuestion) => Decision | DecisionError;
  /** Whether requests may say `whatIf`: without, none is made for another time than this. */
  readonly allowsWhatIf: boolean;
  /** Steps for one statement. */
  readonly budget: number;
}

/** What a search came to: a request, a proof that there is none, or the cause that keeps from knowing. */
type Sought = { readonly question: AuthorizationQuestion } | { readonly unknown: string | undefined };

/** Requests of a statement that are tried before it is given up. */
const mostTries = 12;

/** Goes through the statements in the order of files and lines. */
export class StatementReacher {
  readonly statements: readonly SetStatement[];
  private readonly reached = new Map<string, AuthorizationQuestion>();
  private readonly placesByKey = new Map<string, readonly PlacedStatement[]>();
  private readonly actions = new Map<string, StatementActions>();
  private readonly directory: readonly Asker[];
  private everybody: readonly Asker[] | undefined;
  private readonly anyTime: Auditor;

  constructor(private readonly terms: ReachTerms) {
    const { auditor } = terms;
    const { set } = auditor.terms;
    this.statements = setStatements(set);
    this.directory = auditor.askers({ principals: ["*"], outside: false });
    const withoutClock = [...auditor.terms.region.context].filter(([key]) => !clockKeys.has(foldText(key)));
    this.anyTime = auditor.within({ ...auditor.terms.region, context: new Map(withoutClock) });
    for (const [document, places] of policyPlaces(set)) {
      for (const [index, statement] of document.statements.entries()) {
        const key = keyOf(statement, index);
        this.placesByKey.set(key, [
          ...(this.placesByKey.get(key) ?? []),
          ...places.map((place) => ({ place, statement })),
        ]);
      }
    }
  }

  /** What becomes of each statement; for those at places that are not chosen, nothing is looked for. */
  *reach(isChosen: (place: number) => boolean = () => true): Generator<StatementReach> {
    for (const [place, statement] of this.statements.entries()) {
      const key = statementKey(statement);
      const question = this.reached.get(key);
      if (question !== undefined) yield { statement, kind: "hitBeside", question };
      else if (isChosen(place)) yield this.reachOne(statement, key);
      else yield { statement, kind: "dead", proved: false, why: "not looked at: the set has too many statements" };
    }
  }

  /** Everything that carries a statement. */
  placesOf(statement: SetStatement): readonly PlacedStatement[] {
    return this.placesByKey.get(statementKey(statement)) ?? [];
  }

  /** Confirms a request and takes what it reaches; false if it does not reach the statement. */
  private confirms(question: AuthorizationQuestion, key: string): boolean {
    const decision = this.terms.explain(question);
    if ("error" in decision) return false;
    const found = new Set(decision.matchedStatements.map(statementKey));
    for (const { statement, applies } of decision.statements ?? []) if (applies) found.add(statementKey(statement));
    if (!found.has(key)) return false;
    for (const one of found) if (!this.reached.has(one)) this.reached.set(one, question);
    return true;
  }

  private reachOne(statement: SetStatement, key: string): StatementReach {
    const places = this.placesByKey.get(key) ?? [];
    const confirm = (question: AuthorizationQuestion): boolean => this.confirms(question, key);
    const work = { left: this.terms.budget };
    const now = this.seek(places, this.terms.auditor, work, confirm);
    if ("question" in now) return { statement, kind: "hit", question: now.question };
    if (now.unknown !== undefined) return { statement, kind: "dead", proved: false, why: now.unknown };
    const later = this.seek(places, this.anyTime, work, this.terms.allowsWhatIf ? confirm : () => true);
    if ("question" in later) {
      if (this.terms.allowsWhatIf) return { statement, kind: "hit", question: later.question };
      const clock = later.question.context.get("aws:CurrentTime")?.[0];
      const when =
        clock === undefined ? "with derived keys that the request tells" : `at another time, such as ${clock}`;
      return { statement, kind: "dead", proved: false, why: `reached only ${when}: a target has to allow what-if` };
    }
    if (later.unknown !== undefined) return { statement, kind: "dead", proved: false, why: later.unknown };
    return { statement, kind: "dead", proved: true, why: this.whyDead(places) };
  }

  /** Directory first, then sessions whose names and tags are open, then outsiders. */
  private *askersFor(placed: PlacedStatement, auditor: Auditor): Generator<Asker> {
    const { place } = placed;
    if (isOwn(place)) {
      const { arn } = place.principal;
      const asker = auditor.asker({ principal: arn, members: [arn], isWhole: true });
      if (asker === undefined) return;
      yield asker;
      const session = sessionAsker(auditor, asker);
      if (session !== undefined) yield session;
      return;
    }
    const binds = ({ requesters }: Asker): boolean => requesters.some((facts) => canBind(placed, facts, auditor));
    const bound = this.directory.filter(binds);
    yield* bound;
    for (const asker of this.directory) {
      const session = sessionAsker(auditor, asker);
      if (session !== undefined && binds(session)) yield session;
    }
    this.everybody ??= auditor.askers({ principals: ["*"], outside: true });
    const known = new Set(this.directory.map(({ principal }) => principal));
    // Whoever is only supposed to be in an organization says what-if: last.
    const outsiders = this.everybody.filter((asker) => !known.has(asker.principal) && binds(asker));
    yield* outsiders.filter(({ organization }) => organization === undefined);
    yield* outsiders.filter(({ organization }) => organization !== undefined);
  }

  private seek(
    places: readonly PlacedStatement[],
    auditor: Auditor,
    work: Work,
    confirm: (question: AuthorizationQuestion) => boolean,
  ): Sought {
    let unknown: string | undefined;
    let tries = 0;
    for (const placed of places) {
      const { representatives, isWhole } = this.actionsOf(placed.statement);
      if (!isWhole) unknown ??= "there are too many ways to tell its actions apart";
      for (const asker of this.askersFor(placed, auditor)) {
        if (!asker.isWhole) unknown ??= "there are too many ways to tell outsiders apart";
        for (const action of representatives) {
          for (const world of loneWorlds(placed, asker, action, auditor)) {
            work.left -= worldPrice;
            if (work.left < 0) return { unknown: "the budget was used up" };
            let found: AuthorizationQuestion | undefined;
            const ended = searchWorld(world, {
              work,
              given: [],
              first: true,
              visit: (leaf) => {
                if (!leaf.allowed) return false;
                const made = leaf.isUncertain ? undefined : realize(leaf, [], work);
                const asked = made && asSession(made, world.requester);
                const question = asked && through(placed.place, plain(asked, auditor));
                if (question === undefined) unknown ??= untold(world.requester.openFacts !== undefined);
                else if (question.whatIf && !this.terms.allowsWhatIf && auditor === this.terms.auditor) return false;
                else if (confirm(question)) found = question;
                else {
                  unknown ??= "the matcher does not confirm the requests that were found";
                  if (++tries >= mostTries) return true;
                }
                return found !== undefined;
              },
            });
            if (found !== undefined) return { question: found };
            if (ended === "unknown") return { unknown: "the budget was used up" };
            if (tries >= mostTries) return { unknown };
          }
        }
      }
    }
    return { unknown };
  }

  private actionsOf(statement: Statement): StatementActions {
    const { negated, patterns } = statement.action;
    const key = JSON.stringify([negated, patterns]);
    const found = this.actions.get(key) ?? actionsOfStatement(statement, this.terms.auditor);
    this.actions.set(key, found);
    return found;
  }

  /** The first element without which requests would reach the statement. */
  private whyDead(places: readonly PlacedStatement[]): string {
    const [first] = places;
    if (first === undefined) return "nothing carries its policy";
    const { statement } = first;
    const without = (change: Partial<Statement>): boolean => {
      const changed = { ...statement, ...change };
      const found = this.seek(
        places.map(({ place }) => ({ place, statement: changed })),
        this.anyTime,
        { left: this.terms.budget },
        () => true,
      );
      return "question" in found;
    };
    const { conditions } = statement;
    for (const one of conditions) {
      if (without({ conditions: conditions.filter((other) => other !== one) }))
        return `no request that reaches it passes ${one.operatorName} on ${one.key}`;
    }
    if (conditions.length > 1 && without({ conditions: [] })) return "no request passes all of its conditions";
    if (statement.resource !== undefined && without({ resource: { negated: false, patterns: ["*"] } }))
      return "no request is about its resources";
    if (first.place.type === "scp")
      return "it binds nobody who asks: the account has no principals, or is the management account";
    if (statement.principal !== undefined) return "nobody whom it names makes such a request";
    return "nobody who carries it makes such a request";
  }
}

const worldPrice = 10;

function keyOf({ source, offset }: Statement, index: number): string {
  const { file, line, column } = source.positionAt(offset);
  return statementKey({ file, line, column, statement: index, policyType: "", policy: "", effect: "Allow" });
}

function untold(isSession: boolean): string {
  return isSession
    ? "what it asks of a session's name no session can be shown to have"
    : "its tests are tied by variables to keys that could not be settled";
}

/** Without the clock, where the audit is of this moment. */
function plain(question: AuthorizationQuestion, { terms }: Auditor): AuthorizationQuestion {
  const isClock = (key: string): boolean => clockKeys.has(foldText(key));
  const isNow = [...terms.region.context.keys()].some(isClock);
  const context = new Map([...question.context].filter(([key]) => !isNow || !isClock(key)));
  const whatIf = [...context.keys()].some((key) => isClock(key) || isDerivedKey(foldText(key)));
  return { ...question, context, whatIf };
}

/** The request, through the endpoint whose policy is meant. */
function through(place: PolicyPlace, question: AuthorizationQuestion): AuthorizationQuestion {
  return place.type === "endpoint" ? { ...question, endpoint: place.endpoint.id } : question;
}
