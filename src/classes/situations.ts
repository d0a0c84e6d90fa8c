/**
 * The situations of a resource: under each entry of the directory, unlisted and the requester's own, unlisted and of another known
 * account, none at all. Owner, policies and tags follow from the situation (XACC-5, CTX-8, RCP-2).
 */
import { hasWildcard, isAllStars, parseArn, splitArnFields } from "../policy/document/arn.js";
import { ownerOf } from "../policy/owner-patterns.js";
import type { AccountFacts, DirectoryResource, NamedPolicy, PolicySet } from "../policy/policy-set.js";
import type { Tag } from "../text/tag.js";
import { anyArn, arnGlob, type Glob, globHolds, literalGlob, prefixGlob, resourceGlob } from "./glob.js";
import type { RequesterFacts } from "./requester-facts.js";
import { findText } from "./solve-text.js";
import type { Situation, ToldResource } from "./world.js";

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

  constructor(private readonly set: PolicySet) {
    this.accounts = new Map(set.accounts.map((account) => [account.id, account]));
    for (const { kind, arn, account, trustPolicy, tags } of set.principals) {
      if (kind !== "user" && kind !== "role") continue;
      if (trustPolicy === undefined && tags.length === 0) continue;
      this.add({ arn, isExact: true, account, facts: undefined, policy: trustPolicy, tags, isPublicRestricted: false });
    }
    for (const resource of set.resources) this.add(listedResource(resource));
  }

  private add(entry: Omit<Listed, "globs">): void {
    const below = entry.isExact ? [] : [prefixGlob(`${entry.arn}/`), prefixGlob(`${entry.arn}:`)];
    this.listed.set(entry.arn, { ...entry, globs: [literalGlob(entry.arn), ...below] });
  }

  /** Every ARN that the directory lists. */
  get arns(): readonly string[] {
    return [...this.listed.keys()];
  }

  /** The situations of the resources that some pattern covers; a text without wildcards is itself. */
  situations(patterns: readonly string[], requester: RequesterFacts): readonly Situation[] {
    const concrete = patterns.filter((pattern) => !hasWildcard(pattern));
    const wild = patterns.filter(hasWildcard);
    const found = concrete.map((resource) => this.ofResource(resource, requester));
    if (wild.length === 0) return found;
    const globs = wild.flatMap((pattern) => {
      const resolved = isAllStars(pattern)
        ? { glob: anyArn }
        : resourceGlob(pattern, "2012-10-17", true, () => undefined);
      return "glob" in resolved ? [resolved.glob] : [];
    });
    return [...found, ...this.ofGlobs(globs, wild.some(isAllStars), requester)];
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

  private ofResource(resource: string, requester: RequesterFacts): Situation {
    const entry = this.entryOf(resource);
    if (entry !== undefined) return this.listedSituation(entry, requester, resource, [[]]);
    const said = ownerOf(this.set.owners, resource)?.account;
    if (said !== undefined) return { ...this.unlisted(said, resource, [[]]), isOwnerListed: true };
    const named = parseArn(resource)?.account ?? "";
    const owner = named !== "" && this.accounts.has(named) ? named : requester.accountId;
    return this.unlisted(owner ?? (named === "" ? undefined : named), resource, [[]]);
  }

  private ofGlobs(globs: readonly Glob[], withNone: boolean, requester: RequesterFacts): Situation[] {
    const situations: Situation[] = [];
    const met = [...this.listed.values()].filter(({ globs: own }) => meets(globs, own));
    for (const entry of met) {
      const deeper = met.filter(
        (other) => other !== entry && other.arn.length > entry.arn.length && isBelow(other, entry),
      );
      const outside = deeper.flatMap((other) => other.globs);
      const inside = [globs, entry.globs];
      if (findText({ inside, outside }, { left: 100_000 }) === "none") continue;
      const not = deeper.flatMap(toldOf).map((resource) => ({ resource, holds: false }));
      const told = toldOf(entry).map((resource): ToldResource[] => [{ resource, holds: true }, ...not]);
      situations.push(this.listedSituation(entry, requester, { inside, outside }, told));
    }
    const listed = met.flatMap((entry) => entry.globs);
    const owned = this.ofOwners(globs, listed);
    situations.push(...owned.situations);
    const outside = [...listed, ...owned.globs];
    const others = [...this.accounts.keys()].filter((id) => id !== requester.accountId);
    const foreign = others.flatMap((id) => {
      const resolved = arnGlob(`arn:*:*:*:${id}:*`, "2008-10-17", () => undefined);
      return "glob" in resolved ? [resolved.glob] : [];
    });
    const otherPatterns = others.map((id) => `arn:*:*:*:${id}:*`);
    const not = [...met.flatMap(toldOf), ...this.set.owners.map(({ pattern }) => pattern), ...otherPatterns].map(
      (resource) => ({
        resource,
        holds: false,
      }),
    );
    if (requester.accountId !== undefined) {
      const own = { inside: [globs], outside: [...outside, ...foreign] };
      situations.push(this.unlisted(requester.accountId, own, [[{ resource: "arn:*", holds: true }, ...not]]));
    }
    for (const [index, glob] of foreign.entries()) {
      const theirs = { inside: [globs, [glob]], outside };
      if (findText(theirs, { left: 100_000 }) === "none") continue;
      situations.push(this.unlisted(others[index], theirs, []));
      // Nothing unlisted of another account is allowed (XACC-1): one of them stands for all.
      if (requester.isIam) break;
    }
    if (withNone && (requester.accountId !== undefined || this.listed.has("*"))) {
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

  /** The unlisted resources that the set names an owner of by pattern, the most specific pattern first. */
  private ofOwners(
    globs: readonly Glob[],
    listed: readonly Glob[],
  ): { readonly situations: readonly Situation[]; readonly globs: readonly Glob[] } {
    const situations: Situation[] = [];
    const before: { readonly glob: Glob; readonly pattern: string }[] = [];
    for (const { pattern, account } of this.set.owners) {
      const resolved = arnGlob(pattern, "2008-10-17", () => undefined);
      if (!("glob" in resolved)) continue;
      const space = { inside: [globs, [resolved.glob]], outside: [...listed, ...before.map(({ glob }) => glob)] };
      if (findText(space, { left: 100_000 }) !== "none") {
        const not = before.map((one) => ({ resource: one.pattern, holds: false }));
        const told = [[{ resource: pattern, holds: true }, ...not]];
        situations.push({ ...this.unlisted(account, space, told), isOwnerListed: true });
      }
      before.push({ glob: resolved.glob, pattern });
    }
    return { situations, globs: before.map(({ glob }) => glob) };
  }

  private listedSituation(
    { arn, isExact, account, facts, policy, tags, isPublicRestricted }: Listed,
    requester: RequesterFacts,
    resource: Situation["resource"],
    told: Situation["told"],
  ): Situation {
    const named = parseArn(arn)?.account ?? "";
    const said = account ?? ownerOf(this.set.owners, typeof resource === "string" ? resource : arn)?.account;
    const owner = said ?? (named !== "" && this.accounts.has(named) ? named : requester.accountId);
    return {
      resource,
      ownerAccount: owner,
      ownerFacts: facts ?? (owner === undefined ? undefined : this.accounts.get(owner)),
      isOwnerListed: said !== undefined,
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
      isOwnerListed: false,
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

/** The patterns of an entry as `when` writes them. */
function toldOf({ arn, isExact }: Listed): readonly string[] {
  return isExact ? [arn] : [arn, `${arn}/*`, `${arn}:*`];
}

function isBelow(other: Listed, { arn, isExact }: Listed): boolean {
  return !isExact && (other.arn.startsWith(`${arn}/`) || other.arn.startsWith(`${arn}:`));
}

function meets(globs: readonly Glob[], own: readonly Glob[]): boolean {
  return globs.some((glob) =>
    own.some((one) =>
      one.prefix.length === one.places.length ? globHolds(glob, one.prefix) : mayMeetPrefix(glob, one),
    ),
  );
}

function mayMeetPrefix(glob: Glob, { prefix }: Glob): boolean {
  const length = Math.min(glob.prefix.length, prefix.length);
  return glob.prefix.slice(0, length) === prefix.slice(0, length);
}
