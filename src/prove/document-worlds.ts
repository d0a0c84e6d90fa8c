/** What decides requests by a document alone: one world for each way to tell who asks, and for each action. */
import type { ActionIndex } from "../audit/action-index.js";
import { KeyKnowledge } from "../audit/key-knowledge.js";
import { everything } from "../audit/region.js";
import { actionGlob, anyArn, anyText, globHolds, resourceGlob } from "../classes/glob.js";
import type { KeyFacts } from "../classes/key-space.js";
import { indexPrincipals, type RequesterFacts, requesterFacts } from "../classes/requester-facts.js";
import { ResourceDirectory } from "../classes/situations.js";
import { buildWorld, isDerivedKey, listKeys, type Situation, type World, type WorldTerms } from "../classes/world.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import type { PolicyDocument } from "../policy/document/document.js";
import type { NamedPolicy, PolicySet } from "../policy/policy-set.js";
import type { PolicyType } from "../question/layers.js";
import { lowerAscii } from "../text/fold.js";
import type { Catalogue } from "../validate/catalogue/catalogue.js";
import { everyone } from "./assertion.js";
import { ChosenPrincipals } from "./choice.js";
import { everybodyOf, factsOf, type Person } from "./everybody.js";
import { allowAll, comparable, hasPrincipals, loneSet } from "./lone-set.js";
import { tellingOf } from "./told-by-conditions.js";

/** Somebody who asks, and which documents decide. */
export interface DocumentAsker {
  readonly person: Person | undefined;
  /** As a side's set knows them, with its document attached. */
  readonly facts: (side: DocumentSide) => RequesterFacts;
}

/** A document with the set that it is alone in. */
export interface DocumentSide {
  readonly policy: NamedPolicy;
  readonly type: PolicyType;
}

/** The account that everything belongs to: one that no document names. */
export const ownerAccount = "000000000000";
const bearer = `arn:aws:iam::${ownerAccount}:user/verdict`;
const full: NamedPolicy = { name: "own", document: allowAll(false) };

/** A side. */
export function documentSide(document: PolicyDocument, type: PolicyType, name: string): DocumentSide {
  return { type, policy: { name, document: comparedOnce(document, type) } };
}

/** Documents as they are compared: one that is compared with many others is the same each time. */
const compared = new WeakMap<PolicyDocument, Map<PolicyType, PolicyDocument>>();

function comparedOnce(document: PolicyDocument, type: PolicyType): PolicyDocument {
  const known = compared.get(document) ?? new Map<PolicyType, PolicyDocument>();
  compared.set(document, known);
  const found = known.get(type) ?? comparable(document, type);
  known.set(type, found);
  return found;
}

/** The set in which a request of somebody is decided by the document alone. */
export function decidingSet(side: DocumentSide, facts: RequesterFacts, resource: string, digest: string): PolicySet {
  const { type, policy } = side;
  if (!hasPrincipals(type)) return loneSet([facts.principal], [], digest);
  const { principal } = facts;
  const listed = ["service", "anonymous"].includes(principal.kind) ? [] : [principal];
  const entry = { arn: resource, account: ownerAccount, tags: [], policy, restrictPublicBuckets: false };
  return loneSet(listed, [entry], digest);
}

/** Everybody whom some documents tell apart; of documents without principals, whoever bears them. */
export function documentAskers(sides: readonly DocumentSide[]): {
  readonly askers: readonly DocumentAsker[];
  readonly isWhole: boolean;
} {
  const [first] = sides;
  if (first === undefined || !hasPrincipals(first.type)) {
    return { askers: [{ person: undefined, facts: bearerOf }], isWhole: true };
  }
  const entries = sides.map(({ policy }) => ({ arn: "*", tags: [], policy, restrictPublicBuckets: false }));
  const set = { ...loneSet([], entries, ""), profile: "aws" as const };
  const { people, isWhole } = everybodyOf([set], new ChosenPrincipals(everyone));
  const federated = new Set(tellingOf([set]).federated);
  const providers = [...federated].map((arn) => ({ kind: "provider" as const, arn, tags: [], identityPolicies: [] }));
  const bare = loneSet(providers, [], "");
  const index = indexPrincipals(bare);
  const askers = people.flatMap((person) => {
    const facts = factsOf(person, bare, index);
    return facts === undefined ? [] : [{ person, facts: () => unbound(facts) }];
  });
  return { askers, isWhole };
}

function bearerOf({ policy }: DocumentSide): RequesterFacts {
  const principal = { kind: "user" as const, arn: bearer, account: ownerAccount, tags: [], identityPolicies: [policy] };
  const set = loneSet([principal], [], "");
  const facts = requesterFacts(set, indexPrincipals(set), bearer);
  if (facts === undefined) throw new Error("prove: nobody bears the document");
  return {
    ...facts,
    openFacts: (name) => (isDerivedKey(name) ? textFacts(name) : undefined),
  };
}

const present: ReadonlySet<string> = new Set(["aws:principalarn", "aws:principalaccount", "aws:principaltype"]);

/** Whose own account allows everything, so that the document decides (XACC-1). */
function unbound(facts: RequesterFacts): RequesterFacts {
  const { principal } = facts;
  const sessionPolicies = principal.kind === "federatedUser" ? { sessionPolicies: [full] } : {};
  const { isIam, openFacts } = facts;
  return {
    ...facts,
    principal: { ...principal, identityPolicies: [full], ...sessionPolicies },
    openFacts: (name) => openFacts?.(name) ?? openOf(name, isIam && principal.kind !== "root"),
  };
}

/** What the resource's account and organization are nobody knows, nor the unique ids of who asks. */
function openOf(name: string, hasId: boolean): KeyFacts | undefined {
  const isOpen = /^aws:resource(?:account|orgid|orgpaths)$/.test(name) || (name === "aws:userid" && hasId);
  return isOpen ? textFacts(name) : undefined;
}

function textFacts(name: string): KeyFacts {
  const isList = listKeys.has(name);
  return { type: "String", alwaysPresent: present.has(name), isList, single: !isList };
}

/** Somebody and some resources, as a side knows them. */
interface Place {
  readonly asker: DocumentAsker;
  readonly resources: readonly string[];
  readonly terms: WorldTerms;
  readonly facts: RequesterFacts;
  readonly situations: readonly Situation[];
}

/** Worlds of documents. */
export class DocumentWorlds {
  private readonly keys: KeyKnowledge;
  private readonly places = new Map<DocumentSide, Place>();

  /** `actions`: of no set, with the catalogue's names. `without`: keys that nobody carries. */
  constructor(
    private readonly actions: ActionIndex,
    catalogue: Catalogue | undefined,
    without: readonly string[],
    nowMs: number,
  ) {
    this.keys = new KeyKnowledge({ ...everything, without }, catalogue, nowMs);
  }

  /** One action for each way in which documents tell those of some patterns apart; undefined if there are too many. */
  actionsOf(sides: readonly DocumentSide[], patterns: readonly string[]): readonly string[] | undefined {
    const { actions } = this;
    const elements = sides.flatMap(({ policy }) => policy.document.statements.map(({ action }) => action.patterns));
    const telling = [...new Set([...elements.flat(), ...patterns].map(lowerAscii))];
    const isTold = telling.some((text) => !isAllStars(text));
    const names = new Set<string>();
    const asked = patterns.map(actionGlob);
    const isAllAsked = asked.includes(anyText);
    const isAsked = (name: string): boolean => isAllAsked || asked.some((glob) => globHolds(glob, name));
    for (const text of telling) {
      if (isAllStars(text)) continue;
      for (const name of hasWildcard(text) ? actions.matching(text) : [text]) if (isAsked(name)) names.add(name);
    }
    // One of the catalogue that nobody speaks of.
    for (const pattern of isTold ? patterns : []) {
      const other = actions.matching(pattern).find((name) => !names.has(name));
      if (other !== undefined) names.add(other);
    }
    if (!isTold) for (const name of actions.matching("*").slice(0, 1)) names.add(name);
    const found = actions
      .alike([...names], [...elements, ...patterns.map((one) => [one])])
      .flatMap(([name]) => (name === undefined ? [] : [actions.names.get(name) ?? name]));
    for (const pattern of patterns.filter(hasWildcard)) {
      const invented = actions.invented(pattern, patterns, elements.flat());
      if (invented === undefined) return undefined;
      for (const name of invented) if (!names.has(name)) found.push(name);
    }
    return found;
  }

  /** What decides somebody's requests for an action on what patterns match. */
  worlds(side: DocumentSide, asker: DocumentAsker, action: string, resources: readonly string[]): readonly World[] {
    const { terms, facts, situations } = this.placeOf(side, asker, resources);
    return situations.map((situation) => buildWorld(terms, facts, action, situation));
  }

  /** What the worlds of all actions share; the last one of each side is kept, since actions are asked about one after the other. */
  private placeOf(side: DocumentSide, asker: DocumentAsker, resources: readonly string[]): Place {
    const known = this.places.get(side);
    if (known !== undefined && known.asker === asker && known.resources === resources) return known;
    const place = this.makePlace(side, asker, resources);
    this.places.set(side, place);
    return place;
  }

  private makePlace(side: DocumentSide, asker: DocumentAsker, resources: readonly string[]): Place {
    const facts = asker.facts(side);
    const set = decidingSet(side, facts, "*", "");
    const directory = new ResourceDirectory(set);
    const terms: WorldTerms = {
      set,
      context: new Map(),
      standingOf: (key, name) => this.keys.standingOf(key, name),
      alwaysPresent: (name) => this.keys.alwaysPresent(name),
      isPublicPolicy: () => false,
      overrides: new Map(),
      resourceTags: new Map(),
      ownerBySet: (resource, requester) =>
        hasPrincipals(side.type) ? ownerAccount : directory.ownerBySet(resource, requester),
    };
    return { asker, resources, terms, facts, situations: situationsOf(side, resources) };
  }
}

function situationsOf({ type, policy }: DocumentSide, resources: readonly string[]): readonly Situation[] {
  const globs = resources.flatMap((pattern) => {
    if (isAllStars(pattern)) return [anyArn];
    const found = resourceGlob(pattern, "2012-10-17", true, () => undefined);
    return "glob" in found ? [found.glob] : [];
  });
  const base = {
    ownerAccount,
    ownerFacts: undefined,
    isOwnerOfText: false,
    policy: hasPrincipals(type) ? policy : undefined,
    isTrust: false,
    tags: undefined,
    isPublicRestricted: false,
    told: [],
  };
  const all: Situation[] = globs.length === 0 ? [] : [{ ...base, resource: { inside: [globs], outside: [] } }];
  if (!hasPrincipals(type) && resources.some(isAllStars)) all.push({ ...base, resource: "*" });
  return all;
}
