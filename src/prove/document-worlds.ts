/** What decides requests by a document alone: one world for each way to tell who asks, and for each action. */
import { KeyKnowledge } from "../audit/key-knowledge.js";
import { everything } from "../audit/region.js";
import { actionApplies } from "../classes/action-applies.js";
import type { KeyFacts } from "../classes/key-space.js";
import { indexPrincipals, type RequesterFacts, requesterFacts } from "../classes/requester-facts.js";
import { ResourceDirectory } from "../classes/situations.js";
import { buildWorld, isDerivedKey, listKeys, type Situation, type World, type WorldTerms } from "../classes/world.js";
import { anyArn, resourceGlob } from "../globs/glob.js";
import { isAllStars } from "../policy/document/arn.js";
import type { PolicyDocument, Statement } from "../policy/document/document.js";
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
  /** Whether they may ask otherwise than those before them for an action in lower case. */
  readonly isOfOwn: (action: string) => boolean;
}

/** A document with the set that it is alone in. */
export interface DocumentSide {
  readonly policy: NamedPolicy;
  readonly type: PolicyType;
}

/** The account that everything belongs to: one that no document names. */
export const ownerAccount = "000000000000";
/** Whoever bears a document without principals. Users have a name (CTX-3), sessions of roles have none. */
const bearers = {
  user: `arn:aws:iam::${ownerAccount}:user/verdict`,
  role: `arn:aws:iam::${ownerAccount}:role/verdict`,
} as const;
type Bearer = keyof typeof bearers;
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
export function decidingSet(side: DocumentSide, facts: RequesterFacts, resource: string): PolicySet {
  const { type, policy } = side;
  if (!hasPrincipals(type)) return loneSet([facts.principal], []);
  const { principal } = facts;
  const listed = ["service", "anonymous"].includes(principal.kind) ? [] : [principal];
  const entry = { arn: resource, account: ownerAccount, tags: [], policy, restrictPublicBuckets: false };
  return loneSet(listed, [entry]);
}

/** Everybody whom some documents tell apart; of documents without principals, whoever bears them. */
export function documentAskers(sides: readonly DocumentSide[]): {
  readonly askers: readonly DocumentAsker[];
  readonly isWhole: boolean;
} {
  const [first] = sides;
  if (first === undefined || !hasPrincipals(first.type)) {
    const asking = sides.flatMap(({ policy }) => policy.document.statements.filter(asksForUsername));
    const user = { person: undefined, facts: bearerOf("user"), isOfOwn: () => true };
    const isOfOwn = (action: string): boolean => asking.some((statement) => actionApplies(statement, action));
    const role = { person: undefined, facts: bearerOf("role"), isOfOwn };
    return { askers: asking.length === 0 ? [user] : [user, role], isWhole: true };
  }
  const entries = sides.map(({ policy }) => ({ arn: "*", tags: [], policy, restrictPublicBuckets: false }));
  const set = { ...loneSet([], entries), profile: "aws" as const };
  const { people, isWhole } = everybodyOf([set], new ChosenPrincipals(everyone));
  const federated = new Set(tellingOf([set]).federated);
  const providers = [...federated].map((arn) => ({ kind: "provider" as const, arn, tags: [], identityPolicies: [] }));
  const bare = loneSet(providers, []);
  const index = indexPrincipals(bare);
  const askers = people.flatMap((person) => {
    const facts = factsOf(person, bare, index);
    return facts === undefined ? [] : [{ person, facts: () => unbound(facts), isOfOwn: () => true }];
  });
  return { askers, isWhole };
}

const usernameKey = "aws:username";

function asksForUsername({ resource, conditions }: Statement): boolean {
  const asks = (text: string): boolean => lowerAscii(text).includes(usernameKey);
  return resource?.patterns.some(asks) === true || conditions.some(({ key, values }) => asks(key) || values.some(asks));
}

function bearerOf(kind: Bearer): DocumentAsker["facts"] {
  const arn = bearers[kind];
  const known = new WeakMap<DocumentSide, RequesterFacts>();
  return (side) => {
    let facts = known.get(side);
    if (facts === undefined) {
      facts = factsOfBearer(kind, arn, side);
      known.set(side, facts);
    }
    return facts;
  };
}

function factsOfBearer(kind: Bearer, arn: string, { policy }: DocumentSide): RequesterFacts {
  const principal = { kind, arn, account: ownerAccount, tags: [], identityPolicies: [policy] };
  const set = loneSet([principal], []);
  const facts = requesterFacts(set, indexPrincipals(set), arn);
  if (facts === undefined) throw new Error("prove: nobody bears the document");
  return { ...facts, openFacts: (name) => (isOpenOf(kind, name) ? textFacts(name) : undefined) };
}

/** Derived keys that are as they please, but for what tells users and roles from services, and users from roles. */
function isOpenOf(kind: Bearer, name: string): boolean {
  if (!isDerivedKey(name) || /^aws:principal(?:isawsservice|servicename|servicenameslist)$/.test(name)) return false;
  return kind === "user" || name !== usernameKey;
}

/** Every request has them. */
const present: ReadonlySet<string> = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:resourceaccount",
  usernameKey,
]);

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

  /** `without`: keys that nobody carries. */
  constructor(catalogue: Catalogue | undefined, without: readonly string[], nowMs: number) {
    this.keys = new KeyKnowledge({ ...everything, without }, catalogue, nowMs);
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
    const set = decidingSet(side, facts, "*");
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
