/**
 * The situations of a resource: under each entry of the directory, unlisted and the requester's own, unlisted and of another known
 * account, none at all. Owner, policies and tags follow from the situation (XACC-5, CTX-8, RCP-2).
 */
import { anyArn, arnGlob, type Glob, literalGlob, prefixGlob, resourceGlob } from "../globs/glob.js";
import { globsMeet } from "../globs/glob-pairs.js";
import { findAnyText } from "../globs/solve-text.js";
import { hasWildcard, isAllStars, parseArn, splitArnFields } from "../policy/document/arn.js";
import { ownerOf } from "../policy/owner-patterns.js";
import type { AccountFacts, DirectoryResource, NamedPolicy, PolicySet } from "../policy/policy-set.js";
import type { Tag } from "../text/tag.js";
import { knownAccounts } from "./known-accounts.js";
import { type RequesterFacts, tagKeys } from "./requester-facts.js";
import { resourceTag } from "./value-test.js";
import type { Situation, Told } from "./world.js";

/** What the policies that bind a requester make of the resources, for some action. */
export interface Sight {
  /** A statement of the resource's policy can apply. */
  readonly seesPolicy: (policy: NamedPolicy, isTrust: boolean) => boolean;
  /** Concrete resources that are asked about, not only compared: what nobody lists is whose a decision takes it for. Undefined: all. */
  readonly named?: readonly string[] | undefined;
  /** Some statement asks for tags of the resource. */
  readonly seesTags: boolean;
}

/** Sees whatever there is. */
export const fullSight: Sight = { seesPolicy: () => true, seesTags: true };

/** What narrows the resources that patterns cover. */
export interface Narrowing {
  /** One of these patterns covers the resource too. */
  readonly within: readonly string[];
  /** Not these texts. */
  readonly except: readonly string[];
}

/** The entries that some patterns meet, once for all requesters. */
interface Geometry {
  readonly globs: readonly Glob[];
  readonly withNone: boolean;
  readonly met: readonly Met[];
  /** Those with a policy. */
  readonly withPolicy: readonly Met[];
  /** Situations by what tells them apart, for requesters of one account. */
  readonly known: Map<string, readonly Situation[]>;
}

/** An entry with the entries below it. */
interface Met {
  readonly entry: Listed;
  readonly deeper: readonly Met[];
}

/** An entry of the directory that requests are about. */
interface Listed {
  readonly arn: string;
  /** Users and roles, which nothing lies below. */
  readonly isExact: boolean;
  readonly account: string | undefined;
  readonly facts: AccountFacts | undefined;
  readonly policy: NamedPolicy | undefined;
  readonly tags: readonly Tag[];
  readonly isPublicRestricted: boolean;
  readonly globs: readonly Glob[];
}

/** The resources of a set, by their ARNs. */
export class ResourceDirectory {
  private readonly listed = new Map<string, Listed>();
  private readonly accounts: ReadonlyMap<string, AccountFacts>;
  private readonly ids: ReadonlySet<string>;
  private readonly owners: readonly { readonly account: string; readonly glob: Glob }[];
  private readonly geometries = new Map<string, Geometry>();

  constructor(private readonly set: PolicySet) {
    this.ids = knownAccounts(set);
    this.owners = set.owners.flatMap(({ pattern, account }) =>
      fieldGlobs([pattern]).map((glob) => ({ account, glob })),
    );
    this.accounts = new Map(set.accounts.map((account) => [account.id, account]));
    for (const { kind, arn, account, trustPolicy, tags } of set.principals) {
      if (kind !== "user" && kind !== "role") continue;
      if (trustPolicy === undefined && tags.length === 0) continue;
      this.add({ arn, isExact: true, account, facts: undefined, policy: trustPolicy, tags, isPublicRestricted: false });
    }
    for (const resource of set.resources) this.add(listedResource(resource));
  }

  private add(entry: Omit<Listed, "globs">): void {
    let globs: readonly Glob[] | undefined;
    this.listed.set(entry.arn, {
      ...entry,
      get globs() {
        globs ??= globsOfEntry(entry);
        return globs;
      },
    });
  }

  /** Every ARN that the directory lists. */
  get arns(): readonly string[] {
    return [...this.listed.keys()];
  }

  /**
   * The situations of the resources that some pattern covers; a text without wildcards is itself. Entries that a decision cannot tell
   * apart share one.
   */
  situations(
    patterns: readonly string[],
    requester: RequesterFacts,
    sight = fullSight,
    narrowing?: Narrowing,
  ): readonly Situation[] {
    const concrete = patterns.filter((pattern) => !hasWildcard(pattern));
    const wild = patterns.filter(hasWildcard);
    const found = concrete.map((resource) => this.ofResource(resource, requester, sight));
    if (wild.length === 0) return found;
    const covered = this.ofGlobs(this.geometryOf(wild), requester, sight);
    return [...found, ...(narrowing === undefined ? covered : this.narrowed(covered, narrowing))];
  }

  private narrowed(situations: readonly Situation[], { within, except }: Narrowing): readonly Situation[] {
    const isAll = within.some(isAllStars);
    const lists = isAll ? [] : [globsOf(within)];
    const outside = except.map(literalGlob);
    return situations.flatMap((situation) => {
      const { resource } = situation;
      if (typeof resource === "string") return isAll && !except.includes(resource) ? [situation] : [];
      const space = { inside: [...resource.inside, ...lists], outside: [...resource.outside, ...outside] };
      return findAnyText(space, { left: 100_000 }) === "none" ? [] : [{ ...situation, resource: space }];
    });
  }

  private geometryOf(patterns: readonly string[]): Geometry {
    const id = JSON.stringify(patterns);
    const known = this.geometries.get(id);
    if (known !== undefined) return known;
    const globs = globsOf(patterns);
    const met = this.metBy(globs);
    const withPolicy = met.filter(({ entry }) => entry.policy !== undefined);
    const geometry = { globs, withNone: patterns.some(isAllStars), met, withPolicy, known: new Map() };
    this.geometries.set(id, geometry);
    return geometry;
  }

  private metBy(globs: readonly Glob[]): readonly Met[] {
    const found = new Map<string, { readonly entry: Listed; readonly deeper: Met[] }>();
    const takesArns = globs.includes(anyArn);
    for (const entry of this.listed.values()) {
      if ((takesArns && isArn(entry.arn)) || meets(globs, entry.globs)) found.set(entry.arn, { entry, deeper: [] });
    }
    for (const one of found.values()) {
      const { arn } = one.entry;
      for (let end = arn.length - 1; end > 0; end--) {
        if (arn[end] !== "/" && arn[end] !== ":") continue;
        const above = found.get(arn.slice(0, end));
        if (above !== undefined && !above.entry.isExact) above.deeper.push(one);
      }
    }
    return [...found.values()].filter(
      ({ entry, deeper }) =>
        // That it meets them is known already.
        deeper.length === 0 ||
        findAnyText(
          { inside: [globs, entry.globs], outside: deeper.flatMap((other) => other.entry.globs) },
          { left: 100_000 },
        ) !== "none",
    );
  }

  /** The entry that a concrete resource falls under: the longest. */
  private entryOf(resource: string): Listed | undefined {
    const exact = this.listed.get(resource);
    if (exact !== undefined) return exact;
    for (let end = resource.length - 1; end > 0; end--) {
      const unit = resource[end];
      if (unit !== "/" && unit !== ":") continue;
      const entry = this.listed.get(resource.slice(0, end));
      if (entry !== undefined && !entry.isExact) return entry;
    }
    return undefined;
  }

  private ofResource(resource: string, requester: RequesterFacts, { named }: Sight): Situation {
    const entry = this.entryOf(resource);
    if (entry !== undefined) return this.listedSituation(entry, requester, resource, [[]]);
    // Who has no account asks about whomever the ARN names, known or not.
    const owner =
      (named?.includes(resource) ?? true)
        ? this.ownerBySet(resource, requester)
        : (this.ownerIn(undefined, resource, requester) ?? (parseArn(resource)?.account || undefined));
    return this.unlisted(owner, resource, [[]]);
  }

  private ofGlobs(geometry: Geometry, requester: RequesterFacts, sight: Sight): readonly Situation[] {
    const { met, withPolicy, known } = geometry;
    const { seesPolicy, seesTags } = sight;
    const seen = new Set<Listed>();
    let id = `${requester.accountId ?? ""} ${requester.isIam} ${seesTags}`;
    for (const { entry } of withPolicy) {
      if (entry.policy === undefined || !seesPolicy(entry.policy, entry.isExact)) continue;
      seen.add(entry);
      id += ` ${entry.arn}`;
    }
    let situations = known.get(id);
    if (situations === undefined) {
      const groups = new Map<string, Met[]>();
      for (const one of met) {
        const mark = seen.has(one.entry) ? one.entry.arn : this.markOf(one.entry, requester, seesTags);
        const group = groups.get(mark);
        if (group === undefined) groups.set(mark, [one]);
        else group.push(one);
      }
      situations = this.ofGroups(geometry, groups, requester, sight);
      known.set(id, situations);
    }
    return situations;
  }

  /** What a decision can see of an entry whose policy says nothing: entries with one mark are decided alike. */
  private markOf(entry: Listed, requester: RequesterFacts, seesTags: boolean): string {
    const { isPublicRestricted, tags, arn, facts } = entry;
    if (this.ownersIn(entry).length > 0) return arn;
    if (isPublicRestricted || arn === "*" || facts !== undefined) return arn;
    const owner = this.ownerIn(entry.account, arn, requester);
    if (owner === undefined) return arn;
    const named = parseArn(arn)?.account ?? "";
    // Nothing that no policy speaks of is allowed to others (XACC-1, EVAL-5).
    const isForeign = owner !== requester.accountId && named === owner && this.ids.has(owner);
    if (isForeign && !this.owners.some(({ glob }) => meets(entry.globs, [glob]))) return foreign;
    // What no entry is about has the same owner there.
    const isPlain = !seesTags && owner === requester.accountId && !this.isNearForeignOwner(entry, owner);
    if (isPlain && (named === "" || named === owner || !this.ids.has(named))) return own;
    return JSON.stringify([owner, seesTags ? [...tagKeys(resourceTag, tags)] : []]);
  }

  /** Whether a pattern of `owners` gives some of these resources to another account. */
  private isNearForeignOwner(entry: Pick<Listed, "globs">, account: string): boolean {
    return this.owners.some((one) => one.account !== account && meets(entry.globs, [one.glob]));
  }

  /** The owner in a region: whom the set names, else the account in the ARN if the set knows it, else the requester's own. */
  private ownerIn(account: string | undefined, arn: string, requester: RequesterFacts): string | undefined {
    const said = account ?? ownerOf(this.set.owners, arn)?.account;
    const named = parseArn(arn)?.account ?? "";
    return said ?? (named !== "" && this.ids.has(named) ? named : requester.accountId);
  }

  /** The owner that a decision takes by itself (XACC-5). */
  ownerBySet(resource: string, requester: RequesterFacts): string | undefined {
    const entry = this.entryOf(resource);
    const said = entry?.account ?? ownerOf(this.set.owners, resource)?.account;
    if (said !== undefined) return said;
    const named = resource === "*" ? "" : (parseArn(resource)?.account ?? "");
    return named === "" ? requester.accountId : named;
  }

  private ofGroups(
    { globs, withNone, met }: Geometry,
    groups: ReadonlyMap<string, readonly Met[]>,
    requester: RequesterFacts,
    sight: Sight,
  ): readonly Situation[] {
    const situations: Situation[] = [];
    const separate: Met[] = [];
    const foreigners = groups.get(foreign) ?? [];
    for (const [mark, group] of groups) {
      if (mark === own || mark === foreign) continue;
      separate.push(...group);
      situations.push(...this.ofGroup(group, globs, requester));
    }
    // What lies below an entry that is told apart is left out with it: it stands by itself.
    const below = new Set(separate.flatMap(({ deeper }) => deeper));
    for (const mark of [own, foreign]) {
      const hidden = (groups.get(mark) ?? []).filter((one) => below.has(one));
      const isOwnerOfText = mark === foreign;
      for (const one of this.ofGroup(hidden, globs, requester)) situations.push({ ...one, isOwnerOfText });
    }
    const listed = separate.flatMap(({ entry }) => entry.globs);
    const others = [...this.ids].filter((id) => id !== requester.accountId);
    const otherPatterns = others.map((id) => `arn:*:*:*:${id}:*`);
    const foreignGlobs = fieldGlobs(otherPatterns);
    const all = this.owners.length === 0 ? [] : met.flatMap(({ entry }) => entry.globs);
    const not = separate.flatMap(({ entry }) => toldOf(entry)).map((resource) => ({ resource, holds: false }));
    // Patterns of `when` run on (RES-6), whose a resource is does not: it is told as such.
    const toldOwner = (owner: string): Told[][] => [[{ owner }, { resource: "arn:*", holds: true }, ...not]];
    const owned = this.ofOwners(globs, all, foreignGlobs, requester.accountId, toldOwner);
    situations.push(...owned.situations);
    const outside = [...listed, ...owned.globs];
    // Only the directory's principals have resources that nobody lists.
    const hasOwn = requester.accountId !== undefined && this.ids.has(requester.accountId);
    if (requester.accountId !== undefined && hasOwn) {
      const space = { inside: [globs], outside: [...outside, ...foreignGlobs] };
      const base = this.unlisted(requester.accountId, space, toldOwner(requester.accountId));
      const isSome = findAnyText(space, { left: 100_000 }) !== "none";
      if (isSome) situations.push(sight.seesTags ? base : { ...base, tags: [] });
    }
    const theirs = {
      inside: [globs, [...foreignGlobs, ...foreigners.flatMap(({ entry }) => entry.globs)]],
      outside: [...listed, ...this.owners.map(({ glob }) => glob)],
    };
    if (findAnyText(theirs, { left: 100_000 }) !== "none") {
      // Nothing here is allowed, whoever the owner is: one of them stands for all.
      situations.push({ ...this.unlisted(others[0], theirs, []), isOwnerOfText: true });
    }
    if (withNone && (hasOwn || this.listed.has("*"))) {
      const entry = this.listed.get("*");
      const told = [[{ resource: "arn:*", holds: false }]];
      situations.push(
        entry === undefined
          ? this.unlisted(requester.accountId, "*", told)
          : this.listedSituation(entry, requester, "*", told),
      );
    }
    return situations;
  }

  /** Entries that are decided alike, as one; those below what lies between them by themselves. */
  private ofGroup(group: readonly Met[], globs: readonly Glob[], requester: RequesterFacts): readonly Situation[] {
    const inGroup = new Set(group);
    const between = group.flatMap(({ deeper }) => deeper.filter((one) => !inGroup.has(one)));
    const lone = new Set(between.flatMap(({ deeper }) => deeper.filter((one) => inGroup.has(one))));
    const together = group.filter((one) => !lone.has(one));
    return [together, ...[...lone].map((one) => [one])].flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const inMembers = new Set(members);
      const outside = members.flatMap(({ deeper }) =>
        deeper.flatMap((one) => (inMembers.has(one) ? [] : one.entry.globs)),
      );
      const told = members.flatMap(({ entry, deeper }) => {
        const not = deeper.filter((one) => !inMembers.has(one)).flatMap((one) => toldOf(one.entry));
        const exceptions = not.map((resource) => ({ resource, holds: false }));
        return toldOf(entry).map((resource): Told[] => [{ resource, holds: true }, ...exceptions]);
      });
      const inside = [globs, members.flatMap(({ entry }) => entry.globs)];
      return this.byOwner(first.entry, requester, { inside, outside }, told);
    });
  }

  /** The patterns of `owners` that say whose some of an entry's resources are, where it does not say so itself. */
  private ownersIn(entry: Listed): ResourceDirectory["owners"] {
    // Patterns of entries are listed late, and most sets never need them.
    if (this.owners.length === 0) return [];
    return entry.account === undefined ? this.owners.filter(({ glob }) => meets(entry.globs, [glob])) : [];
  }

  /** The resources of an entry by their owners. */
  private byOwner(
    entry: Listed,
    requester: RequesterFacts,
    { inside, outside }: Exclude<Situation["resource"], string>,
    told: Situation["told"],
  ): readonly Situation[] {
    const owners = this.ownersIn(entry);
    if (owners.length === 0) return [this.listedSituation(entry, requester, { inside, outside }, told)];
    const named = parseArn(entry.arn)?.account ?? "";
    const rest = named !== "" && this.ids.has(named) ? named : requester.accountId;
    const parts = [...owners.map(({ glob, account }) => ({ globs: [[glob]], account })), { globs: [], account: rest }];
    return parts.flatMap(({ globs, account }, index) => {
      const others = owners.slice(0, index).map(({ glob }) => glob);
      const space = { inside: [...inside, ...globs], outside: [...outside, ...others] };
      if (findAnyText(space, { left: 100_000 }) === "none") return [];
      const toldOwner = account === undefined ? told : told.map((one): readonly Told[] => [...one, { owner: account }]);
      const ownerFacts = entry.facts ?? (account === undefined ? undefined : this.accounts.get(account));
      return [{ ...this.listedSituation(entry, requester, space, toldOwner), ownerAccount: account, ownerFacts }];
    });
  }

  /**
   * The unlisted resources that the set names an owner of by pattern, the most specific pattern first. What is the requester's own
   * anyhow is told with the rest, but where its ARN names another account.
   */
  private ofOwners(
    globs: readonly Glob[],
    listed: readonly Glob[],
    foreignGlobs: readonly Glob[],
    accountId: string | undefined,
    toldOwner: (owner: string) => Situation["told"],
  ): { readonly situations: readonly Situation[]; readonly globs: readonly Glob[] } {
    const situations: Situation[] = [];
    const before: Glob[] = [];
    const apart: Glob[] = [];
    for (const { account, glob } of this.owners) {
      const isPlain = account === accountId && !this.isNearForeignOwner({ globs: [glob] }, account);
      const inside = [globs, [glob], ...(isPlain ? [foreignGlobs] : [])];
      const space = { inside, outside: [...listed, ...before] };
      if ((!isPlain || foreignGlobs.length > 0) && findAnyText(space, { left: 100_000 }) !== "none") {
        situations.push(this.unlisted(account, space, toldOwner(account)));
      }
      before.push(glob);
      if (!isPlain) apart.push(glob);
    }
    return { situations, globs: apart };
  }

  private listedSituation(
    { arn, isExact, account, facts, policy, tags, isPublicRestricted }: Listed,
    requester: RequesterFacts,
    resource: Situation["resource"],
    told: Situation["told"],
  ): Situation {
    const owner = this.ownerIn(account, typeof resource === "string" ? resource : arn, requester);
    return {
      resource,
      ownerAccount: owner,
      ownerFacts: facts ?? (owner === undefined ? undefined : this.accounts.get(owner)),
      isOwnerOfText: false,
      policy,
      isTrust: isExact,
      tags,
      isPublicRestricted: isPublicRestricted && splitArnFields(arn)[2] === "s3",
      told,
    };
  }

  private unlisted(owner: string | undefined, resource: Situation["resource"], told: Situation["told"]): Situation {
    return {
      resource,
      ownerAccount: owner,
      ownerFacts: owner === undefined ? undefined : this.accounts.get(owner),
      isOwnerOfText: false,
      policy: undefined,
      isTrust: false,
      tags: undefined,
      isPublicRestricted: false,
      told,
    };
  }
}

function listedResource(resource: DirectoryResource): Omit<Listed, "globs"> {
  const { arn, account, accountFacts, policy, tags, restrictPublicBuckets } = resource;
  return { arn, isExact: false, account, facts: accountFacts, policy, tags, isPublicRestricted: restrictPublicBuckets };
}

/** What an entry is about: itself, and what lies below it. */
function globsOfEntry({ arn, isExact }: Omit<Listed, "globs">): readonly Glob[] {
  return isExact ? [literalGlob(arn)] : [literalGlob(arn), prefixGlob(`${arn}/`), prefixGlob(`${arn}:`)];
}

/** Whether a text is an ARN as patterns see it (RES-3): of `anyArn`. */
function isArn(text: string): boolean {
  return text.startsWith("arn:") && text.split(":", 6).length === 6;
}

/** The patterns of an entry as `when` writes them. */
function toldOf({ arn, isExact }: Listed): readonly string[] {
  return isExact ? [arn] : [arn, `${arn}/*`, `${arn}:*`];
}

function globsOf(patterns: readonly string[]): readonly Glob[] {
  return patterns.flatMap((pattern) => {
    const resolved = isAllStars(pattern)
      ? { glob: anyArn }
      : resourceGlob(pattern, "2012-10-17", true, () => undefined);
    return "glob" in resolved ? [resolved.glob] : [];
  });
}

/** Patterns that compare field by field. */
function fieldGlobs(patterns: readonly string[]): readonly Glob[] {
  return patterns.flatMap((pattern) => {
    const resolved = arnGlob(pattern, "2008-10-17", () => undefined);
    return "glob" in resolved ? [resolved.glob] : [];
  });
}

const own = "own";
const foreign = "foreign";

function meets(globs: readonly Glob[], others: readonly Glob[]): boolean {
  return globs.some((glob) => others.some((other) => globsMeet(glob, other)));
}
