/**
 * Worlds in which one statement stands alone and decides: what the core of the audits finds allowed there is a request that the
 * statement applies to, and where it finds none there is none. Who asks and where the statement stands are as in the set; what else
 * the set says is left out, since it has no say in whether a statement applies.
 */
import type { Asker, Auditor } from "../audit/auditor.js";
import type { DecisionFrame } from "../classes/combine.js";
import { classOfElement, isCaller, type RequesterFacts } from "../classes/requester-facts.js";
import { buildWorld, type Situation, type World } from "../classes/world.js";
import { anyArn } from "../globs/glob.js";
import type { Statement } from "../policy/document/document.js";
import { type AccountFacts, bearing, type NamedPolicy } from "../policy/policy-set.js";
import { isOwn, type PolicyPlace } from "./statement-places.js";
import { asksForTags } from "./statement-tests.js";

/** One statement where something carries it. */
export interface PlacedStatement {
  readonly place: PolicyPlace;
  readonly statement: Statement;
}

/** Nothing else has a say. */
const frame: DecisionFrame = {
  isAlwaysAllowed: false,
  isRefusedAsPublic: false,
  scpLevels: 0,
  isIam: false,
  isRoot: false,
  isSameAccount: false,
  isIssuedByRoot: false,
  isFederatedUser: false,
  limits: [],
  hasEndpoint: false,
};

/** Whether the statement can bind who asks at all; whom it names is looked at, what it asks for is not. */
export function canBind({ place, statement }: PlacedStatement, asker: RequesterFacts, { terms }: Auditor): boolean {
  if (isOwn(place)) return true;
  switch (place.type) {
    case "scp": {
      const { account, isIam, isServiceLinked } = asker;
      const isManaged = terms.set.profile === "aws" && place.account.isManagementAccount;
      return isIam && !isServiceLinked && !isManaged && account?.id === place.account.id;
    }
    default:
      return (
        statement.principal === undefined || classOfElement(statement.principal, asker, terms.set.profile) !== undefined
      );
  }
}

/** What decides whether the statement applies to the requests of a requester for an action, one world a situation of the resource. */
export function* loneWorlds(
  placed: PlacedStatement,
  { requesters }: Pick<Asker, "requesters">,
  action: string,
  auditor: Auditor,
): Generator<World> {
  const { place, statement } = placed;
  const { policy } = place;
  const only: NamedPolicy = { ...policy, document: { ...policy.document, statements: [statement] } };
  for (const facts of requesters) {
    if (!isCaller(facts, action) || !canBind(placed, facts, auditor)) continue;
    const requester = carrying(place, only, facts);
    for (const situation of situationsOf(placed, facts, auditor)) {
      const world = buildWorld(auditor.worldTerms, requester, action, holding(place, only, situation));
      const lone = alone(world, statement);
      if (lone.statements.length > 0) yield lone;
    }
  }
}

function alone(world: World, statement: Statement): World {
  return {
    ...world,
    frame,
    forbidden: false,
    mandatory: false,
    statements: world.statements
      .filter((one) => one.statement === statement)
      .map((one) => ({ ...one, layer: "resource", effect: "Allow", level: 0, matchClass: "exact" })),
    fixing: (values) => alone(world.fixing(values), statement),
  };
}

/** The requester with nothing but the statement. */
function carrying({ type }: PolicyPlace, only: NamedPolicy, facts: RequesterFacts): RequesterFacts {
  const account = facts.account && withoutControls(facts.account);
  const principal = bearing(facts.principal, type, only);
  if (type !== "scp") return { ...facts, account, principal };
  return { ...facts, account: account && { ...account, serviceControlPolicies: [[only]] }, principal };
}

/** The situation with nothing but the statement. */
function holding({ type }: PolicyPlace, only: NamedPolicy, situation: Situation): Situation {
  const ownerFacts = situation.ownerFacts && withoutControls(situation.ownerFacts);
  const bare = { ...situation, ownerFacts, policy: undefined };
  switch (type) {
    case "resource":
    case "trust":
      return { ...bare, policy: only };
    case "endpoint":
      return { ...bare, policy: only, isTrust: false };
    case "rcp":
      return { ...bare, ownerFacts: ownerFacts && { ...ownerFacts, resourceControlPolicies: [[only]] } };
    default:
      return bare;
  }
}

function withoutControls({
  serviceControlPolicies: _,
  resourceControlPolicies: __,
  ...rest
}: AccountFacts): AccountFacts {
  return rest;
}

/** The situations of the resource in which the statement could apply. */
function situationsOf(
  { place, statement }: PlacedStatement,
  facts: RequesterFacts,
  auditor: Auditor,
): readonly Situation[] {
  const { resources, terms } = auditor;
  const sight = { seesPolicy: () => false, seesTags: asksForTags(statement) };
  switch (place.type) {
    case "trust":
      return resources.situations([place.principal.arn], facts).filter(({ policy }) => policy === place.policy);
    case "resource": {
      const { arn } = place.resource;
      const seen = { seesPolicy: (policy: NamedPolicy) => policy === place.policy, seesTags: true };
      const patterns = arn === "*" ? ["*"] : [arn, `${arn}/*`, `${arn}:*`];
      return resources.situations(patterns, facts, seen).filter(({ policy }) => policy === place.policy);
    }
    case "rcp": {
      const owned = terms.set.resources.filter(({ account }) => account === place.account.id).map(({ arn }) => arn);
      const listed = owned.flatMap((arn) =>
        arn === "*" ? [] : resources.situations([arn, `${arn}/*`, `${arn}:*`], facts),
      );
      return [...listed, ownedBy(place.account)].filter(({ ownerAccount }) => ownerAccount === place.account.id);
    }
    default:
      return resources.situations(["*"], facts, sight);
  }
}

/** Resources that nobody lists, of an account: requests say whose they are. */
function ownedBy(account: AccountFacts): Situation {
  return {
    resource: { inside: [[anyArn]], outside: [] },
    ownerAccount: account.id,
    ownerFacts: account,
    isOwnerOfText: false,
    policy: undefined,
    isTrust: false,
    tags: undefined,
    isPublicRestricted: false,
    told: [],
  };
}
