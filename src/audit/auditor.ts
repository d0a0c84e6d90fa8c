/**
 * Answers about one policy set: worlds are built, searched, and every request that is shown has been decided by the matcher. One that is
 * decided otherwise is a mistake of ours and ends the audit.
 */

import { type Answer, answerOf } from "../classes/answer.js";
import {
  indexPrincipals,
  isCaller,
  type PrincipalIndex,
  type RequesterFacts,
  requestersOf,
  supposedMember,
} from "../classes/requester-facts.js";
import { type Narrowing, ResourceDirectory } from "../classes/situations.js";
import { buildWorld, hasRegionTags, sightOf, type World, type WorldTerms } from "../classes/world.js";
import { actionGlob, type Glob, globHolds } from "../globs/glob.js";
import { isPublicPolicy } from "../image/public-policy.js";
import { hasWildcard } from "../policy/document/arn.js";
import {
  bindingPolicies,
  type DirectoryPrincipal,
  forEachAttached,
  type NamedPolicy,
  type PolicySet,
} from "../policy/policy-set.js";
import { federationActions } from "../policy/requester.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { lowerAscii } from "../text/fold.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";
import { ActionIndex } from "./action-index.js";
import { AnswerClasses } from "./answer-classes.js";
import { type Subject, subjectsOf } from "./candidates.js";
import { type AuditAnswer, DecidedAgain, type Deciders, type Undecided, unknownSince } from "./decided-again.js";
import { KeyKnowledge } from "./key-knowledge.js";
import type { Region } from "./region.js";

/** What else is said of one answer. */
export interface AnswerOptions {
  /** False: the conditions are not wanted. */
  readonly tellsWhen?: boolean;
  /** False: an answer `never` is not shown, and nothing is decided for it again. */
  readonly tellsNever?: boolean;
  readonly narrowing?: Narrowing | undefined;
}

/** Who a line is about, with all that its requests follow from. */
export interface Asker {
  readonly principal: string;
  readonly requesters: readonly RequesterFacts[];
  /** False: not for every way in which the set tells them apart. */
  readonly isWhole: boolean;
  /** The organization that their account, which nobody knows, is supposed to be in. */
  readonly organization?: string | undefined;
}

/** What an audit works with. */
export interface AuditTerms extends Deciders {
  readonly set: PolicySet;
  /** Sets that it is compared with. */
  readonly beside?: readonly PolicySet[];
  readonly catalogue: Catalogue | undefined;
  readonly region: Region;
  readonly nowMs: number;
  /** Steps for one answer. */
  readonly budget: number;
  /** Names and patterns of actions, where those of another set serve: a pattern more or less tells no names apart. */
  readonly actionIndex?: ActionIndex;
}

/** An answer with whom and what it was found for. */
interface FoundAnswer {
  readonly answer: Answer;
  readonly principals: readonly string[];
  readonly actions: readonly string[];
}

/** So many answers are kept, and so long is what tells them apart. */
const mostAnswers = 20_000;
const longestKey = 20_000;
/** What tells apart the actions of those who call some of them only. */
const federation = [federationActions];

/** Steps for one answer where nobody says how many. */
export const DEFAULT_BUDGET = 200_000;

/** The action elements of a policy's statements. */
function elementsOfPolicy({ document }: NamedPolicy): readonly (readonly string[])[] {
  return document.statements.map(({ action }) => action.patterns);
}

/** Those of whatever may bind anybody. */
function sharedElementsOf(set: PolicySet): readonly (readonly string[])[] {
  const shared = new Set<readonly string[]>(set.mandatoryResourcePolicies.map(({ action }) => [action]));
  forEachAttached(set, (policy, type) => {
    if (type === "identity" || type === "boundary" || type === "session" || type === "scp") return;
    for (const element of elementsOfPolicy(policy)) shared.add(element);
  });
  return [...shared];
}

/** What nobody grants. */
const never: Answer = {
  access: "never",
  when: [],
  whenIsPartial: false,
  witness: undefined,
  counterexample: undefined,
  reason: undefined,
};

function tooMany(what: string): Answer {
  return unknownSince(`there are too many ways to tell ${what}`);
}

function arnOf({ principal }: RequesterFacts): string {
  return principal.arn;
}

/** The answer for others, whom nothing but their names tells from those whom it was found for. */
function answeredAlike(
  { answer, principals, actions: found }: FoundAnswer,
  { requesters }: Asker,
  actions: readonly string[],
): Answer {
  const named = (question: AuthorizationQuestion | undefined): AuthorizationQuestion | undefined => {
    if (question === undefined) return undefined;
    const principal = requesters[principals.indexOf(question.principal)];
    const action = actions[found.indexOf(question.action)];
    if (principal === undefined || action === undefined) throw new Error("audit: an answer names nobody of its class");
    return { ...question, principal: arnOf(principal), action };
  };
  return { ...answer, witness: named(answer.witness), counterexample: named(answer.counterexample) };
}

/** One audit. */
export class Auditor {
  readonly actions: ActionIndex;
  readonly resources: ResourceDirectory;
  readonly index: PrincipalIndex;
  private readonly keys: KeyKnowledge;
  /** What its worlds are built with. */
  readonly worldTerms: WorldTerms;
  private readonly regionActions: readonly Glob[];
  private readonly elements: Map<DirectoryPrincipal, readonly (readonly string[])[]>;
  private readonly elementsByAsker = new WeakMap<Asker, readonly (readonly string[])[]>();
  private readonly tellingByAsker = new WeakMap<Asker, readonly string[]>();
  private readonly namesByPattern = new Map<string, readonly string[]>();
  private readonly classes: AnswerClasses;
  private readonly again: DecidedAgain;
  private readonly answers = new Map<string, FoundAnswer>();
  /** Of policies of resources, which may bind anybody. */
  private readonly sharedElements: readonly (readonly string[])[];

  /** `alike`: another one of the same set and catalogue, whose indexes serve this one too. */
  constructor(
    readonly terms: AuditTerms,
    alike?: Auditor,
  ) {
    const { set, catalogue, region, nowMs } = terms;
    this.actions = alike?.actions ?? terms.actionIndex ?? new ActionIndex(set, catalogue);
    this.resources = alike?.resources ?? new ResourceDirectory(set);
    this.index = alike?.index ?? indexPrincipals(set);
    this.keys = new KeyKnowledge(region, catalogue, nowMs);
    this.classes = alike?.classes ?? new AnswerClasses(set, (action) => actionIn(catalogue, action) !== undefined);
    this.again = new DecidedAgain(terms);
    this.regionActions = region.actions.map(actionGlob);
    this.elements = alike?.elements ?? new Map();
    this.sharedElements = alike?.sharedElements ?? sharedElementsOf(set);
    this.worldTerms = {
      set,
      beside: terms.beside,
      named: terms.beside && region.resources,
      context: this.keys.context,
      standingOf: (key, action) => this.keys.standingOf(key, action),
      alwaysPresent: (action) => this.keys.alwaysPresent(action),
      isPublicPolicy,
      overrides: this.keys.overrides,
      resourceTags: this.keys.resourceTags,
      ownerBySet: (resource, requester) => this.resources.ownerBySet(resource, requester),
    };
  }

  /** The same audit of another region. */
  within(region: Region): Auditor {
    return new Auditor({ ...this.terms, region }, this);
  }

  /** The same audit, to be compared with another: a set that asks for no tags of a resource has to see those that the other asks for. */
  besides({ terms: { set } }: Auditor): Auditor {
    return new Auditor({ ...this.terms, beside: [set] }, this);
  }

  /** Who asks; undefined for texts that name nobody. */
  asker({ principal, members, isWhole, organization, organizationPaths = [] }: Subject): Asker | undefined {
    const known = members.flatMap((text) => requestersOf(this.terms.set, this.index, text));
    const requesters =
      organization === undefined
        ? known
        : known.flatMap((one) => organizationPaths.map((path) => supposedMember(one, organization, path)));
    return requesters.length === 0 ? undefined : { principal, requesters, isWhole, organization };
  }

  /** Everybody of the region. */
  askers(region: Pick<Region, "principals" | "outside"> = this.terms.region): readonly Asker[] {
    return subjectsOf(this.terms.set, region).flatMap((subject) => this.asker(subject) ?? []);
  }

  /** All requests of a requester for what an action or a pattern of actions stands for, on what some patterns match. */
  answer(asker: Asker, action: string, resources: readonly string[], options: AnswerOptions = {}): AuditAnswer {
    return this.answerFor(asker, this.actionsOf(asker, action), resources, options);
  }

  /** Likewise, for actions one by one. */
  answerFor(
    asker: Asker,
    actions: readonly string[] | undefined,
    resources: readonly string[],
    options: AnswerOptions = {},
  ): AuditAnswer {
    const { answer, isHidden } = this.find(asker, actions, resources, options);
    return isHidden === true ? { ...answer, decidedBy: [] } : this.check(answer);
  }

  /** Likewise; nothing is shown of it before `check` or `checkEach` has decided it. */
  find(
    asker: Asker,
    actions: readonly string[] | undefined,
    resources: readonly string[],
    { tellsWhen = true, tellsNever = true, narrowing }: AnswerOptions = {},
  ): Undecided {
    if (actions === undefined) return { answer: tooMany("unnamed actions apart: narrow the action") };
    if (!asker.isWhole) return { answer: tooMany("outsiders apart: name one") };
    if (!tellsNever && this.isNeverGranted(asker, actions)) return { answer: never, isHidden: true };
    const key = narrowing === undefined ? this.keyOf(asker, actions, resources, tellsWhen) : undefined;
    const known = key === undefined ? undefined : this.answers.get(key);
    if (known !== undefined) {
      if (known.answer.access === "never" && !tellsNever) return { answer: known.answer, isHidden: true };
      return { answer: answeredAlike(known, asker, actions), alike: known };
    }
    const worlds = this.worlds(asker, actions, resources, narrowing);
    const answer = answerOf(worlds, { budget: this.terms.budget, tellsWhen });
    if (key === undefined) return { answer };
    const alike = { answer, principals: asker.requesters.map(arnOf), actions };
    if (this.answers.size >= mostAnswers) this.answers.clear();
    this.answers.set(key, alike);
    return { answer, alike };
  }

  private isNeverGranted({ requesters }: Asker, actions: readonly string[]): boolean {
    return requesters.every((one) => actions.every((action) => this.classes.isNeverGranted(one, action)));
  }

  /** All that an answer follows from but for names; undefined if it is too long to keep. */
  keyOf(
    { requesters }: Asker,
    actions: readonly string[],
    resources: readonly string[],
    tellsWhen: boolean,
  ): string | undefined {
    let key = `${tellsWhen} ${JSON.stringify(resources)}`;
    for (const requester of requesters) {
      for (const action of actions) {
        key += `\n${this.classes.keyOf(requester, action)}`;
        if (key.length > longestKey) return undefined;
      }
    }
    return key;
  }

  /**
   * What decides the requests of a requester for some actions on what some patterns match, where it is wanted. `seeing`: whom the policies
   * of resources mean, where that is not who asks.
   */
  worlds(
    asker: Asker,
    actions: readonly string[],
    resources: readonly string[],
    narrowing?: Narrowing,
    isWanted: (place: Pick<World, "requester" | "situation">) => boolean = () => true,
    seeing?: RequesterFacts,
  ): readonly World[] {
    return asker.requesters.flatMap((requester) =>
      actions.flatMap((action) => {
        if (!isCaller(requester, action)) return [];
        return this.resources
          .situations(resources, requester, sightOf(this.worldTerms, seeing ?? requester, action, actions), narrowing)
          .filter((situation) => hasRegionTags(this.worldTerms, situation) && isWanted({ requester, situation }))
          .map((situation) => buildWorld(this.worldTerms, requester, action, situation));
      }),
    );
  }

  /** One action for each way in which the requester's statements tell apart those of a pattern; undefined if there are too many. */
  actionsOf(asker: Asker, action: string): readonly string[] | undefined {
    if (!hasWildcard(action)) return [action];
    const { actions } = this;
    const invented = this.invented(asker, action);
    if (invented === undefined) return undefined;
    const names = this.namesByPattern.get(action) ?? actions.matching(action).filter((name) => this.isInRegion(name));
    this.namesByPattern.set(action, names);
    return [
      ...this.alike(asker, names).flatMap(([name]) => (name === undefined ? [] : [actions.names.get(name) ?? name])),
      ...invented,
    ];
  }

  /** Actions that neither set nor catalogue names, one for each way to tell them apart; undefined if there are too many. */
  invented(asker: Asker, pattern: string): readonly string[] | undefined {
    const telling = this.tellingByAsker.get(asker) ?? this.elementsOf(asker).flat();
    this.tellingByAsker.set(asker, telling);
    return this.actions.invented(pattern, this.terms.region.actions, telling);
  }

  /** The named actions of the region, in lower case. */
  regionNames(): readonly string[] {
    return this.actions.foldedInRegion(this.terms.region.actions);
  }

  /** The region's named actions, as the places where they stand, in groups that are answered alike but for their names. */
  regionAlike(asker: Asker): readonly (readonly number[])[] {
    return this.actions.placesAlike(this.regionNames(), this.elementsOf(asker));
  }

  /** Names in groups that are answered alike but for their names. */
  alike(asker: Asker, names: readonly string[]): readonly (readonly string[])[] {
    return this.actions.alike(names, this.elementsOf(asker));
  }

  /** Whether the region's actions include a name. */
  isInRegion(name: string): boolean {
    return this.regionActions.some((glob) => globHolds(glob, lowerAscii(name)));
  }

  /** The action elements of whatever may bind who asks. */
  elementsOf(asker: Asker): readonly (readonly string[])[] {
    let found = this.elementsByAsker.get(asker);
    if (found === undefined) {
      found = [...new Set([...asker.requesters.flatMap((one) => this.ownElements(one)), ...this.sharedElements])];
      this.elementsByAsker.set(asker, found);
    }
    return found;
  }

  private ownElements({ principal, account, calls }: RequesterFacts): readonly (readonly string[])[] {
    if (calls !== undefined) return federation;
    const known = this.elements.get(principal);
    if (known !== undefined) return known;
    const own = [
      ...bindingPolicies(principal).flatMap(([, policies]) => policies),
      ...(account?.serviceControlPolicies ?? []).flat(),
    ];
    const found = own.flatMap(elementsOfPolicy);
    this.elements.set(principal, found);
    return found;
  }

  /**
   * The answers about actions that are answered like one. The matcher decides for all of them at once, and what it matches is the same;
   * where it does not decide as told, one after the other. `isSure`: they differ in nothing but the action.
   */
  renamedEach(
    answer: AuditAnswer,
    actions: readonly string[],
  ): { readonly isSure: boolean; readonly of: (action: string) => AuditAnswer } {
    const { witness, counterexample } = answer;
    const { allowedActions } = this.terms;
    const isDecided = (question: AuthorizationQuestion | undefined, wanted: boolean): boolean =>
      question === undefined || (allowedActions?.(question, actions).every((allowed) => allowed === wanted) ?? false);
    if (!isDecided(counterexample, false) || !isDecided(witness, true))
      return { isSure: false, of: (action) => this.renamed(answer, action) };
    return {
      isSure: true,
      of: (action) => ({
        ...answer,
        witness: witness && { ...witness, action },
        counterexample: counterexample && { ...counterexample, action },
      }),
    };
  }

  /** The answer about an action that is answered like another. */
  private renamed(answer: AuditAnswer, action: string): AuditAnswer {
    const { witness, counterexample } = answer;
    if ((witness ?? counterexample)?.action === action) return answer;
    return this.check({
      ...answer,
      witness: witness && { ...witness, action },
      counterexample: counterexample && { ...counterexample, action },
    });
  }

  /** Decides what is shown; throws Contradiction. */
  check(answer: Answer): AuditAnswer {
    return this.again.check(answer);
  }

  /** As `check`, of many, in order; those that are alike are decided together. */
  checkEach(some: readonly Undecided[]): readonly AuditAnswer[] {
    return this.again.checkEach(some);
  }
}
