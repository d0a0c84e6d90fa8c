/**
 * One requester, one action, one situation of the resource: the statements that can still say something, each as what has to hold for
 * it to apply. Whatever is fixed there is decided here; what is open becomes an atom.
 */
import {
  actionGlob,
  arnGlob,
  type Glob,
  globHolds,
  resourceGlob,
  tellGlob,
  type VariableLookup,
  widestResourceGlob,
} from "../globs/glob.js";
import { isAllStars } from "../policy/document/arn.js";
import type { PolicyDocument, Statement } from "../policy/document/document.js";
import type { AccountFacts, NamedPolicy, PolicyLevels, PolicySet } from "../policy/policy-set.js";
import { rulesFor, type ServiceRuleKind } from "../policy/service-rules.js";
import { documentTypes, type PolicyType, policyTypes } from "../question/layers.js";
import { foldText, lowerAscii } from "../text/fold.js";
import type { Tag } from "../text/tag.js";
import { actionApplies } from "./action-applies.js";
import { type ClassLayer, type DecisionFrame, limitingLayers, type Standing, type Truth } from "./combine.js";
import type { KeyFacts } from "./key-space.js";
import { classOfElement, keyName, type RequesterFacts, tagKeys, withKnown } from "./requester-facts.js";
import { plainLiteral, resourceLiteral } from "./resource-literals.js";
import type { Sight } from "./situations.js";
import { asksForTags } from "./tag-statements.js";
import { holdsFor, resourceTag, type ValueTest, valueTest } from "./value-test.js";

/** What a requester's decisions about an action can see of resources. */
export function sightOf(terms: WorldTerms, asker: RequesterFacts, action: string, actions: readonly string[]): Sight {
  const { set, resourceTags, beside = [], named } = terms;
  const requester = listed(terms, asker);
  const folded = lowerAscii(action);
  return {
    named,
    seesPolicy: ({ document }, isTrust) =>
      (!isTrust || folded.startsWith("sts:")) &&
      document.statements.some(
        (statement) =>
          actionApplies(statement, folded) &&
          (statement.principal === undefined ||
            classOfElement(statement.principal, requester, set.profile) !== undefined),
      ),
    seesTags: resourceTags.size > 0 || [set, ...beside].some((one) => actions.some((name) => asksForTags(one, name))),
  };
}

/** A resource as far as it is known. */
export interface Situation {
  /** Concrete, `*` for none at all (RES-1), or the set of ARNs. */
  readonly resource: string | { readonly inside: readonly (readonly Glob[])[]; readonly outside: readonly Glob[] };
  readonly ownerAccount: string | undefined;
  readonly ownerFacts: AccountFacts | undefined;
  /** Resources of several owners, each of the account that its ARN names or its entry says. */
  readonly isOwnerOfText: boolean;
  readonly policy: NamedPolicy | undefined;
  /** The policy is a role's trust policy, which only actions of sts consult (SVC-4). */
  readonly isTrust: boolean;
  /** Undefined: open. */
  readonly tags: readonly Tag[] | undefined;
  readonly isPublicRestricted: boolean;
  /** What tells the situation from others, as `when` writes it: each list is enough by itself. */
  readonly told: readonly (readonly Told[])[];
}

/** What tells one situation from another: the resource, or whose it is. */
export type Told = ToldResource | { readonly owner: string };

/** One entry of `when` about the resource. */
export interface ToldResource {
  readonly resource: string;
  readonly holds: boolean;
}

/** Whether the tags of a situation can be those that the region fixes. */
export function hasRegionTags({ resourceTags }: WorldTerms, { tags }: Situation): boolean {
  if (tags === undefined || resourceTags.size === 0) return true;
  const own = tagKeys(resourceTag, tags);
  return [...resourceTags].every(([name, tag]) => own.get(name) === tag?.value);
}

/** What is known of a key before any test: its values, that it is absent (null), or what it may hold. */
export type KeyStanding = { readonly values: readonly string[] | null } | { readonly open: KeyFacts };

/** Something that a request decides. */
export type Atom = { readonly kind: "key"; readonly id: string; readonly test: ValueTest } | ResourceAtom;

/** Whether a resource matches a pattern. */
export interface ResourceAtom {
  readonly kind: "resource";
  readonly id: string;
  /** Undefined where a variable in it is open. */
  readonly glob: Glob | undefined;
  /** All that it can match. */
  readonly widest: Glob | undefined;
  readonly openKeys: readonly string[];
  /** As `when` writes it. */
  readonly told: string;
}

/** An atom that has to hold, or not. */
export interface Literal {
  readonly atom: Atom;
  readonly holds: boolean;
}

/** At least one of the literals. */
export type Clause = readonly Literal[];

/** A statement that may apply. */
export interface OpenStatement extends Standing {
  /** All of them; none: it applies. */
  readonly clauses: readonly Clause[];
  readonly policy: NamedPolicy;
  readonly statement: Statement;
  readonly index: number;
}

/** What decides the requests of one requester, action and situation. */
export interface World {
  readonly requester: RequesterFacts;
  readonly action: string;
  readonly situation: Situation;
  readonly frame: DecisionFrame;
  readonly statements: readonly OpenStatement[];
  /** When a rule of section 15 forbids the request: all clauses. */
  readonly forbidden: readonly Literal[] | boolean;
  /** When a resource policy is mandatory: any literal. */
  readonly mandatory: readonly Literal[] | boolean;
  readonly terms: WorldTerms;
  readonly standingOf: (key: string) => KeyStanding;
  /** The same world with the values of some open keys fixed. */
  readonly fixing: (values: ReadonlyMap<string, readonly string[] | null>) => World;
}

/** What worlds of one set share. */
export interface WorldTerms {
  readonly set: PolicySet;
  /** Sets that it is compared with: what they ask for is told apart as well. */
  readonly beside?: readonly PolicySet[] | undefined;
  /** Concrete resources that are asked about, where others are compared only. */
  readonly named?: readonly string[] | undefined;
  /** Keys that every request for an action carries, with a value for those that nothing asks for. */
  readonly alwaysPresent: (action: string) => readonly (readonly [key: string, value: string])[];
  /** What the region fixes, as it was written. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** What is known of a key that nothing derives; in lower case. */
  readonly standingOf: (key: string, action: string) => KeyStanding;
  /** Derived keys that the region sets all the same, by name: requests say `whatIf`. */
  readonly overrides: ReadonlyMap<string, readonly string[]>;
  /** Tags of the resource that the region fixes, by the key's name in lower case; undefined: it has no such tag. */
  readonly resourceTags: ReadonlyMap<string, Tag | undefined>;
  readonly isPublicPolicy: (document: PolicyDocument) => boolean;
  /** The owner of a resource that a decision takes where the request names none (XACC-5). */
  readonly ownerBySet: (resource: string, requester: RequesterFacts) => string | undefined;
}

const mandatoryKey = "arn:*:kms:*:*:key/*";

/** Whom statements name: a service under every name that the region lists for it. */
function listed({ overrides }: WorldTerms, requester: RequesterFacts): RequesterFacts {
  const serviceNames = overrides.get("aws:principalservicenameslist");
  return serviceNames === undefined ? requester : { ...requester, serviceNames };
}

/** Builds a world. */
export function buildWorld(terms: WorldTerms, asker: RequesterFacts, action: string, situation: Situation): World {
  const { set } = terms;
  const requester = listed(terms, asker);
  const { principal, isIam, isServiceLinked, isIssuedByRoot, accountId, account } = requester;
  const folded = lowerAscii(action);
  const rules = set.profile === "aws" ? rulesFor(folded) : [];
  const isSameAccount = isIam && accountId !== undefined && accountId === situation.ownerAccount;
  const keys = keysOf(terms, requester, situation, action);
  const reader = new WorldReader(terms, requester, folded, situation, keys);
  const { kind } = principal;
  const hasOwn =
    kind === "user" || kind === "role" || kind === "session" || (kind === "federatedUser" && !isIssuedByRoot);
  const takesSession = kind === "role" || kind === "session" || kind === "federatedUser";
  const boundary = hasOwn && !isServiceLinked ? principal.permissionsBoundary : undefined;
  const sessions = takesSession && !isServiceLinked ? (principal.sessionPolicies ?? []) : [];
  const isManaged = set.profile === "aws" && account?.isManagementAccount === true;
  const scps = isIam && !isServiceLinked && !isManaged ? (account?.serviceControlPolicies ?? []) : [];
  const isOwnerManaged = set.profile === "aws" && situation.ownerFacts?.isManagementAccount === true;
  const rcps =
    isServiceLinked || isOwnerManaged || rules.some(({ kind: rule }) => rule === "RcpExempt")
      ? []
      : (situation.ownerFacts?.resourceControlPolicies ?? []);
  const attached = situation.policy === undefined ? [] : [situation.policy];
  // Levels of policies by type; one that is forgotten does not compile.
  const binding: Readonly<Record<PolicyType, PolicyLevels>> = {
    identity: [hasOwn ? principal.identityPolicies : []],
    boundary: [boundary === undefined ? [] : [boundary]],
    session: [sessions],
    resource: [situation.isTrust ? [] : attached],
    trust: [situation.isTrust && folded.startsWith("sts:") ? attached : []],
    endpoint: [],
    scp: scps,
    rcp: [rcps.flat()],
  };
  for (const type of policyTypes) {
    for (const [level, policies] of binding[type].entries()) {
      for (const policy of policies) reader.add(type, policy, level);
    }
  }
  const is = (rule: ServiceRuleKind): boolean => rules.some((one) => one.kind === rule);
  return {
    terms,
    requester,
    action,
    situation,
    standingOf: keys.standingOf,
    fixing: (values) => {
      const fixed = (key: string): KeyStanding | undefined => {
        const found = values.get(key);
        return found === undefined ? undefined : { values: found };
      };
      return buildWorld(
        { ...terms, standingOf: (key, name) => fixed(key) ?? terms.standingOf(key, name) },
        withKnown(requester, values),
        action,
        situation,
      );
    },
    statements: reader.statements,
    forbidden: reader.forbidden(rules),
    mandatory: reader.mandatory(is("Mandatory")),
    frame: {
      isAlwaysAllowed: isIam && is("AlwaysAllowed"),
      isRefusedAsPublic: isRefusedAsPublic(terms, requester, situation, isSameAccount),
      scpLevels: scps.length,
      isIam,
      isRoot: kind === "root",
      isSameAccount,
      isIssuedByRoot,
      isFederatedUser: kind === "federatedUser",
      limits: limitingLayers.filter((layer) => binding[layer].some((level) => level.length > 0)),
      hasEndpoint: false,
    },
  };
}

/** SVC-9: who is no principal of the owner's account is kept from buckets with a public policy. */
function isRefusedAsPublic(
  { set, isPublicPolicy }: WorldTerms,
  { isIam, principal }: RequesterFacts,
  { isPublicRestricted, policy }: Situation,
  isSameAccount: boolean,
): boolean {
  if (set.profile !== "aws" || !isPublicRestricted || policy === undefined) return false;
  if (isIam ? isSameAccount : principal.kind !== "anonymous") return false;
  return isPublicPolicy(policy.document);
}

/** The keys of one world: how values are found, and under which name. */
interface Keys {
  readonly standingOf: (name: string) => KeyStanding;
  /** In lower case, unless a tag has exactly this spelling (CTX-11). */
  readonly nameOf: (key: string) => string;
}

/** Derived keys first (CTX-1, CTX-8), then what the region says. */
function keysOf(terms: WorldTerms, { derived, openFacts }: RequesterFacts, situation: Situation, action: string): Keys {
  const { ownerAccount, ownerFacts, tags } = situation;
  const resourceTags = tags === undefined ? undefined : tagKeys(resourceTag, tags);
  const known = new Map<string, KeyStanding>();
  const find = (name: string): KeyStanding => {
    const fixed = terms.overrides.get(name);
    if (fixed !== undefined) return { values: fixed };
    const open = openFacts?.(name);
    if (open !== undefined) return { open };
    switch (name) {
      case "aws:resourceaccount":
        return { values: ownerAccount === undefined ? null : [ownerAccount] };
      case "aws:resourceorgid":
        return { values: ownerFacts?.organizationId === undefined ? null : [ownerFacts.organizationId] };
      case "aws:resourceorgpaths":
        return {
          values: (ownerFacts?.organizationPaths.length ?? 0) === 0 ? null : (ownerFacts?.organizationPaths ?? null),
        };
    }
    const own = derived.get(name);
    if (own !== undefined) return { values: own };
    if (derivedNames.has(name) || name.startsWith("aws:principaltag/")) return { values: null };
    const tag = resourceTags?.get(name);
    if (tag !== undefined) return { values: [tag] };
    if (resourceTags !== undefined && name.startsWith(resourceTag)) return { values: null };
    if (terms.resourceTags.has(name)) {
      const given = terms.resourceTags.get(name);
      return { values: given === undefined ? null : [given.value] };
    }
    return terms.standingOf(name, action);
  };
  return {
    standingOf: (name) => {
      let found = known.get(name);
      if (found === undefined) {
        found = find(name);
        known.set(name, found);
      }
      return found;
    },
    nameOf: (key) => {
      const folded = foldText(key);
      if (terms.overrides.has(folded)) return folded;
      return keyName(key, (name) => derived.has(name) || resourceTags?.has(name) === true);
    },
  };
}

/** Keys that follow from the requester (CTX-3). */
const derivedNames: ReadonlySet<string> = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:userid",
  "aws:username",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:principalisawsservice",
  "aws:principalservicename",
  "aws:principalservicenameslist",
]);

/** A pattern of the keys, in lower case, that follow from principal or resource (CTX-1); the clock is another matter. */
export const derivedKeyPattern = `^(?:(?:${[...derivedNames].join("|")}|aws:resource(?:account|orgid|orgpaths))$|aws:principaltag/)`;

const derivedKeyText = new RegExp(derivedKeyPattern);

/** Whether a key, in lower case, is one of them. */
export function isDerivedKey(name: string): boolean {
  return derivedKeyText.test(name);
}

/** Lists by definition (CTX-14). */
export const listKeys: ReadonlySet<string> = new Set([
  "aws:tagkeys",
  "aws:principalorgpaths",
  "aws:resourceorgpaths",
  "aws:sourceorgpaths",
  "aws:vpceorgpaths",
  "aws:calledvia",
  "aws:principalservicenameslist",
  "sts:transitivetagkeys",
]);

function lookupIn({ standingOf, nameOf }: Keys): VariableLookup {
  return (key) => {
    const name = nameOf(key);
    const standing = standingOf(name);
    if ("open" in standing) return { open: name };
    const [value, ...more] = standing.values ?? [];
    if (value === undefined) return undefined;
    return more.length > 0 || listKeys.has(name) ? { list: true } : { text: value };
  };
}

class WorldReader {
  readonly statements: OpenStatement[] = [];
  private readonly resources = new Map<string, Literal | boolean>();
  private readonly lookup: VariableLookup;

  constructor(
    private readonly terms: WorldTerms,
    private readonly requester: RequesterFacts,
    private readonly action: string,
    private readonly situation: Situation,
    private readonly keys: Keys,
  ) {
    this.lookup = lookupIn(keys);
  }

  add(type: PolicyType, policy: NamedPolicy, level: number): void {
    const layer: ClassLayer = type === "trust" ? "resource" : type;
    for (const [index, statement] of policy.document.statements.entries()) {
      if (!actionApplies(statement, this.action)) continue;
      const matchClass =
        statement.principal && classOfElement(statement.principal, this.requester, this.terms.set.profile);
      if (documentTypes[type].principal === "required" && matchClass === undefined) continue;
      const clauses = this.clauses(statement, policy.document, documentTypes[type].padsArns);
      if (clauses === undefined) continue;
      this.statements.push({ layer, effect: statement.effect, level, matchClass, clauses, policy, statement, index });
    }
  }

  /** Rules that name no resource hold for any (SVC-8). */
  forbidden(rules: ReturnType<typeof rulesFor>): readonly Literal[] | boolean {
    const literals: Literal[] = [];
    for (const { kind, resource } of rules) {
      if (kind !== "Forbidden" && kind !== "ForbiddenForRoot") continue;
      if (kind === "ForbiddenForRoot" && this.requester.principal.kind !== "root") continue;
      const one = resource === undefined ? true : this.fields(resource);
      if (one === true) return true;
      if (one !== false) literals.push(one);
    }
    return literals.length > 0 && literals;
  }

  mandatory(isListed: boolean): readonly Literal[] | boolean {
    if (isListed) return true;
    const literals: Literal[] = [];
    const own = this.terms.set.mandatoryResourcePolicies.filter(({ action }) =>
      globHolds(actionGlob(action), this.action),
    );
    const all = [
      ...(this.terms.set.profile === "aws" ? [this.fields(mandatoryKey)] : []),
      ...own.map(({ resource }) => this.pattern(resource, "2008-10-17", true)),
    ];
    for (const one of all) {
      if (one === true) return true;
      if (one !== false) literals.push(one);
    }
    return literals.length > 0 && literals;
  }

  private clauses(statement: Statement, document: PolicyDocument, padded: boolean): readonly Clause[] | undefined {
    const clauses: Clause[] = [];
    const { resource } = statement;
    if (resource !== undefined) {
      const found = resource.patterns.map((pattern) => this.pattern(pattern, document.version, padded));
      if (resource.negated) {
        // NOR: each by itself (RES-10).
        if (found.includes(true)) return undefined;
        for (const one of found) if (typeof one === "object") clauses.push([{ ...one, holds: !one.holds }]);
      } else if (!found.includes(true)) {
        const open = found.filter((one) => typeof one === "object");
        if (open.length === 0) return undefined;
        clauses.push(open);
      }
    }
    for (const condition of statement.conditions) {
      const test = valueTest(condition, document.version, this.lookup, this.keys.nameOf);
      const standing = this.keys.standingOf(test.key);
      const holds =
        "values" in standing ? holdsFor(test, standing.values ?? undefined, listKeys.has(test.key)) : undefined;
      if (holds === false) return undefined;
      if (holds !== undefined) continue;
      // What is tied to an open key has a value of its own all the same.
      const id = "values" in standing ? `${test.id}${JSON.stringify(standing.values)}` : test.id;
      clauses.push([{ atom: { kind: "key", id, test }, holds: true }]);
    }
    return clauses;
  }

  /** A resource pattern in this situation (RES-2 to RES-9). */
  private pattern(pattern: string, version: PolicyDocument["version"], padded: boolean): Literal | boolean {
    if (isAllStars(pattern)) return true;
    const { resource } = this.situation;
    if (resource === "*") return false; // RES-9
    if (typeof resource !== "string" && !pattern.includes("$")) return plainLiteral(pattern, version, padded);
    const id = `["${version}",${padded},${pattern}`;
    const known = this.resources.get(id);
    if (known !== undefined) return known;
    const resolved = resourceGlob(pattern, version, padded, this.lookup);
    let found: Literal | boolean;
    if ("nothing" in resolved) found = false;
    else if ("open" in resolved) {
      const widest = widestResourceGlob(resolved.told, version, padded);
      const isReached = widest !== undefined && (typeof resource !== "string" || globHolds(widest, resource));
      found = isReached && resourceLiteral(`${padded} ${resolved.told}`, { ...resolved, widest });
    } else if (typeof resource === "string") found = globHolds(resolved.glob, resource);
    else found = resourceLiteral(tellGlob(resolved.glob), { glob: resolved.glob, told: tellGlob(resolved.glob) });
    this.resources.set(id, found);
    return found;
  }

  /** A pattern of section 15, compared field by field. */
  private fields(pattern: string): Literal | boolean {
    const { resource } = this.situation;
    if (resource === "*") return false;
    const resolved = arnGlob(pattern, "2008-10-17", () => undefined);
    if (!("glob" in resolved)) return false;
    if (typeof resource === "string") return globHolds(resolved.glob, resource);
    return resourceLiteral(`fields ${pattern}`, { glob: resolved.glob, told: pattern });
  }
}

/** What is known of a clause: false only if each literal is broken. */
export function truthOfClause(clause: Clause, truthOf: (atom: Atom) => Truth): Truth {
  let isOpen = false;
  for (const { atom, holds } of clause) {
    const truth = truthOf(atom);
    if (truth === undefined) isOpen = true;
    else if (truth === holds) return true;
  }
  return isOpen ? undefined : false;
}
